"""A model of an isolated environment from its manifest to its sound: built, lent, run, cancelled, killed, restarted."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from models.base import Audio, Samples
from models.catalogue import EngineMissing, Engines
from models.room.environments import WORK
from models.room.isolated import IsolatedDied, IsolatedFailed
from models.room.isolated_engines import BLOCK_FRAMES, KINDS
from models.room.manifest import ISOLATED_TASKS
from models.room.store import InUse
from tests.support.media import no_report
from tests.support.recipes import isolated

RATE_HZ = 48_000


class Cancelled(Exception): ...


def noise(frames: int = 5_000, channels: int = 2, rate_hz: int = RATE_HZ) -> Audio:
    return Audio(np.random.default_rng(1).normal(0, 0.1, (channels, frames)).astype(np.float32), rate_hz)


def cleaned(engines: Engines, audio: Audio, report=no_report) -> Samples:
    with engines.borrow() as borrowed:
        return np.concatenate(list(borrowed.load("denoise").clean(audio, report=report)), axis=1)


def process_of(engines: Engines) -> int:
    process = engines._processes["stub"]._process
    assert process is not None
    return process.pid


def close(engines: Engines) -> None:
    engines.relieve()
    assert engines.room.loaded == {}
    assert not engines._processes["stub"].is_running


@pytest.mark.parametrize(("frames", "channels"), [(1, 1), (5_000, 3), (BLOCK_FRAMES + 7, 2)])
def test_sound_goes_there_and_comes_back(tmp_path: Path, frames: int, channels: int) -> None:
    engines = isolated(tmp_path, "half")
    audio, seen = noise(frames, channels), []

    out = cleaned(engines, audio, seen.append)

    assert np.array_equal(out, audio.samples / 2)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert list((engines.environments.root / WORK).iterdir()) == []
    close(engines)


def test_it_stays_for_the_next_task_counts_in_the_budget_and_holds_its_environment(tmp_path: Path) -> None:
    engines = isolated(tmp_path, "half")
    cleaned(engines, noise())
    pid = process_of(engines)
    cleaned(engines, noise())

    assert process_of(engines) == pid
    assert engines.room.loaded == {"half": 2**29}
    with pytest.raises(InUse):
        engines.environments.remove("stub")
    close(engines)
    engines.environments.remove("stub")
    with pytest.raises(EngineMissing, match="half is without its environment: `woodshed models envs build stub"):
        engines.choose("denoise")


def test_models_of_one_environment_share_a_process(tmp_path: Path) -> None:
    isolated(tmp_path, "two", "dereverb")
    engines = isolated(tmp_path, "one")
    engines = Engines(tmp_path, {"denoise": "one", "dereverb": "two"})

    with engines.borrow() as borrowed:
        for task in ("denoise", "dereverb"):
            assert len(list(borrowed.load(task).clean(noise(), report=no_report))) == 1
        assert engines._processes.keys() == {"stub"}
        assert borrowed.names == "one + two"
    pid = process_of(engines)
    assert engines.room.unload("one")
    assert process_of(engines) == pid
    close(engines)


def test_cancelling_stops_it_and_it_goes_on(tmp_path: Path) -> None:
    engines = isolated(tmp_path, "waits", wait_for_cancel=True)

    def cancel(fraction: float) -> None:
        if fraction > 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        cleaned(engines, noise(), cancel)
    assert engines._processes["stub"].is_running
    assert list((engines.environments.root / WORK).iterdir()) == []
    close(engines)


def test_a_killed_process_is_started_again(tmp_path: Path) -> None:
    engines = isolated(tmp_path, "half")
    cleaned(engines, noise())
    pid = process_of(engines)
    os.killpg(pid, signal.SIGKILL)
    engines._processes["stub"]._process.wait()  # type: ignore[union-attr]

    assert cleaned(engines, noise()).shape == (2, 5_000)
    assert process_of(engines) != pid
    close(engines)


def test_one_that_dies_over_a_task_does_the_next_after_a_while(tmp_path: Path) -> None:
    engines = isolated(tmp_path, "once", die_once=str(tmp_path / "died"))
    with pytest.raises(IsolatedDied):
        cleaned(engines, noise())

    process = engines._processes["stub"]
    slept_s: list[float] = []
    process._sleep = slept_s.append
    process._not_before_s -= 0.9  # as if most of the second had passed
    assert cleaned(engines, noise()).shape == (2, 5_000)
    assert slept_s
    close(engines)


def test_too_little_sound_is_a_failure_in_plain_words(tmp_path: Path) -> None:
    engines = isolated(tmp_path, "short", most=10)

    with pytest.raises(IsolatedFailed, match="wrote 40 bytes as clean instead of 40000"):
        cleaned(engines, noise())
    close(engines)


def test_what_refuses_to_load_is_told_in_its_words(tmp_path: Path) -> None:
    engines = isolated(tmp_path, "refuses", refuse="no CUDA device")

    with pytest.raises(EngineMissing, match="refuses cannot be loaded: no CUDA device"):
        cleaned(engines, noise())
    engines.environments.remove("stub")  # nothing holds it


def test_a_separator_says_its_stems(tmp_path: Path) -> None:
    engines = isolated(tmp_path, "split", "separation", ready={"stems": ["voice", "rest"], "rate_hz": RATE_HZ})
    audio = noise()

    with engines.borrow() as borrowed:
        separator = borrowed.load("separation")
        out = np.concatenate(list(separator.separate(audio, report=no_report)), axis=-1)
        with pytest.raises(ValueError, match="stereo at 48000 Hz"):
            next(separator.separate(noise(rate_hz=8_000), report=no_report))

    assert (separator.stems, separator.rate_hz) == (("voice", "rest"), RATE_HZ)
    assert np.array_equal(out, np.stack([audio.samples / 2] * 2))
    close(engines)


def test_a_separator_without_stems_cannot_be_loaded(tmp_path: Path) -> None:
    engines = isolated(tmp_path, "split", "separation")

    with engines.borrow() as borrowed, pytest.raises(EngineMissing, match="did not say its stems"):
        borrowed.load("separation")
    assert not engines._processes["stub"].is_running


def test_manifests_allow_what_can_be_done() -> None:
    assert set(KINDS) == set(ISOLATED_TASKS)
