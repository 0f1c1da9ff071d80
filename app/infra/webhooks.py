"""Webhooks: signed, sent once per call, and judged. When to try again is a time in the database, never a wait here.

Signatures follow the Standard Webhooks specification 1.0 (HMAC-SHA256 over `id.timestamp.body`); they sit in headers
beside the documented payload, so receivers that do not check them see nothing new.
"""

import base64
import binascii
import json
import secrets as random_source
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from math import floor
from typing import Any

from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from app.infra.egress import Egress, PostFailed, masked
from app.settings import WebhookSettings

__all__ = ["Attempt", "Outcome", "WebhookSender", "masked", "new_secret", "next_delay", "sign"]

SECRET_PREFIX = "whsec_"  # noqa: S105 - how every secret begins
SECRET_BYTES = 32
EXCERPT_CHARS = 2048
MAX_RETRY_AFTER = timedelta(days=1)
SUCCESS = range(200, 300)
GONE = 410
WAITING = {429, 502, 503, 504}


class Outcome(StrEnum):
    DELIVERED = "delivered"
    RETRY = "retry"
    GONE = "gone"  # the receiver answered 410: never try again


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `error` is empty when delivered, and safe to show otherwise; `status` is None without an answer."""

    outcome: Outcome
    status: int | None
    error: str
    response_excerpt: str
    retry_after: timedelta | None
    elapsed_ms: int


def new_secret() -> str:
    """A signing secret: `whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(random_source.token_bytes(SECRET_BYTES)).decode()


def sign(secrets: Sequence[SecretStr], message_id: str, timestamp: datetime, body: bytes) -> dict[str, str]:
    """Headers for one try at `timestamp` (aware). Every secret signs, so old and new both verify while one is replaced.

    Without secrets there is no signature; id and time are sent all the same, for receivers that drop repeats.
    """
    if timestamp.tzinfo is None:
        raise ValueError("the time of a try needs a time zone")
    timestamp = timestamp.astimezone(UTC)  # the package overwrites the zone instead of converting
    headers = {"webhook-id": message_id, "webhook-timestamp": str(floor(timestamp.timestamp()))}
    if secrets:
        text = body.decode()
        headers["webhook-signature"] = " ".join(_signer(secret).sign(message_id, timestamp, text) for secret in secrets)
    return headers


def next_delay(
    settings: WebhookSettings, tries_done: int, retry_after: timedelta | None, random: Callable[[], float]
) -> timedelta | None:
    """Wait before the next try, None when there is none left. `random` gives 0 to 1, as `random.random` does.

    The schedule's wait varies by ±`jitter`, so that receivers that come back are not hit by all events at once; it is
    never shorter than `retry_after`.
    """
    if tries_done >= len(settings.schedule):
        return None
    delay = settings.schedule[tries_done] * (1 + settings.jitter * (2 * random() - 1))
    return delay if retry_after is None else max(delay, retry_after)


class WebhookSender:
    """Sends one event to one receiver. Raises ValueError at start for a secret that is not base64."""

    def __init__(self, egress: Egress, settings: WebhookSettings) -> None:
        for secret in settings.secrets:
            _signer(secret)
        self._egress = egress
        self._settings = settings

    def send(self, url: str, message_id: str, payload: Mapping[str, Any], now: datetime) -> Attempt:
        """One try at `now` (aware). Never raises for what a receiver does; takes at most `timeout`."""
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        headers = {"Content-Type": "application/json", **sign(self._settings.secrets, message_id, now, body)}
        try:
            answer = self._egress.post(
                url,
                body,
                headers,
                timeout_s=self._settings.timeout.total_seconds(),
                connect_timeout_s=self._settings.connect_timeout.total_seconds(),
                max_response_bytes=self._settings.response_bytes,
            )
        except PostFailed as failed:
            return Attempt(Outcome.RETRY, None, failed.reason, "", None, failed.elapsed_ms)
        outcome = _outcome(answer.status)
        return Attempt(
            outcome,
            answer.status,
            "" if outcome is Outcome.DELIVERED else f"The receiver answered {answer.status}",
            answer.body_excerpt.decode(errors="replace").replace("\0", "")[:EXCERPT_CHARS],
            _wait(answer.retry_after, now) if answer.status in WAITING else None,
            answer.elapsed_ms,
        )


def _outcome(status: int) -> Outcome:
    if status in SUCCESS:
        return Outcome.DELIVERED
    return Outcome.GONE if status == GONE else Outcome.RETRY


def _wait(retry_after: str, now: datetime) -> timedelta | None:
    """RFC 9110 Retry-After, seconds or a date, at most a day; None when it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        digits = text.lstrip("0") or "0"
        is_long = len(digits) > len(str(MAX_RETRY_AFTER // timedelta(seconds=1)))
        return MAX_RETRY_AFTER if is_long else min(timedelta(seconds=int(digits)), MAX_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), MAX_RETRY_AFTER)


def _signer(secret: SecretStr) -> Webhook:
    """Strict where the package is not: characters outside base64 would be dropped in silence, and signatures differ."""
    encoded = secret.get_secret_value().removeprefix(SECRET_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("a webhook secret must be `whsec_` followed by base64")
    return Webhook(key)
