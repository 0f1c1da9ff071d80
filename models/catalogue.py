"""Every engine there is, and which one does a task.

Two tiers stand behind each task: embedded engines, which need no weights, and weights engines, whose files lie in
`<weights folder>/<engine name>/`. The best engine whose files are there is taken unless one is pinned.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """One engine.

    task     what it does; the first entry of a task that can run is taken
    licence  SPDX expression of code and weights
    source   the project or paper it follows
    factory  "module:class" in this package; a weights engine is made from the folder of its files, the others from nothing
    files    what must lie in that folder; empty for embedded engines
    """

    name: str
    task: str
    licence: str
    source: str
    factory: str = ""
    files: tuple[str, ...] = ()


OURS = "Apache-2.0"
DEEPFILTERNET3 = ("enc.onnx", "erb_dec.onnx", "df_dec.onnx", "config.ini")
ENGINES = (
    EngineInfo("ffmpeg", "files", "GPL-3.0-or-later, a program of its own", "ffmpeg.org"),
    EngineInfo("signalsmith-stretch", "speed", "MIT", "signalsmith-audio.co.uk", "speed.signalsmith:SignalsmithStretcher"),
    EngineInfo("woodshed-key-tempo", "key_tempo", OURS, "Woodshed", "analysis.key_tempo:EmbeddedKeyTempo"),
    EngineInfo("beat-this", "beats", "MIT", "Foscarin et al. 2024", "analysis.beat_this:BeatThisTracker", ("final0.ckpt",)),
    EngineInfo("s-key", "key", "MIT", "Kong et al. 2025", "analysis.s_key:SKey", ("skey.onnx",)),
    EngineInfo("deepfilternet3", "denoise", "MIT OR Apache-2.0", "Schröter et al. 2023", "denoise.deepfilternet:DeepFilterNet3", DEEPFILTERNET3),
    EngineInfo("woodshed-denoise", "denoise", OURS + " AND BSD-3-Clause", "RNNoise, Cohen 2003", "denoise.embedded:EmbeddedDenoiser"),
    EngineInfo("woodshed-deecho", "deecho", OURS, "Woodshed", "deecho.embedded:EmbeddedDeecho"),
    EngineInfo("woodshed-dereverb", "dereverb", OURS + " AND MIT", "nara_wpe, Lebart 2001", "dereverb.embedded:EmbeddedDereverb"),
    EngineInfo("woodshed-mastering", "mastering", OURS, "ITU-R BS.1770-5", "mastering.reference:ReferenceMasterer"),
    EngineInfo("basic-pitch", "notes", "Apache-2.0", "Bittner et al. 2022", "notes.basic_pitch:BasicPitch"),
)  # fmt: skip


class EngineMissing(Exception):
    """No engine can do it: its text says what is missing and where it belongs."""


@dataclass(slots=True)
class Engines:
    """The engines of this machine. Loaded ones are kept: they hold nothing of a caller.

    `pinned`: task → engine name, for those that must not be chosen by what is there.
    """

    weights_dir: Path
    pinned: Mapping[str, str] = field(default_factory=dict)
    _loaded: dict[str, Any] = field(default_factory=dict)

    def problem(self, engine: EngineInfo) -> str:
        """Why an engine cannot run; empty when it can."""
        folder = self.weights_dir / engine.name
        missing = [name for name in engine.files if not (folder / name).is_file()]
        return f"{', '.join(missing)} missing in {folder}" if missing else ""

    def choose(self, task: str) -> EngineInfo:
        """The engine for a task. Raises EngineMissing; a pinned engine that cannot run is never swapped for another."""
        candidates = [engine for engine in ENGINES if engine.task == task]
        wanted = self.pinned.get(task, "auto")
        if wanted != "auto":
            candidates = [engine for engine in candidates if engine.name == wanted]
            if not candidates:
                message = f"There is no engine named {wanted} for {task}"
                raise EngineMissing(message)
        problems = {engine.name: self.problem(engine) for engine in candidates}
        for engine in candidates:
            if not problems[engine.name]:
                return engine
        message = f"No engine for {task} can run: " + "; ".join(f"{name}: {why}" for name, why in problems.items())
        raise EngineMissing(message)

    def can(self, task: str) -> bool:
        """Whether there is an engine for an optional task. Raises EngineMissing when a pinned one cannot run."""
        try:
            self.choose(task)
        except EngineMissing:
            if self.pinned.get(task, "auto") != "auto":
                raise
            return False
        return True

    def load(self, task: str) -> Any:  # noqa: ANN401 - each task has its own Protocol in models.base
        """The engine itself. Raises EngineMissing."""
        engine = self.choose(task)
        if not engine.factory:  # a program of its own
            return None
        if engine.name not in self._loaded:
            module, _, name = engine.factory.partition(":")
            factory = getattr(importlib.import_module(f"models.{module}"), name)
            self._loaded[engine.name] = factory(self.weights_dir / engine.name) if engine.files else factory()
        return self._loaded[engine.name]
