"""The process of an isolated environment: it speaks JSON lines on standard input and output.

For engines whose packages cannot live beside ours. We write, a line each:

    {"call": 1, "do": "load", "model": "…", "folder": "…", "options": {…}}
    {"call": 2, "do": "run", "model": "…", "task": "…", "inputs": {…: path}, "outputs": {…: path}, "options": {…}}
    {"call": 2, "do": "cancel"}
    {"call": 3, "do": "unload", "model": "…"}

and it answers, with the same `call`:

    {"call": 1, "is": "ready"}                          what it says of the model besides is kept
    {"call": 2, "is": "progress", "fraction": 0.4}
    {"call": 2, "is": "result", "values": {…}}          also to unload
    {"call": 2, "is": "error", "text": "…"}             also to a call that was cancelled

Sound goes through files. What it prints besides belongs on standard error. The end of its input is the end of it.
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
# All it gets of our environment: neither our settings nor our secrets.
HANDED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OMP_WAIT_POLICY")
HANDED_ON_STARTS = ("CUDA_", "NVIDIA_", "PYTORCH_")
ADDED = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}


class IsolatedFailed(Exception):
    """The engine could not do it, and said why."""


class IsolatedDied(Exception):
    """The engine's process ended or stopped answering in the middle of something."""


Ask = Callable[[], None]
"""Called while we wait; raises to stop waiting."""


def _go_on() -> None:
    return


