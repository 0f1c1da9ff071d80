"""POST /v1/audio_to_midi: the notes, the tempo and the documented files, of music and of what is none."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pretty_midi
import pytest

from models.base import Samples
from tests.support.gateway import BASE, Gateway
from tests.support.media import chirp, level_db, read, write
from tests.support.receivers import Receiver, answer
from tests.support.songs import MAJOR, RATE_HZ, hertz, note, song

pytestmark = pytest.mark.asyncio
FILES = {"midi_file_path": "mid", "sonify_file_path": "wav", "notes_file_path": "csv"}


def melody() -> tuple[Samples, list[tuple[float, int]]]:
    """Sixteen notes, one every half second: 120 bpm."""
    truth = [(0.25 + 0.5 * n, 60 + (0, 2, 4, 5, 7, 9, 11, 12)[n * 3 % 8]) for n in range(16)]
    out = np.zeros(9 * RATE_HZ, np.float32)
    for at_s, pitch in truth:
        sound = 0.2 * note(hertz(pitch), 0.45)
        out[round(at_s * RATE_HZ) :][: sound.size] += sound
    return out[None], truth


async def run(gateway: Gateway, upload: Path, folder: Path, **fields: Any) -> tuple[dict[str, Any], dict[str, Path]]:
    """The record, and every file it links to."""
    files = {}
    async with gateway.client() as client:
        posted = await client.post(
            f"{BASE}/audio_to_midi", data=fields, files={"audio_file": (upload.name, upload.read_bytes())}
        )
        assert posted.status_code == 200, posted.text
        gateway.work()
        looked_up = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record = looked_up.json()["conversion"]
        for name, extension in FILES.items():
            if record.get(name):
                files[name] = folder / f"{name}.{extension}"
                files[name].write_bytes((await client.get(record[name])).content)
    return record, files


async def test_a_melody_becomes_midi_sound_and_a_list(gateway: Gateway, tmp_path: Path) -> None:
    sound, truth = melody()

    record, files = await run(gateway, write(tmp_path / "a.wav", sound, RATE_HZ), tmp_path)

    assert record["status"] == "COMPLETED", record
    assert record["conversion_path"] == record["midi_file_path"]
    assert record["engine"] == "basic-pitch + woodshed-drum-notes + woodshed-separator + woodshed-key-tempo"
    (part,) = pretty_midi.PrettyMIDI(io.BytesIO(files["midi_file_path"].read_bytes())).instruments
    got = sorted((round(note.start, 3), note.pitch) for note in part.notes)
    assert [pitch for _, pitch in got] == [pitch for _, pitch in truth]
    assert [at_s for at_s, _ in got] == pytest.approx([at_s for at_s, _ in truth], abs=0.05)
    rows = list(csv.DictReader(io.StringIO(files["notes_file_path"].read_text(encoding="utf-8"))))
    assert [(pytest.approx(float(row["start_time_s"]), abs=0.001), int(row["pitch_midi"])) for row in rows] == got


async def test_the_sound_has_the_notes_at_their_times(gateway: Gateway, tmp_path: Path) -> None:
    sound, truth = melody()

    _, files = await run(gateway, write(tmp_path / "a.wav", sound, RATE_HZ), tmp_path)

    played, info = read(files["sonify_file_path"])
    assert (info.rate_hz, info.channels, info.bits_per_sample) == (44_100, 2, 16)
    assert played.shape[1] >= sound.shape[1] * 2
    assert level_db(played[:, : round(0.2 * 44_100)]) < -60
    steps = np.square(played.mean(axis=0)[: 8 * 44_100].reshape(-1, 441)).mean(axis=1)
    rises = np.diff(np.log(steps + 1e-9))
    for at_s, _ in truth:
        around = rises[round(at_s * 100) - 8 : round(at_s * 100) + 8]
        assert around.max() > 0.5, at_s


async def test_the_tempo_of_the_file_is_that_of_the_key_and_tempo_engine(gateway: Gateway, tmp_path: Path) -> None:
    piece = song(2, MAJOR, bpm=107.0, bars=8)

    _, files = await run(gateway, write(tmp_path / "a.wav", piece.samples, RATE_HZ), tmp_path)

    (manifest,) = gateway.services.settings.data_dir.rglob("manifest.json")
    values = json.loads(manifest.read_text())["values"]
    read_back = pretty_midi.PrettyMIDI(io.BytesIO(files["midi_file_path"].read_bytes()))
    assert values["bpm"] == pytest.approx(107.0, abs=0.2)
    assert read_back.get_tempo_changes()[1] == pytest.approx([values["bpm"]], abs=0.01)
    assert values["notes"] == sum(len(part.notes) for part in read_back.instruments) > 30
    (key,) = read_back.key_signature_changes
    assert pretty_midi.key_number_to_key_name(key.key_number) == "D Major"


async def test_files_that_are_not_wanted_are_not_made(gateway: Gateway, tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", melody()[0], RATE_HZ)

    record, files = await run(gateway, source, tmp_path, sonify_midi="false", save_note_events="false")

    assert list(files) == ["midi_file_path"]
    assert record["sonify_file_path"] == record["notes_file_path"] == ""


@pytest.mark.parametrize("kind", ["silence", "noise", "one sample"])
async def test_what_holds_no_notes_gives_empty_files(gateway: Gateway, tmp_path: Path, kind: str) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (2, 66_150)).astype(np.float32)
    sound = {"silence": 0 * noise, "noise": noise, "one sample": noise[:, :1]}[kind]

    record, files = await run(gateway, write(tmp_path / "a.wav", sound, 44_100), tmp_path)

    assert record["status"] == "COMPLETED", record
    read_back = pretty_midi.PrettyMIDI(io.BytesIO(files["midi_file_path"].read_bytes()))
    assert sum(len(part.notes) for part in read_back.instruments) == 0
    assert len(files["notes_file_path"].read_text(encoding="utf-8").splitlines()) == 1
    assert level_db(read(files["sonify_file_path"])[0]) < -90  # the dither of 16 bits


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (48_000, 6), (192_000, 2)])
async def test_any_rate_and_channels(gateway: Gateway, tmp_path: Path, rate_hz: int, channels: int) -> None:
    source = write(tmp_path / "a.wav", chirp(1.0, rate_hz, channels), rate_hz)

    record, files = await run(gateway, source, tmp_path)

    assert record["status"] == "COMPLETED", record
    assert set(files) == set(FILES)


async def test_the_webhook_has_the_documented_fields(gateway: Gateway, tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", melody()[0][:, : 2 * RATE_HZ], RATE_HZ)

    with Receiver(answer()) as receiver:
        record, _ = await run(gateway, source, tmp_path, webhook_url=receiver.url)
        gateway.deliver()

    body = json.loads(receiver.requests[-1].body)
    assert body["conversion_type"] == "Audio To MIDI"
    assert body["message"] == "Audio To MIDI Completed"
    for name, extension in FILES.items():
        assert body[name].partition("?")[0] == record[name].partition("?")[0]
        assert body[name].partition("?")[0].endswith(f".{extension}")
