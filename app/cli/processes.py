"""Child processes: started in groups of their own, their lines passed on, the dead ones started again.

Owns no policy of what runs. One thread only: what a fork copies is then never in the middle of something.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO

from app.infra.processes import die_with_parent

CHUNK_BYTES = 64 * 1024
MAX_LINE_BYTES = 16 * 1024
MAX_LAST_READS = 64

Show = Callable[[str, str], None]
"""Gets a role's name and one line."""


@dataclass(frozen=True, slots=True)
class Role:
    """A program to keep running. `keep_open` are file descriptors it inherits, such as a lock it shall hold."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    keep_open: tuple[int, ...] = ()


@dataclass(slots=True)
class _Child:
    role: Role
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    due_s: float = 0.0
    deaths: int = 0  # in a row; a long life clears them
    partial: bytearray = field(default_factory=bytearray)

    @property
    def output(self) -> IO[bytes]:
        assert self.process is not None
        assert self.process.stdout is not None
        return self.process.stdout


class Supervisor:
    """Keeps roles running: `start` them, call `step` in a loop, `stop` them. A dead one starts again after a delay
    that doubles from `first_delay_s` to `longest_delay_s`, and begins anew after a life of `steady_s`.
    """

    def __init__(
        self,
        show: Show,
        *,
        clock: Callable[[], float] = time.monotonic,
        first_delay_s: float = 1.0,
        longest_delay_s: float = 30.0,
        steady_s: float = 60.0,
    ) -> None:
        self._show = show
        self._clock = clock
        self._first_delay_s = first_delay_s
        self._longest_delay_s = longest_delay_s
        self._steady_s = steady_s
        self._children: dict[str, _Child] = {}
        self._selector = selectors.DefaultSelector()

    def start(self, role: Role) -> None:
        """Start a role under a new name. Raises OSError when its program cannot be run."""
        child = _Child(role)
        self._launch(child)
        self._children[role.name] = child

    @property
    def names(self) -> set[str]:
        return set(self._children)

    def pid(self, name: str) -> int | None:
        """Process id of a role, which is its group's too; None while it is dead."""
        process = self._children[name].process
        return None if process is None else process.pid

    def deaths(self, name: str) -> int:
        """How often in a row the role died young."""
        return self._children[name].deaths

    def step(self, wait_s: float) -> None:
        """Pass on output for up to `wait_s`, note deaths, start what is due."""
        self._pump(wait_s)
        now_s = self._clock()
        for child in self._children.values():
            if child.process is None:
                if now_s >= child.due_s:
                    self._launch_again(child, now_s)
            elif _has_ended(child.process):
                self._bury(child, now_s)

    def stop(self, *names: str, grace_s: float, hurry: Callable[[], bool] = lambda: False) -> list[str]:
        """End roles (without names: all) and return which of them had to be killed.

        Each gets SIGTERM; what still runs after `grace_s`, or once `hurry` says so, is killed with its whole group.
        """
        stopping = [child for name, child in self._children.items() if not names or name in names]
        for child in stopping:
            if child.process is not None and not _has_ended(child.process):
                os.kill(child.process.pid, signal.SIGTERM)  # send_signal might reap it, and _has_ended could not look
        ends_s = self._clock() + grace_s
        while self._clock() < ends_s and not hurry() and any(_is_alive(child) for child in stopping):
            self._pump(0.05)
        killed = [child.role.name for child in stopping if _is_alive(child)]
        for child in stopping:
            if child.process is not None:
                self._clear(child)
            del self._children[child.role.name]
        return killed

    def close(self) -> None:
        self._selector.close()

    def _launch(self, child: _Child) -> None:
        parent_pid = os.getpid()
        role = child.role
        child.process = subprocess.Popen(  # noqa: S603 - commands are made in this package
            role.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            env=dict(role.environment),
            pass_fds=role.keep_open,
            process_group=0,
            preexec_fn=lambda: die_with_parent(parent_pid),  # noqa: PLW1509 - the supervisor has one thread
        )
        child.started_s = self._clock()
        os.set_blocking(child.output.fileno(), False)
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def _launch_again(self, child: _Child, now_s: float) -> None:
        try:
            self._launch(child)
        except OSError as error:  # no memory or no process table entry left, for now
            self._show(child.role.name, f"cannot start: {error.strerror}")
            child.due_s = now_s + self._longest_delay_s

    def _bury(self, child: _Child, now_s: float) -> None:
        assert child.process is not None
        process = child.process
        self._clear(child)
        if now_s - child.started_s >= self._steady_s:
            child.deaths = 0
        delay_s = min(self._first_delay_s * 2**child.deaths, self._longest_delay_s)
        child.deaths += 1
        child.due_s = now_s + delay_s
        self._show(child.role.name, f"{_how_it_ended(process.returncode)}; starts again in {delay_s:g} s")

    def _clear(self, child: _Child) -> None:
        """Kill what is left of a group, read its last words, reap its leader."""
        assert child.process is not None
        # The leader is not reaped yet, so no stranger can have got its number. macOS answers EPERM for dead groups.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        for _ in range(MAX_LAST_READS):  # somebody who left the group may hold the pipe open and write on
            if not self._read(child):
                break
        if child.partial:
            self._line(child, bytes(child.partial))
            child.partial.clear()
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)
        child.output.close()
        child.process = None

    def _pump(self, wait_s: float) -> None:
        for key, _ in self._selector.select(wait_s):
            if not self._read(key.data):
                self._selector.unregister(key.fileobj)

    def _read(self, child: _Child) -> bool:
        """Pass on some of what a child wrote; False when there is nothing more to come, or nothing yet."""
        try:
            data = os.read(child.output.fileno(), CHUNK_BYTES)
        except BlockingIOError:
            return False
        *lines, rest = (bytes(child.partial) + data).split(b"\n")
        for line in lines:
            self._line(child, line)
        if len(rest) > MAX_LINE_BYTES:
            self._line(child, rest)
            rest = b""
        child.partial[:] = rest
        return bool(data)

    def _line(self, child: _Child, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        if text:
            self._show(child.role.name, text)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """True once the process is dead; it stays unreaped, so that its group can still be addressed."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _is_alive(child: _Child) -> bool:
    return child.process is not None and not _has_ended(child.process)


def _how_it_ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
