"""The worker processes of `woodshed batch`: files come in and results go out as JSON lines, on stdin and stdout.

No server, no queue; of a database only the operator's voices. Results lie in the task's folder; the command moves them
where they belong. A death of this process costs the file in hand and nothing else.
"""

import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TextIO, TypedDict

from app.errors import InputUnusable, JobFailed, Retryable
from app.features import by_name
from app.infra.media import Media
from app.settings import Settings
from models.base import Report
from models.catalogue import EngineMissing, Engines
from workers.context import Context, Source
from workers.pipelines import Pipeline, load_pipeline
from workers.voices import Shelf, operator_shelves, shipped_shelf

ATTEMPTS = 2
REPORT_EVERY_S = 0.2
Shelves = Callable[[Path], Shelf]
"""The voices there are for a task, by its work folder."""


class Task(TypedDict):
    """`inputs`: upload field → file, the one to work on first; empty for what is made from words.

    `folder` is emptied, and all outputs lie in it.
    """

    feature: str
    params: dict[str, Any]
    inputs: dict[str, str]
    folder: str


class Outcome(TypedDict):
    """`outputs`: name → file in the task's folder. `unreadable`: the file to work on is not sound, or not for us."""

    status: Literal["ok", "failed", "unreadable"]
    error: str
    outputs: dict[str, str]
    values: dict[str, Any]
    audio_s: float | None
    engine: str


def process(
    task: Task,
    pipeline: Pipeline,
    media: Media,
    engines: Engines,
    report: Report,
    shelves: Shelves = lambda _folder: shipped_shelf,
) -> Outcome:
    """One file, from probe to outputs in the task's folder. Raises nothing that a file can cause."""
    outcome = Outcome(status="failed", error="", outputs={}, values={}, audio_s=None, engine="")
    try:
        main, others = list(task["inputs"].items())[:1], list(task["inputs"].items())[1:]
        try:
            sources = _sources(main, media)
        except InputUnusable as error:
            outcome["status"], outcome["error"] = "unreadable", error.message
            return outcome
        outcome["audio_s"] = next((source.info.duration_s for source in sources.values()), None)
        sources |= _sources(others, media)
        ctx = _run(task, pipeline, media, engines, sources, report, shelves)
        outcome["outputs"] = _outputs(ctx)
        outcome["values"] = ctx.values
        outcome["engine"] = ctx.engines.names
        outcome["status"] = "ok"
    except JobFailed as error:
        outcome["error"] = error.message
    except EngineMissing as error:
        outcome["error"] = str(error)
    except Retryable as error:
        outcome["error"] = f"The file could not be processed: {error}"
    except OSError as error:
        outcome["error"] = error.strerror or str(error)
    except Exception as error:  # noqa: BLE001 - an error of ours costs one file, not the batch
        traceback.print_exc()  # to the terminal of the operator
        outcome["error"] = f"Internal error: {type(error).__name__}"
    return outcome


def _sources(inputs: list[tuple[str, str]], media: Media) -> dict[str, Source]:
    return {slot: Source(Path(path), media.probe(Path(path)), Path(path).name) for slot, path in inputs}


def _run(
    task: Task,
    pipeline: Pipeline,
    media: Media,
    engines: Engines,
    sources: dict[str, Source],
    report: Report,
    shelves: Shelves,
) -> Context:
    params = by_name(task["feature"]).params.model_validate(task["params"])
    folder = Path(task["folder"])
    for attempt in range(1, ATTEMPTS + 1):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            with engines.borrow(*pipeline.TASKS) as borrowed:
                ctx = Context(sources, media, folder, report, borrowed, shelves(folder))
                pipeline.run(params, ctx)
        except Retryable:
            if attempt == ATTEMPTS:
                raise
        else:
            return ctx
    raise AssertionError


def _outputs(ctx: Context) -> dict[str, str]:
    """Every output by its name. What a pipeline measured is the output of one that writes no file."""
    for path in ctx.outputs.values():
        if not path.is_file() or path.stat().st_size == 0:
            raise JobFailed("empty_output", "The task produced an empty file")
    if not ctx.outputs:
        path = ctx.output("output", "json")
        path.write_text(json.dumps(ctx.values, indent=2, default=str) + "\n", encoding="utf-8")
    return {name: path.name for name, path in ctx.outputs.items()}


def serve(tasks: TextIO, answers: TextIO, clock: Callable[[], float] = time.monotonic) -> int:
    """Work until there are no more tasks. Returns the exit code."""

    def tell(message: Mapping[str, Any]) -> None:
        answers.write(json.dumps(message, default=str) + "\n")
        answers.flush()

    try:
        settings = Settings()
        media = Media(settings.media, settings.ffmpeg)
        engines = Engines(settings.weights_dir, settings.engines.pinned)
        shelves = operator_shelves(settings, media)
    except JobFailed as error:
        tell({"fatal": error.message})
        return 1
    tell({"ready": True})
    for line in tasks:
        task: Task = json.loads(line)
        tell(process(task, load_pipeline(task["feature"]), media, engines, _spaced(tell, clock), shelves))
    return 0


def _spaced(tell: Callable[[Mapping[str, Any]], None], clock: Callable[[], float]) -> Report:
    """A report that passes on what a person can follow."""
    next_s = clock() + REPORT_EVERY_S

    def report(fraction: float) -> None:
        nonlocal next_s
        now_s = clock()
        if now_s >= next_s:
            next_s = now_s + REPORT_EVERY_S
            tell({"progress": fraction})

    return report


def main() -> int:
    # Libraries print as they like; what they print must not get between our lines.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # ends ffmpeg and all else on the way
    return serve(sys.stdin, answers)


if __name__ == "__main__":
    sys.exit(main())
