"""The endpoints that make songs, with a fake song maker: what they ask of it, and how its songs reach the caller."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.jobs.outbox import list_events
from models.base import Audio, Lyrics, Report, Song, SongWish, TimedLine
from models.catalogue import Engines
from models.room.manifest import Manifest
from tests.support.gateway import BASE, PREFIX, Gateway
from tests.support.media import read
from tests.support.receivers import Receiver, answer

pytestmark = pytest.mark.asyncio
RATE_HZ = 44_100
SONG_S = 1.5
V2 = f"{PREFIX}/v2/MusicAI"


def tone(hz: float) -> Audio:
    t = np.arange(round(SONG_S * RATE_HZ)) / RATE_HZ
    return Audio(np.stack([0.3 * np.sin(2 * np.pi * hz * t)] * 2).astype(np.float32), RATE_HZ)


class FakeSongs:
    """Remembers what it was asked for; `before` is called as each song is begun, with its number."""

    def __init__(self) -> None:
        self.asked: list[tuple[SongWish, int]] = []
        self.before: Callable[[int], None] = lambda _number: None

    def make(self, wish: SongWish, *, seed: int, report: Report) -> Song:
        self.before(len(self.asked))
        self.asked.append((wish, seed))
        report(0.5)
        lines = (TimedLine("[Verse]", 0.1, 1.2504), TimedLine("Hello there", 0.1, 1.2504)) if wish.lyrics else ()
        return Song(tone(200.0 + 100 * len(self.asked)), lines, "A minor", 90.0, "pop", b"MThd")


class FakeLyrics:
    def write(self, prompt: str, *, genre: str = "", seed: int, report: Report) -> Lyrics:
        report(1.0)
        return Lyrics(f"On {prompt}", f"[Verse]\n{prompt} {genre}")


class FakeEngines(Engines):
    songs = FakeSongs()

    def load(self, task: str) -> Any:
        return {"song": self.songs, "lyrics": FakeLyrics()}[task]

    def choose(self, task: str) -> Manifest:
        return Manifest.model_validate({"id": f"fake-{task}", "tasks": [task], "licence": {"code": "MIT"}})


@pytest.fixture
def songs(gateway: Gateway, tmp_path: Path) -> FakeSongs:
    engines = FakeEngines(tmp_path / "none")
    engines.songs = FakeSongs()
    gateway.runner._engines = engines
    return engines.songs


async def asked(gateway: Gateway, path: str = V2, **fields: Any) -> dict[str, Any]:
    async with gateway.client() as client:
        posted = await client.post(path, json=fields)
    assert posted.status_code == 200, posted.text
    reply: dict[str, Any] = posted.json()
    return reply


async def shown(gateway: Gateway, **ids: str) -> dict[str, Any]:
    async with gateway.client() as client:
        found = await client.get(f"{BASE}/byId", params=ids)
    record: dict[str, Any] = found.json()["conversion"]
    return record


async def test_two_songs_come_back_with_words_times_and_files(
    gateway: Gateway, songs: FakeSongs, tmp_path: Path
) -> None:
    reply = await asked(gateway, prompt="the sea", title="Salt")
    gateway.work()

    record = await shown(gateway, conversion_id=reply["conversion_id_2"])

    assert record["status"] == "COMPLETED"
    for number in (1, 2):
        assert record[f"title_{number}"] == "Salt"
        assert record[f"lyrics_{number}"] == "[Verse]\nthe sea "
        assert json.loads(record[f"lyrics_timestamped_{number}"]) == [
            {"start": 100, "end": 1250, "text": "[Verse]", "index": 0},
            {"start": 100, "end": 1250, "text": "Hello there", "index": 1},
        ]
        assert record[f"conversion_duration_{number}"] == SONG_S
        async with gateway.client() as client:
            for field, suffix in (("conversion_path", ".mp3"), ("conversion_path_wav", ".wav")):
                downloaded = await client.get(record[f"{field}_{number}"])
                assert downloaded.status_code == 200
                path = tmp_path / f"{number}{suffix}"
                path.write_bytes(downloaded.content)
                samples, info = read(path)
                assert abs(samples.shape[1] / info.rate_hz - SONG_S) < 0.06
                spectrum = np.abs(np.fft.rfft(samples[0]))
                assert abs(spectrum.argmax() * info.rate_hz / samples.shape[1] - (200 + 100 * number)) < 3
            assert "Salt" in downloaded.headers["content-disposition"]


async def test_the_wish_is_what_the_caller_asked_for(gateway: Gateway, songs: FakeSongs) -> None:
    await asked(
        gateway, prompt="p", music_style="folk", lyrics="[Verse]\nown words", negative_tags="no drums", key="A minor",
        bpm=90, output_length=60, gender="m", seed=7,
    )  # fmt: skip
    gateway.work()

    (first, seed), (second, other_seed) = songs.asked
    assert first == second
    assert (seed, other_seed) == (7, 8)
    assert (first.prompt, first.style, first.avoid) == ("p", "folk", "no drums")
    assert (first.lyrics, first.key, first.bpm, first.length_s) == ("[Verse]\nown words", "A minor", 90.0, 60.0)
    assert first.voice is not None
    assert first.voice.gender == "male"
    assert first.title == "Own Words"


async def test_an_instrumental_has_a_title_and_no_voice(gateway: Gateway, songs: FakeSongs) -> None:
    reply = await asked(gateway, prompt="rain", make_instrumental=True)
    gateway.work()

    record = await shown(gateway, task_id=reply["task_id"])

    assert {(wish.lyrics, wish.voice) for wish, _ in songs.asked} == {("", None)}
    assert (record["title_1"], record["lyrics_1"], record["lyrics_timestamped_1"]) == (
        "On rain",
        "[Instrumental]",
        "[]",
    )


async def test_requests_without_a_seed_never_get_the_same_one(gateway: Gateway, songs: FakeSongs) -> None:
    for _ in range(2):
        await asked(gateway, prompt="p")
    gateway.work()

    assert len({seed for _, seed in songs.asked}) == 4


async def test_a_second_attempt_makes_the_songs_that_were_delivered_before(gateway: Gateway, songs: FakeSongs) -> None:
    def stumble(number: int) -> None:
        if number == 1:
            raise OSError("the disk is full for a moment")

    songs.before = stumble
    reply = await asked(gateway, prompt="p")
    gateway.work()
    songs.before = lambda _number: None
    gateway.clock.pass_s(60)
    gateway.runner.run(reply["task_id"])

    record = await shown(gateway, task_id=reply["task_id"])
    seeds = [seed for _, seed in songs.asked]
    assert record["status"] == "COMPLETED"
    assert seeds == [seeds[0], seeds[0], seeds[0] + 1]


async def test_the_first_song_is_there_before_the_second_is_made(gateway: Gateway, songs: FakeSongs) -> None:
    with Receiver(answer()) as receiver:
        reply = await asked(gateway, prompt="p", lyrics_timestamps=True, webhook_url=f"{receiver.url}/hook")
        seen: list[list[str]] = []

        def look(number: int) -> None:
            if number == 1:
                with gateway.services.db.read() as session:
                    events = list_events(session, reply["task_id"])
                seen.append([event["payload"]["subtype"] for event in events])

        songs.before = look
        gateway.work()
        gateway.deliver()

        sent = [json.loads(request.body) for request in receiver.requests]
    assert seen == [["music_ai", "lyrics_timestamped"]]
    assert sorted((one["conversion_id"], one["subtype"]) for one in sent) == sorted(
        (reply[f"conversion_id_{number}"], subtype)
        for number in (1, 2)
        for subtype in ("music_ai", "lyrics_timestamped")
    )


async def test_while_the_second_is_made_the_record_and_the_stream_have_the_first(
    gateway: Gateway, songs: FakeSongs
) -> None:
    reply = await asked(gateway, prompt="p")
    states: list[tuple[str, bool, bool]] = []

    def look(number: int) -> None:
        from app.features import by_name
        from app.jobs.results import record_of
        from app.jobs.store import find_job

        with gateway.services.db.read() as session:
            job = find_job(session, gateway.key_id, task_id=reply["task_id"])
            record = record_of(job, by_name(job.feature), gateway.services.links, gateway.clock.now())
        states.append((record["status"], *(bool(record.get(f"conversion_path_{take}")) for take in (1, 2))))

    songs.before = look
    gateway.work()

    assert states == [("IN_PROGRESS", False, False), ("IN_PROGRESS", True, False)]


async def test_a_song_streams_as_mp3_once_it_is_there_and_to_its_owner_only(gateway: Gateway, songs: FakeSongs) -> None:
    reply = await asked(gateway, prompt="p")
    ids = {"task_id": reply["task_id"], "conversion_id": reply["conversion_id_2"]}
    async with gateway.client() as client, gateway.client(gateway.new_key()) as stranger:
        early = await client.get(f"{V2}/stream", params=ids)
        gateway.work()
        there = await client.get(f"{V2}/stream", params=ids)
        first = await client.get(f"{V2}/stream", params={"task_id": reply["task_id"]})
        part = await client.get(f"{V2}/stream", params=ids, headers={"Range": "bytes=0-9"})
        foreign = await stranger.get(f"{V2}/stream", params=ids)

    assert (early.status_code, foreign.status_code) == (404, 404)
    assert (there.status_code, there.headers["content-type"]) == (200, "audio/mpeg")
    assert first.content != there.content
    assert (part.status_code, part.content) == (206, there.content[:10])


async def test_what_was_delivered_stays_when_the_rest_fails(gateway: Gateway, songs: FakeSongs) -> None:
    def break_second(number: int) -> None:
        if number == 1:
            raise ValueError("This cannot be sung")

    songs.before = break_second
    with Receiver(answer()) as receiver:
        reply = await asked(gateway, prompt="p", webhook_url=f"{receiver.url}/hook")
        gateway.work()
        gateway.deliver()
        gateway.housekeeping.sweep()
        record = await shown(gateway, task_id=reply["task_id"])
        async with gateway.client() as client:
            downloaded = await client.get(record["conversion_path_1"])
        sent = {one["conversion_id"]: one for one in (json.loads(request.body) for request in receiver.requests)}

    assert (record["status"], record["message"]) == ("FAILED", "This cannot be sung")
    assert downloaded.status_code == 200
    assert [sent[reply[f"conversion_id_{number}"]]["success"] for number in (1, 2)] == [True, False]


async def test_one_song_is_one_output(gateway: Gateway, songs: FakeSongs) -> None:
    reply = await asked(gateway, f"{V2}/batch", prompt="p")
    gateway.work()

    record = await shown(gateway, task_id=reply["task_id"])

    assert len(songs.asked) == 1
    assert record["conversion_path"] == record["conversion_path_1"]
    assert "conversion_path_2" not in record


@pytest.mark.parametrize(
    ("fields", "text"),
    [({"key": "H minor"}, "key is a note"), ({"bpm": 500}, "bpm"), ({"bpm": 20}, "bpm is from 40 to 240")],
)
async def test_what_no_song_can_have_is_refused_at_once(gateway: Gateway, fields: dict[str, Any], text: str) -> None:
    async with gateway.client() as client:
        posted = await client.post(V2, json={"prompt": "p", **fields})

    assert posted.status_code == 422
    assert text in posted.json()["message"]
