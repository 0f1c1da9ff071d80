"""Webhooks: signatures (W3, W4, W14), what an answer means (W2, W6, W13), the schedule (W5), every try checked (W11)."""

import base64
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.infra.egress import Egress
from app.infra.webhooks import Attempt, Outcome, WebhookSender, new_secret, next_delay, sign
from app.settings import EgressSettings, WebhookSettings
from tests.support.receivers import Behaviour, Receiver, answer, drip_body, endless, hang, redirect, script

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PAYLOAD = {"success": True, "conversion_type": "Music AI", "title": "Tön – 音", "conversion_duration": 208.28}
BODY = '{"success":true,"conversion_type":"Music AI","title":"Tön – 音","conversion_duration":208.28}'.encode()


def secret() -> SecretStr:
    return SecretStr(new_secret())


def sender(*secrets: SecretStr, **changes: object) -> WebhookSender:
    settings = WebhookSettings.model_validate({"secrets": secrets, **changes})
    return WebhookSender(Egress(EgressSettings(allow_loopback=True)), settings)


def send(behaviour: Behaviour, **changes: object) -> Attempt:
    with Receiver(behaviour) as receiver:
        return sender(**changes).send(receiver.url, "msg_1", PAYLOAD, NOW)


def half() -> float:
    return 0.5


