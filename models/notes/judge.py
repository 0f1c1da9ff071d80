"""Which of the notes found are played, and which are overtones, echoes and second thoughts: a logistic regression.

basic-pitch's own note creation takes whatever passes two thresholds. Here looser thresholds give candidates, and
eleven features of each decide. The weights were fitted to 7,500 candidates in 77 random pieces (piano, guitar, organ,
strings, single melodies, trios and bands) rendered with FluidR3 in rooms of four sizes; none of them is
in the benchmark.
"""

import numpy as np
from numpy.typing import NDArray

from models.notes.activations import PITCHES, Activations
from models.notes.decode import Found

ONSET_REACH = 3  # frames around a note's start
BEFORE = 6
AFTER = 7
HEAD = 10
OVERTONES = (12, 19, 24, 28, 31)  # semitones of partials 2 to 6 over their fundamental
LEAST = 0.42  # probability: the best sum of precision and recall lies a little below one half
WEIGHTS = (8.58, 6.59, -10.49, -7.82, 1.17, 11.58, -2.11, -2.71, 1.49, -2.68, 0.44)
BIAS = -7.72


def probabilities(heard: Activations, notes: list[Found]) -> NDArray[np.float64]:
    """That each note is played, 0 to 1."""
    if not notes:
        return np.zeros(0)
    table = np.array([features(heard, note) for note in notes])
    return np.asarray(1 / (1 + np.exp(-(table @ np.array(WEIGHTS) + BIAS))))


def features(heard: Activations, note: Found) -> list[float]:
    """Its onset and level, how it rises from what was before, and what sounds an octave or a partial away."""
    first, last, pitch = note.first, note.last, note.pitch
    levels = heard.notes
    near = slice(max(first - ONSET_REACH, 0), first + ONSET_REACH + 1)
    before = levels[max(first - BEFORE, 0) : first + 1, pitch]

    def onset(other: int) -> float:
        return float(heard.onsets[near, other].max()) if 0 <= other < PITCHES else 0.0

    def level(other: int) -> float:
        return float(levels[first:last, other].mean()) if 0 <= other < PITCHES else 0.0

    return [
        onset(pitch),
        note.level,
        float(levels[first : min(first + HEAD, last), pitch].mean()),
        float(before[: max(before.size - 2, 1)].mean()),
        float(before.min()),
        float(levels[first + 1 : max(min(first + AFTER, last), first + 2), pitch].max()),
        max(onset(pitch - interval) for interval in OVERTONES),
        level(pitch - 12),
        onset(pitch - 12),
        max(level(pitch + 12), level(pitch + 24)),
        float(np.log(last - first)),
    ]
