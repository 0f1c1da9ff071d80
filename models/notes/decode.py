"""Activations into candidates for notes: basic-pitch's note creation (Bittner et al. 2022), compiled.

Left out are the onsets it infers from rising activations: most of them cut a sustained note in two.
"""

from dataclasses import dataclass, replace

import numba
import numpy as np
from numpy.typing import NDArray

from models.notes.activations import BINS_PER_SEMITONE, PITCHES, Activations, Floats

GAP_FRAMES = 11  # a note may fade out for so long before it has ended
ECHO = 0.65
BEND_BINS = 25  # searched on both sides of a note's own contour bin
BEND_WIDTH_BINS = 5.0
FLOOR = 0.08  # contour activation of what is no pitch


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`onset`, `frame`: activations from 0 to 1; `min_frames`: a note must be longer."""

    onset: float = 0.5
    frame: float = 0.3
    min_frames: int = 5  # 58 ms


@dataclass(frozen=True, slots=True)
class Found:
    """One note: frames [first, last), `pitch` from 0 = A0, mean activation from 0 to 1."""

    first: int
    last: int
    pitch: int
    level: float


def find_notes(heard: Activations, thresholds: Thresholds) -> list[Found]:
    """Notes from the onsets, then from what energy they leave over; in order of start, then pitch."""
    frames = np.ascontiguousarray(heard.notes)
    if frames.shape[0] < 3:  # noqa: PLR2004 - no frame has two neighbours
        return []
    onsets = heard.onsets
    peaks = np.zeros(onsets.shape, np.bool_)
    peaks[1:-1] = (onsets[1:-1] > onsets[:-2]) & (onsets[1:-1] > onsets[2:]) & (onsets[1:-1] >= thresholds.onset)
    at, pitch = np.nonzero(peaks)
    left = frames.copy()
    strong = np.flatnonzero(left.ravel() > thresholds.frame)
    order = strong[np.argsort(-left.ravel()[strong], kind="stable")]
    rows = _decode(frames, left, at[::-1], pitch[::-1], order, thresholds.frame, thresholds.min_frames)
    return sorted(
        (Found(int(a), int(b), int(p), float(frames[a:b, p].mean())) for a, b, p in rows),
        key=lambda note: (note.first, note.pitch),
    )


def with_ends(heard: Activations, notes: list[Found], thresholds: Thresholds) -> list[Found]:
    """The same notes, each held for as long as it sounds: candidates that were dropped had cut others short."""
    frames = np.ascontiguousarray(heard.notes)
    ordered = sorted(notes, key=lambda note: (note.first, note.pitch), reverse=True)
    at, pitches = (np.array([getattr(note, name) for note in ordered], np.int64) for name in ("first", "pitch"))
    rows = _decode(frames, frames.copy(), at, pitches, np.zeros(0, np.int64), thresholds.frame, 0)
    ends = {(int(first), int(pitch)): int(last) for first, last, pitch in rows}
    held = (replace(note, last=max(ends.get((note.first, note.pitch), 0), note.last)) for note in notes)
    return [without_echo(heard, note) for note in held]


def without_echo(heard: Activations, note: Found) -> Found:
    """The note without its end where that is much weaker than the note: a room that still sounds."""
    levels = heard.notes[note.first : note.last, note.pitch]
    strong = np.flatnonzero(levels >= ECHO * np.median(levels))
    return replace(note, last=note.first + int(strong[-1]) + 1)


@numba.njit(cache=True)
def _decode(
    frames: Floats,
    left: Floats,
    at: NDArray[np.int64],
    pitches: NDArray[np.int64],
    order: NDArray[np.int64],
    threshold: float,
    min_frames: int,
) -> NDArray[np.int64]:  # pragma: no cover - compiled
    count = frames.shape[0]
    found = np.empty((at.size + order.size, 3), np.int64)
    notes = 0
    for n in range(at.size):
        start, pitch = at[n], pitches[n]
        if start >= count - 1:
            continue
        i, quiet = start + 1, 0
        while i < count - 1 and quiet < GAP_FRAMES:
            quiet = quiet + 1 if left[i, pitch] < threshold else 0
            i += 1
        i -= quiet
        if i - start <= min_frames:
            continue
        left[start:i, max(pitch - 1, 0) : pitch + 2] = 0
        found[notes] = (start, i, pitch)
        notes += 1
    for cell in order:
        middle, pitch = cell // PITCHES, cell % PITCHES
        if left[middle, pitch] <= threshold:
            continue
        low, high = max(pitch - 1, 0), pitch + 2
        left[middle, pitch] = 0
        i, quiet = middle + 1, 0
        while i < count - 1 and quiet < GAP_FRAMES:
            quiet = quiet + 1 if left[i, pitch] < threshold else 0
            left[i, low:high] = 0
            i += 1
        last = i - 1 - quiet
        i, quiet = middle - 1, 0
        while i > 0 and quiet < GAP_FRAMES:
            quiet = quiet + 1 if left[i, pitch] < threshold else 0
            left[i, low:high] = 0
            i -= 1
        first = i + 1 + quiet
        if last - first > min_frames:
            found[notes] = (first, last, pitch)
            notes += 1
    return found[:notes]


def bends(contours: Floats, note: Found) -> tuple[float, ...]:
    """Semitones away from the note's own pitch, frame by frame: where the contour's peak has its centre of mass."""
    from scipy.ndimage import median_filter

    centre = note.pitch * BINS_PER_SEMITONE + BINS_PER_SEMITONE // 2  # a sine of the pitch lights this bin
    low, high = max(centre - BEND_BINS, 0), min(centre + BEND_BINS + 1, contours.shape[1])
    offsets = np.arange(low, high) - centre
    near = contours[note.first : note.last, low:high] * np.exp(-0.5 * (offsets / BEND_WIDTH_BINS) ** 2)
    peak = near.argmax(axis=1) + low
    columns = np.clip(peak[:, None] + np.arange(-2, 3), 0, contours.shape[1] - 1)
    weights = np.maximum(np.take_along_axis(contours[note.first : note.last], columns, axis=1) - FLOOR, 1e-6)
    at = (weights * columns).sum(axis=1) / weights.sum(axis=1)
    found = median_filter((at - centre) / BINS_PER_SEMITONE, 5, mode="nearest")
    return tuple(found.round(3).tolist())
