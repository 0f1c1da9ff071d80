"""What a sung voice goes through before it meets the band."""

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.signal import butter, sosfilt

from models.base import Audio, Samples
from models.dsp.loudness import integrated_lufs
from models.mastering.compressor import Compressor
from models.music.production.effects import bell, filtered, high_pass, high_shelf
from models.music.production.playing import RATE_HZ
from models.music.score import Score

RATIO = 3.0
HISS_HZ = (5200.0, 10_500.0)
HISS_SHARE = 0.35  # of the voice; what hisses more is turned down
DOUBLE_S, DOUBLE_CENTS, DOUBLE_DB = (0.019, 0.027), (-9.0, 8.0), -11.0
WIDE = ("chorus", "hook", "refrain")
ACTIVE_DB, HOLD_S = -38.0, 0.35


def polished(vocal: Samples) -> Samples:
    """A dry mono voice of shape (1, frames): even, clear, without hiss."""
    sound = filtered(vocal, high_pass(90.0, RATE_HZ), bell(280.0, -2.0, 1.0, RATE_HZ))
    sound = _without_hiss(sound)
    middle = integrated_lufs(Audio(np.repeat(sound, 2, axis=0), RATE_HZ)) - 3.01  # of one channel
    if np.isfinite(middle):
        sound = np.concatenate(list(Compressor(RATE_HZ, 1, RATIO, middle).process(iter([sound]))), axis=1)
    sound = filtered(sound, bell(3200.0, 2.5, 0.8, RATE_HZ), high_shelf(9000.0, 2.0, RATE_HZ))
    peak = max(float(np.abs(sound).max(initial=0.0)), 1e-6)
    return np.asarray(np.tanh(1.3 * sound / peak) * (peak / 1.3), np.float32)


def _without_hiss(sound: Samples) -> Samples:
    band = sosfilt(butter(2, HISS_HZ, "bandpass", fs=RATE_HZ, output="sos"), sound[0]).astype(np.float32)
    size = round(0.012 * RATE_HZ)
    hiss, whole = (np.sqrt(uniform_filter1d(np.square(x, dtype=np.float64), size) + 1e-12) for x in (band, sound[0]))
    gain = np.minimum(HISS_SHARE * whole / hiss, 1.0)
    return np.asarray(sound - band * (1 - uniform_filter1d(gain, size)), np.float32)


def doubled(vocal: Samples, score: Score) -> Samples:
    """Quiet copies of the choruses left and right, of shape (2, frames)."""
    out = np.zeros((2, vocal.shape[1]), np.float32)
    rise = np.hanning(2 * round(0.05 * RATE_HZ))[: round(0.05 * RATE_HZ)].astype(np.float32)
    for section in score.sections:
        if not section.kind.startswith(WIDE):
            continue
        first = round(score.seconds(section.start) * RATE_HZ)
        last = min(round(score.seconds(section.start + section.length) * RATE_HZ), vocal.shape[1])
        if last - first < 2 * rise.size:
            continue
        for channel, (delay_s, cents) in enumerate(zip(DOUBLE_S, DOUBLE_CENTS, strict=True)):
            n = np.arange(last - first)
            # A slow ramp of the delay, sent back and forth, changes the pitch by a few cents.
            swing = (2 ** (cents / 1200) - 1) * RATE_HZ * 0.18 * np.sin(2 * np.pi * n / RATE_HZ / 1.13)
            places = n - delay_s * RATE_HZ - swing
            part = np.interp(places, n, vocal[0, first:last], left=0.0).astype(np.float32)
            part[: rise.size] *= rise
            part[-rise.size :] *= rise[::-1]
            out[channel, first:last] += np.float32(10 ** (DOUBLE_DB / 20)) * part
    return out


def activity(vocal: Samples) -> Samples:
    """1 where somebody sings, 0 elsewhere, with soft edges; of shape (frames,)."""
    power = uniform_filter1d(np.square(vocal[0], dtype=np.float64), round(0.05 * RATE_HZ))
    is_active = power > power.max(initial=0.0) * 10 ** (ACTIVE_DB / 10)
    held = maximum_filter1d(is_active.astype(np.float32), round(HOLD_S * RATE_HZ))
    return np.asarray(uniform_filter1d(held, round(0.15 * RATE_HZ)), np.float32)
