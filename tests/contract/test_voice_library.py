"""The voice library: the lists the SDKs read, voices of one's own, and who may use which."""

from pathlib import Path
from typing import Any

import pytest

from app.contract.voices import shipped_voices
from app.jobs.voices import NewVoice, add_voice
from tests.support.gateway import BASE, Gateway
from tests.support.media import chirp, write

pytestmark = pytest.mark.asyncio
SHIPPED = len(shipped_voices())


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write(tmp_path / "me.wav", chirp(4.0, 16_000), 16_000)


async def added(gateway: Gateway, recording: Path, key: str | None = None, **fields: str) -> dict[str, Any]:
    async with gateway.client(key) as client:
        sent = {"voice_name": "Mine", "consent": "true", **fields}
        answered = await client.post(
            f"{BASE}/voices", data=sent, files={"audio_file": ("me.wav", recording.read_bytes())}
        )
        return {"status": answered.status_code, **answered.json()}


async def listed(gateway: Gateway, key: str | None = None, path: str = "getAllVoices", **query: Any) -> dict[str, Any]:
    async with gateway.client(key) as client:
        answered = await client.get(f"{BASE}/{path}", params=query)
        assert answered.status_code == 200, answered.text
        return dict(answered.json())


async def test_shipped_voices_come_in_pages_with_integers(gateway: Gateway) -> None:
    first = await listed(gateway, limit=3)
    second = await listed(gateway, limit=3, page=1)

    assert list(first) == ["success", "voices", "limit", "page", "total"]
    assert [type(first[name]) for name in ("limit", "page", "total")] == [int, int, int]
    assert (first["limit"], first["page"], first["total"]) == (3, 0, SHIPPED)
    ids = [voice["voice_id"] for voice in first["voices"] + second["voices"]]
    assert ids == list(shipped_voices())[:6]
    assert (await listed(gateway, limit=100, page=5))["voices"] == []


async def test_voices_are_found_by_a_part_of_their_name(gateway: Gateway) -> None:
    for name in ("query", "voice_name"):
        found = await listed(gateway, path="searchVoices", **{name: "LINN"})
        assert [voice["voice_id"] for voice in found["voices"]] == ["linnea"]
        assert found["total"] == 1


async def test_shipped_voices_are_of_several_kinds() -> None:
    voices = shipped_voices().values()

    assert {voice.gender for voice in voices} == {"female", "male", "neutral"}
    assert {"child", "young", "adult", "old"} <= {voice.age for voice in voices}
    assert len({voice.language.partition("-")[0] for voice in voices}) >= 6
    for voice in voices:
        assert 60 < voice.profile["pitch_hz"] < 400
        assert len(voice.profile["envelope_db"]) == 40


async def test_an_added_voice_is_its_keys_alone(gateway: Gateway, recording: Path) -> None:
    other = gateway.new_key()

    reply = await added(gateway, recording, gender="f", language="EN-gb")

    voice = reply["voice"]
    assert (reply["status"], voice["voice_name"], voice["owner"]) == (200, "Mine", "you")
    assert (voice["gender"], voice["language"]) == ("female", "en-gb")
    mine, theirs = await listed(gateway, limit=100), await listed(gateway, other, limit=100)
    assert mine["voices"][0] == voice
    assert (mine["total"], theirs["total"]) == (SHIPPED + 1, SHIPPED)
    async with gateway.client(other) as client:
        for answered in (
            await client.post(
                f"{BASE}/VoiceChanger",
                data={"voice_id": voice["voice_id"]},
                files={"audio_file": ("a.wav", recording.read_bytes())},
            ),
            await client.post(f"{BASE}/TextToSpeech", json={"text": "Hello", "voice_id": voice["voice_id"]}),
        ):
            assert answered.status_code == 422
            assert "There is no voice" in answered.json()["error"]
        assert (await client.delete(f"{BASE}/voices/{voice['voice_id']}")).status_code == 404
    assert not gateway.bell.jobs


async def test_a_removed_voice_leaves_nothing_behind(gateway: Gateway, recording: Path) -> None:
    voice_id = (await added(gateway, recording))["voice"]["voice_id"]
    assert any(voice_id in path for path in gateway.files())

    async with gateway.client() as client:
        removed = await client.delete(f"{BASE}/voices/{voice_id}")
        again = await client.delete(f"{BASE}/voices/{voice_id}")

    assert (removed.status_code, again.status_code) == (200, 404)
    assert not any(voice_id in path for path in gateway.files())
    assert (await listed(gateway))["total"] == SHIPPED


async def test_the_operators_voice_is_for_every_key(gateway: Gateway) -> None:
    new = NewVoice("House", "male", "en", "agreed in writing", 10.0, "a.wav", {})
    with gateway.services.db.transaction() as session:
        add_voice(session, new, None, gateway.clock.now())

    for key in (None, gateway.new_key()):
        found = await listed(gateway, key, path="searchVoices", query="house")
        assert [voice["owner"] for voice in found["voices"]] == ["server"]


@pytest.mark.parametrize(("fields", "text"), [
    ({"consent": "false"}, "consent must be true"),
    ({"voice_name": " "}, "voice_name"),
    ({"voice_name": "x" * 201}, "voice_name"),
    ({"gender": "robot"}, "gender"),
    ({"language": "../etc"}, "language"),
])  # fmt: skip
async def test_what_is_wrong_is_said(gateway: Gateway, recording: Path, fields: dict[str, str], text: str) -> None:
    reply = await added(gateway, recording, **fields)

    assert reply["status"] == 422
    assert text in reply["error"]
    assert gateway.files() == []


@pytest.mark.parametrize("seconds", [0.5, 700.0])
async def test_a_recording_has_a_sensible_length(gateway: Gateway, tmp_path: Path, seconds: float) -> None:
    reply = await added(gateway, write(tmp_path / "a.wav", chirp(seconds, 8_000), 8_000))

    assert reply["status"] == 422
    assert "3 to 600 seconds" in reply["error"]
    assert gateway.files() == []


async def test_a_voice_needs_a_recording_and_consent(gateway: Gateway) -> None:
    async with gateway.client() as client:
        for body in ({"voice_name": "A", "consent": True}, {"voice_name": "A", "consent": True, "audio_file": "text"}):
            answered = await client.post(f"{BASE}/voices", json=body)
            assert answered.status_code == 422
            assert "audio_file" in answered.json()["error"]
    assert gateway.files() == []


async def test_a_file_that_is_no_sound_is_refused(gateway: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"not a sound at all" * 50)

    assert (await added(gateway, path))["status"] == 422
    assert gateway.files() == []


async def test_a_voice_whose_recording_cannot_be_kept_is_not_there(
    gateway: Gateway, recording: Path, tmp_path: Path
) -> None:
    """The folder of all voices is a file: the disk refuses."""
    (gateway.services.settings.data_dir / "files" / "voices").write_bytes(b"")

    assert (await added(gateway, recording))["status"] == 500
    assert (await listed(gateway))["total"] == SHIPPED
