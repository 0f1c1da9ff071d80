"""The pitch of a sung line: the score, with what a voice does to it."""

import numpy as np
import pytest

from models.base import SungNote
from models.singing.melody import STEP_S, Floats, pitch


def tones(notes: list[SungNote], seed: int = 1) -> tuple[Floats, Floats]:
    """Times and the MIDI pitch at them."""
    times_s = np.arange(round((notes[-1].end_s + 0.3) / STEP_S), dtype=np.float64) * STEP_S
    return times_s, pitch(notes, times_s, np.random.default_rng(seed))[0]


def test_a_note_is_held_at_its_pitch() -> None:
    times_s, found = tones([SungNote(0.5, 1.0, 60), SungNote(1.0, 1.5, 67), SungNote(1.5, 2.0, 55)])

    for start_s, wanted in ((0.5, 60), (1.0, 67), (1.5, 55)):
        held = found[(times_s > start_s + 0.12) & (times_s < start_s + 0.44)]
        assert abs(np.median(held) - wanted) < 0.12
        assert np.abs(held - wanted).max() < 0.5


def test_between_notes_the_voice_glides() -> None:
    times_s, found = tones([SungNote(0.5, 1.0, 60), SungNote(1.0, 1.5, 72)])

    between = (times_s > 0.85) & (times_s < 1.15)
    is_on_the_way = between & (found > 60.6) & (found < 71.4)
    assert 0.03 <= is_on_the_way.sum() * STEP_S <= 0.12
    assert np.abs(np.diff(found)).max() < 2.0


def test_a_long_note_has_a_vibrato_that_grows() -> None:
    times_s, found = tones([SungNote(0.5, 4.5, 60)])

    def swing(start_s: float, end_s: float) -> float:
        part = found[(times_s > start_s) & (times_s < end_s)]
        return float(np.percentile(part, 95) - np.percentile(part, 5))

    assert swing(0.62, 0.72) < 0.25
    assert 0.3 < swing(2.5, 4.3) < 1.3
    late = found[(times_s > 1.5) & (times_s < 4.3)]
    spectrum = np.abs(np.fft.rfft((late - late.mean()) * np.hanning(late.size)))
    assert 5.0 <= float(spectrum[1:].argmax() + 1) / (late.size * STEP_S) <= 6.2


@pytest.mark.parametrize("length_s", [0.03, 0.06, 0.1])
def test_fast_notes_reach_their_pitch(length_s: float) -> None:
    notes = [
        SungNote(0.5 + n * length_s, 0.5 + (n + 1) * length_s, wanted) for n, wanted in enumerate((60, 64, 62, 67))
    ]
    times_s, found = tones(notes)

    assert np.isfinite(found).all()
    for note in notes[1:]:
        inside = found[(times_s >= note.start_s) & (times_s < note.end_s)]
        assert np.abs(inside - note.pitch).min() < 0.5


def test_takes_differ_by_little() -> None:
    notes = [SungNote(0.5, 1.5, 60)]

    (_, one), (_, again), (_, other) = tones(notes), tones(notes), tones(notes, seed=2)

    assert np.array_equal(one, again)
    assert 0 < np.abs(one - other).max() < 1.5
