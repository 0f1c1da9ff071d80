"""What is done to the sound of an instrument: amplifier, chorus, tremolo, echoes, tape."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from models.base import Samples

Sections = NDArray[np.float64]
TREMOLO_HZ = 5.2
CHORUS_HZ, CHORUS_S, CHORUS_DEPTH_S = (0.37, 0.53), 0.017, 0.0035
CAB_HIGH_HZ, CAB_LOW_HZ, CAB_PEAK_HZ = 4800.0, 95.0, 2400.0
WOW_HZ, FLUTTER_HZ = 0.55, 6.3
CRACKLES_HZ = 7.0
BLOCK = 262_144


def bell(hz: float, gain_db: float, quality: float, rate_hz: int) -> Sections:
    """A peaking equaliser as second-order section (Bristow-Johnson, Audio EQ Cookbook)."""
    amplitude, w = 10 ** (gain_db / 40), 2 * np.pi * hz / rate_hz
    alpha = np.sin(w) / (2 * quality)
    b = np.array([1 + alpha * amplitude, -2 * np.cos(w), 1 - alpha * amplitude])
    a = np.array([1 + alpha / amplitude, -2 * np.cos(w), 1 - alpha / amplitude])
    return np.asarray(np.concatenate([b, a])[None] / a[0])


def high_shelf(hz: float, gain_db: float, rate_hz: int) -> Sections:
    """A shelf of slope 1 as second-order section (as above)."""
    amplitude, w = 10 ** (gain_db / 40), 2 * np.pi * hz / rate_hz
    cos, root = np.cos(w), np.sin(w) * np.sqrt(2 * amplitude)
    b = amplitude * np.array([
        amplitude + 1 + (amplitude - 1) * cos + root,
        -2 * (amplitude - 1 + (amplitude + 1) * cos),
        amplitude + 1 + (amplitude - 1) * cos - root,
    ])  # fmt: skip
    a = np.array([
        amplitude + 1 - (amplitude - 1) * cos + root,
        2 * (amplitude - 1 - (amplitude + 1) * cos),
        amplitude + 1 - (amplitude - 1) * cos - root,
    ])  # fmt: skip
    return np.asarray(np.concatenate([b, a])[None] / a[0])


def high_pass(hz: float, rate_hz: int, order: int = 2) -> Sections:
    return np.asarray(butter(order, hz, "highpass", fs=rate_hz, output="sos"))


def low_pass(hz: float, rate_hz: int, order: int = 2) -> Sections:
    return np.asarray(butter(order, min(hz, 0.45 * rate_hz), fs=rate_hz, output="sos"))


def filtered(samples: Samples, *filters: Sections) -> Samples:
    """Samples of shape (channels, frames) after all of the filters."""
    return np.asarray(sosfilt(np.concatenate(filters).astype(np.float32), samples, axis=1), np.float32)


def amplified(samples: Samples, drive: float, rate_hz: int) -> Samples:
    """A valve amplifier and the cabinet of its loudspeaker; `drive` is the gain before it saturates."""
    peak = max(float(np.abs(samples).max(initial=0.0)), 1e-6)
    pushed = filtered(samples / peak, high_pass(110.0, rate_hz)) * np.float32(drive)
    # Unequal halves: even harmonics, as of a single valve.
    bent = np.tanh(pushed + 0.25) - np.float32(np.tanh(0.25))
    cabinet = (
        high_pass(CAB_LOW_HZ, rate_hz), low_pass(CAB_HIGH_HZ, rate_hz, 4), bell(CAB_PEAK_HZ, 4.0, 0.9, rate_hz),
        bell(420.0, -3.0, 0.9, rate_hz),
    )  # fmt: skip
    return filtered(bent, *cabinet)


def chorused(samples: Samples, amount: float, rate_hz: int) -> Samples:
    """Stereo with a slowly moving copy in each channel."""
    out = samples.copy()
    for n in _blocks(samples.shape[1]):
        for channel, hz in enumerate(CHORUS_HZ):
            delay = (CHORUS_S + CHORUS_DEPTH_S * np.sin(2 * np.pi * hz * n / rate_hz + 2 * channel)) * rate_hz
            out[channel, n[0] : n[-1] + 1] += np.float32(amount) * _read(samples[channel], n - delay)
    out /= np.float32(np.sqrt(1 + amount**2))
    return out


def tremolo(samples: Samples, amount: float, rate_hz: int) -> Samples:
    """From side to side, as the built-in one of electric pianos."""
    out = samples.copy()
    for n in _blocks(samples.shape[1]):
        turn = amount * np.sin(2 * np.pi * TREMOLO_HZ * n / rate_hz)
        out[:, n[0] : n[-1] + 1] *= np.stack([1 + turn, 1 - turn]).astype(np.float32)
    return out


def echoed(samples: Samples, delay_s: float, feedback: float, rate_hz: int, repeats: int = 5) -> Samples:
    """Only the echoes, each duller than the one before, from side to side."""
    out = np.zeros_like(samples)
    step, last = round(delay_s * rate_hz), samples
    duller = (low_pass(3800.0, rate_hz, 1), high_pass(250.0, rate_hz, 1))
    for number in range(1, repeats + 1):
        if number * step >= samples.shape[1]:
            break
        last = filtered(last, *duller) * np.float32(feedback)
        sides = np.array([[0.75], [0.35]] if number % 2 else [[0.35], [0.75]], np.float32)
        out[:, number * step :] += sides * last[:, : samples.shape[1] - number * step]
    return out


def taped(samples: Samples, rate_hz: int, rng: np.random.Generator) -> Samples:
    """An old tape: its speed wavers, its highs are gone, it hisses."""
    out = np.empty_like(samples)
    for n in _blocks(samples.shape[1]):
        t = n / rate_hz
        waver_s = 0.0009 * np.sin(2 * np.pi * WOW_HZ * t) + 0.00002 * np.sin(2 * np.pi * FLUTTER_HZ * t)
        places = n - (0.001 + waver_s) * rate_hz
        for channel in range(samples.shape[0]):
            out[channel, n[0] : n[-1] + 1] = _read(samples[channel], places)
    level = np.float32(np.sqrt(np.square(samples).mean()) + 1e-9)
    out = filtered(out, low_pass(7200.0, rate_hz), bell(220.0, 1.5, 0.7, rate_hz))
    hiss = rng.standard_normal(samples.shape, dtype=np.float32)
    out += np.float32(0.006) * level * filtered(hiss, high_pass(1500.0, rate_hz))
    crackle = np.zeros_like(samples)
    clicks = rng.integers(0, samples.shape[1], rng.poisson(CRACKLES_HZ * samples.shape[1] / rate_hz))
    crackle[:, clicks] = rng.standard_normal(clicks.size, dtype=np.float32)
    out += np.float32(0.35) * level * filtered(crackle, low_pass(3500.0, rate_hz), high_pass(600.0, rate_hz))
    return out


def _blocks(frames: int) -> Iterator[NDArray[np.int64]]:
    """The numbers of all frames, piece by piece: numbers take more room than sound."""
    for first in range(0, frames, BLOCK):
        yield np.arange(first, min(first + BLOCK, frames))


def _read(channel: Samples, places: NDArray[np.float64]) -> Samples:
    """Linear interpolation; silence before the start."""
    low = np.floor(places).astype(np.int64)
    share = (places - low).astype(np.float32)
    inside = np.clip(low, 0, channel.size - 2)
    found = channel[inside] * (1 - share) + channel[inside + 1] * share
    return np.where(low >= 0, found, np.float32(0)).astype(np.float32)
