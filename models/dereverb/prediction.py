"""Late reverberation by weighted prediction error (Yoshioka & Nakatani 2012), with the pieces of nara_wpe."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Spectra = NDArray[np.complex64]
DELAY = 5  # frames of 8 ms: what comes earlier, 40 ms, is left as part of the sound
ROUNDS = 3
SILENCE = 1e-12
LOW_HZ = 8_000.0
LOW_TAPS, HIGH_TAPS = 30, 10  # frames of 8 ms that predict; highs die away sooner
FLOOR = 1e-4  # of the mean power at a frequency
LOADING = 1e-3  # of the mean correlation: short recordings would be fitted too closely without it
STEPS_PER_TAP = 12  # frames that there must be for each tap and channel
PULSE_BINS = 16


def without_late(spectra: Spectra, bin_hz: float, pulse: Callable[[], None]) -> Spectra:
    """Spectra of shape (bins, channels, steps) less what can be predicted from frames at least 40 ms before.

    pulse: called every few bins; may raise to stop.
    """
    out = np.empty_like(spectra)
    with threadpool_limits(1, "blas"):  # the matrices are small: more threads only wait for each other
        for index in range(spectra.shape[0]):
            if index % PULSE_BINS == 0:
                pulse()
            is_low = index * bin_hz < LOW_HZ
            out[index] = _bin(spectra[index], LOW_TAPS if is_low else HIGH_TAPS)
    return out


def _bin(heard: Spectra, taps: int) -> Spectra:
    """One frequency, shape (channels, steps)."""
    from nara_wpe.wpe import build_y_tilde

    steps = heard.shape[1]
    power = _power(heard)
    mean = float(power.mean())
    taps = min(taps, steps // (STEPS_PER_TAP * heard.shape[0]))
    if mean < SILENCE or taps < 1:
        return heard
    floor = np.float32(FLOOR * mean)
    past = np.ascontiguousarray(build_y_tilde(heard, taps, DELAY))
    conjugate = np.conj(past.T)
    clean = heard
    for number in range(ROUNDS):
        weights = 1 / np.maximum(power if number == 0 else _power(clean), floor)
        weighted = past * weights
        correlation = weighted @ conjugate
        loading = LOADING * float(np.trace(correlation).real) / correlation.shape[0]
        correlation[np.diag_indices_from(correlation)] += np.float32(loading)
        filters = np.linalg.solve(correlation, weighted @ np.conj(heard.T))
        clean = heard - np.conj(filters.T) @ past
    return np.asarray(clean, np.complex64)


def _power(spectra: Spectra) -> NDArray[np.float32]:
    return np.asarray((np.square(spectra.real) + np.square(spectra.imag)).mean(axis=0), np.float32)
