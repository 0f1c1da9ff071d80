"""Optimally modified log-spectral amplitude estimation, run over the recording in both directions.

Cohen & Berdugo 2001, "Speech enhancement for non-stationary noise environments", Signal Processing 81.
"""

import math
from typing import Any

import numpy as np
from numba import njit
from scipy.ndimage import uniform_filter1d

from models.denoise.noise import Power

MEMORY = 0.97  # of the decision-directed a-priori SNR
LEAST_SNR = 10 ** (-25 / 10)
MOST_SNR = 1e4
SURE = 40.0  # beyond it the exponential integral is nothing
MOST_ABSENT = 0.95
ABSENT_SNR, PRESENT_SNR = 10**-0.5, 10**0.5  # averages of cells, as in the paper
AVERAGE_S, NARROW_HZ, WIDE_HZ, SPEECH_HZ = 0.1, 90.0, 900.0, 8000.0


def gains(power: Power, noise: Power, *, hop_s: float, bin_hz: float, floor_db: float) -> Power:
    """Gain of every cell, from `floor_db` to 0 dB, given the power heard and that of the noise in it.

    power, noise: (steps, bins). The recursion over time runs forwards and backwards; the geometric mean of the two
    smears neither onsets nor decays.
    """
    absent = _absence(power, noise, hop_s, bin_hz)
    out = np.zeros_like(power)
    for way in (1, -1):
        _recursion(power[::way], noise[::way], absent[::way], math.log(10 ** (floor_db / 20)), out[::way])
    return np.asarray(np.exp(0.5 * out), np.float32)


def _absence(power: Power, noise: Power, hop_s: float, bin_hz: float) -> Power:
    """A-priori probability that a cell holds noise alone: from the SNR near it, in a wide band and the whole step."""
    snr = np.clip(power / noise - 1.0, 0.0, 1e3)
    snr = uniform_filter1d(snr, max(round(AVERAGE_S / hop_s), 1), axis=0, mode="nearest")
    near = uniform_filter1d(snr, max(round(NARROW_HZ / bin_hz), 1), axis=1, mode="nearest")
    wide = uniform_filter1d(snr, max(round(WIDE_HZ / bin_hz), 1), axis=1, mode="nearest")
    whole = 3 * snr[:, : max(int(SPEECH_HZ / bin_hz), 1)].mean(axis=1, keepdims=True)
    absent = 1.0 - _likely(near) * _likely(wide) * _likely(whole)
    return np.asarray(np.minimum(absent, MOST_ABSENT), np.float32)


def _likely(snr: Power) -> Power:
    place = (np.log(np.maximum(snr, 1e-9)) - math.log(ABSENT_SNR)) / math.log(PRESENT_SNR / ABSENT_SNR)
    return np.clip(place, 0.0, 1.0)


@njit(cache=True, fastmath=True)
def _exponential_integral(x: float) -> float:
    """E1(x) for x > 0 (Abramowitz & Stegun 5.1.53 and 5.1.56)."""
    if x < 1.0:
        series = 0.05519968 + x * (-0.00976004 + x * 0.00107857)
        return -math.log(x) - 0.57721566 + x * (0.99999193 + x * (-0.24991055 + x * series))
    top = x * (x * (x * (x + 8.5733287401) + 18.0590169730) + 8.6347608925) + 0.2677737343
    bottom = x * (x * (x * (x + 9.5733223454) + 25.6329561486) + 21.0996530827) + 3.9584969228
    return math.exp(-x) / x * top / bottom


@njit(cache=True, fastmath=True)
def _recursion(power: Any, noise: Any, absent: Any, log_floor: float, out: Any) -> None:  # noqa: ANN401 - numba arrays
    """Add the logarithm of each gain to `out`."""
    steps, bins = power.shape
    before = np.ones(bins, np.float32)  # SNR of the speech found in the step before
    for step in range(steps):
        for k in range(bins):
            posterior = min(power[step, k] / noise[step, k], MOST_SNR)
            prior = max(MEMORY * before[k] + (1 - MEMORY) * max(posterior - 1.0, 0.0), LEAST_SNR)
            v = max(posterior * prior / (1 + prior), 1e-9)
            log_gain = math.log(prior / (1 + prior))
            if v < SURE:
                log_gain = min(log_gain + 0.5 * _exponential_integral(v), 0.0)
            before[k] = math.exp(2 * log_gain) * posterior
            odds = absent[step, k] / (1 - absent[step, k]) * (1 + prior) * math.exp(-min(v, SURE))
            present = 1 / (1 + odds)
            out[step, k] += max(present * log_gain + (1 - present) * log_floor, log_floor)
