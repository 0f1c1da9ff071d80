"""The wire: any content type, any spelling, the documented answers and errors."""

import json
from typing import Any

import httpx
import pytest

from app.features import ALL
from app.jobs.state import State
from app.jobs.tables import Job
from tests.support.gateway import BASE, Gateway
from tests.support.receivers import Receiver, answer
from tests.support.wav import wav_bytes

pytestmark = pytest.mark.asyncio
FORM = {"target_format": "flac", "target_sr": "16000", "target_bit_depth": "24"}


def upload(content: bytes = b"", name: str = "song.wav") -> dict[str, tuple[str, bytes]]:
    return {"audio_file": (name, content or wav_bytes())}


def assert_error(answered: httpx.Response, status: int, text: str = "") -> dict[str, Any]:
    """The shape of every failure: one text under three names."""
    assert answered.status_code == status, answered.text
    body = answered.json()
    assert isinstance(body, dict)
    assert body["success"] is False
    assert body["message"] == body["error"]
    assert "detail" in body
    if text:
        assert body["message"] == text
    return body


class TestBodies:
    async def test_multipart_urlencoded_and_json_are_all_taken(self, gateway: Gateway) -> None:
        with Receiver(answer(200, wav_bytes())) as source:
            fields = {**FORM, "audio_url": source.url}
            async with gateway.client() as client:
                answers = [
                    await client.post(f"{BASE}/file_convert", data=FORM, files=upload()),
                    await client.post(f"{BASE}/file_convert", data=fields),
                    await client.post(f"{BASE}/file_convert", json=fields),
                    await client.post(f"{BASE}/file_convert", files={k: (None, v) for k, v in fields.items()}),
                ]
            gateway.work()

        assert [answered.status_code for answered in answers] == [200] * 4
        for answered in answers:
            with gateway.services.db.read() as session:
                job = session.get(Job, answered.json()["task_id"])
            assert job is not None
            assert job.state == State.COMPLETED, job.error_text

    async def test_a_json_body_may_carry_the_file_as_base64_or_a_link(self, gateway: Gateway) -> None:
        import base64

        data = base64.b64encode(wav_bytes()).decode()
        async with gateway.client() as client:
            for text in (data, f"data:audio/wav;base64,{data}"):
                answered = await client.post(f"{BASE}/file_convert", json={**FORM, "audio_file": text})
                assert answered.status_code == 200, answered.text
            assert_error(await client.post(f"{BASE}/file_convert", json={**FORM, "audio_file": "/etc/passwd"}), 422)

    async def test_json_without_a_content_type_is_understood(self, gateway: Gateway) -> None:
        async with gateway.client() as client:
            answered = await client.post(f"{BASE}/file_convert", content=json.dumps({"target_format": "wav"}))

        assert_error(answered, 422, "Either audio_url or audio_file must be provided.")

    @pytest.mark.parametrize(
        ("kind", "content"),
        [
            ("application/json", b"{"),
            ("application/json", b"[1]"),
            ("application/json", b"[" * 100_000),
            ("application/json", b"\xff\xfe"),
            ("application/x-www-form-urlencoded", b"&".join(b"a=%d" % n for n in range(1000))),
            ("application/x-www-form-urlencoded", b"\xff\xff=\xff"),
            ("multipart/form-data", b"no boundary"),
            ("multipart/form-data; boundary=x", b"--y\r\nnonsense"),
            ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
            ("text/plain", b"hello"),
        ],
    )
    async def test_what_cannot_be_read_is_a_422(self, gateway: Gateway, kind: str, content: bytes) -> None:
        async with gateway.client() as client:
            answered = await client.post(f"{BASE}/file_convert", content=content, headers={"content-type": kind})

        assert_error(answered, 422)
        assert gateway.files() == []


class TestSpellings:
    @pytest.mark.parametrize("path", ["file_convert", "FILE_CONVERT", "fileconvert/", "File_Convert/"])
    async def test_paths_in_any_case_with_or_without_a_slash(self, gateway: Gateway, path: str) -> None:
        async with gateway.client() as client:
            answered = await client.post(f"/API/public/V1/{path}", data=FORM, files=upload())

        assert answered.status_code == 200, answered.text

    async def test_old_field_names(self, gateway: Gateway) -> None:
        with Receiver(answer(200, wav_bytes())) as source:
            async with gateway.client() as client:
                answered = await client.post(
                    f"{BASE}/file_convert", data={"audio_path": source.url, "output_format": "MP3"}
                )
        assert answered.status_code == 200, answered.text

    async def test_an_unknown_path_is_a_404_of_the_same_shape(self, gateway: Gateway) -> None:
        async with gateway.client() as client:
            assert_error(await client.post(f"{BASE}/no_such_thing"), 404)
            assert_error(await client.get(f"{BASE}/file_convert"), 405)


