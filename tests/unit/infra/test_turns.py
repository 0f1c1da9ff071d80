"""Turns between processes: fair, limited in time, free after a death."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from app.infra.turns import Turns

SPAWN = multiprocessing.get_context("spawn")


def greedy(
    path: Path, out: "multiprocessing.Queue[list[int]]", started: "multiprocessing.Barrier", seconds: float
) -> None:  # type: ignore[valid-type]
    """Takes a turn again as soon as it has given one back."""
    turns = Turns(path)
    started.wait()  # type: ignore[attr-defined]
    ends_s = time.monotonic() + seconds
    taken = 0
    while time.monotonic() < ends_s:
        assert turns.take(10.0)
        (path.with_suffix(".holder")).write_text(str(os.getpid()))
        time.sleep(0.001)
        assert (path.with_suffix(".holder")).read_text() == str(os.getpid())  # alone
        taken += 1
        turns.give()
    out.put([taken])


def hold(path: Path, held: "multiprocessing.Event") -> None:  # type: ignore[valid-type]
    turns = Turns(path)
    assert turns.take(1.0)
    held.set()  # type: ignore[attr-defined]
    time.sleep(60)


def test_two_greedy_processes_take_turns_and_are_alone_in_theirs(tmp_path: Path) -> None:
    out, started = SPAWN.Queue(), SPAWN.Barrier(2)
    workers = [SPAWN.Process(target=greedy, args=(tmp_path / "db", out, started, 2.0)) for _ in range(2)]
    for worker in workers:
        worker.start()
    (first,), (second,) = out.get(timeout=60), out.get(timeout=60)
    for worker in workers:
        worker.join(10)

    assert [worker.exitcode for worker in workers] == [0, 0]
    assert min(first, second) > 0.6 * max(first, second)
    assert first + second > 200


def test_waiting_has_an_end_and_a_death_frees_the_turn(tmp_path: Path) -> None:
    held = SPAWN.Event()
    holder = SPAWN.Process(target=hold, args=(tmp_path / "db", held))
    holder.start()
    assert held.wait(60)
    turns = Turns(tmp_path / "db")

    assert not turns.take(0.05)
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    holder.join(10)

    assert turns.take(5.0)
    turns.give()
    turns.close()


@pytest.mark.parametrize("rounds", [3])
def test_one_process_takes_turn_after_turn(tmp_path: Path, rounds: int) -> None:
    turns = Turns(tmp_path / "db")
    for _ in range(rounds):
        assert turns.take(0.0)
        turns.give()
    turns.close()
