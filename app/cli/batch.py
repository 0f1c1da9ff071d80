"""An endpoint for a whole folder of files, without a server: what `woodshed batch` does."""

import hashlib
import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from app.cli import lock, machine
from app.cli.batch_crew import CannotWork, Crew, Ended, Moved
from app.cli.batch_files import Input, find
from app.cli.batch_folder import OutputFolder, Refused, held
from app.cli.batch_options import Wanted
from app.cli.batch_report import FILE_NAME, Entry
from app.cli.batch_shown import Shown, printable, shown
from app.cli.terminal import fail, say, say_error, settings_for
from app.contract.enums import Lane

if TYPE_CHECKING:  # brings numpy
    from workers.batch import Outcome, Task

USAGE = 2
INTERRUPTED = 128  # plus the number of the signal, as shells report it
WORKER = (sys.executable, "-P", "-m", "workers.batch")


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for. `jobs` None: as many as are good for the endpoint."""

    wanted: Wanted
    source: Path
    out: Path
    jobs: int | None
    force: bool


class Stop:
    """Notes the signals that ask for an end, so that the batch ends between two steps."""

    def __init__(self) -> None:
        self.number = 0
        self._before = {
            number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }

    def _note(self, number: int, _frame: object) -> None:
        self.number = number

    def asked(self) -> bool:
        return self.number != 0

    def restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def perform(order: Order, worker: Sequence[str] = WORKER) -> int:
    """Do what was asked for; returns the exit code."""
    settings = settings_for(None)  # the workers read them too; what is wrong with them is said once, here
    limit_s = settings.jobs.time_limit.total_seconds()
    stop = Stop()
    try:
        with held(order.out) as folder:
            return _perform(order, folder, stop, worker, limit_s)
    except lock.Held:
        fail(f"Another batch works on {order.out}", USAGE)
    except CannotWork as error:
        fail(str(error))
    except OSError as error:
        fail(f"{order.out} cannot be written: {error.strerror}")
    finally:
        stop.restore()


def _perform(order: Order, folder: OutputFolder, stop: Stop, worker: Sequence[str], limit_s: float) -> int:
    run = Run(order, folder)
    if not run.todo:
        say(f"Nothing to do: {run.done_before} done before" if run.done_before else f"No sound files in {order.source}")
        return 0
    display = shown(len(run.todo))
    crew = Crew(
        worker, environment(run.jobs, folder.work), run.jobs, lambda line: say_error(printable(line)), limit_s=limit_s
    )
    try:
        for event in crew.work(run.tasks, stop.asked):
            run.take(event, display)
    finally:
        display.close()
    say(run.summary)
    if stop.asked():
        say("Stopped; the same command goes on from here.")
        return INTERRUPTED + stop.number
    return 1 if run.count["failed"] else 0


class Run:
    """The files of one batch and what became of them."""

    def __init__(self, order: Order, folder: OutputFolder) -> None:
        self._order = order
        self._folder = folder
        self._fingerprint = fingerprint(order.wanted)
        found = find(order.source, folder.path, folder.report.made, _say_unreadable)
        folder.protect(item.path for item in found)
        self.todo = [item for item in found if order.force or not folder.report.is_done(self._key(item))]
        self.done_before = len(found) - len(self.todo)
        self.count: Counter[str] = Counter()

    @property
    def jobs(self) -> int:
        """Heavy models use all cores for one file, and memory for one is enough."""
        usual = 1 if self._order.wanted.feature.lane is Lane.GPU else machine.cores()
        return self._order.jobs or usual

    @property
    def tasks(self) -> list["Task"]:
        asked = self._order.wanted
        slot = asked.feature.inputs[0].file_field
        more = {name: str(path.resolve()) for name, path in asked.more_inputs.items()}
        return [
            {
                "feature": asked.feature.name,
                "params": asked.params,
                "inputs": {slot: str(item.path), **more},
                "folder": str(self._work(number)),
            }
            for number, item in enumerate(self.todo)
        ]

    @property
    def summary(self) -> str:
        parts = [f"{self.count[status]} {status}" for status in ("ok", "failed", "skipped") if self.count[status]]
        parts += [f"{self.done_before} done before"] if self.done_before else []
        return f"{', '.join(parts) or 'Nothing done'}; see {self._order.out / FILE_NAME}"

    def take(self, event: Moved | Ended, display: Shown) -> None:
        """Publish and report what came from a worker."""
        item = self.todo[event.number]
        if isinstance(event, Moved):
            display.moved(event.number, item.name, event.fraction)
            return
        entry = self._settle(item, event)
        self.count[entry.status] += 1
        display.ended(event.number, entry)

    def _settle(self, item: Input, event: Ended) -> Entry:
        work = self._work(event.number)
        outcome = cast("Outcome", event.outcome) if event.outcome else None
        error = outcome["error"] if outcome else f"The process that worked on this file is gone: {event.death}"
        status: Literal["ok", "failed", "skipped"] = "failed"
        outputs: dict[str, str] = {}
        if outcome and outcome["status"] == "unreadable" and not item.must_be_sound:
            status = "skipped"
        if outcome and outcome["status"] == "ok":
            made = {name: work / file for name, file in outcome["outputs"].items()}
            try:
                outputs = self._folder.publish(item, made, force=self._order.force)
                status = "ok"
            except Refused as refused:
                error = str(refused)
            except OSError as failed:
                error = f"The output cannot be written: {failed.strerror}"
        entry = Entry(
            input=item.name,
            source=str(item.path),
            status=status,
            feature=self._order.wanted.feature.name,
            params=self._order.wanted.params,
            fingerprint=self._fingerprint,
            size_bytes=item.size_bytes,
            mtime_ns=item.mtime_ns,
            outputs=outputs,
            error=error,
            seconds=round(event.seconds, 3),
            audio_s=outcome["audio_s"] if outcome else None,
            engine=outcome["engine"] if outcome else "",
            values=outcome["values"] if outcome else {},
            ended_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._folder.report.add(entry)
        self._folder.settled()
        shutil.rmtree(work, ignore_errors=True)
        return entry

    def _key(self, item: Input) -> tuple[str, int, int, str]:
        return (item.name, item.size_bytes, item.mtime_ns, self._fingerprint)

    def _work(self, number: int) -> Path:
        return self._folder.work / str(number)


def fingerprint(asked: Wanted) -> str:
    """Tells apart what changes outputs: endpoint, options, and the files that go with every input."""
    more = {
        name: [stat.st_size, stat.st_mtime_ns] for name, stat in ((n, p.stat()) for n, p in asked.more_inputs.items())
    }
    text = json.dumps([asked.feature.name, asked.params, more], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def environment(jobs: int, work: Path) -> Mapping[str, str]:
    """Workers share the cores: left alone, each would start a thread for every one of them."""
    threads = str(max(1, machine.cores() // jobs))
    usual = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": "1"}
    return usual | os.environ | {"TMPDIR": str(work / "tmp"), "PYTHONUNBUFFERED": "1"}


def _say_unreadable(error: OSError) -> None:
    say_error(f"{error.filename} cannot be read: {error.strerror}")
