"""What the inverse filter leaves of echoes that were duller than what they repeat, suppressed in the spectrogram.

Where an echo is left, no band falls lower than that echo after something loud: after the delay its quietest moments are
louder than a little sooner and a little later, which nothing but an echo does. How much louder tells how much is left
(a floor by low quantiles, as in Martin's minimum statistics 2001), and is taken off by spectral subtraction (Boll 1979)
with some to spare (Berouti, Schwartz and Makhoul 1979).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.base import Samples
from models.deecho.echoes import Echo, Floats
from models.dsp.spectra import Stft, power_of

FRAME_S = 0.032
BANDS, LOWEST_HZ = 24, 100.0
LOUD, QUIET = 0.7, 0.05  # quantiles: of what counts as loud, and of what follows it
BESIDE_S = 0.06
CLEARLY = 2.0  # times louder than beside the delay
LEAST_BANDS = 0.5  # that must show it: in single bands of music it comes by chance
SPARE = 2.0
FLOOR = 10 ** (-15 / 10)
STEP_S = 4.0
Powers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tail:
    """What is left of one echo. lag: steps of the spectrogram; left: power per bin, of what it repeats."""

    lag: float
    left: Powers

    def of(self, power: Powers) -> Powers:
        """Its power in a spectrogram of shape (steps, bins)."""
        whole, part = int(self.lag), self.lag % 1
        out = np.zeros_like(power)
        out[whole:] = (1 - part) * power[: power.shape[0] - whole]
        out[whole + 1 :] += part * power[: max(power.shape[0] - whole - 1, 0)]
        return np.asarray(out * self.left, np.float32)


class TailSuppressor:
    """For one recording; `tails` is empty where the inverse filter has left nothing."""

    def __init__(self, clean: Floats, rate_hz: int, echoes: Sequence[Echo]) -> None:
        """`clean`: an excerpt, mono, of what the inverse filter gives for `echoes`."""
        self._stft = Stft(rate_hz, FRAME_S)
        hz = np.arange(self._stft.bins) * self._stft.bin_hz
        edges_hz = np.geomspace(LOWEST_HZ, rate_hz / 2, BANDS + 1)
        self._band = np.clip(np.digitize(hz, edges_hz) - 1, 0, BANDS - 1)
        self._longest = max((echo.delay for echo in echoes), default=0.0)
        power = power_of(self._stft.forward(clean.astype(np.float32)))
        levels = np.stack([power[:, self._band == band].sum(axis=1) for band in np.unique(self._band)], axis=1)
        self.tails = [tail for echo in echoes if (tail := self._found(levels, echo.delay / self._stft.hop)) is not None]

    def _found(self, levels: Powers, lag: float) -> Tail | None:
        beside = max(round(BESIDE_S / self._stft.hop_s), 1)
        if round(lag) + beside >= levels.shape[0] // 2 or round(lag) <= beside:
            return None
        after = _floors(levels, round(lag))
        usual = np.maximum(_floors(levels, round(lag) - beside), _floors(levels, round(lag) + beside))
        is_left = after > CLEARLY * usual
        if is_left.mean() < LEAST_BANDS:
            return None
        left = np.zeros(BANDS, np.float32)
        left[np.unique(self._band)] = np.where(is_left, after - usual, 0.0)
        return Tail(lag, left[self._band])

    def suppressed(self, blocks: Iterator[Samples]) -> Iterator[Samples]:
        """Blocks of shape (channels, frames), as many frames in all; all channels get the same gain."""
        if not self.tails:
            yield from blocks
            return
        hop, frame = self._stft.hop, self._stft.frame
        lead = (int(self._longest) // hop + 2 * frame // hop + 2) * hop
        step = max(round(STEP_S / self._stft.hop_s), 1) * hop
        held: Samples | None = None
        for block in blocks:
            held = np.pad(block, ((0, 0), (lead, 0))) if held is None else np.concatenate([held, block], axis=1)
            while held.shape[1] >= lead + step + frame:
                yield self._suppressed(held[:, : lead + step + frame])[:, lead : lead + step]
                held = held[:, step:]
        if held is not None:
            yield self._suppressed(held)[:, lead:]

    def _suppressed(self, samples: Samples) -> Samples:
        spectra = [self._stft.forward(row) for row in samples]
        power = np.asarray(np.mean([power_of(spectrum) for spectrum in spectra], axis=0), np.float32)
        late = np.sum([tail.of(power) for tail in self.tails], axis=0)
        gain = np.sqrt(np.clip(1 - SPARE * late / np.maximum(power, 1e-20), FLOOR, 1)).astype(np.float32)
        return np.stack([self._stft.inverse(spectrum * gain, samples.shape[1]) for spectrum in spectra])


def _floors(levels: Powers, lag: int) -> NDArray[np.float64]:
    """Per band, how far it falls `lag` steps after it was loud, as a ratio of powers."""
    after, before = levels[lag:], levels[:-lag]
    floors = np.ones(levels.shape[1])
    for band in range(levels.shape[1]):
        loud = before[:, band] > np.quantile(before[:, band], LOUD)
        if loud.any():
            floors[band] = np.quantile(after[loud, band] / before[loud, band], QUIET)
    return floors
