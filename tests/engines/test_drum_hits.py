"""Drums that are hit, as General MIDI notes."""

import numpy as np
import pytest

from models.base import Audio, Note, Samples
from models.notes.drum_hits import DrumHits

KICK, SNARE, HAT = 36, 38, 42
RATES_HZ = (22_050, 44_100, 96_000)


def ignore(_fraction: float) -> None:
    pass


def drum(kind: int, rate_hz: int, rng: np.random.Generator) -> Samples:
    """A kick falls to 50 Hz, a snare is noise over a shell at 190 Hz, a closed hi-hat noise above 7 kHz."""
    from scipy.signal import butter, sosfilt

    t_s = np.arange(round(0.5 * rate_hz)) / rate_hz
    noise = rng.standard_normal(t_s.size)
    if kind == KICK:
        return (np.exp(-t_s / 0.08) * np.sin(2 * np.pi * (50 * t_s - 3 * np.exp(-t_s / 0.02)))).astype(np.float32)
    if kind == SNARE:
        shell = np.exp(-t_s / 0.05) * np.sin(2 * np.pi * 190 * t_s)
        return (0.6 * shell + 0.25 * np.exp(-t_s / 0.06) * noise).astype(np.float32)
    high = sosfilt(butter(4, 7000, "high", fs=rate_hz, output="sos"), noise)
    return (0.25 * np.exp(-t_s / 0.025) * high).astype(np.float32)


def beat(rate_hz: int, bars: int, channels: int = 1) -> tuple[Audio, list[tuple[float, int]]]:
    """Eighths on the hi-hat, the snare on two and four, 120 bpm."""
    rng = np.random.default_rng(3)
    truth = [(0.1 + 0.25 * n, HAT) for n in range(8 * bars)]
    truth += [(0.1 + 2.0 * bar + at_s, KICK) for bar in range(bars) for at_s in (0.0, 1.0)]
    truth += [(0.1 + 2.0 * bar + at_s, SNARE) for bar in range(bars) for at_s in (0.5, 1.5)]
    out = np.zeros((channels, round((2 * bars + 1) * rate_hz)), np.float32)
    for at_s, kind in truth:
        first = round(at_s * rate_hz)
        sound = 0.3 * drum(kind, rate_hz, rng)
        out[:, first : first + sound.size] += sound
    return Audio(out, rate_hz), sorted(truth)


def matched(truth: list[tuple[float, int]], found: list[Note]) -> float:
    """F1 of kind and time within 40 ms."""
    left = [(note.start_s, note.pitch) for note in found]
    right = 0
    for at_s, kind in truth:
        near = [hit for hit in left if hit[1] == kind and abs(hit[0] - at_s) < 0.04]
        if near:
            left.remove(near[0])
            right += 1
    return 2 * right / (len(truth) + len(found))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
def test_each_drum_is_found_where_it_is_hit(rate_hz: int, channels: int) -> None:
    audio, truth = beat(rate_hz, 3, channels)

    found = DrumHits().notes(audio, report=ignore)

    assert all(note.is_drum for note in found)
    assert matched(truth, found) > 0.9
    assert {note.pitch for note in found} == {KICK, SNARE, HAT}


def test_hits_keep_their_times_over_a_minute() -> None:
    audio, truth = beat(22_050, 30)
    seen: list[float] = []

    found = DrumHits().notes(audio, report=seen.append)

    assert matched(truth, found) > 0.9
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_louder_hit_has_a_higher_velocity() -> None:
    rng = np.random.default_rng(5)
    out = np.zeros((1, 4 * 44_100), np.float32)
    for number, gain_db in enumerate((-9, -6, -3, 0)):
        sound = 0.5 * 10 ** (gain_db / 20) * drum(SNARE, 44_100, rng)
        out[0, number * 44_100 + 4410 :][: sound.size] += sound

    velocities = [note.velocity for note in DrumHits().notes(Audio(out, 44_100), report=ignore)]

    assert len(velocities) == 4
    assert velocities == sorted(velocities)
    assert velocities[-1] - velocities[0] > 12


@pytest.mark.parametrize("frames", [1, 100, 44_100])
def test_silence_holds_no_hit(frames: int) -> None:
    assert DrumHits().notes(Audio(np.zeros((2, frames), np.float32), 44_100), report=ignore) == []


def test_what_is_steady_is_hit_only_where_it_begins_and_ends() -> None:
    steady = np.full((2, 44_100), 0.5, np.float32)

    assert len(DrumHits().notes(Audio(steady, 44_100), report=ignore)) <= 2
