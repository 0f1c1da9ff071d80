"""The process of an isolated environment: works, fails, dies, hangs, is cancelled, and holds several models."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.room.isolated import IsolatedDied, IsolatedFailed, IsolatedProcess
from tests.support import stub_engine
from tests.support.media import no_report

COMMAND = [sys.executable, str(Path(stub_engine.__file__))]


class Cancelled(Exception): ...


class Clock:
    """Time goes on while somebody sleeps, and by `tick_s` at each look."""

    def __init__(self, tick_s: float = 0.0) -> None:
        self.now_s = 0.0
        self.slept_s: list[float] = []
        self.tick_s = tick_s

    def __call__(self) -> float:
        self.now_s += self.tick_s
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.slept_s.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path, clock: Clock) -> Iterator[IsolatedProcess]:
    made = IsolatedProcess(lambda: COMMAND, clock=clock, sleep=clock.sleep)
    made.load("a", tmp_path, {})
    yield made
    made.close()


def run(engine: IsolatedProcess, report: Any = no_report, model: str = "a", **options: object) -> dict[str, Any]:
    return engine.run(model, "denoise", inputs={}, outputs={}, options=options, report=report)


def cancel(_fraction: float) -> None:
    raise Cancelled


def test_it_works_tells_its_progress_and_is_kept(engine: IsolatedProcess, tmp_path: Path) -> None:
    seen: list[float] = []
    (tmp_path / "in").write_bytes(b"\0\0\x80\x3f" * 3)

    first = engine.run(
        "a",
        "denoise",
        inputs={"sound": tmp_path / "in"},
        outputs={"clean": tmp_path / "out"},
        options={},
        report=seen.append,
    )
    second = run(engine)

    assert first["task"] == "denoise"
    assert first["pid"] == second["pid"]
    assert seen == sorted(seen)
    assert max(seen) == 0.5
    assert (tmp_path / "out").read_bytes() == b"\0\0\0\x3f" * 3


def test_a_failure_comes_in_its_own_words_and_it_goes_on(engine: IsolatedProcess) -> None:
    pid = run(engine)["pid"]
    with pytest.raises(IsolatedFailed, match="no voice of that name"):
        run(engine, fail="no voice of that name")

    assert run(engine)["pid"] == pid


def test_a_death_is_told_and_the_next_task_has_a_new_process_with_the_same_models(
    engine: IsolatedProcess, tmp_path: Path, clock: Clock
) -> None:
    engine.load("b", tmp_path, {})
    pid = run(engine)["pid"]
    waited_s = []
    for _ in range(3):
        with pytest.raises(IsolatedDied):
            run(engine, die=True)
        waited_s.append(sum(clock.slept_s))

    again = run(engine)

    assert again["pid"] != pid
    assert again["models"] == ["a"]  # the other is loaded when it is needed
    assert run(engine, model="b")["models"] == ["a", "b"]
    assert [*waited_s, sum(clock.slept_s)] == pytest.approx([0.0, 1.0, 3.0, 7.0])  # longer after each death


def test_waiting_for_a_new_start_can_be_cancelled(engine: IsolatedProcess) -> None:
    with pytest.raises(IsolatedDied):
        run(engine, die=True)

    with pytest.raises(Cancelled):
        run(engine, cancel)
    assert not engine.is_running


def test_silence_is_a_death(tmp_path: Path) -> None:
    engine = IsolatedProcess(lambda: COMMAND, silence_s=1.0)
    engine.load("a", tmp_path, {})

    with pytest.raises(IsolatedDied, match="said nothing for too long"):
        run(engine, hang=True)
    engine.close()


def test_cancelling_is_asked_for_first(engine: IsolatedProcess) -> None:
    pid = run(engine)["pid"]

    with pytest.raises(Cancelled):
        run(engine, cancel, wait_for_cancel=True)

    assert run(engine)["pid"] == pid


def test_what_does_not_stop_is_killed(tmp_path: Path) -> None:
    clock = Clock(tick_s=1.0)
    engine = IsolatedProcess(lambda: COMMAND, sleep=clock.sleep, clock=clock)
    engine.load("a", tmp_path, {})
    pid = run(engine)["pid"]

    with pytest.raises(Cancelled):
        run(engine, cancel, hang=True)

    assert run(engine)["pid"] != pid
    engine.close()


def test_it_ends_with_the_last_model(engine: IsolatedProcess, tmp_path: Path) -> None:
    engine.load("b", tmp_path, {})
    assert run(engine)["models"] == ["a", "b"]

    engine.unload("a")
    assert run(engine, model="b")["models"] == ["b"]
    engine.unload("b")

    assert not engine.is_running


def test_what_cannot_be_loaded_leaves_no_process(tmp_path: Path) -> None:
    engine = IsolatedProcess(lambda: COMMAND)

    with pytest.raises(IsolatedFailed, match="no CUDA device"):
        engine.load("a", tmp_path, {"refuse": "no CUDA device"})
    assert not engine.is_running


def test_it_learns_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WOODSHED_LINK_SECRET", "REDIS_URL", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    engine = IsolatedProcess(lambda: COMMAND)

    names = set(engine.load("a", tmp_path, {})["environment"])
    engine.close()

    assert names.isdisjoint({"WOODSHED_LINK_SECRET", "REDIS_URL", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH"})
    assert {"CUDA_VISIBLE_DEVICES", "HF_HUB_OFFLINE", "PATH"} <= names


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    engine = IsolatedProcess(lambda: [str(tmp_path / "nothing")])

    with pytest.raises(IsolatedDied, match="cannot be started"):
        engine.load("a", tmp_path, {})
