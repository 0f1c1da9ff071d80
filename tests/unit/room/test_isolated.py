"""An engine in a process of its own: works, fails, dies, hangs and is cancelled."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.room.isolated import IsolatedDied, IsolatedEngine, IsolatedFailed
from tests.support import stub_engine
from tests.support.media import no_report

COMMAND = [sys.executable, str(Path(stub_engine.__file__))]


class Cancelled(Exception): ...


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def engine(tmp_path: Path, waits: list[float]) -> Iterator[IsolatedEngine]:
    made = IsolatedEngine(COMMAND, tmp_path, silence_s=20.0, sleep=waits.append)
    yield made
    made.close()


def run(engine: IsolatedEngine, tmp_path: Path, report=no_report, **options: object) -> dict:
    return engine.run("speech", inputs={}, outputs={"sound": tmp_path / "sound.f32"}, options=options, report=report)


def test_it_works_tells_its_progress_and_is_kept(engine: IsolatedEngine, tmp_path: Path) -> None:
    seen: list[float] = []

    first = run(engine, tmp_path, seen.append)
    second = run(engine, tmp_path)

    assert first["task"] == "speech"
    assert first["pid"] == second["pid"]
    assert seen == sorted(seen)
    assert max(seen) == 0.95
    assert np.fromfile(tmp_path / "sound.f32", np.float32).size == 8000


def test_a_failure_comes_in_its_own_words_and_it_goes_on(engine: IsolatedEngine, tmp_path: Path) -> None:
    pid = run(engine, tmp_path)["pid"]
    with pytest.raises(IsolatedFailed, match="no voice of that name"):
        run(engine, tmp_path, fail="no voice of that name")

    assert run(engine, tmp_path)["pid"] == pid


def test_a_death_is_told_and_the_next_task_has_a_new_process(
    engine: IsolatedEngine, tmp_path: Path, waits: list[float]
) -> None:
    pid = run(engine, tmp_path)["pid"]
    for _ in range(3):
        with pytest.raises(IsolatedDied):
            run(engine, tmp_path, die=True)

    assert run(engine, tmp_path)["pid"] != pid
    assert waits == [1.0, 2.0, 4.0]  # longer after each death


def test_silence_is_a_death(tmp_path: Path) -> None:
    engine = IsolatedEngine(COMMAND, tmp_path, silence_s=1.0)

    with pytest.raises(IsolatedDied, match="said nothing for too long"):
        run(engine, tmp_path, hang=True)
    engine.close()


def test_cancelling_is_asked_for_first(engine: IsolatedEngine, tmp_path: Path) -> None:
    pid = run(engine, tmp_path)["pid"]

    def cancel(_fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        run(engine, tmp_path, cancel, wait_for_cancel=True)

    assert run(engine, tmp_path)["pid"] == pid


def test_what_does_not_stop_is_killed(tmp_path: Path) -> None:
    engine = IsolatedEngine(COMMAND, tmp_path, sleep=lambda _seconds: None, clock=quick())
    pid = run(engine, tmp_path)["pid"]

    def cancel(_fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        run(engine, tmp_path, cancel, hang=True)

    assert run(engine, tmp_path)["pid"] != pid
    engine.close()


def quick() -> "Iterator[float]":
    """A clock that goes on by a second each time it is looked at."""
    now = iter(range(1_000_000))
    return lambda: float(next(now))  # type: ignore[return-value]


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    engine = IsolatedEngine([str(tmp_path / "nothing")], tmp_path)

    with pytest.raises(IsolatedDied, match="cannot be started"):
        run(engine, tmp_path)
