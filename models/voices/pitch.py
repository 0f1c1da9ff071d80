"""The fundamental of a voice over time, by SwiftF0 (Nieradzik 2025)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.base import Samples

Floats = NDArray[np.float64]
RATE_HZ = 16_000
HOP = 256
PIECE = HOP * 640  # 10 s; always the same, or the network keeps memory for each length
CONTEXT = HOP * 16
CONFIDENT = 0.5
HUM_DB = -32.0  # below the loudest, a pitch is that of hum or of the room
SHORTEST_VOICED = 3  # steps
LONGEST_GAP = 1
SEMITONES = 12


@dataclass(frozen=True, slots=True)
class Pitch:
    """One value every HOP samples at RATE_HZ, the first at sample 0. hz: interpolated where it is not voiced."""

    hz: Floats
    is_voiced: NDArray[np.bool_]

    @property
    def voiced_hz(self) -> Floats:
        return self.hz[self.is_voiced]

    @property
    def voiced_s(self) -> float:
        return int(self.is_voiced.sum()) * HOP / RATE_HZ


def load_detector() -> Any:  # noqa: ANN401 - swift_f0 is not annotated for mypy
    from swift_f0 import SwiftF0

    return SwiftF0(threads=1, spin=False)


def pitch_of(detector: Any, mono: Samples) -> Pitch:  # noqa: ANN401
    """The fundamental of samples of shape (frames,) at 16 kHz."""
    hz, confidence = [], []
    steps = mono.size // HOP + 1
    for first in range(0, steps, PIECE // HOP):
        count = min(PIECE // HOP, steps - first)
        start, stop = first * HOP - CONTEXT, first * HOP + PIECE + CONTEXT
        part = np.asarray(mono[max(start, 0) : stop], np.float32)
        part = np.pad(part, (max(-start, 0), 0))
        peak = float(np.abs(part).max(initial=0.0))
        part = np.pad(part, (0, PIECE + 2 * CONTEXT - part.size)) / np.float32(max(peak, 1e-3))
        found = detector.detect(part, RATE_HZ)
        inside = slice(CONTEXT // HOP, CONTEXT // HOP + count)
        hz.append(np.asarray(found.pitch_hz, np.float64)[inside])
        confidence.append(np.asarray(found.confidence, np.float64)[inside])
    raw_hz, sure = np.concatenate(hz), np.concatenate(confidence)
    is_voiced = _settled((sure > CONFIDENT) & (raw_hz > 0) & _is_loud(mono, steps))
    return Pitch(_filled(raw_hz, is_voiced), is_voiced)


def _is_loud(mono: Samples, steps: int) -> NDArray[np.bool_]:
    padded = np.pad(np.square(np.asarray(mono, np.float32)), (HOP, 2 * HOP))[: (steps + 1) * HOP]
    hops = padded.reshape(-1, HOP).mean(axis=1)
    power = hops[1:] + hops[:-1]
    return np.asarray(power > np.percentile(power, 98) * 10 ** (HUM_DB / 10))


def _settled(is_voiced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without gaps and voiced stretches too short to be real."""
    for value, shortest in ((False, LONGEST_GAP + 1), (True, SHORTEST_VOICED)):
        edges = np.flatnonzero(np.diff(np.concatenate([[not value], is_voiced, [not value]]).astype(np.int8)))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            at_edge = first == 0 or last == is_voiced.size
            if last - first < shortest and not (at_edge and not value):
                is_voiced[first:last] = not value
    return is_voiced


def _filled(hz: Floats, is_voiced: NDArray[np.bool_]) -> Floats:
    at = np.flatnonzero(is_voiced)
    if at.size == 0:
        return np.full(hz.size, 100.0)
    return np.asarray(np.exp(np.interp(np.arange(hz.size), at, np.log(hz[at]))))


def semitones(hz: Floats | float, above_hz: float) -> Floats:
    return np.asarray(SEMITONES * np.log2(np.asarray(hz) / above_hz), np.float64)
