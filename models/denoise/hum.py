"""Mains hum: tones at multiples of 50 or 60 Hz that never stop, found by their phase and subtracted."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from models.base import Samples

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]
MAINS_HZ, SPREAD_HZ, STEP_HZ = (50.0, 60.0), 0.4, 0.02
HIGHEST_HZ = 1000.0
SHORTEST_S, WINDOW_S = 4.0, 4.0
WINDOWS = 5  # at least, each half over the next
COHERENT = 0.85  # of the power of a tone lies in one phase
CLEAR, VERY_CLEAR, CLEAREST = 3.0, 8.0, 20.0  # times the sound around: one of several, alone, the most that counts
AROUND_HZ = (1.5, 8.0)
LOWEST = 6  # two of the first multiples must be there, or the first or second alone
STEADY = 1.5  # times the median of its own strength is the most a tone may have: the rest is a note


def without_hum(samples: Samples, rate_hz: int) -> Samples:
    """Samples of shape (channels, frames) less their hum; the same array where there is none."""
    frames = samples.shape[1]
    if frames < SHORTEST_S * rate_hz or rate_hz < 4 * max(MAINS_HZ):
        return samples
    hop = round(min(WINDOW_S * rate_hz, 2 * frames / (WINDOWS + 1)) / 2)
    starts = np.arange(-hop, frames, hop)  # every frame lies in two windows
    window = 0.5 - 0.5 * np.cos(np.pi * (np.arange(2 * hop) + 0.5) / hop)
    hum_hz, numbers = _find(samples.mean(axis=0, dtype=np.float32), rate_hz, window, starts[1:-2])
    if not numbers:
        return samples
    turn = np.exp(2j * np.pi * hum_hz / rate_hz * np.arange(2 * hop))  # each window has a phase of its own
    out = samples.copy()
    for channel in out:
        _subtract(channel, turn, numbers, window, starts)
    return out


def _find(mix: Samples, rate_hz: int, window: Real, starts: NDArray[np.int64]) -> tuple[float, list[int]]:
    """Frequency of the mains, and the multiples of it that hum."""
    size = fft.next_fast_len(round(rate_hz / STEP_HZ), real=True)
    step_hz = rate_hz / size
    top_hz = min(HIGHEST_HZ, 0.45 * rate_hz)
    bins = int((top_hz + AROUND_HZ[1]) / step_hz) + 2
    hz = np.arange(bins) * step_hz
    lines = np.array([_line(mix, window, start, size, bins) for start in starts])
    lines *= np.exp(-2j * np.pi * hz * starts[:, None] / rate_hz)  # a steady tone has one phase in all windows
    mean = np.abs(lines.mean(axis=0))
    strength = np.sqrt(np.mean(np.square(np.abs(lines)), axis=0)) + 1e-12
    coherence = np.square(mean / strength)
    best: tuple[float, float, list[int]] = (0.0, 0.0, [])
    for mains_hz in MAINS_HZ:
        for hum_hz in np.arange(mains_hz - SPREAD_HZ, mains_hz + SPREAD_HZ, STEP_HZ / 2):
            clear = {}
            for number in range(1, int(top_hz / hum_hz) + 1):
                at = round(number * hum_hz / step_hz)
                if coherence[at] > COHERENT:
                    clear[number] = mean[at] / _around(strength, at, step_hz)
            numbers = [number for number, value in clear.items() if value > CLEAR]
            low = [number for number in numbers if number <= LOWEST]
            if not low or (len(low) == 1 and (low[0] > 2 or clear[low[0]] < VERY_CLEAR)):  # noqa: PLR2004 - mains or rectified mains
                continue
            score = sum(min(clear[number], CLEAREST) for number in numbers)
            if score > best[0]:
                best = (score, float(hum_hz), numbers)
    return best[1], best[2]


def _line(mix: Samples, window: Real, start: int, size: int, bins: int) -> Complex:
    part = mix[start : start + window.size]
    return np.asarray(fft.rfft(part * window[: part.size], size)[:bins], np.complex128)


def _around(strength: Real, at: int, step_hz: float) -> float:
    near, far = round(AROUND_HZ[0] / step_hz), round(AROUND_HZ[1] / step_hz)
    both = np.concatenate([strength[max(at - far, 0) : max(at - near, 0)], strength[at + near : at + far]])
    return float(np.median(both)) + 1e-12


def _subtract(channel: Samples, turn: Complex, numbers: list[int], window: Real, starts: NDArray[np.int64]) -> None:
    """Take the tones out of one channel in place, window by window: the phase of the mains drifts."""
    size = window.size
    padded = np.pad(channel, (-int(starts[0]), size))
    covered = np.pad(np.ones(channel.size, np.float32), (-int(starts[0]), size))
    firsts = starts - starts[0]
    parts = np.array([padded[first : first + size] * window for first in firsts])
    weight = np.array([float(covered[first : first + size] @ window) for first in firsts])
    hum = np.zeros(parts.shape)
    tone = np.ones(size, np.complex128)
    for number in range(1, max(numbers) + 1):
        tone *= turn
        if number not in numbers:
            continue
        found = 2 * (parts @ tone.conj()) / np.maximum(weight, 1e-9)
        most = STEADY * float(np.median(np.abs(found[1:-1])))
        found *= np.minimum(1.0, most / np.maximum(np.abs(found), 1e-12))
        hum += (found[:, None] * tone).real
    for start, tones in zip(starts, hum * window, strict=True):
        first, last = max(start, 0), min(start + size, channel.size)
        channel[first:last] -= tones[first - start : last - start].astype(np.float32)
