"""Lost work is found, and nothing else."""

from datetime import timedelta

import pytest

from app.contract.enums import Lane
from app.infra.db import Database
from app.jobs.reaper import JumpGuard, reap, unheard_jobs
from app.jobs.service import Lease
from app.jobs.state import State
from app.jobs.tables import Job
from tests.support.clock import FakeClock
from tests.support.jobs import Desk


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return Desk(db, clock)


def running(desk: Desk) -> tuple[str, Lease]:
    task_id = desk.submit().reply["task_id"]
    with desk.db.transaction() as session:
        claimed = desk.service.claim(session, task_id, desk.clock.now())
    assert claimed is not None
    return task_id, claimed[1]


def reaped(desk: Desk) -> int:
    with desk.db.transaction() as session:
        return reap(session, desk.service, desk.clock.now()).lost


def unheard(desk: Desk, *empty: Lane) -> list[tuple[Lane, str]]:
    with desk.db.transaction() as session:
        return unheard_jobs(session, desk.settings, desk.clock.now(), empty)


class TestReap:
    def test_a_silent_workers_job_is_queued_again(self, desk: Desk) -> None:
        task_id, _ = running(desk)
        desk.clock.pass_s(31)

        assert reaped(desk) == 1

        assert desk.job(task_id).state == State.QUEUED
        assert unheard(desk) == [(Lane.CPU, task_id)]

    def test_a_job_that_is_heard_of_is_left_alone(self, desk: Desk) -> None:
        task_id, lease = running(desk)
        for _ in range(10):
            desk.clock.pass_s(20)
            with desk.db.transaction() as session:
                desk.service.heartbeat(session, lease, 0.5, desk.clock.now())

        assert reaped(desk) == 0
        assert desk.job(task_id).state == State.RUNNING

    def test_queued_and_final_jobs_are_left_alone(self, desk: Desk) -> None:
        waiting = desk.submit().reply["task_id"]
        done, lease = running(desk)
        with desk.db.transaction() as session:
            desk.service.fail(session, lease, State.FAILED, "x", "x", desk.clock.now())
        desk.clock.pass_s(100_000)

        assert reaped(desk) == 0
        assert (desk.job(waiting).state, desk.job(done).state) == (State.QUEUED, State.FAILED)

    def test_a_poison_job_fails_after_three_attempts(self, desk: Desk) -> None:
        task_id, _ = running(desk)
        for _ in range(2):
            desk.clock.pass_s(31)
            assert reaped(desk) == 1
            with desk.db.transaction() as session:
                assert desk.service.claim(session, task_id, desk.clock.now()) is not None
        desk.clock.pass_s(31)

        reaped(desk)

        job = desk.job(task_id)
        assert (job.state, job.error_code, job.attempts) == (State.FAILED, "worker_lost", 3)

    def test_a_cancelled_job_of_a_dead_worker_ends_cancelled(self, desk: Desk) -> None:
        task_id, _ = running(desk)
        with desk.db.transaction() as session:
            job = session.get(Job, task_id)
            assert job is not None
            desk.service.cancel(session, job, desk.clock.now())
        desk.clock.pass_s(31)

        reaped(desk)

        assert desk.job(task_id).state == State.CANCELLED


class TestUnheard:
    def test_a_job_announced_just_now_is_not_announced_again(self, desk: Desk) -> None:
        desk.submit()

        assert unheard(desk, *Lane) == []

    def test_a_wiped_queue_is_announced_again(self, desk: Desk) -> None:
        ids = {desk.submit().reply["task_id"] for _ in range(3)}
        desk.clock.pass_s(16)

        assert {job_id for _, job_id in unheard(desk, Lane.CPU)} == ids

    def test_a_queue_that_still_holds_messages_is_left_alone(self, desk: Desk) -> None:
        desk.submit()
        desk.clock.pass_s(16)

        assert unheard(desk, Lane.IO, Lane.GPU) == []

    def test_a_job_whose_message_was_lost_in_a_busy_lane_is_announced_after_a_while(self, desk: Desk) -> None:
        desk.submit()
        desk.clock.pass_s(60)
        assert unheard(desk) == []

        desk.clock.pass_s(100)

        assert len(unheard(desk)) == 1
        assert unheard(desk) == []


class TestJumpGuard:
    def test_steady_time_is_steady(self, clock: FakeClock) -> None:
        guard = JumpGuard(clock, timedelta(seconds=30))

        for _ in range(5):
            clock.pass_s(7)
            assert guard.steady()

    @pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
    def test_after_a_jump_nothing_is_reaped_until_leases_are_renewed(self, clock: FakeClock, jump_s: float) -> None:
        guard = JumpGuard(clock, timedelta(seconds=30))
        clock.pass_s(5)
        clock.jump_s(jump_s)

        assert not guard.steady()
        clock.pass_s(29)
        assert not guard.steady()
        clock.pass_s(2)
        assert guard.steady()
