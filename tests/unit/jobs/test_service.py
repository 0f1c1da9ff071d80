"""A job's life: claims, leases, retries, cancels. On SQLite and on PostgreSQL."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.errors import LeaseLost
from app.infra.db import Database
from app.jobs.outbox import list_events
from app.jobs.service import Finished, Lease
from app.jobs.state import FINAL, State
from app.jobs.tables import Job, OutboxEvent
from tests.support.clock import FakeClock
from tests.support.jobs import Desk


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return Desk(db, clock)


def queued(desk: Desk, **changes: object) -> str:
    return str(desk.submit(**changes).reply["task_id"])


def claim(desk: Desk, task_id: str) -> Lease | None:
    with desk.db.transaction() as session:
        claimed = desk.service.claim(session, task_id, desk.clock.now())
    return claimed[1] if claimed else None


def started(desk: Desk, **changes: object) -> tuple[str, Lease]:
    task_id = queued(desk, **changes)
    lease = claim(desk, task_id)
    assert lease is not None
    return task_id, lease


def finished(task_id: str) -> Finished:
    output = {"key": f"outputs/{task_id}/x.wav", "file_name": "x.wav", "content_type": "audio/wav", "size_bytes": 9}
    return Finished(outputs={"output": output}, values={"engine": "test"}, audio_s=60.0, duration_s=59.5, run_s=2.0)


def finish(desk: Desk, task_id: str, lease: Lease) -> list[str]:
    now = desk.clock.now()
    with desk.db.transaction() as session:
        return desk.service.finish(session, lease, finished(task_id), now, now + timedelta(days=7))


def events_of(desk: Desk, task_id: str) -> list[dict[str, object]]:
    with desk.db.read() as session:
        return list_events(session, task_id)


class TestClaim:
    def test_of_two_workers_one_gets_the_job(self, desk: Desk) -> None:
        task_id = queued(desk)

        leases = [claim(desk, task_id), claim(desk, task_id)]

        assert [lease is not None for lease in leases] == [True, False]

    def test_of_many_workers_at_once_one_gets_the_job(self, desk: Desk) -> None:
        task_id = queued(desk)
        leases: list[Lease | None] = []
        threads = [threading.Thread(target=lambda: leases.append(claim(desk, task_id))) for _ in range(8)]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sum(lease is not None for lease in leases) == 1
        assert desk.job(task_id).attempts == 1

    def test_a_job_that_is_not_due_stays_where_it_is(self, desk: Desk) -> None:
        task_id, lease = started(desk)
        with desk.db.transaction() as session:
            desk.service.retry(session, lease, "x", "again", desk.clock.now())

        assert claim(desk, task_id) is None
        desk.clock.pass_s(6)
        again = claim(desk, task_id)
        assert again is not None
        assert again.attempt == 2

    def test_an_unknown_id_is_no_job(self, desk: Desk) -> None:
        assert claim(desk, "no-such-job") is None


class TestHeartbeat:
    def test_progress_never_goes_backwards(self, desk: Desk) -> None:
        task_id, lease = started(desk)

        for progress in (0.5, 0.2, 0.7, -1.0, 9.0):
            with desk.db.transaction() as session:
                desk.service.heartbeat(session, lease, progress, desk.clock.now())

        assert desk.job(task_id).progress == 1.0

    def test_progress_starts_again_with_a_new_attempt(self, desk: Desk) -> None:
        task_id, lease = started(desk)
        with desk.db.transaction() as session:
            desk.service.heartbeat(session, lease, 0.9, desk.clock.now())
            desk.service.retry(session, lease, "x", "again", desk.clock.now())

        assert desk.job(task_id).progress == 0.0

    def test_who_lost_the_lease_hears_it(self, desk: Desk) -> None:
        _, lease = started(desk)

        stale = Lease(lease.job_id, "someone else", 1)

        with pytest.raises(LeaseLost), desk.db.transaction() as session:
            desk.service.heartbeat(session, stale, 0.5, desk.clock.now())

    def test_tells_of_a_cancel(self, desk: Desk) -> None:
        task_id, lease = started(desk)
        with desk.db.transaction() as session:
            job = session.get(Job, task_id)
            assert job is not None
            desk.service.cancel(session, job, desk.clock.now())

        with desk.db.transaction() as session:
            assert desk.service.heartbeat(session, lease, 0.1, desk.clock.now()) is True


class TestFinish:
    def test_completes_with_links_cost_and_one_webhook(self, desk: Desk) -> None:
        task_id, lease = started(desk)

        announced = finish(desk, task_id, lease)

        job = desk.job(task_id)
        assert job.state == State.COMPLETED
        assert job.progress == 1.0
        assert job.cost_micros == 8200  # 0.006 + 0.0022 for one minute, pay as you go
        (event,) = events_of(desk, task_id)
        assert [event["webhook_id"]] == announced
        payload = event["payload"]
        assert isinstance(payload, dict)
        assert payload["success"] is True
        assert payload["conversion_type"] == "File Conversion"
        assert payload["status"] == "COMPLETED"
        assert str(payload["output_file_path"]).startswith("https://studio.example/api/public/files/outputs/")

    def test_a_second_finish_changes_nothing(self, desk: Desk) -> None:
        task_id, lease = started(desk)
        finish(desk, task_id, lease)

        with pytest.raises(LeaseLost):
            finish(desk, task_id, lease)

        assert len(events_of(desk, task_id)) == 1

    def test_without_a_webhook_url_there_is_no_event(self, desk: Desk) -> None:
        task_id, lease = started(desk, webhook_url="")

        assert finish(desk, task_id, lease) == []
        assert events_of(desk, task_id) == []


class TestFailure:
    @pytest.mark.parametrize(("state", "wire"), [(State.FAILED, "FAILED"), (State.ERROR, "ERROR")])
    def test_ends_in_its_state_with_one_failure_webhook(self, desk: Desk, state: State, wire: str) -> None:
        task_id, lease = started(desk)

        with desk.db.transaction() as session:
            desk.service.fail(session, lease, state, "input_unusable", "Not audio", desk.clock.now())

        assert desk.job(task_id).state == state
        (event,) = events_of(desk, task_id)
        payload = event["payload"]
        assert isinstance(payload, dict)
        assert (payload["success"], payload["status"], payload["error"]) == (False, wire, "Not audio")

    def test_the_third_retry_is_a_failure(self, desk: Desk) -> None:
        task_id = queued(desk)

        for _ in range(3):
            lease = claim(desk, task_id)
            assert lease is not None
            with desk.db.transaction() as session:
                desk.service.retry(session, lease, "internal", "It broke", desk.clock.now())
            desk.clock.pass_s(60)

        assert desk.job(task_id).state == State.FAILED
        assert len(events_of(desk, task_id)) == 1


class TestCancel:
    def cancel(self, desk: Desk, task_id: str) -> State:
        with desk.db.transaction() as session:
            job = session.get(Job, task_id)
            assert job is not None
            desk.service.cancel(session, job, desk.clock.now())
        return State(desk.job(task_id).state)

    def test_while_queued_ends_at_once_with_one_event(self, desk: Desk) -> None:
        task_id = queued(desk)

        assert self.cancel(desk, task_id) is State.CANCELLED
        assert self.cancel(desk, task_id) is State.CANCELLED
        assert len(events_of(desk, task_id)) == 1
        assert claim(desk, task_id) is None

    def test_while_running_only_asks(self, desk: Desk) -> None:
        task_id, _ = started(desk)

        assert self.cancel(desk, task_id) is State.RUNNING
        assert desk.job(task_id).cancel_requested

    def test_after_the_end_changes_nothing(self, desk: Desk) -> None:
        task_id, lease = started(desk)
        finish(desk, task_id, lease)

        assert self.cancel(desk, task_id) is State.COMPLETED
        assert len(events_of(desk, task_id)) == 1


class TestEveryMove:
    def test_final_states_never_change(self, desk: Desk) -> None:
        for end in FINAL:
            task_id, lease = started(desk)
            with desk.db.transaction() as session:
                if end is State.COMPLETED:
                    desk.service.finish(session, lease, finished(task_id), desk.clock.now(), desk.clock.now())
                else:
                    desk.service.fail(session, lease, end, "x", "x", desk.clock.now())

            with pytest.raises(LeaseLost), desk.db.transaction() as session:
                desk.service.retry(session, lease, "x", "x", desk.clock.now())
            with pytest.raises(LeaseLost), desk.db.transaction() as session:
                desk.service.fail(session, lease, State.ERROR, "x", "x", desk.clock.now())
            assert desk.job(task_id).state == end

    def test_a_state_change_that_is_rolled_back_leaves_no_event(self, desk: Desk) -> None:
        task_id, lease = started(desk)

        class Broken(Exception): ...

        def finish_and_break() -> None:
            with desk.db.transaction() as session:
                desk.service.finish(session, lease, finished(task_id), desk.clock.now(), desk.clock.now())
                raise Broken

        with pytest.raises(Broken):
            finish_and_break()

        assert desk.job(task_id).state == State.RUNNING
        with desk.db.read() as session:
            assert session.scalars(select(OutboxEvent)).all() == []
