"""Another pitch, another length of the vocal tract, more breath: WORLD (Morise et al. 2016) analysis and synthesis."""

import numpy as np
from numpy.typing import NDArray

from models.base import Audio

Floats = NDArray[np.float64]
FRAME_MS = 5.0
LOWEST_HZ, HIGHEST_HZ = 60.0, 500.0
SHORTEST_S = 0.05
FURTHEST_SEMITONES = 12.0
SMALLEST_TRACT, LARGEST_TRACT = 0.7, 1.45


def changed(audio: Audio, *, pitch_semitones: float = 0.0, formant_ratio: float = 1.0, breath: float = 0.0) -> Audio:
    """Mono speech, shape (1, frames), of another voice; of the same length and rate, untouched when nothing is asked.

    formant_ratio  what resonances are multiplied with, 0.7 to 1.45: above 1 a shorter vocal tract
    breath         0 to 1: how far what is periodic becomes noise
    """
    asks = bool(pitch_semitones) or formant_ratio != 1.0 or bool(breath)
    if not asks or audio.duration_s < SHORTEST_S:
        return audio
    import pyworld

    rate_hz = audio.rate_hz
    sound = np.ascontiguousarray(audio.samples[0], np.float64)
    pitch, times = pyworld.dio(sound, rate_hz, f0_floor=LOWEST_HZ, f0_ceil=HIGHEST_HZ, frame_period=FRAME_MS)
    pitch = pyworld.stonemask(sound, pitch, times, rate_hz)
    envelope = pyworld.cheaptrick(sound, pitch, times, rate_hz)
    noise = pyworld.d4c(sound, pitch, times, rate_hz)
    pitch *= 2 ** (float(np.clip(pitch_semitones, -FURTHEST_SEMITONES, FURTHEST_SEMITONES)) / 12)
    ratio = float(np.clip(formant_ratio, SMALLEST_TRACT, LARGEST_TRACT))
    if ratio != 1.0:
        envelope, noise = _stretched(envelope, ratio), _stretched(noise, ratio)
    noise = 1 - (1 - noise) * (1 - float(np.clip(breath, 0.0, 1.0)))
    out = pyworld.synthesize(pitch, envelope, noise, rate_hz, FRAME_MS)[: sound.size]
    out = np.pad(out, (0, sound.size - out.size))
    return Audio(np.nan_to_num(out).astype(np.float32)[None], rate_hz)


def _stretched(frames: Floats, ratio: float) -> Floats:
    """Spectra of shape (frames, bins) along frequency, by `ratio`; the uppermost value goes on to half the rate."""
    at = np.minimum(np.arange(frames.shape[1]) / ratio, frames.shape[1] - 1)
    below = np.floor(at).astype(np.int64)
    above = np.minimum(below + 1, frames.shape[1] - 1)
    part = at - below
    return np.ascontiguousarray(frames[:, below] * (1 - part) + frames[:, above] * part)
