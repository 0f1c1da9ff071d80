"""Speech in noise: how loud the noise is, and a stretch of speech without it."""

import numpy as np

from models.base import Audio, Samples
from models.denoise.embedded import EmbeddedDenoiser
from models.transcription.activity import RATE_HZ, Span

FRAME = 400
LOUD_PERCENT, QUIET_PERCENT = 90.0, 10.0
NOISY_DB = 25.0  # below this the recogniser makes fewer errors on what the denoiser leaves
AROUND_S = 2.0  # what it needs to know the noise
EPS = 1e-12


def is_noisy(mono: Samples) -> bool:
    """Whether the loud and the quiet moments of mono samples at 16 kHz lie closer than in clean speech."""
    powers = []
    for first in range(0, mono.size - FRAME + 1, FRAME * RATE_HZ):
        part = np.asarray(mono[first : first + FRAME * RATE_HZ], np.float32)
        frames = part[: part.size // FRAME * FRAME].reshape(-1, FRAME)
        powers.append((frames - frames.mean(axis=1, keepdims=True)).var(axis=1))
    if not powers:
        return False
    loud, quiet = np.percentile(np.concatenate(powers), (LOUD_PERCENT, QUIET_PERCENT))
    return bool(10 * np.log10((loud + EPS) / (quiet + EPS)) < NOISY_DB)


def denoised(mono: Samples, span: Span) -> Samples:
    """The span's samples without the noise, shape (frames,)."""
    first = max(span.first - round(AROUND_S * RATE_HZ), 0)
    part = np.array(mono[None, first : span.last + round(AROUND_S * RATE_HZ)], np.float32)
    blocks = EmbeddedDenoiser().clean(Audio(part, RATE_HZ), report=lambda _fraction: None)
    clean = np.concatenate(list(blocks), axis=1)[0]
    return np.asarray(clean[span.first - first : span.last - first], np.float32)
