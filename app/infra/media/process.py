"""One ffmpeg process: limited, watched, and killed with its whole group when it stalls or is no longer wanted."""

import contextlib
import errno
import os
import resource
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self, cast

from app.errors import InputUnusable, JobFailed, Retryable
from app.infra.processes import die_with_parent

LOG_BYTES = 256 * 1024
LOOK_S = 0.5
UNREADABLE = "The file is damaged or not audio that this server can read"
ENCODER_FAILED = ("Error while opening encoder", "Could not write header")
STOPPED = 255  # ended by a signal it handled
SPENT = 0.9  # of the CPU time, as counted by us
FULL = "No space left on device"
# Nothing of ours is handed on: no secrets, no proxies, and texts in English for probe.py.
ENVIRONMENT = {"LC_ALL": "C", "AV_LOG_FORCE_NOCOLOR": "1"}


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What one process may use; `stall_s` is how long we wait for it to read, write or end."""

    output_bytes: int
    memory_bytes: int
    cpu_s: int
    stall_s: float


class Child:
    """A running ffmpeg. Leaving the `with` block ends it, whatever it is doing."""

    def __init__(self, command: Sequence[str], limits: ProcessLimits, *, feeds: bool = False) -> None:
        parent_pid = os.getpid()

        def limit() -> None:
            die_with_parent(parent_pid, signal.SIGKILL)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output_bytes, limits.output_bytes))
            resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 5))
            resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))

        self._stall_s = limits.stall_s
        self._cpu_s = limits.cpu_s
        self._cpu_before_s = _children_cpu_s()
        self._waiting_since_s: float | None = None
        self._log = bytearray()
        self._stalled = False
        self._process = subprocess.Popen(  # noqa: S603 - an argument list made here; see Media
            command,
            stdin=subprocess.PIPE if feeds else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=ENVIRONMENT,
            process_group=0,
            # Threads of ours may run: only system calls happen between fork and exec.
            preexec_fn=limit,  # noqa: PLW1509
        )
        self._keeper = threading.Thread(target=self._watch, name="ffmpeg-keeper", daemon=True)
        self._keeper.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kill()
        self._process.wait()
        self._keeper.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    @property
    def log(self) -> str:
        """The beginning of what it wrote to standard error; whole once it has ended."""
        return self._log.decode("utf-8", "replace")

    def read(self, most: int) -> bytes:
        """Up to `most` bytes of its output; empty at the end."""
        with self._patience():
            return os.read(self._fd(self._process.stdout), most)

    def write(self, data: bytes | memoryview) -> None:
        """Feed it; raises as `finish` does when it takes no more."""
        view = memoryview(data)
        while view:
            try:
                with self._patience():
                    sent = os.write(self._fd(self._process.stdin), view)
            except BrokenPipeError:
                self.finish()
                raise JobFailed("encoder_ended", "The audio could not be encoded") from None
            view = view[sent:]

    def end_input(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    def wait(self) -> int:
        """Its exit code; raises nothing."""
        with self._patience():
            code = self._process.wait()
        self._keeper.join()
        return code

    def finish(self) -> None:
        """Wait for its end. Raises what a failure means for the job."""
        code = self.wait()
        if self._stalled:
            raise JobFailed("media_stalled", "The audio could not be processed in a reasonable time")
        if code == 0:
            return
        if FULL in self.log:
            raise OSError(errno.ENOSPC, FULL)
        if code == -signal.SIGXFSZ or "File too large" in self.log:
            raise JobFailed("output_too_large", "The result would be larger than this server allows")
        # ffmpeg takes SIGXCPU for a polite request, and ends with an ordinary code.
        spent = _children_cpu_s() - self._cpu_before_s >= SPENT * self._cpu_s
        if code == -signal.SIGXCPU or (spent and code in {STOPPED, -signal.SIGKILL}):
            raise JobFailed("media_too_long", "The audio could not be processed in a reasonable time")
        if code < 0:
            message = f"the media process was ended by signal {-code}"
            raise Retryable(message)
        if any(sign in self.log for sign in ENCODER_FAILED):
            raise JobFailed("encoding_failed", "The audio could not be written in this format")
        raise InputUnusable(UNREADABLE)

    def _watch(self) -> None:
        """Reads the log, so that the process never waits for us, and ends it when nothing moves."""
        pipe = self._process.stderr
        assert pipe is not None
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                if selector.select(LOOK_S):
                    data = os.read(pipe.fileno(), 65536)
                    if not data:
                        return
                    self._log += data[: LOG_BYTES - len(self._log)]
                since_s = self._waiting_since_s
                if since_s is not None and time.monotonic() - since_s > self._stall_s and not self._stalled:
                    self._stalled = True
                    self._kill()

    @contextlib.contextmanager
    def _patience(self) -> Iterator[None]:
        """Only the time we wait for the process counts: it may well wait for us."""
        self._waiting_since_s = time.monotonic()
        try:
            yield
        finally:
            self._waiting_since_s = None

    def _kill(self) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    @staticmethod
    def _fd(pipe: IO[bytes] | None) -> int:
        return cast("IO[bytes]", pipe).fileno()


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
