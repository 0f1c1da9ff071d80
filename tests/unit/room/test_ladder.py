"""Less at a time when memory does not suffice; one at a time on a GPU."""

import threading

import pytest
import torch

from models.room.compute import checked_precision, compute, precision
from models.room.ladder import Batches, descend, is_out_of_memory


def needing(most: int, tried: list[int]):
    def run(count: int) -> int:
        tried.append(count)
        if count > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return count

    return run


@pytest.mark.parametrize(("most", "tried"), [(8, [8]), (3, [8, 4, 2]), (1, [8, 4, 2, 1])])
def test_the_first_step_that_fits_is_taken(most: int, tried: list[int]) -> None:
    seen: list[int] = []
    freed: list[bool] = []

    result, step = descend((8, 4, 2, 1), needing(most, seen), lambda: freed.append(True))

    assert (result, seen, step, len(freed)) == (tried[-1], tried, len(tried) - 1, len(tried) - 1)


def test_the_last_step_fails_as_it_does() -> None:
    with pytest.raises(torch.OutOfMemoryError):
        descend((2, 1), needing(0, []), lambda: None)


def test_another_error_is_not_tried_again() -> None:
    def run(_step: int) -> None:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        descend((2, 1), run, lambda: pytest.fail("nothing to free"))


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_ways_to_say_it(error: Exception, is_one: bool) -> None:
    assert is_out_of_memory(error) is is_one


def test_what_was_too_many_is_not_tried_again() -> None:
    batches, tried = Batches((8, 4, 2, 1)), []

    for size in (8, 8, 3, 1):
        batches.run(size, needing(3, tried), lambda: None)

    assert tried == [8, 4, 2, 2, 2, 1]
    assert batches.most == 2


def test_a_small_batch_says_nothing_of_large_ones() -> None:
    batches = Batches((8, 4, 2, 1))
    batches.run(1, needing(8, []), lambda: None)

    assert batches.most == 8


def test_a_gpu_is_held_by_one_at_a_time_and_a_cpu_by_all(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.room.compute.tempfile.gettempdir", lambda: str(tmp_path))
    order: list[str] = []
    is_waiting = threading.Event()

    def other() -> None:
        is_waiting.set()
        with compute(torch.device("cuda", 0)):
            order.append("second")

    with compute(torch.device("cuda")):
        thread = threading.Thread(target=other)
        thread.start()
        is_waiting.wait()
        with compute(torch.device("cuda", 1)), compute(torch.device("cpu")), compute(torch.device("cpu")):
            order.append("first")
    thread.join()

    assert order == ["first", "second"]


def test_precision_is_for_a_gpu() -> None:
    with precision(torch.device("cpu"), "float16"):
        assert not torch.is_autocast_enabled("cpu")
    assert not isinstance(precision(torch.device("cuda"), "float32"), torch.autocast)
    with pytest.raises(ValueError, match="float16, bfloat16, float32, not half"):
        checked_precision("half")
