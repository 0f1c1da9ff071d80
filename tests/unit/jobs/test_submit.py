"""Storing jobs: limits, credits and idempotency hold when many ask at once."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app.errors import AppError, Busy, Conflict, NoCredit
from app.infra.db import Database
from app.jobs.credits import usd
from app.jobs.state import State
from app.jobs.tables import ApiKey, Job
from app.settings import JobSettings
from tests.support.clock import FakeClock
from tests.support.jobs import Desk


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return Desk(db, clock, JobSettings(parallel_per_category=5))


def balance(desk: Desk) -> float | None:
    with desk.db.read() as session:
        key = session.get(ApiKey, desk.key_id)
        assert key is not None
        return None if key.balance_micros is None else usd(key.balance_micros)


def stored(desk: Desk) -> int:
    with desk.db.read() as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


def at_once(count: int, act: Callable[[], object]) -> list[object]:
    """Results or errors of `count` threads that start together."""
    results: list[object] = []
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait()
        try:
            results.append(act())
        except AppError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class TestReply:
    def test_has_what_clients_insist_on_and_nothing_they_choke_on(self, desk: Desk) -> None:
        reply = desk.submit().reply

        assert {"success", "message", "task_id", "eta", "conversion_id", "credit_estimate", "status"} <= set(reply)
        assert isinstance(reply["eta"], int)
        assert {"error", "conversion_type", "task_status"}.isdisjoint(reply)

    def test_eta_is_unknown_before_the_first_run(self, desk: Desk) -> None:
        assert desk.submit().reply["eta"] == -1


class TestParallelLimit:
    def test_holds_under_concurrent_submits(self, desk: Desk) -> None:
        results = at_once(12, desk.submit)

        assert sum(isinstance(result, Busy) for result in results) == 7
        assert stored(desk) == 5

    def test_says_when_to_come_back(self, desk: Desk) -> None:
        for _ in range(5):
            desk.submit()

        with pytest.raises(Busy, match="Too Many Parallel Requests") as refused:
            desk.submit()

        assert int(refused.value.headers["Retry-After"]) >= 1

    def test_a_key_can_have_its_own(self, desk: Desk) -> None:
        desk.set_balance(None, parallel=1)
        desk.submit()

        with pytest.raises(Busy):
            desk.submit()


class TestCredits:
    def test_are_reserved_and_never_overdrawn_by_concurrent_submits(self, desk: Desk) -> None:
        desk.set_balance(0.03)  # enough for three times 0.0082

        results = at_once(5, desk.submit)

        assert sum(isinstance(result, NoCredit) for result in results) == 2
        assert balance(desk) == pytest.approx(0.03 - 3 * 0.0082)

    def test_refusal_names_both_numbers(self, desk: Desk) -> None:
        desk.set_balance(0.001)

        with pytest.raises(NoCredit) as refused:
            desk.submit()

        assert refused.value.extra == {"required_credits": 0.0082, "available_credits": 0.001}
        assert stored(desk) == 0

    def test_a_cancelled_job_gives_them_back_once(self, desk: Desk) -> None:
        desk.set_balance(1.0)
        task_id = desk.submit().reply["task_id"]

        for _ in range(2):
            with desk.db.transaction() as session:
                job = session.get(Job, task_id)
                assert job is not None
                desk.service.cancel(session, job, desk.clock.now())

        assert balance(desk) == 1.0

    def test_a_failed_job_gives_them_back(self, desk: Desk) -> None:
        desk.set_balance(1.0)
        task_id = desk.submit().reply["task_id"]
        with desk.db.transaction() as session:
            claimed = desk.service.claim(session, task_id, desk.clock.now())
            assert claimed is not None
            desk.service.fail(session, claimed[1], State.FAILED, "x", "x", desk.clock.now())

        assert balance(desk) == 1.0


class TestIdempotency:
    def test_the_same_request_is_answered_the_same(self, desk: Desk) -> None:
        first = desk.submit(idempotency_key="k", fingerprint="a")
        second = desk.submit(idempotency_key="k", fingerprint="a")

        assert second.reply == first.reply
        assert (first.created, second.created) == (True, False)
        assert stored(desk) == 1

    def test_another_request_is_a_conflict(self, desk: Desk) -> None:
        desk.submit(idempotency_key="k", fingerprint="a")

        with pytest.raises(Conflict):
            desk.submit(idempotency_key="k", fingerprint="b")

    def test_twenty_at_once_make_one_job(self, desk: Desk) -> None:
        results = at_once(20, lambda: desk.submit(idempotency_key="k", fingerprint="a").reply["task_id"])

        assert len(set(map(str, results))) == 1
        assert stored(desk) == 1

    def test_is_forgotten_after_its_time(self, desk: Desk) -> None:
        first = desk.submit(idempotency_key="k", fingerprint="a")
        desk.clock.pass_s(25 * 3600)

        assert desk.submit(idempotency_key="k", fingerprint="b").reply != first.reply
