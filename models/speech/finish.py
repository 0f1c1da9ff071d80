"""Spoken sentences made ready: trimmed, at one rate, at one loudness, joined with pauses."""

import math

import numpy as np

from models.base import Audio, Samples
from models.dsp.limiter import TruePeakLimiter
from models.dsp.loudness import integrated_lufs

LOUDNESS_LUFS = -19.0  # a mono recording is as loud as a stereo one of -16, the level of podcasts
CEILING_DBTP = -1.0
QUIET_DB = -50.0  # below the loudest: the silence that engines put around a sentence
WINDOW_S, MARGIN_S, FADE_S = 0.01, 0.02, 0.005
GREATEST_GAIN_DB = 40.0
GATE_S = 0.4  # of the meter


def trimmed(audio: Audio) -> Audio:
    """Mono speech without the silence around it, with short fades; empty when it is all silence."""
    sound = audio.samples[0]
    step = max(round(WINDOW_S * audio.rate_hz), 1)
    starts = np.arange(0, sound.size, step)
    levels = np.sqrt(np.add.reduceat(np.square(sound, dtype=np.float64), starts) / step) if sound.size else np.zeros(0)
    loud = np.flatnonzero(levels > levels.max(initial=0.0) * 10 ** (QUIET_DB / 20))
    if loud.size == 0:
        return Audio(np.zeros((1, 0), np.float32), audio.rate_hz)
    margin = round(MARGIN_S * audio.rate_hz)
    first, last = max(int(loud[0]) * step - margin, 0), min((int(loud[-1]) + 1) * step + margin, sound.size)
    out = sound[first:last].copy()
    fade = min(round(FADE_S * audio.rate_hz), out.size // 2)
    rise = np.linspace(0.0, 1.0, fade, dtype=np.float32)
    out[:fade] *= rise
    out[out.size - fade :] *= rise[::-1]
    return Audio(out[None], audio.rate_hz)


def resampled(audio: Audio, rate_hz: int) -> Audio:
    if audio.rate_hz == rate_hz or audio.samples.shape[1] == 0:
        return Audio(audio.samples, rate_hz)
    import soxr

    return Audio(np.ascontiguousarray(soxr.resample(audio.samples[0], audio.rate_hz, rate_hz))[None], rate_hz)


def levelled(audio: Audio) -> Samples:
    """At -19 LUFS, with no true peak above -1 dBTP; silence stays silence."""
    # With silence around it, as among its pauses: else a short sentence would be quieter there than a long one.
    around = silence(GATE_S, audio.rate_hz)
    loudness = integrated_lufs(Audio(np.concatenate([around, audio.samples, around], axis=1), audio.rate_hz))
    if not math.isfinite(loudness):
        return audio.samples
    gain_db = min(LOUDNESS_LUFS - loudness, GREATEST_GAIN_DB)
    loud = audio.samples * np.float32(10 ** (gain_db / 20))
    limiter = TruePeakLimiter(audio.rate_hz, 1, CEILING_DBTP)
    return np.concatenate(list(limiter.process(iter([loud]))), axis=1)


def silence(seconds: float, rate_hz: int) -> Samples:
    return np.zeros((1, round(seconds * rate_hz)), np.float32)
