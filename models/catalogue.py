"""Which model does a task on this machine.

Two tiers stand behind each task: embedded engines, which need no weights, and engines whose weights lie in the store.
Of those that can run, the one with the highest rank is taken unless one is pinned.
"""

import contextlib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from models.room.environments import Environments
from models.room.loading import CannotLoad, Loaded, factory_of, made_of
from models.room.manifest import BUILT_IN, Manifest, read_all
from models.room.memory import GIB, has_gpu, room_bytes
from models.room.residency import LoadingFails, NeverFits, Residency
from models.room.store import Store, StoreError

if TYPE_CHECKING:  # it loads numpy, which a gateway may not have
    from models.room.isolated import IsolatedProcess

OWN = "manifests"  # folder of the operator's manifests, beside the weights
ENVIRONMENTS = "envs"  # the same of isolated engines' environments
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
    _processes: "dict[str, IsolatedProcess]" = field(default_factory=dict)

    @property
    def manifests(self) -> Mapping[str, Manifest]:
        """By id; the operator's own replace ours. Raises ManifestError for one that cannot be read."""
        own = self.weights_dir / OWN
        return {**built_in(), **read_all([own])} if own.is_dir() else built_in()

    @property
    def store(self) -> Store:
        return Store(self.weights_dir)

    @property
    def environments(self) -> Environments:
        return Environments(self.weights_dir / ENVIRONMENTS)

    def problem(self, manifest: Manifest) -> str:
        """Why a model cannot run, so that "it is …" makes a sentence; empty when it can."""
        name = manifest.environment
        if name and self.environments.get(name) is None:
            return f"without its environment: `woodshed models envs build {name} --from FOLDER`"
        if not manifest.files:
            return ""
        state = self.store.state(manifest)
        if state == "absent":
            verb = "pull" if manifest.source.kind != "none" else "import"
            return f"not installed: `woodshed models {verb} {manifest.id}`"
        return "" if state == "installed" else f"not what was verified: `woodshed models verify {manifest.id}`"

    def state(self, manifest: Manifest) -> str:
        """What of it is here: built in, absent, installed or changed."""
        if manifest.environment and self.environments.get(manifest.environment) is None:
            return "absent"
        if manifest.files:
            return self.store.state(manifest)
        return "installed" if manifest.environment else "built in"

    def choose(self, task: str) -> Manifest:
        """The model for a task. Raises EngineMissing; a pinned one that cannot run is never swapped for another."""
        candidates = [manifest for manifest in self.manifests.values() if task in manifest.tasks]
        wanted = self.pinned.get(task, "auto")
        if wanted != "auto":
            candidates = [manifest for manifest in candidates if manifest.id == wanted]
            if not candidates:
                message = f"There is no engine named {wanted} for {task}"
                raise EngineMissing(message)
        else:
            candidates = [manifest for manifest in candidates if manifest.rank >= 0]
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
        """An embedded engine. Raises EngineMissing where a package of it is not there."""
        if manifest.engine and manifest.id not in self._made:
            try:
                self._made[manifest.id] = factory_of(manifest)()
            except CannotLoad as error:
                raise EngineMissing(str(error)) from error
        return self._made.get(manifest.id)

    @contextlib.contextmanager
    def lent(self, manifest: Manifest) -> Iterator[Any]:
        """An engine with weights or an environment, which stays loaded for as long as the block runs.

        Raises EngineMissing when the weights are not those that were verified, the manifest does not fit the engine,
        the model needs more memory than there is, or keeps failing to load; RoomFull when others are at work for too
        long; IsolatedDied for a process that ended while it loaded.
        """
        with contextlib.ExitStack() as stack:
            try:
                loaded = stack.enter_context(self._lease(manifest))
            except (StoreError, NeverFits, LoadingFails, CannotLoad) as error:
                raise EngineMissing(str(error)) from error
            yield loaded.engine

    def _lease(self, manifest: Manifest) -> contextlib.AbstractContextManager[Loaded]:
        if not manifest.environment:
            factory_of(manifest)  # loads torch, for those that use it: only then is it known whether there is a GPU
        size_gib = max(manifest.needs.vram_gib if has_gpu() else manifest.needs.ram_gib, LEAST_GIB)
        return self.room.lease(
            manifest.id,
            lambda: self._loaded(manifest),
            size_bytes=round(size_gib * GIB),
            conflicts=manifest.conflicts,
            unload=Loaded.close,
        )

    def _loaded(self, manifest: Manifest) -> Loaded:
        """Raises StoreError, CannotLoad, and whatever the engine raises."""
        with contextlib.ExitStack() as held:
            folder = self.store.folder(manifest.id)
            if manifest.files:
                held.enter_context(self.store.in_use(manifest.id))
                self.store.check_before_loading(manifest)
            engine = (
                self._isolated(manifest, folder, held)
                if manifest.environment
                else made_of(manifest, folder, self.relieve)
            )
            return Loaded(engine, held.pop_all())

    def _isolated(self, manifest: Manifest, folder: Path, held: contextlib.ExitStack) -> Any:  # noqa: ANN401 - as above
        """An engine of the environment's process, of which there is one for all its models."""
        from models.room.isolated import IsolatedProcess
        from models.room.isolated_engines import loaded

        name = manifest.environment
        held.enter_context(self.environments.in_use(name))
        process = self._processes.setdefault(name, IsolatedProcess(lambda: self.environments.command(name)))
        engine = loaded(process, manifest, folder, self.environments.scratch)
        held.callback(process.unload, manifest.id)
        return engine

    def relieve(self) -> None:
        """Unload all models that nobody uses just now."""
        for model_id in self.room.loaded:
            self.room.unload(model_id)

    def borrow(self, *tasks: str) -> "Borrowed":
        """The engines for one piece of work that surely needs `tasks`. Raises EngineMissing."""
        borrowed = Borrowed(self)
        for task in tasks:
            borrowed.note(self.choose(task))
        return borrowed


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
