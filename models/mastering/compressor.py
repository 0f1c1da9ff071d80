"""A gentle compressor that draws the loudness of phrases together."""

import math
from collections.abc import Iterator

import numpy as np
from numba import njit

from models.base import Samples
from models.dsp.loudness import OFFSET_DB, Floats, KFilter

STEP_S = 0.001
ATTACK_S, RELEASE_S = 0.03, 0.12  # of the power: the level falls by 36 dB a second
DEEPEST_DB, HIGHEST_DB = -8.0, 4.0
FADE_FROM_LU, FADE_TO_LU = -14.0, -26.0  # below the mean nothing is lifted: it would be noise
POWER_FLOOR = 1e-12
START_STEPS = 100  # whose mean the level begins with


@njit(cache=True, nogil=True)
def _gains(
    power: Floats, slope: float, middle_db: float, attack: float, release: float, state: Floats, out: Floats
) -> None:
    """Gain at the end of every step from its mean power; slope: dB of gain per dB above the middle, negative."""
    smooth = state[0]
    for n in range(power.shape[0]):
        rises = power[n] > smooth
        smooth += (power[n] - smooth) * (attack if rises else release)
        above_db = OFFSET_DB + 10 * math.log10(smooth + POWER_FLOOR) - middle_db
        gain_db = min(max(slope * above_db, DEEPEST_DB), HIGHEST_DB)
        if gain_db > 0 and above_db < FADE_FROM_LU:
            gain_db *= max((above_db - FADE_TO_LU) / (FADE_FROM_LU - FADE_TO_LU), 0.0)
        out[n] = 10 ** (gain_db / 20)
    state[0] = smooth


class Compressor:
    """Turns down what is louder than `middle_lufs` and up what is quieter, by 1 - 1 / ratio dB per dB.

    All channels by the same gain, from their K-weighted level with 30 ms attack and 120 ms release. Its curve, at
    most -8 to +4 dB, fades to nothing 26 LU below the middle. One instance per recording.
    """

    def __init__(self, rate_hz: int, channels: int, ratio: float, middle_lufs: float) -> None:
        self._filter = KFilter(rate_hz, channels)
        self._step = max(round(STEP_S * rate_hz), 1)
        self._slope = 1 / ratio - 1
        self._middle = middle_lufs
        seconds = self._step / rate_hz
        self._attack, self._release = 1 - math.exp(-seconds / ATTACK_S), 1 - math.exp(-seconds / RELEASE_S)
        self._state: Floats | None = None
        self._last = 1.0

    def process(self, blocks: Iterator[Samples]) -> Iterator[Samples]:
        """Blocks of shape (channels, frames) in, as many frames out."""
        held: Samples | None = None
        for block in blocks:
            sound = block if held is None else np.concatenate([held, block], axis=1)
            whole = sound.shape[1] // self._step * self._step
            held = sound[:, whole:]
            yield self._compress(sound[:, :whole])
        if held is not None and held.shape[1]:
            frames = held.shape[1]
            yield self._compress(np.pad(held, ((0, 0), (0, self._step - frames))))[:, :frames]

    def _compress(self, sound: Samples) -> Samples:
        power = self._filter.power(sound).reshape(sound.shape[1] // self._step, self._step).mean(axis=1)
        if self._state is None:
            self._state = power[:START_STEPS].mean(keepdims=True) if power.size else None
            if self._state is None:
                return sound
        gains = np.empty(power.size + 1)
        gains[0] = self._last
        _gains(power, self._slope, self._middle, self._attack, self._release, self._state, gains[1:])
        self._last = float(gains[-1])
        rise = np.arange(1, self._step + 1) / self._step
        curve = gains[:-1, None] + np.diff(gains)[:, None] * rise
        return np.asarray(sound * curve.reshape(-1).astype(np.float32), np.float32)
