"""Out of memory? Again with less, step by step, and tell which step it was."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Step = TypeVar("Step")
Result = TypeVar("Result")


def is_out_of_memory(error: BaseException) -> bool:
    """Torch has had several ways to say so, and the CPU another one."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError)
        and any(text in str(error).lower() for text in ("out of memory", "can't allocate memory", "alloc_cpu"))
    )


def descend(steps: Sequence[Step], run: Callable[[Step], Result], free: Callable[[], None]) -> tuple[Result, int]:
    """Run with the first step that fits in memory. Returns the result and the number of the step, from 0.

    `free` is called between tries. Any other error, and running out of memory on the last step, is raised.
    """
    for number, step in enumerate(steps[:-1]):
        try:
            return run(step), number
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
        free()  # outside the except block: the traceback holds on to tensors
    return run(steps[-1]), len(steps) - 1


class Batches:
    """How many segments a device takes at a time. What was too many once is not tried again."""

    def __init__(self, steps: Sequence[int]) -> None:
        """`steps`: numbers to try, falling, the last 1."""
        self._steps = tuple(steps)

    @property
    def most(self) -> int:
        return self._steps[0]

    def run(self, size: int, run: Callable[[int], Result], free: Callable[[], None]) -> Result:
        """`run` a batch of `size`, so many at a time as it is given; fewer while memory does not suffice."""
        steps = [step for step in self._steps if step <= size] or [self._steps[-1]]
        result, number = descend(steps, run, free)
        if number:
            self._steps = tuple(step for step in self._steps if step <= steps[number])
        return result
