"""The key of a recording, and how it changes.

Three kinds of evidence, each a score for 24 keys: how well the pitch classes correlate with the key's profile
(Krumhansl 1990; profile values of Albrecht and Shanahan 2013), which chords occur and what they are in that key, and
where the music begins and ends. Changes are found by a Viterbi path over windows (Papadopoulos and Peeters 2012).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.analysis.peaks import HOP, Floats

Doubles = NDArray[np.float64]
TONICS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
KEYS = tuple(f"{tonic} {mode}" for mode in ("major", "minor") for tonic in TONICS)
UNKNOWN = "unknown"
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
END_WEIGHT = 0.5
START_WEIGHT = 0.2
EDGE_S = 2.5
WINDOW_S = 16.0
STEP_S = 4.0
GLOBAL_WEIGHT = 0.6
CHANGE_COST = 1.6
SCALE = 6.0  # from scores to log-likelihoods
QUIET = 1e-3


@dataclass(frozen=True, slots=True)
class KeyPath:
    """Keys over time: (start s, end s, index into KEYS); `confidence` 0 to 1 is that of the dominant key."""

    segments: tuple[tuple[float, float, int], ...]
    dominant: int
    confidence: float


def find_key(melody: Floats, bass: Floats, duration_s: float, rate_hz: int) -> KeyPath | None:
    """From chroma of shape (frames, 12), HOP apart at `rate_hz`; None when there is nothing tonal."""
    frame_s = HOP / rate_hz
    loud = melody.sum(axis=1)
    if loud.max(initial=0.0) < QUIET:
        return None
    sounding = loud > 0.05 * np.percentile(loud, 95)
    if not sounding.any():
        return None
    frames = _normalised(melody) * np.sqrt(loud / loud.max())[:, None] * sounding[:, None]
    chords = _chords(melody, bass) * sounding[:, None]
    whole = _local(frames.sum(axis=0), chords.sum(axis=0)) + _edges(chords, sounding, frame_s)
    path, starts_s = _windows(frames, chords, whole, frame_s)
    segments = _segments(path, starts_s, duration_s)
    lengths = np.zeros(len(KEYS))
    for start_s, end_s, key in segments:
        lengths[key] += end_s - start_s
    dominant = int(lengths.argmax())
    odds = np.exp(SCALE * (whole - whole.max()))
    return KeyPath(segments, dominant, float(odds[dominant] / odds.sum()))


def relative(key: int) -> int:
    """The key with the same notes: A minor of C major, and the other way round."""
    return SEMITONES + (key + 9) % SEMITONES if key < SEMITONES else (key - SEMITONES + 3) % SEMITONES


def _local(notes: Doubles, chords: Doubles) -> Doubles:
    """Scores of the 24 keys from pitch classes (12) and chords (24), about −1 to 2."""
    score: Doubles = _correlations(notes) + CHORD_WEIGHT * _functions(chords)
    return score


def _correlations(notes: Doubles) -> Doubles:
    centred = notes - notes.mean()
    size = np.linalg.norm(centred)
    return np.zeros(len(KEYS)) if size == 0 else _PROFILES @ (centred / size)


def _functions(chords: Doubles) -> Doubles:
    total = chords.sum()
    return np.zeros(len(KEYS)) if total <= 0 else _ROLES @ (chords / total)


def _chords(melody: Floats, bass: Floats) -> Doubles:
    """How likely each of 24 triads is in each frame; rows sum to 1."""
    from scipy.ndimage import uniform_filter1d

    smooth, deep = (uniform_filter1d(_normalised(rows), SMOOTHED, axis=0, mode="constant") for rows in (melody, bass))
    fit = _unit(smooth) @ _TRIADS.T + BASS_WEIGHT * np.tile(_unit(deep), 2)
    odds = np.exp(SHARPNESS * (fit - fit.max(axis=1, keepdims=True)))
    likely: Doubles = odds / odds.sum(axis=1, keepdims=True)
    return likely


def _edges(chords: Doubles, sounding: NDArray[np.bool_], frame_s: float) -> Doubles:
    """Music ends, and mostly begins, on its tonic chord."""
    heard = np.flatnonzero(sounding)
    count = max(round(EDGE_S / frame_s), 1)
    start, end = (chords[part].mean(axis=0) for part in (heard[:count], heard[-count:]))
    score: Doubles = START_WEIGHT * start + END_WEIGHT * end
    return score


def _windows(frames: Doubles, chords: Doubles, whole: Doubles, frame_s: float) -> tuple[list[int], list[float]]:
    """The best key of each window, changes being costly, and where each window's own part begins."""
    size, step = max(round(WINDOW_S / frame_s), 1), max(round(STEP_S / frame_s), 1)
    middles = list(range(min(step // 2, frames.shape[0] - 1), frames.shape[0], step))
    scores = np.array(
        [
            _local(
                frames[max(m - size // 2, 0) : m + size // 2 + 1].sum(axis=0),
                chords[max(m - size // 2, 0) : m + size // 2 + 1].sum(axis=0),
            )
            for m in middles
        ]
    )
    heard = np.array([frames[max(m - size // 2, 0) : m + size // 2 + 1].any() for m in middles])
    scores = np.where(heard[:, None], scores, 0.0) + GLOBAL_WEIGHT * whole
    return _viterbi(scores), [0.0, *(m * frame_s - STEP_S / 2 for m in middles[1:])]


def _viterbi(scores: Doubles) -> list[int]:
    best = scores[0].copy()
    came_from = np.zeros(scores.shape, int)
    stay = np.arange(scores.shape[1])
    for n in range(1, scores.shape[0]):
        change = int(best.argmax())
        moves = best[change] - CHANGE_COST > best
        came_from[n] = np.where(moves, change, stay)
        best = np.where(moves, best[change] - CHANGE_COST, best) + scores[n]
    path = [int(best.argmax())]
    for n in range(scores.shape[0] - 1, 0, -1):
        path.append(int(came_from[n, path[-1]]))
    return path[::-1]


def _segments(path: list[int], starts_s: list[float], duration_s: float) -> tuple[tuple[float, float, int], ...]:
    first = [n for n in range(len(path)) if n == 0 or path[n] != path[n - 1]]
    ends = [*(starts_s[n] for n in first[1:]), duration_s]
    return tuple((starts_s[n], end, path[n]) for n, end in zip(first, ends, strict=True))


def _normalised(rows: Floats) -> Doubles:
    total = rows.sum(axis=1, keepdims=True)
    parts: Doubles = np.divide(rows, total, out=np.zeros(rows.shape), where=total > 0)
    return parts


def _unit(rows: Doubles) -> Doubles:
    size = np.linalg.norm(rows, axis=1, keepdims=True)
    units: Doubles = np.divide(rows, size, out=np.zeros(rows.shape), where=size > 0)
    return units


def _profiles() -> Doubles:
    rows = [np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(SEMITONES)]
    centred = np.array(rows) - np.mean(rows, axis=1, keepdims=True)
    return _unit(centred)


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
