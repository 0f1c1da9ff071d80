"""Filters, bodies that ring, and voices: what gives a source its colour."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.effects.kernels import RATE_HZ, cascade, pipe, read_between, resonators, state_variable

Sound = NDArray[np.floating[Any]]
Sections = NDArray[np.float64]
HIGHEST_HZ = 0.47 * RATE_HZ
LOWEST_HZ = 12.0
KINDS = {"low": 0, "band": 1, "high": 2}
# Three poles and zeros of a fall of 3 dB per octave (Smith, Spectral Audio Signal Processing).
PINK_B = (0.049922035, -0.095993537, 0.050612699, -0.004408786)
PINK_A = (1.0, -2.494956002, 2.017265875, -0.522189400)
SPEED_OF_SOUND = 343.0


def _pink() -> Sections:
    from scipy.signal import tf2sos

    return np.asarray(tf2sos(np.array(PINK_B) * 8.0, PINK_A))


PINK = _pink()


@cache
def _butterworth(kind: str, low_hz: float, high_hz: float, order: int) -> Sections:
    from scipy.signal import butter

    band = (low_hz, high_hz) if kind == "bandpass" else (high_hz if kind == "lowpass" else low_hz)
    return np.asarray(butter(order, band, kind, fs=RATE_HZ, output="sos"))


def _fits(hz: float) -> float:
    return float(round(min(max(hz, LOWEST_HZ), HIGHEST_HZ), 1))


def run(sound: Sound, sections: Sections) -> Sound:
    """A copy, shape (frames,) or (2, frames), through second-order sections."""
    out = np.array(sound, np.float32)
    for channel in out.reshape(-1, out.shape[-1]):
        cascade(channel, sections)
    return out


def low(sound: Sound, hz: float, order: int = 2) -> Sound:
    return run(sound, _butterworth("lowpass", 0.0, _fits(hz), order))


def high(sound: Sound, hz: float, order: int = 2) -> Sound:
    return run(sound, _butterworth("highpass", _fits(hz), 0.0, order))


def band(sound: Sound, low_hz: float, high_hz: float, order: int = 1) -> Sound:
    lower = _fits(low_hz)
    return run(sound, _butterworth("bandpass", lower, max(_fits(high_hz), lower * 1.02), order))


def moving(sound: Sound, hz: ArrayLike, quality: float = 1.0, kind: str = "band") -> Sound:
    """A copy through a filter of 12 dB per octave whose frequency may move, one value or one per frame."""
    frames = sound.shape[-1]
    curve = np.ascontiguousarray(np.broadcast_to(np.asarray(hz, np.float32), (frames,)))
    source = np.ascontiguousarray(sound, np.float32)
    out = np.empty_like(source)
    for channel, target in zip(source.reshape(-1, frames), out.reshape(-1, frames), strict=True):
        state_variable(channel, curve, quality, KINDS[kind], target)
    return out


def ring(force: Sound, hz: ArrayLike, tau_s: ArrayLike, gain: ArrayLike = 1.0) -> Sound:
    """What a body with these modes answers to a force of shape (frames,)."""
    modes = np.atleast_1d(np.asarray(hz, np.float64))
    fill = [np.broadcast_to(np.asarray(value, np.float64), modes.shape).copy() for value in (tau_s, gain)]
    out = np.zeros(force.size, np.float32)
    resonators(np.ascontiguousarray(force, np.float32), modes, fill[0], fill[1], out)
    return out


def formants(source: Sound, hz: Sequence[Sound | float], width_hz: Sequence[float], gain: Sequence[float]) -> Sound:
    """Parallel resonances, shape (frames,): each of hz is one value or a curve over the length."""
    out = np.zeros(source.size, np.float32)
    for centre, width, level in zip(hz, width_hz, gain, strict=True):
        quality = float(np.mean(centre)) / width
        out += np.float32(level) * moving(source, centre, quality)
    return out


def piped(sound: Sound, length_s: float, feedback: float, damping: float) -> Sound:
    """Through a pipe: the way there and back takes length_s."""
    out = np.empty(sound.size, np.float32)
    pipe(np.ascontiguousarray(sound, np.float32), max(round(length_s * RATE_HZ), 1), feedback, damping, out)
    return out


def passing(sound: Sound, along_m: Sound, aside_m: float) -> Sound:
    """A source that moves along a line past two ears, shape (2, frames): Doppler shift, 1 / r, air, place.

    along_m: its place on the line, m, one per frame; 0 is nearest, where the level stays as it is. `sound` is longer
    than the result by what the sound needs to arrive at first.
    """
    frames = along_m.size
    distance = np.sqrt(along_m.astype(np.float64) ** 2 + aside_m**2)
    delay = distance / SPEED_OF_SOUND * RATE_HZ
    places = np.arange(frames) - delay + float(delay.max()) + 4
    heard = np.empty(frames, np.float32)
    read_between(np.ascontiguousarray(sound, np.float32), places, heard)
    near = (aside_m / distance).astype(np.float32)
    heard = moving(heard, np.clip(16_000 * near**0.6, 900, 18_000), 0.7, "low") * near
    angle = np.pi / 4 * (1 + 0.85 * along_m / distance)
    return np.stack([np.cos(angle) * heard, np.sin(angle) * heard]).astype(np.float32)
