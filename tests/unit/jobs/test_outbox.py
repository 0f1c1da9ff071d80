"""Webhook events: claimed once, tried on schedule, listed, redelivered."""

from datetime import timedelta

import pytest

from app.errors import NotFound
from app.infra.db import Database
from app.infra.webhooks import Attempt as Tried
from app.infra.webhooks import Outcome
from app.jobs.outbox import (
    Delivery,
    EventState,
    claim_event,
    due_events,
    list_events,
    next_for_host,
    record_try,
    redeliver,
)
from app.jobs.tables import Job
from tests.support.clock import FakeClock
from tests.support.jobs import Desk

LEASE = timedelta(seconds=30)


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return Desk(db, clock)


def waiting_event(desk: Desk, url: str = "https://receiver.example/hook") -> tuple[str, str]:
    """Task id and event id of a cancelled task: the shortest way to an event."""
    task_id = desk.submit(webhook_url=url).reply["task_id"]
    with desk.db.transaction() as session:
        job = session.get(Job, task_id)
        assert job is not None
        (event_id,) = desk.service.cancel(session, job, desk.clock.now())
    return task_id, event_id


def claim(desk: Desk, event_id: str, per_host: int = 4) -> Delivery | None:
    with desk.db.transaction() as session:
        return claim_event(session, event_id, desk.clock.now(), lease=LEASE, per_host=per_host)


def tried(outcome: Outcome, status: int | None = None) -> Tried:
    return Tried(outcome=outcome, status=status, error="", response_excerpt="", retry_after=None, elapsed_ms=5)


def record(desk: Desk, delivery: Delivery, attempt: Tried, delay_s: float | None) -> EventState:
    delay = None if delay_s is None else timedelta(seconds=delay_s)
    with desk.db.transaction() as session:
        return record_try(session, delivery, attempt, desk.clock.now(), delay)


def due(desk: Desk) -> list[str]:
    with desk.db.transaction() as session:
        return list(
            due_events(session, desk.clock.now(), ring_again_after=timedelta(seconds=15), limit=100, per_host=4)
        )


class TestClaim:
    def test_two_deliverers_do_not_send_the_same_event(self, desk: Desk) -> None:
        _, event_id = waiting_event(desk)

        assert claim(desk, event_id) is not None
        assert claim(desk, event_id) is None

    def test_a_dead_deliverers_event_is_free_after_its_lease(self, desk: Desk) -> None:
        _, event_id = waiting_event(desk)
        claim(desk, event_id)

        desk.clock.pass_s(31)

        assert claim(desk, event_id) is not None

    def test_one_host_gets_only_so_many_at_once_and_others_are_not_held_up(self, desk: Desk) -> None:
        slow = [waiting_event(desk)[1] for _ in range(3)]
        _, other = waiting_event(desk, "https://elsewhere.example/hook")

        claims = [claim(desk, event_id, per_host=2) for event_id in slow]

        assert [delivery is not None for delivery in claims] == [True, True, False]
        assert claim(desk, other, per_host=2) is not None

    def test_the_queue_to_a_host_moves_on(self, desk: Desk) -> None:
        first, second = waiting_event(desk)[1], waiting_event(desk)[1]
        delivery = claim(desk, first)
        assert delivery is not None
        record(desk, delivery, tried(Outcome.DELIVERED, 200), 5)

        with desk.db.read() as session:
            assert next_for_host(session, delivery.url, desk.clock.now()) == second


class TestRecord:
    def test_a_failed_try_is_due_again_at_its_time(self, desk: Desk) -> None:
        _, event_id = waiting_event(desk)
        delivery = claim(desk, event_id)
        assert delivery is not None

        assert record(desk, delivery, tried(Outcome.RETRY, 500), 5) is EventState.WAITING
        assert due(desk) == []
        desk.clock.pass_s(6)
        assert due(desk) == [event_id]
        assert due(desk) == []  # announced just now

    @pytest.mark.parametrize(
        ("attempt", "delay_s", "state"),
        [
            (tried(Outcome.DELIVERED, 204), 5.0, EventState.DELIVERED),
            (tried(Outcome.GONE, 410), 5.0, EventState.GONE),
            (tried(Outcome.RETRY, 500), None, EventState.EXHAUSTED),
        ],
    )
    def test_ends(self, desk: Desk, attempt: Tried, delay_s: float | None, state: EventState) -> None:
        _, event_id = waiting_event(desk)
        delivery = claim(desk, event_id)
        assert delivery is not None

        assert record(desk, delivery, attempt, delay_s) is state
        desk.clock.pass_s(100_000)
        assert due(desk) == []
        assert claim(desk, event_id) is None

    def test_who_lost_the_lease_records_nothing(self, desk: Desk) -> None:
        task_id, event_id = waiting_event(desk)
        late = claim(desk, event_id)
        assert late is not None
        desk.clock.pass_s(31)
        assert claim(desk, event_id) is not None

        record(desk, late, tried(Outcome.DELIVERED, 200), None)

        with desk.db.read() as session:
            (listed,) = list_events(session, task_id)
        assert (listed["state"], listed["attempts"]) == (EventState.WAITING, [])


class TestListing:
    def test_shows_every_try_and_can_be_redelivered(self, desk: Desk) -> None:
        task_id, event_id = waiting_event(desk)
        delivery = claim(desk, event_id)
        assert delivery is not None
        record(desk, delivery, tried(Outcome.RETRY, 503), None)

        with desk.db.transaction() as session:
            assert redeliver(session, task_id, None, desk.clock.now()) == [event_id]
            (listed,) = list_events(session, task_id)

        assert listed["attempts"][0]["status"] == 503
        assert listed["state"] == EventState.WAITING
        assert claim(desk, event_id) is not None

    def test_redelivery_of_another_tasks_event_is_not_found(self, desk: Desk) -> None:
        task_id, _ = waiting_event(desk)
        _, other = waiting_event(desk)

        with pytest.raises(NotFound), desk.db.transaction() as session:
            redeliver(session, task_id, other, desk.clock.now())


class TestDueEvents:
    def test_a_dead_receiver_keeps_nobody_elses_waiting(self, desk: Desk) -> None:
        dead = {waiting_event(desk, "https://dead.example/hook")[1] for _ in range(30)}
        desk.clock.pass_s(1)
        _, good = waiting_event(desk, "https://good.example/hook")
        desk.clock.pass_s(20)

        announced = due(desk)

        assert good in announced
        assert 0 < len(dead & set(announced)) <= 8
