"""What a sung voice goes through before it meets the band."""

import math
from collections.abc import Iterator

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.base import Audio, Samples, finite
from models.dsp.loudness import integrated_lufs
from models.mastering.compressor import Compressor
from models.music.production.effects import blocks_of
from models.music.production.filters import Filter, band_pass, bell, high_pass, high_shelf
from models.music.production.playing import RATE_HZ
from models.music.score import Score

RATIO = 3.0
HISS_HZ, HISS_SHARE, HISS_S = (5200.0, 10_500.0), 0.35, 0.006
WARMTH = 1.3  # drive of the saturation, against the peak
DOUBLE_S, DOUBLE_SWING_S, DOUBLE_DB = (0.019, 0.027), (0.0011, -0.0010), -11.0
DOUBLE_TURN_S = 1.13  # of the swing, which moves the pitch by up to 10 cents
WIDE = ("chorus", "hook", "refrain", "drop")
EDGE_S = 0.05


def one_channel(vocal: Samples) -> Samples:
    """Of shape (1, frames), whether there were one or more channels or none was counted."""
    given = np.atleast_2d(finite(vocal))
    return given if given.shape[0] == 1 else np.asarray(given.mean(axis=0, keepdims=True), np.float32)


def polished(vocal: Samples, frames: int) -> Samples:
    """A voice of shape (1, any) made even, clear and free of hiss; cut, or followed by silence, to `frames`."""
    sound = np.zeros((1, frames), np.float32)
    length = min(vocal.shape[1], frames)
    sound[0, :length] = vocal[0, :length]
    clean = Filter(1, high_pass(90.0, RATE_HZ), bell(280.0, -2.0, 1.0, RATE_HZ))
    hiss = Filter(1, band_pass(*HISS_HZ, RATE_HZ))  # first order: its phase lets it be taken away
    levels = np.zeros(2)
    for _, block in blocks_of(sound):
        clean.process(block)
        _take_hiss(block[0], hiss.process(block.copy())[0], HISS_SHARE, 1 - math.exp(-1 / (HISS_S * RATE_HZ)), levels)
    middle = integrated_lufs(Audio(sound, RATE_HZ))
    if np.isfinite(middle):
        _write(sound, Compressor(RATE_HZ, 1, RATIO, middle).process(block.copy() for _, block in blocks_of(sound)))
    clear = Filter(1, bell(3200.0, 2.5, 0.8, RATE_HZ), high_shelf(9000.0, 2.0, RATE_HZ))
    for _, block in blocks_of(sound):
        clear.process(block)
    peak = max(float(sound.max(initial=0.0)), -float(sound.min(initial=0.0)), 1e-6)
    for _, block in blocks_of(sound):
        block[:] = np.tanh(block * np.float32(WARMTH / peak)) * np.float32(peak / WARMTH)
    return sound


def _write(out: Samples, blocks: Iterator[Samples]) -> None:
    done = 0
    for block in blocks:
        out[:, done : done + block.shape[1]] = block
        done += block.shape[1]


@njit(cache=True, nogil=True)
def _take_hiss(sound: Samples, hiss: Samples, share: float, follow: float, levels: NDArray[np.float64]) -> None:
    """Turn the hiss down to `share` of the level of the whole, in place; levels: their powers, kept."""
    of_hiss, of_all = levels[0], levels[1]
    for n in range(sound.shape[0]):
        of_hiss += follow * (hiss[n] * hiss[n] - of_hiss)
        of_all += follow * (sound[n] * sound[n] - of_all)
        allowed = share * share * of_all
        if of_hiss > allowed and of_hiss > 1e-14:  # noqa: PLR2004 - silence
            sound[n] -= hiss[n] * (1 - math.sqrt(allowed / of_hiss))
    levels[0], levels[1] = of_hiss, of_all


def doubles(vocal: Samples, score: Score) -> Iterator[tuple[int, Samples]]:
    """Quiet copies of the choruses for left and right, of shape (2, frames), and where each begins."""
    edge = round(EDGE_S * RATE_HZ)
    rise = np.hanning(2 * edge)[:edge].astype(np.float32)
    for section in score.sections:
        first = round(score.seconds(section.start) * RATE_HZ)
        last = min(round(score.seconds(section.start + section.length) * RATE_HZ), vocal.shape[1])
        if not section.kind.startswith(WIDE) or last - first < 2 * edge:
            continue
        n = np.arange(last - first)
        out = np.zeros((2, n.size), np.float32)
        for channel, (delay_s, swing_s) in enumerate(zip(DOUBLE_S, DOUBLE_SWING_S, strict=True)):
            delay = (delay_s + swing_s * np.sin(2 * np.pi * n / RATE_HZ / DOUBLE_TURN_S)) * RATE_HZ
            out[channel] = np.interp(n - delay, n, vocal[0, first:last], left=0.0)
        out *= np.float32(10 ** (DOUBLE_DB / 20))
        out[:, :edge] *= rise
        out[:, -edge:] *= rise[::-1]
        yield first, out
