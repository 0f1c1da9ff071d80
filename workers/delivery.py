"""Delivers one webhook: claim it, send it, store what came of it."""

import logging
from collections.abc import Callable
from datetime import timedelta

from app.infra.clock import Clock
from app.infra.db import Database
from app.infra.queue import Bell
from app.infra.webhooks import WebhookSender, masked, next_delay
from app.jobs.outbox import EventState, claim_event, next_for_host, record_try
from app.settings import WebhookSettings

log = logging.getLogger(__name__)
SPARE = timedelta(seconds=15)  # lease beyond the time limit of a try


class Delivery:
    def __init__(
        self,
        *,
        settings: WebhookSettings,
        clock: Clock,
        db: Database,
        sender: WebhookSender,
        bell: Bell,
        chance: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._db = db
        self._sender = sender
        self._bell = bell
        self._chance = chance

    def deliver(self, event_id: str) -> EventState | None:
        """Try one event. None when it was not due, or is being delivered by somebody else."""
        now = self._clock.now()
        with self._db.transaction() as session:
            delivery = claim_event(
                session, event_id, now, lease=self._settings.timeout + SPARE, per_host=self._settings.per_host
            )
        if delivery is None:
            return None
        tried = self._sender.send(delivery.url, delivery.event_id, delivery.payload, now)
        done = delivery.tries + 1
        delay = next_delay(self._settings, done, tried.retry_after, self._chance)
        now = self._clock.now()
        with self._db.transaction() as session:
            state = record_try(session, delivery, tried, now, delay)
            following = next_for_host(session, delivery.url, now)
        log.info(
            "webhook_tried event=%s try=%s state=%s status=%s url=%s",
            event_id, done, state.value, tried.status, masked(delivery.url),
        )  # fmt: skip
        if following is not None:
            self._bell.event(following)
        return state
