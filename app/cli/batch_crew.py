"""The worker processes of a batch. Each has one task at a time; a dead one costs its task and is replaced."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from app.infra.processes import die_with_parent

Message = Mapping[str, Any]
STEP_S = 0.25
GRACE_S = 3.0
HOPELESS = 3  # deaths in a row before anything was done
CHUNK_BYTES = 64 * 1024
KILLED_HINT = {signal.SIGKILL: "; was there too little memory?"}


class CannotWork(Exception):
    """The workers cannot run at all; the text says why."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Progress of task `number`, 0 to 1."""

    number: int
    fraction: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The last word on task `number`; `death` says how its process died instead."""

    number: int
    outcome: Message
    death: str
    seconds: float


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    is_ready: bool = False
    task: int | None = None
    began_s: float = 0.0
    was_late: bool = False
    partial: dict[int, bytearray] = field(default_factory=dict)  # by file descriptor


class Crew:
    """Up to `size` processes of `command`, which speak the protocol of `workers.batch`.

    `show` gets every line they write to standard error. A task that takes longer than `limit_s` is ended.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        size: int,
        show: Callable[[str], None],
        *,
        limit_s: float,
    ) -> None:
        self._command = command
        self._environment = environment
        self._size = size
        self._show = show
        self._limit_s = limit_s
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        self._deaths = 0

    def work(self, tasks: Sequence[Message], stop: Callable[[], bool]) -> Iterator[Moved | Ended]:
        """Every task is ended once, in any order. When `stop` says so, all processes end and so does this.

        Raises CannotWork and OSError.
        """
        waiting = list(reversed(range(len(tasks))))
        try:
            while not stop() and (waiting or self._busy):
                while len(self._workers) < min(self._size, len(waiting) + len(self._busy)):
                    self._hire()
                for worker in self._workers:
                    if worker.is_ready and worker.task is None and waiting:
                        self._give(worker, waiting.pop(), tasks)
                yield from self._listen()
        finally:
            self._dismiss()

    @property
    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.task is not None]

    def _hire(self) -> None:
        parent_pid = os.getpid()
        worker = _Worker(
            subprocess.Popen(  # noqa: S603 - our own interpreter
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env=dict(self._environment),
                process_group=0,  # Ctrl-C is for us; we end them in order
                preexec_fn=lambda: die_with_parent(parent_pid),  # noqa: PLW1509 - this process has one thread
            )
        )
        for pipe in (worker.process.stdout, worker.process.stderr):
            fd = _fd(pipe)
            os.set_blocking(fd, False)
            worker.partial[fd] = bytearray()
            self._selector.register(fd, selectors.EVENT_READ, worker)
        self._workers.append(worker)

    def _give(self, worker: _Worker, number: int, tasks: Sequence[Message]) -> None:
        worker.task = number
        worker.began_s = time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # it just died, which is noted at the next look
            os.write(_fd(worker.process.stdin), json.dumps(tasks[number]).encode() + b"\n")

    def _listen(self) -> Iterator[Moved | Ended]:
        for key, _ in self._selector.select(STEP_S):
            yield from self._read(key.data, key.fd)
        for worker in list(self._workers):
            if _has_ended(worker):
                for fd in worker.partial:
                    yield from self._read(worker, fd)  # its last words
                yield from self._bury(worker)
            elif worker.task is not None and time.monotonic() - worker.began_s > self._limit_s:
                worker.was_late = True
                _send(worker, signal.SIGKILL)

    def _read(self, worker: _Worker, fd: int) -> Iterator[Moved | Ended]:
        """What has come in on one of its pipes."""
        while True:
            try:
                data = os.read(fd, CHUNK_BYTES)
            except BlockingIOError:
                return
            if not data:
                if fd in self._selector.get_map():
                    self._selector.unregister(fd)
                return
            *lines, rest = (bytes(worker.partial[fd]) + data).split(b"\n")
            worker.partial[fd][:] = rest
            for line in lines:
                message = _message(line) if fd == _fd(worker.process.stdout) else None
                if message is None:
                    self._show(line.decode("utf-8", "replace"))
                else:
                    yield from self._hear(worker, message)

    def _hear(self, worker: _Worker, message: Message) -> Iterator[Moved | Ended]:
        if "fatal" in message:
            raise CannotWork(str(message["fatal"]))
        if "ready" in message:
            worker.is_ready = True
            return
        assert worker.task is not None
        if "progress" in message:
            yield Moved(worker.task, float(message["progress"]))
            return
        number, worker.task = worker.task, None
        self._deaths = 0
        yield Ended(number, message, "", time.monotonic() - worker.began_s)

    def _bury(self, worker: _Worker) -> Iterator[Ended]:
        self._close(worker)
        code = worker.process.returncode
        if worker.task is not None:
            death = f"it took longer than {self._limit_s:g} s" if worker.was_late else _how_it_ended(code)
            yield Ended(worker.task, {}, death, time.monotonic() - worker.began_s)
            return
        self._deaths += 1
        if self._deaths >= HOPELESS:
            msg = f"The worker processes do not start ({_how_it_ended(code)})"
            raise CannotWork(msg)

    def _dismiss(self) -> None:
        """End all processes, and kill what is left after a moment."""
        for worker in self._workers:
            if not _has_ended(worker):
                _send(worker, signal.SIGTERM)
        ends_s = time.monotonic() + GRACE_S
        while time.monotonic() < ends_s and not all(map(_has_ended, self._workers)):
            time.sleep(0.01)
        for worker in list(self._workers):
            self._close(worker)
        self._selector.close()

    def _close(self, worker: _Worker) -> None:
        """Kill what is left of its group, and let go of its pipes."""
        # Its leader is not reaped yet, so no stranger can have got the number.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
        for pipe in (worker.process.stdin, worker.process.stdout, worker.process.stderr):
            assert pipe is not None
            if not pipe.closed and pipe.fileno() in self._selector.get_map():
                self._selector.unregister(pipe)
            pipe.close()
        self._workers.remove(worker)


def _fd(pipe: IO[bytes] | None) -> int:
    assert pipe is not None
    return pipe.fileno()


def _has_ended(worker: _Worker) -> bool:
    """True once the process is dead; it stays unreaped, so that its group can still be addressed."""
    return os.waitid(os.P_PID, worker.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _send(worker: _Worker, number: signal.Signals) -> None:
    """Popen's own way would reap a dead process on the way, and its number would be free for a stranger."""
    os.kill(worker.process.pid, number)


def _message(line: bytes) -> Message | None:
    """None for what a library printed while it was loaded."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _how_it_ended(code: int) -> str:
    if code < 0:
        number = signal.Signals(-code)
        return f"it was ended by {number.name}{KILLED_HINT.get(number, '')}"
    return f"it ended with code {code}"
