"""`woodshed batch` as a person runs it: the real program, real files, killed in the middle."""

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import soundfile

from app.cli.batch import Order, perform
from app.cli.batch_options import wanted
from app.features import by_name
from models.base import Audio
from models.voices.profile import measure
from tests.support.cluster import WOODSHED, wait_until
from tests.support.media import read, write
from tests.support.talkers import talker
from tests.support.wav import wav_bytes

REPORT = "woodshed-report.jsonl"
FLAC = ("file_convert", "--target-format", "flac")
LONG = wav_bytes(240.0, rate_hz=44_100, channels=2)  # about a second of work each
LONG_FILES = 5


def batch(source: Path, out: Path, *options: str) -> tuple[int, str]:
    feature, *rest = options
    done = subprocess.run(
        [WOODSHED, "batch", feature, source, out, *rest], check=False, capture_output=True, text=True, cwd=out.parent
    )
    return done.returncode, done.stderr


def report(out: Path) -> list[dict[str, Any]]:
    path = out / REPORT
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def files(out: Path) -> set[str]:
    """Everything in the output folder, hidden or not, but the report."""
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} - {REPORT}


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    for name in ("a.wav", "same.wav", "same.aiff", "sub/b.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(wav_bytes(0.5))
    return folder


def test_a_folder_becomes_a_folder(songs: Path, tmp_path: Path) -> None:
    (songs / "notes.txt").write_text("not for us")
    (songs / "unknown.xyz").write_text("not for us either")

    code, said = batch(songs, tmp_path / "out", *FLAC, "--target-sr", "48000", "--target-bit-depth", "24")

    assert code == 0, said
    assert files(tmp_path / "out") == {"a.flac", "same.wav.flac", "same.aiff.flac", "sub/b.flac"}
    info = soundfile.info(tmp_path / "out" / "sub" / "b.flac")
    assert (info.samplerate, info.subtype, info.duration) == (48_000, "PCM_24", 0.5)
    assert "4 ok, 1 skipped" in said


def test_the_report_tells_of_every_file(songs: Path, tmp_path: Path) -> None:
    (songs / "broken.mp3").write_text("no sound" * 100)

    code, _ = batch(songs / "broken.mp3", tmp_path / "out", *FLAC)
    assert code == 1
    code, _ = batch(songs, tmp_path / "out", *FLAC)

    assert code == 1
    lines = report(tmp_path / "out")
    assert [line["status"] for line in lines].count("ok") == 4
    (failed,) = [line for line in lines[1:] if line["status"] == "failed"]
    assert (failed["input"], failed["outputs"]) == ("broken.mp3", {})
    assert failed["error"] == "The file is damaged or not audio that this server can read"
    (good,) = [line for line in lines if line["input"] == "sub/b.wav"]
    assert good["outputs"] == {"output": "sub/b.flac"}
    assert good["params"] == {"target_format": "flac", "target_sr": 44100, "target_bit_depth": 16}
    assert (good["audio_s"], good["engine"], good["values"]) == (0.5, "ffmpeg", {"duration_s": 0.5})
    assert good["seconds"] > 0


def test_a_second_run_does_only_what_is_missing_or_changed(songs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(songs, out, *FLAC)
    (out / "a.flac").unlink()
    (songs / "sub" / "b.wav").write_bytes(wav_bytes(0.7))
    (songs / "new.wav").write_bytes(wav_bytes(0.5))

    code, said = batch(songs, out, *FLAC)

    assert (code, "3 ok, 2 done before" in said) == (0, True)
    assert batch(songs, out, *FLAC)[1].startswith("Nothing to do: 5 done before")
    assert "5 ok" in batch(songs, out, *FLAC, "--force")[1]
    assert "5 ok" in batch(songs, out, *FLAC, "--target-bit-depth", "24")[1]


def test_a_feature_without_an_output_file_writes_what_it_measured(songs: Path, tmp_path: Path) -> None:
    code, said = batch(songs / "a.wav", tmp_path / "out", "extract_key_bpm")

    assert code == 0, said
    assert {"dominant_key", "bpm"} <= set(json.loads((tmp_path / "out" / "a.json").read_text()))


def test_the_input_folder_may_be_the_output_folder(songs: Path) -> None:
    before = (songs / "a.wav").read_bytes()

    assert batch(songs, songs, "file_convert", "--target-format", "wav")[0] == 0
    code, said = batch(songs, songs, "file_convert", "--target-format", "wav")

    assert (code, said.startswith("Nothing to do: 4 done before")) == (0, True)
    assert (songs / "a.wav").read_bytes() == before
    assert {"a.wav", "a.wav.wav"} <= files(songs)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("file_convert",), "Missing option '--target-format'"),
        (("file_convert", "--target-format", "mp3", "--target-sr", "96000"), "choose a lower --target-sr"),
        (("file_convert", "--target-format", "flac", "--jobs", "0"), "--jobs"),
        (("denoise",), "not built"),
    ],
)
def test_wrong_usage_ends_with_2_and_leaves_nothing(
    songs: Path, tmp_path: Path, options: tuple[str, ...], text: str
) -> None:
    if options == ("denoise",) and by_name("denoise").ready:
        pytest.skip("it is built by now")

    code, said = batch(songs, tmp_path / "out", *options)

    assert code == 2
    assert text in said
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_is_a_file_or_cannot_be_written_is_said(songs: Path) -> None:
    assert batch(songs, songs / "a.wav", *FLAC)[0] == 2
    assert batch(songs, Path("/proc/nothing"), *FLAC)[0] == 1 or not Path("/proc").exists()


