"""Sound with pauses, echoes and rooms to put it in, and how near two sounds are."""

import numpy as np
import scipy.signal

from models.base import Samples

RATE_HZ = 16_000


def syllables(seconds: float, rate_hz: int = RATE_HZ, channels: int = 1, seed: int = 3) -> Samples:
    """Bursts of coloured noise and voiced tones with pauses, at irregular times."""
    rng = np.random.default_rng(seed)
    out = np.zeros(round(seconds * rate_hz))
    at = round(0.1 * rate_hz)
    while at < out.size:
        length = round(rng.uniform(0.05, 0.25) * rate_hz)
        t = np.arange(length) / rate_hz
        pitch_hz = rng.uniform(90, 240)
        voice = sum(np.sin(2 * np.pi * pitch_hz * n * t + rng.uniform(0, 6)) / n for n in range(1, 15))
        sound = (voice + 0.5 * rng.standard_normal(length)) * np.hanning(length) * rng.uniform(0.1, 0.3)
        part = sound[: out.size - at]
        out[at : at + part.size] += part
        at += length + round(rng.uniform(0.0, 0.25) * rate_hz)
    levels = np.linspace(1.0, 0.6, channels)[:, None]
    return (levels * out).astype(np.float32)


def echoed(dry: Samples, delay: int, direct: float, feedback: float = 0.0) -> Samples:
    """y[n] = x[n] + direct x[n - delay] + feedback y[n - delay]."""
    out = dry.astype(np.float64)
    out[:, delay:] += direct * dry[:, :-delay]
    for first in range(delay, dry.shape[1], delay):
        part = feedback * out[:, first - delay : min(first, dry.shape[1] - delay)]
        out[:, first : first + delay] += part
    return out.astype(np.float32)


def in_room(dry: Samples, rt60_s: float, rate_hz: int = RATE_HZ, channels: int = 1) -> tuple[Samples, Samples]:
    """A mono sound in a room of decaying noise as loud as itself, and with the first 50 ms of that alone."""
    rng = np.random.default_rng(8)
    t = np.arange(round(1.1 * rt60_s * rate_hz)) / rate_hz
    response = rng.standard_normal((channels, t.size)) * 10 ** (-3 * t / rt60_s)
    response /= np.sqrt(np.square(response).sum(axis=1, keepdims=True))
    response[:, 0] = 1.0
    early = response[:, : round(0.05 * rate_hz)]
    wet, target = (scipy.signal.fftconvolve(dry, part, axes=1)[:, : dry.shape[1]] for part in (response, early))
    return wet.astype(np.float32), target.astype(np.float32)


def snr_db(got: Samples, truth: Samples) -> float:
    rest = (got - truth).astype(np.float64)
    return float(10 * np.log10(np.sum(np.square(truth, dtype=np.float64)) / (np.sum(rest**2) + 1e-20)))


def si_sdr_db(got: Samples, truth: Samples) -> float:
    x, s = got.ravel().astype(np.float64), truth.ravel().astype(np.float64)
    target = (x @ s) / (s @ s) * s
    return float(10 * np.log10((target @ target) / ((x - target) @ (x - target) + 1e-20)))
