"""Which models are loaded: lent out while they work, kept a while for the next task, unloaded for others or by time."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

LOAD_FAILURES = 3
COOL_DOWN_S = 300.0


class RoomFull(Exception):
    """There is no room for the model now, as others are at work."""


class NeverFits(Exception):
    """The model needs more memory than there is."""


class LoadingFails(Exception):
    """The model failed to load several times in a row; it is not tried again for a while."""


@dataclass(frozen=True, slots=True)
class Held:
    """A model in memory. `size_bytes` as reserved; `age_s` since it was asked for first."""

    id: str
    size_bytes: int
    state: Literal["loading", "lent", "idle"]
    age_s: float


@dataclass(slots=True)
class _Slot:
    size_bytes: int
    conflicts: frozenset[str]
    unload: Callable[[Any], None]
    model: Any = None
    is_ready: bool = False
    users: int = 0
    idle_since_s: float = 0.0
    since_s: float = 0.0


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_s: float = 0.0


class Residency:
    """The models of one device in one process. Safe to use from several threads.

    `budget_bytes`: how much all of them may take together, asked anew for each if it is a function; `ttl_s`: how long
    an unused one stays.
    """

    def __init__(
        self,
        *,
        budget_bytes: int | Callable[[], int],
        ttl_s: float = 900.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget_bytes = budget_bytes
        self._ttl_s = ttl_s
        self._clock = clock
        self._changed = threading.Condition()
        self._slots: dict[str, _Slot] = {}
        self._failures: dict[str, _Failures] = {}

    @property
    def budget_bytes(self) -> int:
        return self._budget_bytes if isinstance(self._budget_bytes, int) else self._budget_bytes()

    @property
    def loaded(self) -> dict[str, int]:
        """Id → bytes, of all that is loaded or just being loaded."""
        with self._changed:
            return {name: slot.size_bytes for name, slot in self._slots.items()}

    @property
    def held(self) -> list[Held]:
        """The same with what each is doing, in order of their age."""
        with self._changed:
            now_s = self._clock()
            return [Held(name, s.size_bytes, _doing(s), now_s - s.since_s) for name, s in self._slots.items()]

    @contextmanager
    def lease(
        self,
        model_id: str,
        load: Callable[[], Any],
        *,
        size_bytes: int,
        conflicts: Iterable[str] = (),
        unload: Callable[[Any], None] = lambda _model: None,
        wait_s: float = 600.0,
    ) -> Iterator[Any]:
        """The loaded model, which stays loaded for as long as the block runs. Two leases at a time load it once.

        Raises NeverFits, RoomFull after `wait_s`, LoadingFails, and whatever `load` raises.
        """
        slot = self._entered(model_id, _Slot(size_bytes, frozenset(conflicts), unload), wait_s)
        try:
            if not slot.is_ready:
                self._fill(model_id, slot, load)
            yield slot.model
        finally:
            with self._changed:
                slot.users -= 1
                slot.idle_since_s = self._clock()
                self._changed.notify_all()
            self.sweep()

    def sweep(self) -> list[str]:
        """Unload what nobody has used for the time to live. Returns the ids."""
        with self._changed:
            now_s = self._clock()
            old = [n for n, slot in self._slots.items() if _is_idle(slot) and now_s - slot.idle_since_s >= self._ttl_s]
            for name in old:
                self._drop(name)
            return old

    def unload(self, model_id: str) -> bool:
        """Unload a model now; False when it is in use or not loaded."""
        with self._changed:
            slot = self._slots.get(model_id)
            if slot is None or not _is_idle(slot):
                return False
            self._drop(model_id)
            return True

    def measured(self, model_id: str, size_bytes: int) -> None:
        """Correct what was reserved for a loaded model by what it took."""
        with self._changed:
            if model_id in self._slots:
                self._slots[model_id].size_bytes = size_bytes

    def _entered(self, model_id: str, wanted: _Slot, wait_s: float) -> _Slot:
        """A slot counted as used: a ready one, or a new one that the caller has to fill."""
        ends_s = self._clock() + wait_s
        with self._changed:
            while True:
                slot = self._slots.get(model_id)
                if slot is not None and slot.is_ready:
                    slot.users += 1
                    return slot
                if slot is None and self._has_room(model_id, wanted):
                    wanted.users, wanted.since_s = 1, self._clock()
                    self._slots[model_id] = wanted
                    return wanted
                left_s = ends_s - self._clock()
                if left_s <= 0:
                    message = f"{model_id} found no room in {wait_s:.0f} s: {', '.join(self._slots)} are at work"
                    raise RoomFull(message)
                self._changed.wait(min(left_s, 1.0))

    def _has_room(self, model_id: str, wanted: _Slot) -> bool:
        """Make room by unloading idle models, the longest idle first. What is in use is never touched."""
        budget_bytes = self.budget_bytes
        if wanted.size_bytes > budget_bytes:
            message = f"{model_id} needs {wanted.size_bytes / 2**30:.1f} GiB, and there are {budget_bytes / 2**30:.1f}"
            raise NeverFits(message)
        failures = self._failures.get(model_id, _Failures())
        if failures.count >= LOAD_FAILURES and self._clock() - failures.last_s < COOL_DOWN_S:
            message = f"{model_id} failed to load {failures.count} times in a row"
            raise LoadingFails(message)
        rivals = [name for name, slot in self._slots.items() if name in wanted.conflicts or model_id in slot.conflicts]
        if not all(_is_idle(self._slots[name]) for name in rivals):
            return False
        others = {name: slot for name, slot in self._slots.items() if name not in rivals}
        excess = sum(slot.size_bytes for slot in others.values()) + wanted.size_bytes - budget_bytes
        idle = sorted((n for n, slot in others.items() if _is_idle(slot)), key=lambda n: others[n].idle_since_s)
        for name in idle:
            if excess <= 0:
                break
            rivals.append(name)
            excess -= others[name].size_bytes
        if excess > 0:
            return False
        for name in rivals:
            self._drop(name)
        return True

    def _fill(self, model_id: str, slot: _Slot, load: Callable[[], Any]) -> None:
        try:
            model = load()
        except BaseException as error:
            with self._changed:
                del self._slots[model_id]
                if isinstance(error, Exception):
                    failures = self._failures.setdefault(model_id, _Failures())
                    failures.count, failures.last_s = failures.count + 1, self._clock()
                self._changed.notify_all()
            raise
        with self._changed:
            self._failures.pop(model_id, None)
            slot.model, slot.is_ready = model, True
            self._changed.notify_all()

    def _drop(self, model_id: str) -> None:
        slot = self._slots.pop(model_id)
        slot.unload(slot.model)
        self._changed.notify_all()


def _is_idle(slot: _Slot) -> bool:
    return slot.is_ready and slot.users == 0


def _doing(slot: _Slot) -> Literal["loading", "lent", "idle"]:
    if not slot.is_ready:
        return "loading"
    return "lent" if slot.users else "idle"
