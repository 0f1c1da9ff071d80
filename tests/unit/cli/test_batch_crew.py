"""Worker processes: real ones, of a small program that does what its task says."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli.batch_crew import CannotWork, Crew, Ended, Moved

WORKER = """
import json, os, signal, sys, time
def tell(message):
    sys.stdout.write(json.dumps(message) + "\\n"); sys.stdout.flush()
tell({"ready": True})
for line in sys.stdin:
    task = json.loads(line)
    match task["do"]:
        case "die": os.kill(os.getpid(), signal.SIGKILL)
        case "leave": sys.exit(7)
        case "hang": tell({"progress": 0.5}); time.sleep(60)
        case "chat": sys.stderr.write("careful\\n"); print("hello from a library")
    tell({"status": "ok", "pid": os.getpid()})
"""


@pytest.fixture
def hire(tmp_path: Path) -> Callable[..., Crew]:
    def hire(size: int = 1, program: str = WORKER, show: Callable[[str], None] = print, limit_s: float = 60.0) -> Crew:
        path = tmp_path / "worker.py"
        path.write_text(program)
        return Crew((sys.executable, "-S", str(path)), os.environ, size, show, limit_s=limit_s)

    return hire


def never() -> bool:
    return False


def work(crew: Crew, *wishes: str, stop: Callable[[], bool] = never) -> dict[int, Ended]:
    ended = [event for event in crew.work([{"do": wish} for wish in wishes], stop) if isinstance(event, Ended)]
    assert len({event.number for event in ended}) == len(ended)
    return {event.number: event for event in ended}


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_task_ends_once_and_no_process_is_left(hire: Callable[..., Crew]) -> None:
    ended = work(hire(size=2), *["well"] * 7)

    assert sorted(ended) == list(range(7))
    assert {event.outcome["status"] for event in ended.values()} == {"ok"}
    pids = {event.outcome["pid"] for event in ended.values()}
    assert len(pids) <= 2
    assert not any(map(is_running, pids))


def test_a_process_that_is_killed_costs_its_own_task_only(hire: Callable[..., Crew]) -> None:
    ended = work(hire(), "well", "die", "well", "leave", "well")

    assert [bool(ended[number].death) for number in range(5)] == [False, True, False, True, False]
    assert "SIGKILL" in ended[1].death
    assert "code 7" in ended[3].death


def test_progress_comes_through(hire: Callable[..., Crew]) -> None:
    events = hire().work([{"do": "hang"}], never)

    assert next(events) == Moved(0, 0.5)
    events.close()  # type: ignore[attr-defined]  # a generator


def test_a_stop_ends_a_process_in_the_middle_of_its_task(hire: Callable[..., Crew]) -> None:
    asked: list[bool] = []
    crew = hire()
    began_s = time.monotonic()

    events = [event for event in crew.work([{"do": "hang"}], lambda: bool(asked)) if asked.append(True) is None]

    assert events == [Moved(0, 0.5)]
    assert time.monotonic() - began_s < 10


def test_a_task_that_takes_too_long_is_ended_and_the_next_one_done(hire: Callable[..., Crew]) -> None:
    ended = work(hire(limit_s=0.5), "hang", "well")

    assert ended[0].death == "it took longer than 0.5 s"
    assert ended[1].outcome["status"] == "ok"


def test_what_libraries_print_is_shown_and_disturbs_nothing(hire: Callable[..., Crew]) -> None:
    shown: list[str] = []

    ended = work(hire(show=shown.append), "chat")

    assert ended[0].outcome["status"] == "ok"
    assert sorted(shown) == ["careful", "hello from a library"]


def test_what_no_worker_can_do_without_ends_the_batch_with_its_reason(hire: Callable[..., Crew]) -> None:
    crew = hire(program="""print('{"fatal": "This server has no ffmpeg"}', flush=True)""")

    with pytest.raises(CannotWork, match="no ffmpeg"):
        work(crew, "well")


def test_workers_that_never_start_end_the_batch(hire: Callable[..., Crew]) -> None:
    lines: list[str] = []

    with pytest.raises(CannotWork, match="do not start"):
        work(hire(program="import nothing_of_this_name", show=lines.append), "well")
    assert any("nothing_of_this_name" in line for line in lines)


def test_workers_have_groups_of_their_own_so_that_ctrl_c_does_not_reach_them(hire: Callable[..., Crew]) -> None:
    groups = [
        os.getpgid(event.outcome["pid"])
        for event in hire().work([{"do": "well"}, {"do": "well"}], never)
        if isinstance(event, Ended) and event.number == 0
    ]

    assert groups
    assert os.getpgid(0) not in groups
