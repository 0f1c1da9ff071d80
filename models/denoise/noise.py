"""How strong the noise is in every cell of a short-time spectrum. All of it is known: both past and future are used."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from models.base import Samples
from models.dsp.spectra import Stft, power_of

Power = NDArray[np.float32]
EPS = 1e-14
SMOOTH_S, MINIMA_S, MEAN_S = 0.1, 1.6, 1.0
FIRM, FAINT = 4.6, 1.8  # times the noise: a cell above the one, or whose surroundings are above the other, is no noise
MINIMA_BIAS = 1.6
WEAK = 0.03  # weight of the minima where a second holds no noise cell
LONG_FRAME_S, LONG_SMOOTH_S, FLOOR_S = 0.192, 0.4, 10.0
BAND_HZ, BAND_SHARE = 150.0, 0.15  # least width of a band, and its width over its frequency
LOW_PERCENTILE = 20
CROWDED_HZ = 250.0  # below it the partials of a bass leave no gaps, and the floor is at most what it is here
FLOOR_BIAS = 1.5


def changing_noise(power: Power, hop_s: float) -> Power:
    """For speech, which leaves pauses in every band: minima of 1.6 s (Martin 2001), then means without the speech.

    power: (steps, bins), every `hop_s` seconds.
    """
    smooth = uniform_filter1d(power, 3, axis=1, mode="nearest")
    smooth = uniform_filter1d(smooth, max(round(SMOOTH_S / hop_s), 1), axis=0, mode="nearest")
    noise = MINIMA_BIAS * minimum_filter1d(smooth, max(round(MINIMA_S / hop_s), 1), axis=0, mode="nearest") + EPS
    width = max(round(MEAN_S / hop_s), 1)
    for _ in range(2):
        free = ((power < FIRM * noise) & (smooth < FAINT * noise)).astype(np.float32)
        weight = np.maximum(uniform_filter1d(free, width, axis=0, mode="nearest"), 0)
        mean = np.maximum(uniform_filter1d(free * power, width, axis=0, mode="nearest"), 0)
        noise = (mean + WEAK * noise) / (weight + WEAK) + EPS
    return np.asarray(noise, np.float32)


def steady_floor(channels: Samples, rate_hz: int, stft: Stft, steps: int) -> Power:
    """For music, whose notes may last: a smooth spectrum under which nothing falls for many seconds.

    Long frames show the gaps between the partials; of each band the lowest places count. Returns (steps, bins) for
    frames of `stft`.
    """
    long = Stft(rate_hz, LONG_FRAME_S)
    power = np.mean([power_of(long.forward(channel)) for channel in channels], axis=0, dtype=np.float32)
    power = uniform_filter1d(power, max(round(LONG_SMOOTH_S / long.hop_s), 1), axis=0, mode="nearest")
    # Frames that reach beyond the recording hold less than it.
    edge = min(3, max((power.shape[0] - 1) // 2, 0))
    power = power[edge : power.shape[0] - edge]
    least = minimum_filter1d(power, max(round(FLOOR_S / long.hop_s), 1), axis=0, mode="nearest")
    centres = _centres(rate_hz)
    low = np.empty((least.shape[0], centres.size), np.float32)
    for place, hz in enumerate(centres):
        half = max(BAND_HZ, BAND_SHARE * hz) / 2
        first, last = int((hz - half) / long.bin_hz), int((hz + half) / long.bin_hz) + 1
        low[:, place] = np.percentile(least[:, max(first, 0) : last], LOW_PERCENTILE, axis=1)
    crowded = int(np.searchsorted(centres, CROWDED_HZ))
    if 0 < crowded < centres.size:
        low[:, :crowded] = np.minimum(low[:, :crowded], low[:, crowded : crowded + 1])
    scale = FLOOR_BIAS * stft.frame / long.frame
    bins_hz = np.arange(stft.bins) * stft.bin_hz
    at = np.clip((np.arange(steps) * stft.hop_s / long.hop_s).astype(int) - edge, 0, least.shape[0] - 1)
    used, where = np.unique(at, return_inverse=True)
    curves = np.array([np.exp(np.interp(bins_hz, centres, np.log(row + EPS))) for row in low[used]])
    return np.asarray((scale * curves + EPS)[where], np.float32)


def _centres(rate_hz: int) -> NDArray[np.float64]:
    hz = [BAND_HZ / 2]
    while hz[-1] < rate_hz / 2:
        hz.append(hz[-1] + max(BAND_HZ, BAND_SHARE * hz[-1]) / 2)
    return np.array(hz[:-1])
