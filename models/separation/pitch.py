"""The fundamental of the voice and of the bass in a mix, and where their partials lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
from numba import njit
from numpy.typing import NDArray

from models.base import Samples

Values = NDArray[np.float32]
F0_RATE_HZ, F0_HOP = 16_000, 256
LEVEL, MOST_BOOST = 0.1, 100.0  # RMS that the network hears
LEAP = 2.0  # cost of a leap by an octave, against confidences of 0 to 1
MOST_LEAP = 0.6


@dataclass(frozen=True, slots=True)
class Pitch:
    """`hz` and `confidence` (0 to 1, voiced from 0.5 on) of each frame of the spectra."""

    hz: Values
    confidence: Values


class PitchFinder:
    """SwiftF0 (Nieradzik 2025), a network in its package."""

    def __init__(self) -> None:
        from swift_f0 import SwiftF0

        self._detector: Any = SwiftF0(threads=1, spin=False)

    def find(
        self,
        samples: Samples,
        rate_hz: int,
        times_s: NDArray[np.float64],
        *,
        low_hz: float,
        high_hz: float,
        octaves: int = 0,
    ) -> Pitch:
        """Of mono samples at the given times. `octaves`: the network hears the sound so much higher, for the bass."""
        heard_hz = F0_RATE_HZ >> octaves
        sound = np.asarray(soxr.resample(samples, rate_hz, heard_hz), np.float32)
        level = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if sound.size else 0.0
        sound = np.pad(sound, (0, max(F0_HOP - sound.size, 0))) * np.float32(min(LEVEL / max(level, 1e-9), MOST_BOOST))
        found = self._detector.detect(sound, F0_RATE_HZ, low_hz * 2**octaves, high_hz * 2**octaves)
        rows = np.clip(np.rint(times_s * heard_hz / F0_HOP), 0, found.pitch_hz.size - 1).astype(np.int64)
        hz = np.nan_to_num(found.pitch_hz[rows] / 2**octaves, nan=low_hz)
        return Pitch(np.clip(hz, low_hz, high_hz).astype(np.float32), found.confidence[rows].astype(np.float32))


def best_of(tracks: Sequence[Pitch]) -> Pitch:
    """One track through several: sure of itself and without leaps (Viterbi)."""
    hz = np.stack([track.hz for track in tracks])
    confidence = np.stack([track.confidence for track in tracks])
    path = _path(np.log2(hz), 1 - confidence)
    frames = np.arange(hz.shape[1])
    return Pitch(hz[path, frames], confidence[path, frames])


def partials(hz: Values, bins_hz: Values, width_hz: Values) -> Values:
    """(frames, bins), 1 on every multiple of the fundamental; Gaussian lobes, `width_hz` for each bin."""
    number = np.maximum(np.rint(bins_hz[None] / hz[:, None]), 1)
    away = (bins_hz[None] - number * hz[:, None]) / width_hz[None]
    return np.asarray(np.exp(-np.square(away)), np.float32)


@njit(cache=True, nogil=True)
def _path(octaves: Any, cost: Any) -> Any:  # noqa: ANN401 - numba arrays
    tracks, frames = cost.shape
    back = np.zeros((frames, tracks), np.int64)
    best = cost[:, 0].copy()
    for frame in range(1, frames):
        new = np.empty_like(best)
        for to in range(tracks):
            new[to] = np.inf
            for come in range(tracks):
                leap = min(LEAP * abs(octaves[come, frame - 1] - octaves[to, frame]), MOST_LEAP)
                if best[come] + leap < new[to]:
                    new[to] = best[come] + leap
                    back[frame, to] = come
            new[to] += cost[to, frame]
        best = new
    path = np.empty(frames, np.int64)
    at = int(np.argmin(best))
    for frame in range(frames - 1, -1, -1):
        path[frame] = at
        at = back[frame, at]
    return path
