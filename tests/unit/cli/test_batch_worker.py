"""What a worker of `woodshed batch` makes of one file: real media, pipelines of the test."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.errors import InputUnusable, JobFailed, Retryable
from models.catalogue import Engines
from tests.support.media import MEDIA, no_report
from tests.support.wav import wav_bytes
from workers.batch import Outcome, Task, process, serve
from workers.context import Context

ENGINES = Engines(Path("none"))


class FakePipeline:
    TASKS = ("files",)

    def __init__(self, act: Callable[[Context], None]) -> None:
        self.act = act
        self.runs = 0

    def run(self, params: Any, ctx: Context) -> None:
        self.runs += 1
        self.act(ctx)


def task(tmp_path: Path, content: bytes | None = None) -> Task:
    song = tmp_path / "song.wav"
    song.write_bytes(wav_bytes(1.5) if content is None else content)
    return {
        "feature": "extract_key_bpm",
        "params": {},
        "inputs": {"audio_file": str(song)},
        "folder": str(tmp_path / "work"),
    }


def run(tmp_path: Path, act: Callable[[Context], None], content: bytes | None = None) -> Outcome:
    return process(task(tmp_path, content), FakePipeline(act), MEDIA, ENGINES, no_report)


def raising(error: Exception) -> Callable[[Context], None]:
    def act(_ctx: Context) -> None:
        raise error

    return act


def test_outputs_lie_in_the_folder_under_their_names(tmp_path: Path) -> None:
    def act(ctx: Context) -> None:
        ctx.output("vocals", "wav").write_bytes(b"v")
        ctx.output("drums", "mp3").write_bytes(b"d")
        ctx.set(duration_s=1.5)

    outcome = run(tmp_path, act)

    assert outcome == {
        "status": "ok", "error": "", "outputs": {"vocals": "vocals.wav", "drums": "drums.mp3"},
        "values": {"duration_s": 1.5}, "audio_s": 1.5, "engine": "ffmpeg",
    }  # fmt: skip
    assert (tmp_path / "work" / "vocals.wav").read_bytes() == b"v"


def test_what_was_measured_is_the_output_of_a_pipeline_that_writes_no_file(tmp_path: Path) -> None:
    outcome = run(tmp_path, lambda ctx: ctx.set(dominant_key="A# major", bpm=120))

    assert outcome["outputs"] == {"output": "output.json"}
    written = json.loads((tmp_path / "work" / "output.json").read_text())
    assert written == {"dominant_key": "A# major", "bpm": 120}


@pytest.mark.parametrize("content", [b"no sound at all", b""])
def test_a_file_that_is_no_sound_is_unreadable(tmp_path: Path, content: bytes) -> None:
    outcome = run(tmp_path, raising(AssertionError("not reached")), content)

    assert outcome["status"] == "unreadable"
    assert "not audio" in outcome["error"]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (JobFailed("bad_range", "The recording is 1500 ms long"), "The recording is 1500 ms long"),
        (InputUnusable("The file is damaged"), "The file is damaged"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (ValueError("secret of the code"), "Internal error: ValueError"),
        (MemoryError(), "Internal error: MemoryError"),
    ],
)
def test_whatever_goes_wrong_fails_the_file_with_a_reason(tmp_path: Path, error: Exception, text: str) -> None:
    outcome = run(tmp_path, raising(error))

    assert (outcome["status"], outcome["error"], outcome["outputs"]) == ("failed", text, {})


def test_an_empty_output_is_a_failure(tmp_path: Path) -> None:
    outcome = run(tmp_path, lambda ctx: ctx.output("output", "wav").touch())

    assert (outcome["status"], outcome["error"]) == ("failed", "The task produced an empty file")


def test_what_may_work_a_moment_later_is_tried_once_more_in_an_empty_folder(tmp_path: Path) -> None:
    def act(ctx: Context) -> None:
        assert list(ctx.work_dir.iterdir()) == []
        ctx.output("output", "wav").write_bytes(b"x")
        if pipeline.runs == 1:
            raise Retryable("ffmpeg was killed")

    pipeline = FakePipeline(act)

    outcome = process(task(tmp_path), pipeline, MEDIA, ENGINES, no_report)

    assert (outcome["status"], pipeline.runs) == ("ok", 2)


def test_what_never_works_fails(tmp_path: Path) -> None:
    outcome = run(tmp_path, raising(Retryable("ffmpeg was killed")))

    assert (outcome["status"], outcome["error"]) == ("failed", "The file could not be processed: ffmpeg was killed")


def test_tasks_are_lines_and_so_are_answers(tmp_path: Path) -> None:
    wish = task(tmp_path) | {"feature": "file_convert", "params": {"target_format": "flac"}}
    tasks, answers = io.StringIO(json.dumps(wish) + "\n"), io.StringIO()

    code = serve(tasks, answers)

    ready, *progress, outcome = map(json.loads, answers.getvalue().splitlines())
    assert (code, ready) == (0, {"ready": True})
    assert all(0 <= line["progress"] <= 1 for line in progress)
    assert (outcome["status"], outcome["outputs"], outcome["engine"]) == ("ok", {"output": "output.flac"}, "ffmpeg")
