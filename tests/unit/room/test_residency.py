"""Loaded models with a clock of the test: lent, kept, unloaded by time and for others, never while in use."""

import threading
from collections.abc import Callable

import pytest

from models.room.ladder import descend
from models.room.residency import LOAD_FAILURES, LoadingFails, NeverFits, Residency, RoomFull

GIB = 2**30


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def room(clock: Clock) -> Residency:
    return Residency(budget_bytes=10 * GIB, ttl_s=900, clock=clock)


def loader(log: list[str], name: str) -> Callable[[], str]:
    def load() -> str:
        log.append(name)
        return f"model {name}"

    return load


def use(room: Residency, name: str, gib: float, log: list[str], **options: object) -> None:
    with room.lease(name, loader(log, name), size_bytes=round(gib * GIB), **options) as model:  # type: ignore[arg-type]
        assert model == f"model {name}"


def test_a_model_is_loaded_once_and_kept(room: Residency) -> None:
    log: list[str] = []

    use(room, "a", 2, log)
    use(room, "a", 2, log)

    assert log == ["a"]
    assert room.loaded == {"a": 2 * GIB}


def test_an_unused_model_goes_after_its_time_and_one_in_use_stays(room: Residency, clock: Clock) -> None:
    log: list[str] = []
    use(room, "a", 2, log)

    with room.lease("b", loader(log, "b"), size_bytes=GIB):
        clock.now_s = 900
        assert room.sweep() == ["a"]
        clock.now_s = 5000
        assert room.sweep() == []
    assert room.sweep() == []  # its time begins with the end of its use
    clock.now_s += 900
    assert room.sweep() == ["b"]


def test_the_longest_idle_makes_room_first(room: Residency, clock: Clock) -> None:
    log: list[str] = []
    for name in "abc":
        use(room, name, 3, log)
        clock.now_s += 1
    use(room, "a", 3, log)
    clock.now_s += 1

    use(room, "d", 4, log)

    assert set(room.loaded) == {"a", "c", "d"}


def test_what_is_in_use_is_never_unloaded(room: Residency, clock: Clock) -> None:
    log: list[str] = []
    with room.lease("a", loader(log, "a"), size_bytes=8 * GIB):
        with pytest.raises(RoomFull, match="b found no room"):
            use(room, "b", 3, log, wait_s=0)
        assert not room.unload("a")
        assert set(room.loaded) == {"a"}

    use(room, "b", 3, log, wait_s=0)
    assert set(room.loaded) == {"b"}


def test_models_in_conflict_are_not_loaded_together(room: Residency) -> None:
    log: list[str] = []
    use(room, "planner", 1, log, conflicts=["painter"])

    use(room, "painter", 1, log)

    assert set(room.loaded) == {"painter"}
    with room.lease("painter", loader(log, "painter"), size_bytes=GIB), pytest.raises(RoomFull):
        use(room, "planner", 1, log, conflicts=["painter"], wait_s=0)


def test_what_is_larger_than_all_there_is_never_waits(room: Residency) -> None:
    with pytest.raises(NeverFits, match=r"needs 11\.0 GiB, and there are 10\.0"):
        use(room, "a", 11, [])


def test_unloading_is_told_to_the_model(room: Residency) -> None:
    gone: list[object] = []
    with room.lease("a", loader([], "a"), size_bytes=GIB, unload=gone.append):
        pass

    assert room.unload("a")
    assert gone == ["model a"]
    assert room.loaded == {}


def test_a_cancelled_task_frees_its_lease(room: Residency, clock: Clock) -> None:
    class Cancelled(Exception): ...

    with pytest.raises(Cancelled), room.lease("a", loader([], "a"), size_bytes=GIB):
        raise Cancelled

    assert room.unload("a")


def test_a_model_that_keeps_failing_is_left_alone_for_a_while(room: Residency, clock: Clock) -> None:
    def fail() -> str:
        raise OSError("broken file")

    for _ in range(LOAD_FAILURES):
        with pytest.raises(OSError, match="broken file"), room.lease("a", fail, size_bytes=GIB):
            pass
    with pytest.raises(LoadingFails, match="3 times in a row"), room.lease("a", fail, size_bytes=GIB):
        pass
    assert room.loaded == {}

    clock.now_s += 300
    use(room, "a", 1, [])


def test_what_was_measured_counts_from_then_on(room: Residency) -> None:
    use(room, "a", 1, [])
    room.measured("a", 9 * GIB)

    use(room, "b", 2, [])

    assert set(room.loaded) == {"b"}


def test_tasks_at_once_load_it_once() -> None:
    room = Residency(budget_bytes=GIB)
    log: list[str] = []
    lent: list[object] = []
    started = threading.Barrier(4)

    def task() -> None:
        started.wait()
        with room.lease("a", loader(log, "a"), size_bytes=GIB) as engine:
            lent.append(engine)

    threads = [threading.Thread(target=task) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert log == ["a"]
    assert len(lent) == 4
    assert len(set(map(id, lent))) == 1


def test_out_of_memory_goes_down_the_ladder_and_other_errors_do_not() -> None:
    freed: list[int] = []

    def run(step: int) -> str:
        if step > 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return f"done with {step}"

    assert descend([8, 4, 2, 1], run, lambda: freed.append(1)) == ("done with 2", 2)
    assert len(freed) == 2
    with pytest.raises(RuntimeError, match="out of memory"):
        descend([8, 4], run, lambda: None)

    def break_(_step: int) -> str:
        raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape mismatch"):
        descend([8, 4], break_, lambda: None)
