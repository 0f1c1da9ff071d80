"""An engine in an environment of its own: a process that speaks JSON lines on standard input and output.

For engines whose packages cannot live beside ours. We write, a line each:

    {"do": "load", "folder": "…"}
    {"do": "run", "task": "…", "inputs": {…: path}, "outputs": {…: path}, "options": {…}}
    {"do": "cancel"}

and it answers with {"is": "ready"}, {"is": "progress", "fraction": 0.4}, {"is": "result", "values": {…}} or
{"is": "error", "text": "…"}. Sound goes through files. What it prints besides belongs on standard error.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.base import Report

LOAD_S, CANCEL_S = 600.0, 5.0
POLL_S = 0.2
MAX_LINE_CHARS, MAX_TEXT_CHARS = 1 << 20, 2000
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0


class IsolatedFailed(Exception):
    """The engine could not do it, and said why."""


class IsolatedDied(Exception):
    """The engine's process ended or stopped answering in the middle of something."""


class IsolatedEngine:
    """Started when it is first needed, kept for the next task, started again after a death, later after each.

    `silence_s`: how long it may say nothing while it works. One task at a time.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        silence_s: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._command = list(command)
        self._folder = folder
        self._silence_s = silence_s
        self._clock = clock
        self._sleep = sleep
        self._process: subprocess.Popen[str] | None = None
        self._said: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._deaths = 0

    def run(
        self,
        task: str,
        *,
        inputs: Mapping[str, Path],
        outputs: Mapping[str, Path],
        options: Mapping[str, Any],
        report: Report,
    ) -> dict[str, Any]:
        """Do one task; returns the values it measured.

        Raises IsolatedFailed with its own words, IsolatedDied, and whatever `report` raises: then it is told to stop,
        and killed when it does not within five seconds.
        """
        self._ensure()
        files = {"inputs": _texts(inputs), "outputs": _texts(outputs)}
        try:
            self._tell({"do": "run", "task": task, **files, "options": dict(options)})
            while (said := self._next(self._silence_s, report))["is"] != "result":
                if said["is"] == "progress":
                    report(min(max(float(said.get("fraction", 0.0)), 0.0), 1.0))
        except (IsolatedFailed, IsolatedDied):
            raise
        except BaseException:
            self._cancel()
            raise
        self._deaths = 0
        return dict(said.get("values", {}))

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._kill()

    def _ensure(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        if self._deaths:
            self._sleep(min(FIRST_WAIT_S * 2 ** (self._deaths - 1), LONGEST_WAIT_S))
        self._said = queue.Queue()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a command of the operator's manifest
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
                start_new_session=True,
                env=os.environ | {"PYTHONUNBUFFERED": "1", "HF_HUB_OFFLINE": "1"},
            )
        except OSError as error:
            self._deaths += 1
            message = f"{self._command[0]} cannot be started: {error.strerror}"
            raise IsolatedDied(message) from None
        threading.Thread(target=self._listen, args=(self._process, self._said), daemon=True).start()
        self._tell({"do": "load", "folder": str(self._folder)})
        try:
            while self._next(LOAD_S, lambda _fraction: None)["is"] != "ready":
                continue
        except IsolatedFailed:
            self._kill()
            raise

    @staticmethod
    def _listen(process: subprocess.Popen[str], said: "queue.Queue[dict[str, Any] | None]") -> None:
        assert process.stdout is not None
        while line := process.stdout.readline(MAX_LINE_CHARS):
            try:
                message = json.loads(line)
            except ValueError:
                continue  # a library that prints
            if isinstance(message, dict) and "is" in message:
                said.put(message)
        said.put(None)

    def _next(self, silence_s: float, report: Report) -> dict[str, Any]:
        """The next message but an error, which is raised. `report` is asked meanwhile whether to go on."""
        ends_s = self._clock() + silence_s
        fraction = 0.0
        while self._clock() < ends_s:
            try:
                said = self._said.get(timeout=POLL_S)
            except queue.Empty:
                report(fraction)
                continue
            if said is None:
                break
            if said["is"] == "error":
                raise IsolatedFailed(str(said.get("text", "no reason given"))[:MAX_TEXT_CHARS])
            return said
        self._deaths += 1
        self._kill()
        raise IsolatedDied("the engine's process ended or said nothing for too long")

    def _tell(self, message: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except OSError:
            self._deaths += 1
            self._kill()
            raise IsolatedDied("the engine's process has ended") from None

    def _cancel(self) -> None:
        """Ask it to stop; what does not stop is killed, and starts anew for the next task."""
        ends_s = self._clock() + CANCEL_S
        try:
            self._tell({"do": "cancel"})
            while self._clock() < ends_s:
                if self._next(max(ends_s - self._clock(), 0.0), lambda _fraction: None)["is"] == "result":
                    return
        except (IsolatedFailed, IsolatedDied):
            return
        self._kill()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue


def _texts(paths: Mapping[str, Path]) -> dict[str, str]:
    return {name: str(path) for name, path in paths.items()}
