"""Is it speech or music?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from models.denoise.noise import Power
from models.dsp.spectra import Stft

Curve = NDArray[np.float64]
BAND_HZ = (200.0, 6000.0)
WINDOW_S = 3.0
LOSS_DB, LOSS_RISE_DB = 5.0, 2.0  # up to the one speech, beyond their sum music or many voices
LITTLE_DB, LOSS_SLOPE, LEAST_LOSS_DB = -8.0, 0.25, 2.5  # less noise than this should cost RNNoise less, too
TONAL_LOSS_DB, TONAL = (5.5, 7.0), (0.55, 0.63)
LASTS_S = 26.0  # music found is music for half of this before and after: a song has lines that are sung nearly alone
STEP_S, PEAK_BINS = 0.1, 11
NOISE_DB, NOISY = (-45.0, -32.0, -18.0), (0.0, 0.25, 1.0)  # what OM-LSA takes, and how much RNNoise is needed
EPS = 1e-12


@dataclass(frozen=True, slots=True)
class Judgement:
    """Curves of shape (steps, 1). speech: 0 to 1; noisy: 0 to 1, how much RNNoise is needed."""

    speech: Power
    noisy: Power


def judge(stft: Stft, power: Power, speech_gain: Power, music_gain: Power, network_gain: Power) -> Judgement:
    """Tell speech from music by what RNNoise leaves of it.

    RNNoise was trained on single voices. Of music, and of many voices at once, it leaves next to nothing, also where
    there is no noise at all: what it takes and the music gain keeps tells them apart from speech in noise. A song with
    a singer is known by the tones of its instruments.

    power and the gains of OM-LSA for speech, OM-LSA for music, and RNNoise: (steps, bins).
    """
    hz = np.arange(stft.bins) * stft.bin_hz
    first, last = np.searchsorted(hz, BAND_HZ)
    band = slice(int(first), max(int(last), int(first) + 1))
    window = max(round(WINDOW_S / stft.hop_s), 1)

    def around(cells: Power) -> Curve:
        return _smooth(cells[:, band].sum(axis=1, dtype=np.float64), window) + EPS

    total = around(power)
    kept, spoken = around(power * np.square(music_gain)), around(power * np.square(network_gain))
    loss_db = 10 * np.log10((kept + 0.02 * total) / (spoken + 0.02 * total))
    removed_db = 10 * np.log10(around(power * np.square(1 - speech_gain)) / total + 1e-9)
    allowed_db = np.clip(LOSS_DB + LOSS_SLOPE * (removed_db - LITTLE_DB), LEAST_LOSS_DB, LOSS_DB)
    music = np.clip((loss_db - allowed_db) / LOSS_RISE_DB, 0.0, 1.0)
    song = _rise(loss_db, TONAL_LOSS_DB) * _rise(_steadiness(power[:, band], stft, window), TONAL)
    song = maximum_filter1d(song, max(round(LASTS_S / stft.hop_s), 1), mode="nearest")
    noisy = np.interp(removed_db, NOISE_DB, NOISY)
    speech = (1 - music) * (1 - _smooth(song, window))
    return Judgement(speech[:, None].astype(np.float32), noisy[:, None].astype(np.float32))


def _steadiness(power: Power, stft: Stft, window: int) -> Curve:
    """How far the spectral peaks stay where they are for 0.1 s: about 0.3 for speech, 0.5 to 0.9 for music."""
    steps = max(round(STEP_S / stft.hop_s), 1)
    out = np.zeros(power.shape[0])
    if power.shape[0] <= steps:
        return out
    size = np.sqrt(power)
    peaks = np.maximum(size / (uniform_filter1d(size, PEAK_BINS, axis=1, mode="nearest") + 1e-9) - 1, 0)
    before, after = peaks[:-steps], peaks[steps:]
    alike = (before * after).sum(axis=1) / np.sqrt(np.square(before).sum(axis=1) * np.square(after).sum(axis=1) + EPS)
    level = np.sqrt(power.sum(axis=1, dtype=np.float64))
    weight = level[:-steps] * level[steps:]
    out[:-steps] = _smooth(alike * weight, window) / (_smooth(weight, window) + EPS)
    out[-steps:] = out[-steps - 1]
    return out


def _smooth(curve: Curve, window: int) -> Curve:
    for _ in range(2):
        curve = np.maximum(uniform_filter1d(curve, window, mode="nearest"), 0)
    return curve


def _rise(curve: Curve, ends: tuple[float, float]) -> Curve:
    return np.clip((curve - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0)
