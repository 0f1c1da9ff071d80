"""Seven kinds of noise, made from random numbers, speech and songs."""

from collections.abc import Callable

import numpy as np
import scipy.signal

from bench.quality.material.songs import songs
from bench.quality.material.speech import sentences
from models.base import Samples

SEEDS = {"A": 5, "B": 23}


def noises(set_name: str, frames: int, rate_hz: int) -> dict[str, Samples]:
    """Name → mono noise of `frames` samples, RMS 0.1: white, pink, car, babble, outdoor, music, office."""
    rng = np.random.default_rng(SEEDS[set_name])
    t = np.arange(frames) / rate_hz
    hum_hz = 50.0 if set_name == "A" else 60.0
    hum = sum(np.sin(2 * np.pi * hum_hz * n * t + rng.uniform(0, 6)) / n for n in range(1, 9))
    rumble = _shaped(rng, frames, rate_hz, lambda hz: 1 / (1 + (hz / 120) ** 2))
    made = {
        "white": rng.standard_normal(frames),
        "pink": _shaped(rng, frames, rate_hz, lambda hz: 1 / np.sqrt(np.maximum(hz, 20))),
        "car and hum": rumble / rumble.std() + 0.3 * hum,
        "babble": _babble(set_name, rng, frames, rate_hz),
        "outdoor": _outdoor(rng, frames, rate_hz),
        "music": _music(set_name, frames, rate_hz),
        "office": _office(rng, frames, rate_hz),
    }
    return {name: (0.1 * sound / max(sound.std(), 1e-9)).astype(np.float32) for name, sound in made.items()}


def mixed(clean: Samples, noise: Samples, snr_db: float) -> Samples:
    """`clean` plus `noise` at a signal-to-noise ratio over the whole clip."""
    gain = np.sqrt(np.mean(clean**2) / np.mean(noise**2) / 10 ** (snr_db / 10))
    return (clean + gain * noise).astype(np.float32)


def _shaped(rng: np.random.Generator, frames: int, rate_hz: int, weight: Callable[[Samples], Samples]) -> Samples:
    spectrum = np.fft.rfft(rng.standard_normal(frames)) * weight(np.fft.rfftfreq(frames, 1 / rate_hz))
    return np.fft.irfft(spectrum, frames)


def _babble(set_name: str, rng: np.random.Generator, frames: int, rate_hz: int) -> Samples:
    """Five people at once, saying what the clean speech of the other set says."""
    out = np.zeros(frames)
    for clip in sentences("B" if set_name == "A" else "A", 5, rate_hz):
        out += np.resize(np.roll(clip.samples[0, rate_hz // 2 :], int(rng.integers(rate_hz))), frames)
    return out


def _outdoor(rng: np.random.Generator, frames: int, rate_hz: int) -> Samples:
    """Gusts of wind over distant traffic."""
    times = np.arange(0, frames + rate_hz, rate_hz // 2)
    gusts = np.interp(np.arange(frames), times, rng.uniform(0.3, 1.5, times.size))
    wind = _shaped(rng, frames, rate_hz, lambda hz: 1 / (1 + (hz / 300) ** 1.5))
    traffic = _shaped(rng, frames, rate_hz, lambda hz: 1 / (1 + (hz / 1500) ** 2))
    return gusts * wind / wind.std() + 0.5 * traffic / traffic.std()


def _music(set_name: str, frames: int, rate_hz: int) -> Samples:
    song = next(songs("B" if set_name == "A" else "A", 1))
    mono = song.audio.samples.mean(axis=0)
    return np.resize(scipy.signal.resample_poly(mono, rate_hz, song.audio.rate_hz), frames).astype(np.float64)


def _office(rng: np.random.Generator, frames: int, rate_hz: int) -> Samples:
    """About six clicks of a keyboard per second over a fan."""
    clicks, count = np.zeros(frames), max(6 * frames // rate_hz, 1)
    clicks[rng.integers(0, frames, count)] = rng.uniform(0.5, 1.0, count)
    fade = np.exp(-np.arange(round(0.02 * rate_hz)) / (0.004 * rate_hz))
    decay = fade * rng.standard_normal(fade.size)
    fan = _shaped(rng, frames, rate_hz, lambda hz: 1 / (1 + (hz / 400) ** 1.2))
    return 6 * scipy.signal.fftconvolve(clicks, decay)[:frames] + fan / fan.std()
