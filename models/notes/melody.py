"""Where one pitch sounds at a time: its fundamental, by SwiftF0 (Nieradzik 2025), corrects the notes found."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.base import Audio
from models.notes.activations import FRAMES_HZ, LOWEST_PITCH, PITCHES, Activations, Floats, read_with_overtones
from models.notes.decode import Found, without_echo

F0_RATE_HZ = 16_000
F0_HOP = 256
CONTEXT_S = 0.3
PIECE_FRAMES = 860  # 10 s
PIECE_SAMPLES = round((PIECE_FRAMES / FRAMES_HZ + 2 * CONTEXT_S) * F0_RATE_HZ)
VOICED = 0.5
LOUD, AUDIBLE = 0.3, 0.2  # note activations
RECENT_FRAMES = 20  # a reverberating note explains what is heard for so long
MONOPHONIC = 0.8  # share of the activations explained: single voices have 0.87 and more, chords at most 0.7
MOST_TOGETHER = 0.3  # share of notes: single voices in a room have 0.2 at most, two voices 0.34 and more
PARTIALS = (-12, 0, 12, 19, 24, 28, 31, 34, 36)  # an octave below as well: the fundamental may be missed by one
OVERTONES = (12, 19, 24, 28, 31)
ON_PITCH = 0.7  # semitones
BACK_FRAMES = 8
BEFORE = (8, 1)  # frames before its start that tell whether a pitch is new
RISE = 0.35  # of the way up, a note has begun
LEAST = 0.42  # probabilities, as in `judge`: without further evidence
SHORTEST_FRAMES = 5
LEAST_CONFIRMED = 0.1  # where the fundamental comes to the note's pitch as it begins
LEAST_SAME = 0.5  # where the fundamental was there before


def load_f0() -> Any:  # noqa: ANN401 - swift_f0 is not annotated for mypy
    from swift_f0 import SwiftF0

    return SwiftF0(threads=1, spin=False)


def fundamental(detector: Any, audio: Audio, first: int, last: int) -> Floats:  # noqa: ANN401
    """In semitones above A0, for frames `first` to `last` of the activations; NaN where there is no pitch."""
    parts = [_fundamental(detector, audio, at, min(at + PIECE_FRAMES, last)) for at in range(first, last, PIECE_FRAMES)]
    return np.concatenate(parts)


def _fundamental(detector: Any, audio: Audio, first: int, last: int) -> Floats:  # noqa: ANN401
    start = int((first / FRAMES_HZ - CONTEXT_S) * F0_RATE_HZ)
    stop = start + PIECE_SAMPLES  # always the same, or the network keeps memory for each length
    found = detector.detect(read_with_overtones(audio, F0_RATE_HZ, start, stop), F0_RATE_HZ)
    at = (np.arange(first, last) / FRAMES_HZ * F0_RATE_HZ - start) / F0_HOP
    rows = np.clip(np.rint(at).astype(np.int64), 0, found.pitch_hz.size - 1)
    hz = np.where(found.confidence[rows] > VOICED, found.pitch_hz[rows], np.nan)
    return np.asarray(69 - LOWEST_PITCH + 12 * np.log2(hz / 440), np.float32)


def is_monophonic(heard: Activations, likely: list[Found], pitch: Floats) -> bool:
    """Whether few of the likely notes sound together, and the fundamental and its partials explain what is heard."""
    together = sum(any(_is_chord(note, other) for other in _around(note, likely)) for note in likely)
    return together <= MOST_TOGETHER * len(likely) and _explained(heard, pitch) > MONOPHONIC


def _is_chord(note: Found, other: Found) -> bool:
    """Whether another note, not an octave or a semitone's slip away, covers most of this one."""
    overlap = min(note.last, other.last) - max(note.first, other.first)
    return abs(note.pitch - other.pitch) not in {0, 1, 12, 24} and overlap > 0.6 * (note.last - note.first)


def _explained(heard: Activations, pitch: Floats) -> float:
    """Share of what is heard that belongs to the fundamental of now, or of a moment ago, and its partials."""
    from scipy.ndimage import maximum_filter1d

    near = np.zeros(heard.notes.shape, np.uint8)
    at = np.flatnonzero(np.isfinite(pitch))
    for partial in PARTIALS:
        for offset in (-1, 0, 1):
            key = np.rint(pitch[at]).astype(np.int64) + partial + offset
            inside = (key >= 0) & (key < PITCHES)
            near[at[inside], key[inside]] = 1
    near = maximum_filter1d(near, RECENT_FRAMES, axis=0, origin=(RECENT_FRAMES - 1) // 2)
    is_loud = heard.notes.max(axis=1) > LOUD
    loud = np.where(heard.notes > AUDIBLE, heard.notes, 0)[is_loud]
    total = float(loud.sum())
    return float(loud[near[is_loud] > 0].sum()) / total if total > 0 else 0.0


def melody(heard: Activations, notes: list[Found], probabilities: NDArray[np.float64], pitch: Floats) -> list[Found]:
    """Of the candidates, the notes of a single voice: starts corrected for slow attacks, ends where the next begins."""
    kept = [note for note, played in zip(notes, probabilities, strict=True) if played > _least(note, pitch)]
    kept = [note for note in kept if not any(_is_partial(note, other) for other in _around(note, kept))]
    started = sorted((replace(note, first=_start(heard.notes, note)) for note in kept), key=lambda note: note.first)
    ended = []
    for number, note in enumerate(started):
        after = (other.first for other in started[number + 1 :] if other.first >= note.first + SHORTEST_FRAMES)
        ended.append(without_echo(heard, replace(note, last=min(note.last, next(after, note.last)))))
    return ended


def _least(note: Found, pitch: Floats) -> float:
    voiced = pitch[note.first : note.last]
    voiced = voiced[np.isfinite(voiced)]
    before = pitch[max(note.first - BEFORE[0], 0) : max(note.first - BEFORE[1], 0)]
    same = float(np.mean(np.abs(before - note.pitch) < ON_PITCH)) if before.size else 0.0
    on_pitch = float(np.mean(np.abs(voiced - note.pitch) < ON_PITCH)) if voiced.size else 0.0
    if on_pitch >= 0.8 and same < 0.3:  # noqa: PLR2004 - most of it, little of it
        return LEAST_CONFIRMED
    return LEAST_SAME if same > 0.7 else LEAST  # noqa: PLR2004


def _around(note: Found, notes: list[Found]) -> list[Found]:
    return [other for other in notes if other.first < note.last and note.first < other.last]


def _is_partial(note: Found, other: Found) -> bool:
    """Whether another note, stronger and a partial away, covers most of this one."""
    overlap = min(note.last, other.last) - max(note.first, other.first)
    return (
        abs(note.pitch - other.pitch) in OVERTONES
        and overlap > 0.7 * (note.last - note.first)
        and other.level * (other.last - other.first) > note.level * (note.last - note.first)
    )


def _start(levels: Floats, note: Found) -> int:
    level = levels[:, note.pitch]
    earliest = max(note.first - BACK_FRAMES, 0)
    low, high = level[earliest : note.first + 1].min(), level[note.first : min(note.first + 10, note.last)].max()
    start = note.first
    while start > earliest and low + RISE * (high - low) <= level[start - 1] <= level[start] + 0.02:
        start -= 1
    return start
