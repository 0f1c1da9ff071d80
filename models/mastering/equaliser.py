"""Linear-phase equalisation of mid and side, in blocks."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.base import Samples
from models.dsp.third_octaves import TWELFTHS_HZ, Bands
from models.mastering.profile import mid_side

TAPS_S = 0.35
STEP = 65_536
HIGH_PASS_HZ = 25.0
HIGH_PASS_ORDER = 2  # 12 dB per octave


class Equaliser:
    """One FIR filter for mid and all further channels, one for side.

    Their gains in dB are given at TWELFTHS_HZ, drawn smooth between them (monotone cubic over the logarithm of
    frequency), and a high-pass below 25 Hz comes on top.
    """

    def __init__(self, rate_hz: int, mid_db: Bands, side_db: Bands) -> None:
        taps = (1 << round(np.log2(TAPS_S * rate_hz))) + 1
        self._late = taps // 2
        self._size = max(STEP, 4 * (1 << int(np.ceil(np.log2(taps)))))
        self._step = self._size - taps + 1
        self._filters = np.stack([_response(db, rate_hz, taps, self._size) for db in (mid_db, side_db)])

    def process(self, blocks: Iterator[Samples], channels: int) -> Iterator[Samples]:
        """Blocks of shape (channels, frames) in, as many frames out; overlap-save."""
        rows = np.zeros(channels, np.int64)
        if channels > 1:
            rows[1] = 1
        held = np.zeros((channels, self._size - self._step), np.float32)
        late = self._late
        for block in _with_end(blocks, self._late):
            sound = np.concatenate([mid_side(block[:2]), block[2:]]) if channels > 1 else block
            held = np.concatenate([held, sound], axis=1, dtype=np.float32)
            while held.shape[1] >= self._size:
                out = self._filter(held[:, : self._size], rows)
                held = held[:, self._step :]
                yield out[:, late:]
                late = max(late - out.shape[1], 0)
        frames = held.shape[1] - (self._size - self._step)
        out = self._filter(np.pad(held, ((0, 0), (0, self._size - held.shape[1]))), rows)
        yield out[:, late:frames]

    def _filter(self, sound: Samples, rows: NDArray[np.int64]) -> Samples:
        from scipy.fft import irfft, rfft

        out = irfft(rfft(sound, axis=1) * self._filters[rows], self._size, axis=1)[:, self._size - self._step :]
        if sound.shape[0] > 1:
            out[:2] = mid_side(out[:2])
        return np.asarray(out, np.float32)


def _with_end(blocks: Iterator[Samples], frames: int) -> Iterator[Samples]:
    block = None
    for block in blocks:
        yield block
    if block is not None:
        yield np.zeros((block.shape[0], frames), np.float32)


def _response(gains_db: Bands, rate_hz: int, taps: int, size: int) -> NDArray[np.complex64]:
    """Spectrum over `size` points of the filter, `taps // 2` frames late."""
    from scipy.fft import irfft, rfft
    from scipy.interpolate import PchipInterpolator

    hz = np.fft.rfftfreq(size, 1 / rate_hz)
    curve = PchipInterpolator(np.log(TWELFTHS_HZ), gains_db)
    wanted_db = curve(np.log(np.clip(hz, TWELFTHS_HZ[0], TWELFTHS_HZ[-1])))
    ratio = np.maximum(hz, 1e-3) / HIGH_PASS_HZ
    wanted = 10 ** (wanted_db / 20) / np.sqrt(1 + ratio ** (-2.0 * HIGH_PASS_ORDER))
    window = np.hanning(taps + 2)[1:-1]
    impulse = np.roll(irfft(wanted, size), taps // 2)[:taps] * window
    impulse -= window * (impulse.sum() / window.sum())  # the window has blurred the high-pass: no direct current
    return np.asarray(rfft(impulse, size), np.complex64)
