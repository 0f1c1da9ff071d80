"""Which model does a task on this machine.

Two tiers stand behind each task: embedded engines, which need no weights, and engines whose weights lie in the store.
Of those that can run, the one with the highest rank is taken unless one is pinned.
"""

import contextlib
import functools
import gc
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from models.room.manifest import BUILT_IN, Manifest, read_all
from models.room.residency import LoadingFails, NeverFits, Residency
from models.room.store import Store, StoreError

OWN = "manifests"  # folder of the operator's manifests, beside the weights
GIB = 2**30
LEAST_GIB = 0.1


class EngineMissing(Exception):
    """No engine can do it: its text says what is missing and how it comes there."""


@functools.cache
def built_in() -> Mapping[str, Manifest]:
    return read_all([BUILT_IN])


@dataclass(slots=True)
class Engines:
    """The engines of this machine.

    `pinned`: task → model id, for those that must not be chosen by what is there. Embedded engines are kept once they
    are made, as they hold nothing of a caller; those with weights live in the `room` and are lent by it.
    """

    weights_dir: Path
    pinned: Mapping[str, str] = field(default_factory=dict)
    room: Residency = field(default_factory=lambda: Residency(budget_bytes=room_bytes))
    _made: dict[str, Any] = field(default_factory=dict)

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
        """The embedded engine of a task, None for a program of its own. Raises EngineMissing."""
        return self.made(self.choose(task))

    def made(self, manifest: Manifest) -> Any:  # noqa: ANN401 - as above
        """An embedded engine."""
        if manifest.engine and manifest.id not in self._made:
            self._made[manifest.id] = _factory(manifest)()
        return self._made.get(manifest.id)

    @contextlib.contextmanager
    def lent(self, manifest: Manifest) -> Iterator[Any]:
        """An engine with weights, which stays loaded for as long as the block runs.

        Raises EngineMissing when the weights are not those that were verified, the model needs more memory than there
        is, or keeps failing to load; RoomFull when others are at work for too long.
        """
        size_bytes = round(max(manifest.needs.vram_gib if has_gpu() else manifest.needs.ram_gib, LEAST_GIB) * GIB)
        lease = self.room.lease(
            manifest.id,
            lambda: _Loaded.of(manifest, self.store),
            size_bytes=size_bytes,
            conflicts=manifest.conflicts,
            unload=_Loaded.close,
        )
        with contextlib.ExitStack() as stack:
            try:
                loaded: _Loaded = stack.enter_context(lease)
            except (StoreError, NeverFits, LoadingFails) as error:
                raise EngineMissing(str(error)) from error
            yield loaded.engine

    def borrow(self, *tasks: str) -> "Borrowed":
        """The engines for one piece of work that surely needs `tasks`. Raises EngineMissing."""
        borrowed = Borrowed(self)
        for task in tasks:
            borrowed.note(self.choose(task))
        return borrowed


@dataclass(slots=True)
class _Loaded:
    """An engine with its weights, whose files are held so that nobody removes them."""

    engine: Any
    files: contextlib.ExitStack

    @classmethod
    def of(cls, manifest: Manifest, store: Store) -> "_Loaded":
        with contextlib.ExitStack() as files:
            folder = files.enter_context(store.in_use(manifest.id))
            store.check_before_loading(manifest)
            return cls(_factory(manifest)(folder), files.pop_all())

    def close(self) -> None:
        self.engine = None
        self.files.close()
        gc.collect()
        if has_gpu():
            sys.modules["torch"].cuda.empty_cache()


def _factory(manifest: Manifest) -> Callable[..., Any]:
    module, _, name = manifest.engine.partition(":")
    factory: Callable[..., Any] = getattr(importlib.import_module(f"models.{module}"), name)
    return factory


def has_gpu() -> bool:
    """Whether this process uses a GPU: torch is asked only where something has loaded it."""
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_available())


def room_bytes() -> int:
    """What models may take: the GPU's memory, else half of the machine's, a tenth kept free, at least 1 GiB."""
    if has_gpu():
        total = int(sys.modules["torch"].cuda.mem_get_info()[1])
    else:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return total - max(total // 10, GIB)


@dataclass(slots=True)
class Borrowed:
    """Engines, and a list of those that one piece of work has used. Gives them back at the end of a `with` block."""

    engines: Engines
    used: dict[str, Manifest] = field(default_factory=dict)
    _lent: dict[str, Any] = field(default_factory=dict)
    _leases: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._lent.clear()
        self._leases.close()

    def load(self, task: str) -> Any:  # noqa: ANN401 - each task has its own Protocol in models.base
        """The engine for a task; remembers which it was. Raises EngineMissing, RoomFull."""
        manifest = self.engines.choose(task)
        self.note(manifest)
        if manifest.is_embedded:
            return self.engines.load(task)
        if manifest.id not in self._lent:
            self._lent[manifest.id] = self._leases.enter_context(self.engines.lent(manifest))
        return self._lent[manifest.id]

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
