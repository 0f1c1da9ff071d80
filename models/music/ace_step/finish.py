"""The last step: loudness and peaks, and no click at a cut end."""

import numpy as np

from models.base import Audio, Samples
from models.dsp.limiter import TruePeakLimiter
from models.dsp.loudness import integrated_lufs

LOUDNESS_LUFS, CEILING_DBTP = -14.0, -1.0
ROUNDS, CLOSE_LU = 4, 0.1
MOST_DB = 40.0  # what is quieter is no music, and stays so
END_S = 0.03
BLOCK_FRAMES = 65_536


def as_loud_as_others(samples: Samples, rate_hz: int) -> Samples:
    """Stereo samples of the same shape at -14 LUFS, no true peak above -1 dBTP; silence stays silence."""
    loudness = integrated_lufs(Audio(samples, rate_hz))
    if not np.isfinite(loudness):
        return samples
    gain_db = min(LOUDNESS_LUFS - loudness, MOST_DB)
    found = samples
    for _ in range(ROUNDS):
        found = _limited(samples * np.float32(10 ** (gain_db / 20)), rate_hz)
        missing = LOUDNESS_LUFS - integrated_lufs(Audio(found, rate_hz))
        if abs(missing) < CLOSE_LU or gain_db >= MOST_DB:
            break
        gain_db = min(gain_db + missing, MOST_DB)
    return found


def cut(samples: Samples, frames: int, rate_hz: int) -> Samples:
    """Exactly `frames`, which are there; the end fades out over 30 ms where something is cut off."""
    kept = samples[:, :frames].copy()
    fade = min(round(END_S * rate_hz), frames)
    if frames < samples.shape[1] and fade:
        kept[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return kept


def _limited(samples: Samples, rate_hz: int) -> Samples:
    blocks = (samples[:, first : first + BLOCK_FRAMES] for first in range(0, samples.shape[1], BLOCK_FRAMES))
    return np.concatenate(list(TruePeakLimiter(rate_hz, 2, CEILING_DBTP).process(blocks)), axis=1)