class TestErrors:
    @pytest.mark.parametrize(
        ("path", "fields", "status", "text"),
        [
            ("file_convert", {}, 422, "Either audio_url or audio_file must be provided."),
            ("file_convert", {"target_format": "exe"}, 422, ""),
            ("file_convert", {"target_sr": "1"}, 422, ""),
            ("file_convert", {"target_format": "mp3", "target_sr": "96000"}, 422, ""),
            ("audio_cutter", {"start_time": "2000", "end_time": "1000"}, 400, "Invalid time range specified"),
            ("audio_cutter", {"start_time": "NaN", "end_time": "1000"}, 400, "Invalid time range specified"),
            ("audio_cutter", {"start_time": "-5", "end_time": "1000"}, 400, "Invalid time range specified"),
            ("audio_speed_changer", {"speed_change_factor": "9"}, 400, "Invalid speed_change_factor"),
            ("audio_speed_changer", {"speed_change_factor": "inf"}, 400, "Invalid speed_change_factor"),
            ("audio_speed_changer", {}, 400, "Invalid speed_change_factor"),
        ],
    )
    async def test_documented_codes_and_texts(
        self, gateway: Gateway, path: str, fields: dict[str, str], status: int, text: str
    ) -> None:
        form = {**FORM, **fields}
        missing = not fields and path == "file_convert"
        async with gateway.client() as client:
            answered = await client.post(f"{BASE}/{path}", data=form, files=None if missing else upload())

        assert_error(answered, status, text)
        assert gateway.files() == []

    async def test_a_422_lists_what_pydantic_says(self, gateway: Gateway) -> None:
        async with gateway.client() as client:
            answered = await client.post(f"{BASE}/file_convert", data={"target_format": "exe"}, files=upload())

        detail = assert_error(answered, 422)["detail"]
        assert detail[0]["loc"] == ["body", "target_format"]

    async def test_two_inputs_are_refused(self, gateway: Gateway) -> None:
        async with gateway.client() as client:
            both = {**FORM, "audio_url": "https://example.com/a.mp3"}
            assert_error(await client.post(f"{BASE}/file_convert", data=both, files=upload()), 422)
            twice = [("audio_file", ("a.wav", wav_bytes())), ("audio_file", ("b.wav", wav_bytes()))]
            assert_error(await client.post(f"{BASE}/file_convert", data=FORM, files=twice), 422)

        assert gateway.files() == []

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"just text\n" * 50,
            b"ffconcat version 1.0\nfile secret.wav\n",
            b"#EXTM3U\nfile:///etc/passwd\n",
            b"\0" * 999,
        ],
        ids=["empty", "text", "ffconcat", "playlist", "zeros"],
    )
    async def test_an_upload_that_is_not_audio(self, gateway: Gateway, content: bytes) -> None:
        async with gateway.client() as client:
            answered = await client.post(f"{BASE}/file_convert", data=FORM, files={"audio_file": ("a.mp3", content)})

        assert_error(answered, 422)
        assert gateway.files() == []
        assert gateway.bell.jobs == []

    async def test_a_body_above_the_limit_is_a_413(self, gateway: Gateway) -> None:
        gateway.services.settings.uploads.file_bytes = type(gateway.services.settings.uploads.file_bytes)(10_000)
        async with gateway.client() as client:
            answered = await client.post(f"{BASE}/file_convert", data=FORM, files=upload(wav_bytes(5.0)))
            assert_error(answered, 413)

            async def endless() -> Any:
                while True:
                    yield b"a=" + b"x" * 65536 + b"&"

            kind = {"content-type": "application/x-www-form-urlencoded"}
            assert_error(await client.post(f"{BASE}/file_convert", content=endless(), headers=kind), 413)

        assert gateway.files() == []


class TestNotBuiltYet:
    @pytest.mark.parametrize("feature", [f for f in ALL if not f.ready], ids=lambda f: f.name)
    async def test_answers_501_and_says_so(self, gateway: Gateway, feature: Any) -> None:
        sample = {key: value for key, value in feature.sample.items() if not key.endswith("_file")}
        async with gateway.client() as client:
            if feature.method == "GET":
                answered = await client.get(f"/api/public{feature.path}", params=sample)
            else:
                answered = await client.post(f"/api/public{feature.path}", json=sample)

        body = assert_error(answered, 501)
        assert "not built yet" in body["message"]
        assert gateway.files() == []


class TestIdempotency:
    async def test_the_same_upload_twice_is_one_task_and_one_file(self, gateway: Gateway) -> None:
        headers = {"Idempotency-Key": "order-1"}
        async with gateway.client() as client:
            first = await client.post(f"{BASE}/file_convert", data=FORM, files=upload(), headers=headers)
            second = await client.post(f"{BASE}/file_convert", data=FORM, files=upload(), headers=headers)
            other = await client.post(f"{BASE}/file_convert", data=FORM, files=upload(wav_bytes(2.0)), headers=headers)

        assert first.json() == second.json()
        assert_error(other, 409)
        assert len(gateway.files()) == 1
        assert len(gateway.bell.jobs) == 1

    async def test_a_repeated_request_gets_its_answer_even_when_no_more_may_run(self, gateway: Gateway) -> None:
        headers = {"Idempotency-Key": "order-2"}
        async with gateway.client(gateway.new_key(parallel=1)) as client:
            first = await client.post(f"{BASE}/file_convert", data=FORM, files=upload(), headers=headers)
            second = await client.post(f"{BASE}/file_convert", data=FORM, files=upload(), headers=headers)
            third = await client.post(f"{BASE}/file_convert", data=FORM, files=upload())

        assert first.json() == second.json()
        assert_error(third, 429)


class TestLimits:
    async def test_too_many_at_once_is_a_429_with_retry_after(self, gateway: Gateway) -> None:
        key = gateway.new_key(parallel=1)
        async with gateway.client(key) as client:
            await client.post(f"{BASE}/file_convert", data=FORM, files=upload())
            answered = await client.post(f"{BASE}/file_convert", data=FORM, files=upload())

        body = assert_error(answered, 429, "Too Many Parallel Requests")
        assert int(answered.headers["retry-after"]) == body["retry_after"] >= 1
        assert len(gateway.files()) == 1

    async def test_an_empty_balance_is_a_402_with_both_numbers(self, gateway: Gateway) -> None:
        key = gateway.new_key(balance_usd=0.0)
        async with gateway.client(key) as client:
            answered = await client.post(
                f"{BASE}/audio_cutter", data={"start_time": 0, "end_time": 500}, files=upload()
            )

        body = assert_error(answered, 402, "Insufficient credits for this operation")
        assert body["required_credits"] > body["available_credits"] == 0
        assert gateway.files() == []