class TestSignature:
    def test_verifies_with_the_public_library(self) -> None:
        key = secret()

        headers = sign([key], "msg_1", datetime.now(UTC), BODY)

        assert Webhook(key.get_secret_value()).verify(BODY, headers) == json.loads(BODY)

    @pytest.mark.parametrize("position", [0, 30, len(BODY) - 1])
    def test_one_changed_byte_does_not_verify(self, position: int) -> None:
        key = secret()
        headers = sign([key], "msg_1", datetime.now(UTC), BODY)

        changed = BODY[:position] + bytes([BODY[position] ^ 1]) + BODY[position + 1 :]

        with pytest.raises(WebhookVerificationError, match="No matching signature"):
            Webhook(key.get_secret_value()).verify(changed, headers)

    @pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp"])
    def test_id_and_time_are_signed_too(self, header: str) -> None:
        key = secret()
        headers = sign([key], "1", datetime.now(UTC), BODY)

        headers[header] = str(int(headers[header]) + 1)

        with pytest.raises(WebhookVerificationError, match="No matching signature"):
            Webhook(key.get_secret_value()).verify(BODY, headers)

    def test_old_and_new_secret_both_verify_during_rotation(self) -> None:
        old, new, foreign = secret(), secret(), secret()

        headers = sign([new, old], "msg_1", datetime.now(UTC), BODY)

        assert len(headers["webhook-signature"].split(" ")) == 2
        for key in (old, new):
            Webhook(key.get_secret_value()).verify(BODY, headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(foreign.get_secret_value()).verify(BODY, headers)

    def test_without_secrets_id_and_time_only(self) -> None:
        assert sign([], "msg_1", NOW, BODY) == {"webhook-id": "msg_1", "webhook-timestamp": str(int(NOW.timestamp()))}

    def test_matches_the_specification_s_example(self) -> None:
        """Known answer of the Standard Webhooks specification."""
        key = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        body = b'{"test": 2432232314}'

        headers = sign([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), body)

        assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_other_zones_are_converted(self) -> None:
        key, tokyo = secret(), timezone(timedelta(hours=9))

        assert sign([key], "msg_1", NOW.astimezone(tokyo), BODY) == sign([key], "msg_1", NOW, BODY)

    def test_time_without_zone_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            sign([], "msg_1", NOW.replace(tzinfo=None), BODY)

    def test_new_secrets_are_long_and_never_the_same(self) -> None:
        first, second = new_secret(), new_secret()

        assert first != second
        assert len(base64.b64decode(first.removeprefix("whsec_"), validate=True)) == 32

    @pytest.mark.parametrize("bad", ["", "whsec_", "not base64!", "whsec_ü", "whsec_abc$defgh", "whsec_abcdefgh-_==\n"])
    def test_secret_that_is_not_base64_stops_the_start(self, bad: str) -> None:
        with pytest.raises(ValueError, match="whsec_"):
            sender(SecretStr(bad))

    def test_secret_may_come_without_prefix_or_padding(self) -> None:
        plain = base64.b64encode(b"k" * 25).decode()

        signatures = {
            sign([SecretStr(text)], "msg_1", NOW, BODY)["webhook-signature"]
            for text in (plain, plain.rstrip("="), f"whsec_{plain}")
        }

        assert len(signatures) == 1


class TestRequest:
    def test_body_is_the_payload_and_nothing_else(self) -> None:
        """Signing is additive: the same bytes go out with and without a secret (W14)."""
        with Receiver(answer()) as receiver:
            sender().send(receiver.url, "msg_1", PAYLOAD, NOW)
            sender(secret()).send(receiver.url, "msg_1", PAYLOAD, NOW)

        plain, signed = receiver.requests
        assert plain.body == signed.body == BODY
        assert plain.headers["content-type"] == "application/json"
        assert "webhook-signature" not in plain.headers

    def test_what_arrives_verifies(self) -> None:
        key = secret()

        with Receiver(answer()) as receiver:
            sender(key).send(receiver.url, "msg_1", PAYLOAD, datetime.now(UTC))

        (request,) = receiver.requests
        assert Webhook(key.get_secret_value()).verify(request.body, dict(request.headers)) == PAYLOAD

    def test_same_id_and_new_time_on_every_try(self) -> None:
        key = secret()

        with Receiver(answer(500)) as receiver:
            for minute in range(3):
                sender(key).send(receiver.url, "msg_1", PAYLOAD, NOW + timedelta(minutes=minute))

        headers = [request.headers for request in receiver.requests]
        assert {each["webhook-id"] for each in headers} == {"msg_1"}
        assert [int(each["webhook-timestamp"]) - int(NOW.timestamp()) for each in headers] == [0, 60, 120]
        assert len({each["webhook-signature"] for each in headers}) == 3

    @pytest.mark.parametrize("query", ["?secret=a%2Fb+c%20d&x=[1]&y={z}", "?", "?a=1&a=2&=&&", "?%zz=ü"])
    def test_query_reaches_the_receiver_unchanged(self, query: str) -> None:
        with Receiver(answer()) as receiver:
            sender().send(f"{receiver.url}/hook{query}", "msg_1", PAYLOAD, NOW)

        assert receiver.requests[0].target == "/hook" + query.replace("ü", "%C3%BC")

    def test_half_a_surrogate_pair_in_a_title_is_still_delivered(self) -> None:
        with Receiver(answer()) as receiver:
            attempt = sender(secret()).send(receiver.url, "msg_1", {"title": "a\ud800b"}, NOW)

        assert attempt.outcome is Outcome.DELIVERED
        assert json.loads(receiver.requests[0].body) == {"title": "a?b"}


class TestAnswer:
    @pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
    def test_success(self, status: int) -> None:
        attempt = send(answer(status, b"" if status == 204 else b"thanks"))

        assert (attempt.outcome, attempt.status, attempt.error) == (Outcome.DELIVERED, status, "")
        assert attempt.retry_after is None

    def test_410_stops(self) -> None:
        attempt = send(answer(410))

        assert (attempt.outcome, attempt.error) == (Outcome.GONE, "The receiver answered 410")

    @pytest.mark.parametrize("status", [300, 304, 400, 401, 403, 404, 408, 409, 422, 429, 500, 501, 502, 503, 504])
    def test_anything_else_is_tried_again(self, status: int) -> None:
        attempt = send(answer(status, b""))

        assert (attempt.outcome, attempt.status) == (Outcome.RETRY, status)
        assert attempt.error == f"The receiver answered {status}"

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_redirect_is_a_failure_and_never_followed(self, status: int) -> None:
        with Receiver(answer()) as other:
            attempt = send(redirect(other.url, status))

        assert (attempt.outcome, other.connections) == (Outcome.RETRY, 0)

    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("120", 120), (" 7 ", 7), ("0", 0), ("86400", 86400), ("86401", 86400), ("9" * 5000, 86400), ("00000060", 60),
            ("Sun, 01 Mar 2026 12:05:00 GMT", 300), ("Sun, 01 Mar 2026 12:05:00 -0000", 300), ("Sunday, 01-Mar-26 12:05:00 GMT", 300),
            ("Sun Mar  1 12:05:00 2026", 300), ("Sun, 01 Mar 2026 11:00:00 GMT", 0), ("Mon, 01 Mar 2027 12:00:00 GMT", 86400),
            ("", None), ("soon", None), ("-5", None), ("1.5", None), ("٣", None), ("Sun, 99 Mar 2026 12:05:00 GMT", None),
            ("Fri, 01 Jan 99999 00:00:00 GMT", None),
        ],
    )  # fmt: skip
    def test_retry_after(self, status: int, value: str, seconds: int | None) -> None:
        attempt = send(answer(status, b"", {"Retry-After": value.encode().decode("latin-1")}))

        assert attempt.retry_after == (None if seconds is None else timedelta(seconds=seconds))

    @pytest.mark.parametrize("status", [200, 302, 400, 410, 500])
    def test_retry_after_means_nothing_elsewhere(self, status: int) -> None:
        assert send(answer(status, b"", {"Retry-After": "120"})).retry_after is None

    def test_excerpt_is_short_and_can_be_stored(self) -> None:
        attempt = send(answer(500, b"a\0b\xff" + "é".encode() * 5000))

        assert len(attempt.response_excerpt) == 2048
        assert attempt.response_excerpt.startswith("ab�é")
        assert "\0" not in attempt.response_excerpt

    def test_silence_is_tried_again_within_the_time_limit(self) -> None:
        attempt = send(hang(), timeout=timedelta(seconds=0.2))

        assert (attempt.outcome, attempt.status, attempt.error) == (
            Outcome.RETRY,
            None,
            "No answer within the time limit",
        )
        assert attempt.elapsed_ms < 2000

    @pytest.mark.parametrize("behaviour", [drip_body(), endless()])
    def test_body_without_end_is_cut(self, behaviour: Behaviour) -> None:
        attempt = send(behaviour, timeout=timedelta(seconds=0.3), response_bytes=1000)

        assert attempt.outcome is Outcome.DELIVERED
        assert 0 < len(attempt.response_excerpt) <= 1000
        assert attempt.elapsed_ms < 2000

    def test_url_is_checked_at_every_try(self) -> None:
        """The name leads to an open host first and to this machine later (W11)."""
        answers = iter(["127.0.0.1", "127.0.0.2"])
        egress = Egress(EgressSettings(allow_private=["127.0.0.1/32"]), resolve=lambda _host: [next(answers)])

        with Receiver(script(answer(500), answer(200))) as receiver:
            url = f"http://studio.example:{receiver.port}/"
            first = WebhookSender(egress, WebhookSettings()).send(url, "msg_1", PAYLOAD, NOW)
            second = WebhookSender(egress, WebhookSettings()).send(url, "msg_1", PAYLOAD, NOW)

        assert (first.status, second.status) == (500, None)
        assert second.outcome is Outcome.RETRY
        assert second.error == "The URL is not allowed or its name does not resolve"


