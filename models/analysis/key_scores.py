"""What speaks for each of the 24 keys: pitch classes, chords, and where the music begins and ends.

Pitch classes are correlated with a key's profile (Krumhansl 1990; values of Albrecht and Shanahan 2013); chords count
by what they are in the key; music mostly begins, and nearly always ends, on its tonic chord.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.analysis.peaks import Floats

Doubles = NDArray[np.float64]
TONICS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
KEYS = tuple(f"{tonic} {mode}" for mode in ("major", "minor") for tonic in TONICS)
SEMITONES = 12
MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
# What a chord tells about the key: (semitones above the tonic, is minor) → weight.
IN_MAJOR = {(0, 0): 1.0, (5, 0): 0.7, (7, 0): 0.7, (9, 1): 0.5, (2, 1): 0.45, (4, 1): 0.35, (10, 0): 0.1}
IN_MINOR = {(0, 1): 1.0, (5, 1): 0.65, (7, 1): 0.35, (7, 0): 0.6, (8, 0): 0.55, (3, 0): 0.5, (10, 0): 0.5}
TRIADS = ((0, 4, 7), (0, 3, 7))
TONE_WEIGHTS = (1.0, 0.9, 0.8)
SMOOTHED = 5  # frames, about a second
SHARPNESS = 12.0  # of the choice among chords
BASS_WEIGHT = 0.35
CHORD_WEIGHT = 1.2
AUDIBLE = 0.05  # of the loud frames
EDGE_S = 2.5
# Weights of the first and last chord. An excerpt begins and ends anywhere, so there they count little or nothing:
# with songs cut short, a constant weight of 0.5 for the end cost one key in ten.
BEGINNING, CUT_IN, INNER_BEGINNING = 0.3, 0.1, 0.2
ENDING, CUT_OFF, INNER_ENDING = 0.5, 0.0, 0.3
RUNG_OUT = 0.35  # of the typical level: quieter means that the music has ended, or not begun
FADED = 0.5  # of it: quieter some seconds before the end means that it was faded out
FADE_S = (7.0, 3.0)  # before the last audible frame


@dataclass(frozen=True, slots=True)
class Evidence:
    """Frames of a recording, `frame_s` apart.

    notes     weighted pitch classes, shape (frames, 12)
    chords    how likely each of 24 triads is, in the order of KEYS, shape (frames, 24); zeros where nothing sounds
    level     shape (frames,), 1 is typical of what sounds
    sounding  shape (frames,)
    """

    notes: Doubles
    chords: Doubles
    level: Doubles
    sounding: NDArray[np.bool_]
    frame_s: float

    def score(self, first: int, last: int) -> Doubles:
        """Of the 24 keys from notes and chords of frames `first` to `last`, about −1 to 2; zeros for silence."""
        part = slice(max(first, 0), last)
        notes, chords = self.notes[part].sum(axis=0), self.chords[part].sum(axis=0)
        centred = notes - notes.mean()
        size, total = np.linalg.norm(centred), chords.sum()
        score = np.zeros(len(KEYS))
        if size > 0:
            score += _PROFILES @ (centred / size)
        if total > 0:
            score += CHORD_WEIGHT * (_ROLES @ (chords / total))
        return score

    def edges(self, first: int, last: int) -> Doubles:
        """Of the 24 keys from the first and the last chord of frames `first` to `last`, 0 to 1."""
        heard = first + np.flatnonzero(self.sounding[first:last])
        if heard.size == 0:
            return np.zeros(len(KEYS))
        count = max(round(EDGE_S / self.frame_s), 1)
        begin, end = INNER_BEGINNING, INNER_ENDING
        if first == 0:
            begin = BEGINNING if self.level[0] < RUNG_OUT else CUT_IN
        if last == self.level.size:
            end = ENDING if self._ends(int(heard[-1])) else CUT_OFF
        score: Doubles = begin * self.chords[heard[:count]].mean(axis=0) + end * self.chords[heard[-count:]].mean(
            axis=0
        )
        return score

    def _ends(self, last_heard: int) -> bool:
        """The music comes to its end: it is neither cut off nor faded out."""
        early, late = (max(last_heard - round(before_s / self.frame_s), 0) for before_s in FADE_S)
        return bool(self.level[-2:].max() < RUNG_OUT and self.level[early : late + 1].mean() > FADED)


def gather(melody: Floats, bass: Floats, frame_s: float, compression: float) -> Evidence | None:
    """From chroma of shape (frames, 12) of magnitudes to the power `compression`; None when there is none."""
    amount = melody.sum(axis=1).astype(np.float64)
    loudest = amount.max(initial=0.0)
    if loudest <= 0:
        return None
    sounding = amount > AUDIBLE * np.percentile(amount, 95)
    level = amount ** (1 / compression)
    return Evidence(
        notes=_shares(melody) * np.sqrt(amount / loudest)[:, None] * sounding[:, None],
        chords=_chords(melody, bass) * sounding[:, None],
        level=level / np.median(level[sounding]),
        sounding=sounding,
        frame_s=frame_s,
    )


def _chords(melody: Floats, bass: Floats) -> Doubles:
    from scipy.ndimage import uniform_filter1d

    smooth, deep = (uniform_filter1d(_shares(rows), SMOOTHED, axis=0, mode="constant") for rows in (melody, bass))
    fit = _unit(smooth) @ _TRIADS.T + BASS_WEIGHT * np.tile(_unit(deep), 2)
    odds = np.exp(SHARPNESS * (fit - fit.max(axis=1, keepdims=True)))
    likely: Doubles = odds / odds.sum(axis=1, keepdims=True)
    return likely


def _shares(rows: Floats) -> Doubles:
    total = rows.sum(axis=1, keepdims=True)
    parts: Doubles = np.divide(rows, total, out=np.zeros(rows.shape), where=total > 0)
    return parts


def _unit(rows: Doubles) -> Doubles:
    size = np.linalg.norm(rows, axis=1, keepdims=True)
    units: Doubles = np.divide(rows, size, out=np.zeros(rows.shape), where=size > 0)
    return units


def _profiles() -> Doubles:
    rows = [np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(SEMITONES)]
    return _unit(np.array(rows) - np.mean(rows, axis=1, keepdims=True))


def _roles() -> Doubles:
    roles = np.zeros((len(KEYS), len(KEYS)))
    for mode, table in enumerate((IN_MAJOR, IN_MINOR)):
        for tonic in range(SEMITONES):
            for (interval, minor), weight in table.items():
                roles[mode * SEMITONES + tonic, minor * SEMITONES + (tonic + interval) % SEMITONES] = weight
    return roles


def _triads() -> Doubles:
    rows = np.zeros((len(KEYS), SEMITONES))
    for mode, tones in enumerate(TRIADS):
        for root in range(SEMITONES):
            for interval, weight in zip(tones, TONE_WEIGHTS, strict=True):
                rows[mode * SEMITONES + root, (root + interval) % SEMITONES] = weight
    return _unit(rows)


_PROFILES = _profiles()
_ROLES = _roles()
_TRIADS = _triads()
