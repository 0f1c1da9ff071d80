"""Loudness after ITU-R BS.1770-5 and loudness range after EBU Tech 3342, block by block."""

import math

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Samples

Floats = NDArray[np.float64]
SILENT_LUFS = -math.inf
OFFSET_DB = -0.691  # the K filter's gain at 997 Hz is 0.691 dB
STEP_S = 0.1
MOMENTARY_STEPS, SHORT_TERM_STEPS = 4, 30
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU, RANGE_GATE_LU = -10.0, -20.0
BLOCK_FRAMES = 65_536
LFE, FRONT, SURROUND = 0.0, 1.0, 1.41
# By number of channels, in the order of WAV and ffmpeg: mono, stereo, 3.0, quad, 5.0, 5.1, 6.1, 7.1.
WEIGHTS = (
    (FRONT,),
    (FRONT, FRONT),
    (FRONT, FRONT, FRONT),
    (FRONT, FRONT, SURROUND, SURROUND),
    (FRONT, FRONT, FRONT, SURROUND, SURROUND),
    (FRONT, FRONT, FRONT, LFE, SURROUND, SURROUND),
    (FRONT, FRONT, FRONT, LFE, FRONT, SURROUND, SURROUND),
    (FRONT, FRONT, FRONT, LFE, FRONT, FRONT, SURROUND, SURROUND),
)


def channel_weights(channels: int) -> Floats:
    """Weights of BS.1770-5 for the usual layout of 1 to 8 channels; the LFE does not count."""
    return np.array(WEIGHTS[channels - 1])


def k_weighting(rate_hz: int) -> Floats:
    """Second-order sections of the K filter at any rate.

    The analogue prototypes behind the 48 kHz coefficients of BS.1770, by the bilinear transform (Mansbridge et al.
    2012, as in libebur128).
    """
    gain_db, q, shelf_hz = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    k, high = math.tan(math.pi * shelf_hz / rate_hz), 10 ** (gain_db / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = [
        (high + band * k / q + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - band * k / q + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / q + k * k) / a0,
    ]
    q, low_hz = 0.5003270373238773, 38.13547087602444
    k = math.tan(math.pi * low_hz / rate_hz)
    a0 = 1 + k / q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
    return np.array([shelf, high_pass])


class KFilter:
    """The K filter with its state; `power` gives the weighted sum of the channels' squares, one value per frame."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._sections = k_weighting(rate_hz)
        self._weights = channel_weights(channels)
        self._state = np.zeros((2, channels, 2))

    def power(self, block: Samples) -> Floats:
        from scipy.signal import sosfilt

        if block.shape[1] == 0:
            return np.zeros(0)
        filtered, self._state = sosfilt(self._sections, np.asarray(block, np.float64), axis=1, zi=self._state)
        np.square(filtered, out=filtered)
        return np.asarray(self._weights @ filtered)


class LoudnessMeter:
    """Takes blocks of shape (channels, frames) and holds one number per 100 ms."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._filter = KFilter(rate_hz, channels)
        self._step = max(round(STEP_S * rate_hz), 1)
        self._steps: list[Floats] = []
        self._held = np.zeros(0)
        self._sum = 0.0
        self._frames = 0

    def add(self, block: Samples) -> None:
        power = self._filter.power(block)
        self._sum += float(power.sum())
        self._frames += power.size
        power = np.concatenate([self._held, power])
        whole = power.size // self._step * self._step
        self._steps.append(power[:whole].reshape(-1, self._step).mean(axis=1))
        self._held = power[whole:].copy()

    @property
    def integrated_lufs(self) -> float:
        """Gated loudness; ungated below 400 ms and where all is under the absolute gate; -inf for silence."""
        powers = self._windows(MOMENTARY_STEPS)
        loud = powers[to_lufs(powers) > ABSOLUTE_GATE_LUFS]
        if loud.size == 0:
            return float(to_lufs(np.array(self._sum / max(self._frames, 1))))
        gate = to_lufs(loud.mean()) + RELATIVE_GATE_LU
        return float(to_lufs(loud[to_lufs(loud) > gate].mean()))

    @property
    def range_lu(self) -> float:
        """Loudness range of EBU Tech 3342; 0 below 3 s."""
        return self._spread(SHORT_TERM_STEPS)

    @property
    def momentary_range_lu(self) -> float:
        """The same statistic over windows of 400 ms: how far phrases and beats differ in loudness."""
        return self._spread(MOMENTARY_STEPS)

    def momentary_lufs(self) -> Floats:
        """Loudness of windows of 400 ms, 100 ms apart."""
        return to_lufs(self._windows(MOMENTARY_STEPS))

    def short_term_lufs(self) -> Floats:
        """Loudness of windows of 3 s, 100 ms apart."""
        return to_lufs(self._windows(SHORT_TERM_STEPS))

    def _windows(self, steps: int) -> Floats:
        powers = np.concatenate([np.zeros(0), *self._steps])
        if powers.size < steps:
            return np.zeros(0)
        return np.asarray(np.lib.stride_tricks.sliding_window_view(powers, steps).mean(axis=1))

    def _spread(self, steps: int) -> float:
        powers = self._windows(steps)
        powers = powers[to_lufs(powers) > ABSOLUTE_GATE_LUFS]
        if powers.size == 0:
            return 0.0
        loudness = to_lufs(powers)
        low, high = np.percentile(loudness[loudness > to_lufs(powers.mean()) + RANGE_GATE_LU], [10, 95])
        return float(high - low)


def to_lufs(power: Floats | np.float64) -> Floats:
    """LUFS of K-weighted powers; -inf for 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(OFFSET_DB + 10 * np.log10(power))


def integrated_lufs(audio: Audio) -> float:
    """Integrated loudness of a whole recording, which may be mapped from a file."""
    meter = LoudnessMeter(audio.rate_hz, audio.samples.shape[0])
    for first in range(0, audio.samples.shape[1], BLOCK_FRAMES):
        meter.add(audio.samples[:, first : first + BLOCK_FRAMES])
    return meter.integrated_lufs