class TestSchedule:
    settings = WebhookSettings()

    @pytest.mark.parametrize(
        ("tries_done", "seconds"), [(0, 0), (1, 5), (2, 60), (3, 300), (4, 1800), (5, 7200), (6, 28800), (7, 64800)]
    )
    def test_follows_the_published_times(self, tries_done: int, seconds: int) -> None:
        assert next_delay(self.settings, tries_done, None, half) == timedelta(seconds=seconds)

    @pytest.mark.parametrize("tries_done", [8, 9, 1000])
    def test_ends(self, tries_done: int) -> None:
        assert next_delay(self.settings, tries_done, None, half) is None
        assert next_delay(self.settings, tries_done, timedelta(hours=1), half) is None

    @pytest.mark.parametrize(("draw", "factor"), [(lambda: 0.0, 0.8), (lambda: 0.75, 1.1), (lambda: 1.0, 1.2)])
    def test_jitter_reaches_twenty_percent_both_ways(self, draw: Callable[[], float], factor: float) -> None:
        delay = next_delay(self.settings, 4, None, draw)

        assert delay is not None
        assert delay.total_seconds() == pytest.approx(1800 * factor)

    @given(tries_done=st.integers(1, 7), seed=st.integers())
    def test_stays_within_twenty_percent(self, tries_done: int, seed: int) -> None:
        delay = next_delay(self.settings, tries_done, None, random.Random(seed).random)

        assert delay is not None
        assert 0.8 <= delay / self.settings.schedule[tries_done] <= 1.2

    def test_receiver_may_ask_for_more_but_not_for_less(self) -> None:
        assert next_delay(self.settings, 1, timedelta(hours=3), half) == timedelta(hours=3)
        assert next_delay(self.settings, 4, timedelta(seconds=1), half) == timedelta(minutes=30)

    def test_schedule_and_jitter_are_settings(self) -> None:
        settings = WebhookSettings(schedule=[timedelta(0), timedelta(seconds=2)], jitter=0)

        delays = [next_delay(settings, tries_done, None, lambda: 0.0) for tries_done in range(3)]

        assert delays == [timedelta(0), timedelta(seconds=2), None]
