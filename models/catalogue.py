"""Which model does a task on this machine.

Two tiers stand behind each task: embedded engines, which need no weights, and engines whose weights lie in the store.
Of those that can run, the one with the highest rank is taken unless one is pinned.
"""

import contextlib
import functools
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.room.manifest import BUILT_IN, Manifest, read_all
from models.room.store import Store, StoreError

OWN = "manifests"  # folder of the operator's manifests, beside the weights


class EngineMissing(Exception):
    """No engine can do it: its text says what is missing and how it comes there."""


@functools.cache
def built_in() -> Mapping[str, Manifest]:
    return read_all([BUILT_IN])


@dataclass(slots=True)
class Engines:
    """The engines of this machine. Loaded ones are kept: they hold nothing of a caller.

    `pinned`: task → model id, for those that must not be chosen by what is there.
    """

    weights_dir: Path
    pinned: Mapping[str, str] = field(default_factory=dict)
    _loaded: dict[str, Any] = field(default_factory=dict)
    _held: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def manifests(self) -> Mapping[str, Manifest]:
        """By id; the operator's own replace ours. Raises ManifestError for one that cannot be read."""
        own = self.weights_dir / OWN
        return {**built_in(), **read_all([own])} if own.is_dir() else built_in()

    @property
    def store(self) -> Store:
        return Store(self.weights_dir)

    def problem(self, manifest: Manifest) -> str:
        """Why a model cannot run; empty when it can."""
        if manifest.is_embedded:
            return ""
        state = self.store.state(manifest)
        if state == "absent":
            verb = "pull" if manifest.source.kind != "none" else "import"
            return f"not installed: `woodshed models {verb} {manifest.id}`"
        return "" if state == "installed" else f"its files have changed: `woodshed models verify {manifest.id}`"

    def choose(self, task: str) -> Manifest:
        """The model for a task. Raises EngineMissing; a pinned one that cannot run is never swapped for another."""
        candidates = [manifest for manifest in self.manifests.values() if task in manifest.tasks]
        wanted = self.pinned.get(task, "auto")
        if wanted != "auto":
            candidates = [manifest for manifest in candidates if manifest.id == wanted]
            if not candidates:
                message = f"There is no engine named {wanted} for {task}"
                raise EngineMissing(message)
        problems = {}
        for manifest in sorted(candidates, key=lambda manifest: -manifest.rank):
            if not (problem := self.problem(manifest)):
                return manifest
            problems[manifest.id] = problem
        message = f"No engine for {task} can run: " + "; ".join(f"{name} is {why}" for name, why in problems.items())
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
        """The engine itself, None for a program of its own. Raises EngineMissing, also for changed weights."""
        manifest = self.choose(task)
        if not manifest.engine:
            return None
        if manifest.id not in self._loaded:
            self._loaded[manifest.id] = self._made(manifest)
        return self._loaded[manifest.id]

    def _made(self, manifest: Manifest) -> Any:  # noqa: ANN401 - as above
        module, _, name = manifest.engine.partition(":")
        factory = getattr(importlib.import_module(f"models.{module}"), name)
        if manifest.is_embedded:
            return factory()
        try:
            folder = self._held.enter_context(self.store.in_use(manifest.id))
            self.store.check_before_loading(manifest)
        except StoreError as error:
            raise EngineMissing(str(error)) from error
        return factory(folder)

    def borrow(self, *tasks: str) -> "Borrowed":
        """The engines for one piece of work that surely needs `tasks`. Raises EngineMissing."""
        borrowed = Borrowed(self)
        for task in tasks:
            borrowed.note(self.choose(task))
        return borrowed


@dataclass(slots=True)
class Borrowed:
    """Engines, and a list of those that one piece of work has used."""

    engines: Engines
    used: dict[str, Manifest] = field(default_factory=dict)

    def load(self, task: str) -> Any:  # noqa: ANN401 - each task has its own Protocol in models.base
        """As `Engines.load`; remembers which it was."""
        self.note(self.engines.choose(task))
        return self.engines.load(task)

    def can(self, task: str) -> bool:
        return self.engines.can(task)

    def note(self, manifest: Manifest) -> None:
        self.used[manifest.id] = manifest

    @property
    def names(self) -> str:
        return " + ".join(self.used)

    @property
    def provenance(self) -> list[dict[str, Any]]:
        """What made a result: ids and licences, and of weights where they came from and their hashes."""
        made = []
        for manifest in self.used.values():
            record = self.engines.store.record(manifest.id) if manifest.files else None
            weights = {} if record is None else {
                "source": record.source,
                "revision": record.revision,
                "sha256": {stored.path: stored.sha256 for stored in record.files},
            }  # fmt: skip
            made.append({"id": manifest.id, "licence": manifest.licence.weights or manifest.licence.code, **weights})
        return made
