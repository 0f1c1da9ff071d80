"""How much a sound is full of gaps, and the echoes without which it is most so.

An echo fills the gaps of a sound. Sound is taken as Gaussian with a power of its own at every moment and frequency
(Nakatani et al. 2010); then the mean log power of its spectrogram is the negative log-likelihood, and echoes are
fitted by reweighted least squares. Sounds that only repeat themselves, as a drum loop does, are told from echoes by
time: echoes come after.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.deecho.echoes import MOST, Echo, Floats, Inverse, Response, tap_slopes, taps, without

FRAME_S = 0.032
FLOOR = 1e-5  # of the mean power at a frequency: gaps are not counted deeper
SILENCE = 1e-9
OVER = 4.0  # times the steady noise: gaps are not counted deeper than that either
LEAST, ENOUGH = 2.0, 12.0  # mean over steady power: frequencies at which all is steady tell nothing
ROUNDS = 6
SETTLED = 1e-4
BANDS = 8
TELLING = 1.0  # bins that must tell something, for a band to be looked at
Spectra = NDArray[np.complex64]
Steps = NDArray[np.bool_]


class Spectrogram:
    """Short-time spectra of an excerpt; `lead` samples at its start do not count."""

    def __init__(self, excerpt: Floats, rate_hz: int, lead: int) -> None:
        from scipy.fft import next_fast_len

        self.frame = int(next_fast_len(max(round(FRAME_S * rate_hz), 16), real=True))
        self._window = np.hanning(self.frame).astype(np.float32)
        self._lead = lead
        power = np.square(np.abs(self.of(excerpt)))
        mean = power.mean(axis=0)
        noise = _noise(power)
        self.floor = FLOOR * mean + OVER * noise + np.float32(SILENCE)
        self.shares = np.clip((mean / (noise + np.float32(SILENCE)) - LEAST) / (ENOUGH - LEAST), 0.0, 1.0)
        edges = np.unique(np.geomspace(2, mean.size, BANDS + 1).astype(int))
        self._bands = [(a, b) for a, b in pairwise(edges) if self.shares[a:b].sum() > TELLING]

    def of(self, sound: Floats, steps: Steps | None = None) -> Spectra:
        """Of shape (steps, bins). steps: which to look at, all where it is None."""
        from scipy.fft import rfft

        padded = np.pad(sound[self._lead :].astype(np.float32), (self.frame // 2, self.frame))
        views = np.lib.stride_tricks.sliding_window_view(padded, self.frame)[:: self.frame // 2]
        views = views if steps is None else views[steps]
        return np.asarray(rfft(views * self._window, axis=1), np.complex64)

    def cost(self, sound: Floats, steps: Steps | None = None) -> Floats:
        """Mean log power in 8 bands from low to high (equal ratios), those where all is steady left out."""
        spectra = self.of(sound, steps)
        by_bin = np.log(np.square(spectra.real) + np.square(spectra.imag) + self.floor).mean(axis=0)
        return np.array([self.shares[a:b] @ by_bin[a:b] / self.shares[a:b].sum() for a, b in self._bands])

    @property
    def band_shares(self) -> Floats:
        """How much of a recording's detail lies in each band of `cost`."""
        return np.array([self.shares[a:b].sum() for a, b in self._bands], np.float64)


def _noise(power: Spectra) -> Spectra:
    """Power of the steady part at each frequency: what the quietest tenth of the time does not fall below."""
    from scipy.ndimage import uniform_filter

    smooth = uniform_filter(power, (7, 5), mode="nearest")
    return np.asarray(np.quantile(smooth, 0.1, axis=0), np.float32)


def refine(excerpt: Floats, echoes: list[Echo], spectrogram: Spectrogram, *, delays: bool = False) -> list[Echo]:
    """The echoes with the gains that leave the sparsest sound; gains of zero stay so.

    delays: move the delays too, to between samples.
    """
    for _ in range(ROUNDS):
        clean = without(excerpt, Response.of(echoes))
        spectra = spectrogram.of(clean)
        weights = spectrogram.shares / (np.square(spectra.real) + np.square(spectra.imag) + spectrogram.floor)
        slopes = [spectrogram.of(slope) for slope in _slopes(excerpt, clean, echoes, delays=delays)]
        count = len(slopes)
        curvature, descent = np.zeros((count, count)), np.zeros(count)
        for i in range(count):
            weighted = weights * slopes[i]
            descent[i] = -float(np.vdot(weighted, spectra).real)
            for j in range(i, count):
                curvature[i, j] = curvature[j, i] = float(np.vdot(weighted, slopes[j]).real)
        flat = 1e-9 * float(np.trace(curvature)) + 1e-12
        change = np.asarray(np.linalg.solve(curvature + flat * np.eye(count), descent), np.float64)
        echoes = _moved(echoes, change, delays=delays)
        if np.abs(change).max() < SETTLED:
            break
    return echoes


def _slopes(heard: Floats, clean: Floats, echoes: list[Echo], *, delays: bool) -> list[Floats]:
    """How the clean sound changes with each gain and delay."""
    rows = []
    for echo in echoes:
        if echo.direct:
            rows.append(-_filtered(clean, *taps(echo.delay)))
        if echo.feedback:
            rows.append(-_filtered(heard, *taps(echo.delay)))
        if delays:
            rows.append(-_filtered(echo.direct * clean + echo.feedback * heard, *tap_slopes(echo.delay)))
    around = Inverse(Response(direct=Response.of(echoes).direct), len(rows))
    return list(around.apply(np.array(rows)))


def _filtered(sound: Floats, first: int, values: Floats) -> Floats:
    return np.pad(np.convolve(sound, values), (first, 0))[: sound.size]


def _moved(echoes: list[Echo], change: Floats, *, delays: bool) -> list[Echo]:
    """Steps are cut short where what takes the echoes off might ring or a delay leave its peak."""
    steps = iter(change)

    def moved(gain: float) -> float:
        return min(max(gain + float(next(steps)), -MOST), MOST) if gain else 0.0

    result = []
    for echo in echoes:
        direct, feedback = moved(echo.direct), moved(echo.feedback)
        delay = echo.delay + (min(max(float(next(steps)), -0.5), 0.5) if delays else 0.0)
        result.append(Echo(delay, direct, feedback))
    return result