@pytest.fixture
def long_songs(tmp_path: Path) -> Path:
    folder = tmp_path / "long"
    folder.mkdir()
    for number in range(LONG_FILES):
        (folder / f"{number}.wav").write_bytes(LONG)
    return folder


@pytest.fixture
def start(tmp_path: Path, long_songs: Path) -> Callable[[], "subprocess.Popen[bytes]"]:
    """Start a long batch and come back when it has done a file and is at the next."""

    def start() -> "subprocess.Popen[bytes]":
        out = tmp_path / "out"
        command = [WOODSHED, "batch", "file_convert", long_songs, out, "--target-format", "mp3", "--jobs", "1"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_until(lambda: len(report(out)) >= 1, what="the first file")
        wait_until(lambda: any(out.glob(".woodshed-work/*/*")), what="the second file")
        return process

    return start


def finish(long_songs: Path, out: Path, done: int) -> None:
    """Run again to the end and look at everything."""
    code, said = batch(long_songs, out, "file_convert", "--target-format", "mp3")

    assert code == 0, said
    assert f"{LONG_FILES - done} ok, {done} done before" in said
    assert files(out) == {f"{number}.mp3" for number in range(LONG_FILES)}
    assert len([line for line in report(out) if line["status"] == "ok"]) == LONG_FILES
    for number in range(LONG_FILES):
        assert soundfile.info(out / f"{number}.mp3").duration == pytest.approx(240.0, abs=0.2)


def test_a_killed_batch_leaves_no_process_and_no_half_file_and_is_resumed(
    start: Callable[[], "subprocess.Popen[bytes]"], long_songs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = start()
    (worker,) = children(process.pid)

    process.kill()
    process.wait()

    wait_until(lambda: not is_running(worker), 5.0, "the end of the worker")
    done = len(report(out))
    assert {name for name in files(out) if not name.startswith(".")} == {f"{n}.mp3" for n in range(done)}
    finish(long_songs, out, done)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_stops_cleanly_and_the_batch_is_resumed(
    start: Callable[[], "subprocess.Popen[bytes]"], long_songs: Path, tmp_path: Path, number: int, code: int
) -> None:
    out = tmp_path / "out"
    process = start()

    process.send_signal(number)

    assert process.wait(10) == code
    done = len(report(out))
    assert files(out) == {f"{n}.mp3" for n in range(done)}
    finish(long_songs, out, done)


def test_a_killed_worker_fails_its_file_and_the_batch_goes_on(
    start: Callable[[], "subprocess.Popen[bytes]"], long_songs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = start()
    (worker,) = children(process.pid)

    os.kill(worker, signal.SIGKILL)

    assert process.wait(60) == 1
    (failed,) = [line for line in report(out) if line["status"] == "failed"]
    assert "SIGKILL" in failed["error"]
    finish(long_songs, out, LONG_FILES - 1)


def children(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children()]


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


WORKER = """
import json, pathlib, sys
def tell(message):
    sys.stdout.write(json.dumps(message) + "\\n"); sys.stdout.flush()
tell({"ready": True})
for line in sys.stdin:
    task = json.loads(line)
    folder = pathlib.Path(task["folder"]); folder.mkdir(parents=True)
    for name in ("vocals", "drums"): (folder / f"{name}.wav").write_text(name)
    tell({"status": "ok", "error": "", "outputs": {n: f"{n}.wav" for n in ("vocals", "drums")}, "values": {},
          "audio_s": 1.0, "engine": "fake"})
"""


def test_several_outputs_are_named_after_input_and_output(songs: Path, tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text(WORKER)
    order = Order(wanted(by_name("extraction"), {}), songs / "a.wav", tmp_path / "out", None, force=False)

    before = signal.getsignal(signal.SIGINT)

    code = perform(order, (sys.executable, str(tmp_path / "worker.py")))

    assert code == 0
    assert files(tmp_path / "out") == {"a.vocals.wav", "a.drums.wav"}
    assert signal.getsignal(signal.SIGINT) is before


def test_a_voice_of_the_operator_can_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOODSHED_DATA_DIR", str(tmp_path / "data"))
    recording = write(tmp_path / "own.wav", talker(260.0, 5.0, 24_000, tract=1.15), 24_000)
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "take.wav", talker(130.0, 4.0, 24_000), 24_000)
    add = [WOODSHED, "voices", "add", "Own", recording, "--consent", "own voice"]
    voice_id = subprocess.run(add, check=True, capture_output=True, text=True).stdout.strip()

    code, said = batch(tmp_path / "in", tmp_path / "out", "voice_changer", "--voice-id", voice_id)
    unknown, _ = batch(tmp_path / "in", tmp_path / "none", "voice_changer", "--voice-id", "nobody")

    assert code == 0, said
    samples, info = read(tmp_path / "out" / "take.wav")
    assert abs(12 * math.log2(measure(Audio(samples, info.rate_hz)).pitch_hz / 260.0)) < 0.5
    assert unknown == 1
    assert "nobody does not exist" in report(tmp_path / "none")[-1]["error"]