class IsolatedProcess:
    """Started with the first model that is loaded, ended with the last that is unloaded.

    After a death it is started anew for the next task, with the same models: later after each death. `command` is asked
    at each start; `silence_s`: how long it may say nothing while it works. One call at a time; safe to use from several
    threads.
    """

    def __init__(
        self,
        command: Callable[[], Sequence[str]],
        *,
        silence_s: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._command = command
        self._silence_s = silence_s
        self._clock = clock
        self._sleep = sleep
        self._process: subprocess.Popen[str] | None = None
        self._said: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._models: dict[str, dict[str, Any]] = {}  # what each was loaded with
        self._ready: dict[str, dict[str, Any]] = {}  # those this very process has loaded, and what it said of them
        self._calls = 0
        self._deaths = 0
        self._not_before_s = 0.0
        self._alone = threading.Lock()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def load(self, model_id: str, folder: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """Load a model from its folder of weights, if it has any; returns what the engine says of it.

        Raises IsolatedFailed, IsolatedDied.
        """
        with self._alone:
            self._models[model_id] = {"folder": str(folder), "options": dict(options)}
            try:
                return self._loaded(model_id, _go_on)
            except BaseException:
                self._drop(model_id)
                raise

    def run(
        self,
        model_id: str,
        task: str,
        *,
        inputs: Mapping[str, Path],
        outputs: Mapping[str, Path],
        options: Mapping[str, Any],
        report: Report,
    ) -> dict[str, Any]:
        """Do one task with a model that was loaded; returns the values it measured.

        Raises IsolatedFailed with its own words, IsolatedDied, and whatever `report` raises: then it is told to stop,
        and killed when it does not within five seconds.
        """
        files = {"inputs": _texts(inputs), "outputs": _texts(outputs)}
        done = [0.0]
        with self._alone:
            self._loaded(model_id, lambda: report(0.0))
            call = self._tell("run", model=model_id, task=task, **files, options=dict(options))
            try:
                while (said := self._next(call, self._silence_s, lambda: report(done[0])))["is"] != "result":
                    if said["is"] == "progress":
                        done[0] = min(max(float(said.get("fraction", 0.0)), done[0]), 1.0)
                        report(done[0])
            except (IsolatedFailed, IsolatedDied):
                raise
            except BaseException:
                self._cancel(call)
                raise
            self._deaths = 0
        return dict(said.get("values", {}))

    def unload(self, model_id: str) -> None:
        """Unload a model, and end the process with the last one."""
        with self._alone:
            self._drop(model_id)

    def close(self) -> None:
        """End the process, if there is one."""
        with self._alone:
            self._models.clear()
            self._kill()

    def _drop(self, model_id: str) -> None:
        self._models.pop(model_id, None)
        was_ready = self._ready.pop(model_id, None) is not None
        if not self._models:
            self._kill()
        elif was_ready and self.is_running:
            try:
                call = self._tell("unload", model=model_id)
                while self._next(call, self._silence_s, _go_on)["is"] != "result":
                    continue
            except (IsolatedFailed, IsolatedDied):
                self._kill()  # what cannot be unloaded ends with its process

    def _loaded(self, model_id: str, ask: Ask) -> dict[str, Any]:
        """What the process says of a model, which it has loaded. Starts it where it does not run."""
        if not self.is_running:
            self._start(ask)
        if model_id not in self._ready:
            call = self._tell("load", model=model_id, **self._models[model_id])
            while (said := self._next(call, LOAD_S, ask))["is"] != "ready":
                continue
            self._ready[model_id] = said
        return self._ready[model_id]

    def _start(self, ask: Ask) -> None:
        self._kill()
        while (left_s := self._not_before_s - self._clock()) > 0:
            ask()
            self._sleep(min(left_s, POLL_S))
        self._said = queue.Queue()
        command = list(self._command())
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a command of the operator's environment
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
                start_new_session=True,
                env=_environment(),
            )
        except OSError as error:
            self._count_death()
            message = f"{command[0]} cannot be started: {error.strerror}"
            raise IsolatedDied(message) from None
        threading.Thread(target=self._listen, args=(self._process, self._said), daemon=True).start()

    @staticmethod
    def _listen(process: subprocess.Popen[str], said: "queue.Queue[dict[str, Any] | None]") -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError):  # the pipe is closed under it when the process is killed
            while line := process.stdout.readline(MAX_LINE_CHARS):
                try:
                    message = json.loads(line)
                except ValueError:
                    continue  # a library that prints
                if isinstance(message, dict) and "is" in message:
                    said.put(message)
        said.put(None)

    def _next(self, call: int, silence_s: float, ask: Ask) -> dict[str, Any]:
        """The next answer to a call but an error, which is raised."""
        ends_s = self._clock() + silence_s
        while self._clock() < ends_s:
            try:
                said = self._said.get(timeout=POLL_S)
            except queue.Empty:
                ask()
                continue
            if said is None:
                break
            if said.get("call") != call:
                continue  # of a call that was given up
            if said["is"] == "error":
                raise IsolatedFailed(str(said.get("text", "no reason given"))[:MAX_TEXT_CHARS])
            return said
        self._count_death()
        self._kill()
        raise IsolatedDied("the engine's process ended or said nothing for too long")

    def _tell(self, do: str, **more: object) -> int:
        """Returns the number of the call."""
        self._calls += 1
        self._write({"call": self._calls, "do": do, **more})
        return self._calls

    def _write(self, message: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except OSError:
            self._count_death()
            self._kill()
            raise IsolatedDied("the engine's process has ended") from None

    def _cancel(self, call: int) -> None:
        """Ask it to stop; what does not stop is killed, and starts anew for the next task."""
        ends_s = self._clock() + CANCEL_S
        try:
            self._write({"call": call, "do": "cancel"})
            while (left_s := ends_s - self._clock()) > 0:
                if self._next(call, left_s, _go_on)["is"] == "result":
                    return
        except (IsolatedFailed, IsolatedDied):
            return
        self._kill()

    def _count_death(self) -> None:
        self._deaths += 1
        self._not_before_s = self._clock() + min(FIRST_WAIT_S * 2 ** (self._deaths - 1), LONGEST_WAIT_S)

    def _kill(self) -> None:
        process, self._process = self._process, None
        self._ready.clear()
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


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    kept |= {name: value for name, value in os.environ.items() if name.startswith(HANDED_ON_STARTS)}
    return kept | ADDED


def _texts(paths: Mapping[str, Path]) -> dict[str, str]:
    return {name: str(path) for name, path in paths.items()}
