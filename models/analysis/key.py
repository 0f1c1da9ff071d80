"""The key of a recording, and how it changes.

Changes are found by a Viterbi path over windows (Papadopoulos and Peeters 2012); then each part is judged by itself.
"""

from dataclasses import dataclass

import numpy as np

from models.analysis.chroma import COMPRESSION, chroma, tonality, tuning_semitones
from models.analysis.key_scores import KEYS, SEMITONES, Doubles, Evidence, gather
from models.analysis.peaks import HOP, Peaks

UNKNOWN = "unknown"
WINDOW_S = 16.0
STEP_S = 4.0
GLOBAL_WEIGHT = 0.2  # of the whole recording in the score of each window
CHANGE_COST = 1.6  # a key must be that much better, summed over its windows
SHORTEST_S = 12.0  # of a part that is judged by itself
SCALE = 6.0  # from scores to log-likelihoods
TONAL = 0.33  # tonality of what has a key: noise has 0.1, speech 0.28, unaccompanied singing 0.43
CLEARLY_TONAL = 0.8  # as all music measured

Segments = tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True)
class KeyPath:
    """Keys over time: (start s, end s, index into KEYS).

    `confidence`, 0 to 1, is that of the dominant key; `tuning` is in semitones from A = 440 Hz.
    """

    segments: Segments
    dominant: int
    confidence: float
    tuning: float


def find_key(melody: Peaks, bass: Peaks, duration_s: float, rate_hz: int) -> KeyPath | None:
    """From peaks HOP apart at `rate_hz`; None when there is nothing tonal."""
    tonal = tonality(melody)
    if tonal < TONAL:
        return None
    tuning = tuning_semitones(melody)
    evidence = gather(chroma(melody, tuning), chroma(bass, tuning), HOP / rate_hz, COMPRESSION)
    if evidence is None:
        return None
    whole = _whole(evidence, 0, evidence.level.size)
    segments = _heard_again(_path(evidence, whole, duration_s), evidence)
    lengths = np.zeros(len(KEYS))
    for start_s, end_s, key in segments:
        lengths[key] += end_s - start_s
    dominant = int(lengths.argmax())
    odds = np.exp(SCALE * (whole - whole.max()))
    sure = min((tonal - TONAL) / (CLEARLY_TONAL - TONAL), 1.0)
    return KeyPath(segments, dominant, sure * float(odds[dominant] / odds.sum()), tuning)


def relative(key: int) -> int:
    """The key with the same notes: A minor of C major, and the other way round."""
    return SEMITONES + (key + 9) % SEMITONES if key < SEMITONES else (key - SEMITONES + 3) % SEMITONES


def _whole(evidence: Evidence, first: int, last: int) -> Doubles:
    return evidence.score(first, last) + evidence.edges(first, last)


def _path(evidence: Evidence, whole: Doubles, duration_s: float) -> Segments:
    """The best key of each window, changes being costly, and where each window's own part begins."""
    frames, frame_s = evidence.level.size, evidence.frame_s
    half, step = max(round(WINDOW_S / frame_s), 1) // 2, max(round(STEP_S / frame_s), 1)
    middles = list(range(min(step // 2, frames - 1), frames, step))
    scores = np.array([evidence.score(middle - half, middle + half + 1) for middle in middles])
    path = _viterbi(scores + GLOBAL_WEIGHT * whole)
    changes = [n for n in range(1, len(path)) if path[n] != path[n - 1]]
    starts_s = [0.0, *(middles[n] * frame_s - STEP_S / 2 for n in changes)]
    ends_s = [*starts_s[1:], duration_s]
    keys = [path[n] for n in (0, *changes)]
    return tuple(zip(starts_s, ends_s, keys, strict=True))


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


def _heard_again(segments: Segments, evidence: Evidence) -> Segments:
    """Each part judged by itself, now that its limits are known; equal neighbours become one."""
    judged: list[tuple[float, float, int]] = []
    for start_s, end_s, found in segments:
        first = round(start_s / evidence.frame_s)
        last = evidence.level.size if end_s == segments[-1][1] else round(end_s / evidence.frame_s)
        alone = len(segments) == 1 or end_s - start_s >= SHORTEST_S
        key = int(_whole(evidence, first, last).argmax()) if alone and evidence.sounding[first:last].any() else found
        if judged and judged[-1][2] == key:
            judged[-1] = (judged[-1][0], end_s, key)
        else:
            judged.append((start_s, end_s, key))
    return tuple(judged)
