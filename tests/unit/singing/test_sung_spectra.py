"""Resonances, brightness and loudness of sung vowels."""

import numpy as np
import pytest

from models.singing.balance import gains_db
from models.singing.phones import Kind, Phone
from models.singing.spectra import Moments, Timbre, levels
from models.singing.timing import Placed
from models.singing.tract import BINS, Tract, grid_hz

FRAMES = 200
PLAIN = Timbre()


def vowel(*resonances_hz: float, level_db: float = 0.0) -> Tract:
    """Two seconds of the same spectrum, spoken at 120 Hz."""
    peaks = [np.exp(-0.5 * ((grid_hz() - hz) / 70) ** 2) * 10 ** (-hz / 2000) for hz in resonances_hz]
    level = np.tile(10 * np.log10(np.sum(peaks, axis=0) + 1e-6) + level_db, (FRAMES, 1))
    return Tract(level, np.full((FRAMES, BINS), 0.1), np.ones(FRAMES, np.bool_), 120.0)


def sung(tract: Tract, hz: float, timbre: Timbre = PLAIN, loud_db: float = 0.0) -> np.ndarray:  # type: ignore[type-arg]
    """The mean spectrum of a steady note."""
    moments = Moments(np.full(100, 0.5), np.full(100, hz), np.full(100, loud_db), np.ones(100, np.bool_))
    return levels(tract, moments, timbre, np.random.default_rng(1)).mean(axis=0)


def peak_hz(level: np.ndarray, low_hz: float, high_hz: float) -> float:  # type: ignore[type-arg]
    inside = (grid_hz() > low_hz) & (grid_hz() < high_hz)
    return float(grid_hz()[inside][level[inside].argmax()])


def test_resonances_stay_near_where_they_were_spoken() -> None:
    level = sung(vowel(600, 1200, 2600), 160.0)

    assert peak_hz(level, 300, 900) == pytest.approx(600, rel=0.06)
    assert peak_hz(level, 900, 1700) == pytest.approx(1200, rel=0.06)


def test_resonances_move_with_the_voice() -> None:
    plain = peak_hz(sung(vowel(600, 1200, 2600), 160.0), 900, 1700)
    small = peak_hz(sung(vowel(600, 1200, 2600), 160.0, Timbre(ratio=1.15)), 900, 1700)

    assert small / plain == pytest.approx(1.15, rel=0.03)


def test_a_high_note_raises_the_first_resonance_to_its_pitch() -> None:
    level = sung(vowel(350, 2200, 3000), 700.0)

    assert peak_hz(level, 300, 1200) == pytest.approx(700, rel=0.12)


def test_louder_is_brighter() -> None:
    soft, loud = (sung(vowel(600, 1200, 2600, 4000), 160.0, loud_db=level_db) for level_db in (-6.0, 6.0))
    high = (grid_hz() > 3000) & (grid_hz() < 5000)

    assert (loud - soft)[high].mean() > 3
    assert abs((loud - soft)[grid_hz() < 700]).max() < 1


def placed(*tracts: Tract) -> list[Placed]:
    return [
        Placed(Phone("aa", Kind.VOWEL, number, 0.0, 1.0), float(number), number + 1.0, number, is_held=True)
        for number in range(len(tracts))
    ]


def test_vowels_that_were_spoken_differently_loud_are_sung_alike() -> None:
    tracts = [vowel(600, 1200), vowel(300, 2200, level_db=-12.0), vowel(700, 1100, level_db=8.0)]
    level = np.concatenate([tract.level_db for tract in tracts])
    number = np.repeat(np.arange(3), FRAMES)
    hz, is_voiced = np.full(number.size, 150.0), np.ones(number.size, np.bool_)

    out = level + gains_db(level, hz, is_voiced, number, placed(*tracts))[:, None]

    ear = np.square(grid_hz() / 500) / (1 + np.square(grid_hz() / 500))
    loud_db = [10 * np.log10(10 ** (out[first + 100] / 10) @ ear) for first in (0, FRAMES, 2 * FRAMES)]
    assert np.ptp(loud_db) < 4


@pytest.mark.parametrize("hz", [65.0, 130.0, 523.0, 1046.0])
def test_loudness_does_not_depend_on_which_harmonics_meet_the_resonances(hz: float) -> None:
    tract = vowel(600, 1200, 2600)
    number = np.zeros(FRAMES, np.int64)

    level = (
        tract.level_db
        + gains_db(tract.level_db, np.full(FRAMES, hz), np.ones(FRAMES, np.bool_), number, placed(tract))[:, None]
    )

    harmonics = np.arange(hz, 6000, hz)
    power = np.interp(harmonics, grid_hz(), 10 ** (level[100] / 10)).sum() * hz / 22_050
    assert 10 * np.log10(power) == pytest.approx(-21, abs=4)
