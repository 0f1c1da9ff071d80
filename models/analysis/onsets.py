"""How much begins at each moment: spectral flux in three bands."""

import numpy as np

from models.analysis.peaks import Floats
from models.base import Audio, Report

HOP = 256  # at 22,050 Hz: 86 values per second
WINDOW = 1024
CHUNK_FRAMES = 8192
BLOCK = 65_536
BAND_EDGES_HZ = (0.0, 200.0, 2000.0, 11_025.0)
MEL_BANDS = 48
COMPRESSION = 200.0
LOCAL_S = 1.0
SMOOTH_FRAMES = 1.0
NOTICEABLE = 0.03  # spread of the flux below which nothing begins, as in a held chord
QUIET = 1e-5  # what is no louder than this stays as quiet as it is


def onset_strength(audio: Audio, report: Report) -> Floats:
    """Rising energy per band, shape (3, frames), HOP apart, each about 0 to a few; memory holds no spectrogram.

    Half-wave rectified flux of the logarithm of a mel spectrogram (Dixon 2006), less its local mean.
    """
    mono = audio.samples[0]
    frames = 1 + mono.shape[0] // HOP
    filters, bands = _mel_filters(audio.rate_hz)
    filters /= max(_loudest(mono), QUIET) ** 2
    flux = np.zeros((len(BAND_EDGES_HZ) - 1, frames), np.float32)
    before = np.zeros(MEL_BANDS, np.float32)
    window = np.hanning(WINDOW).astype(np.float32)
    for first in range(0, frames, CHUNK_FRAMES):
        last = min(first + CHUNK_FRAMES, frames)
        mel = _mel(mono, first, last, window, filters)
        if first == 0:
            before = mel[0]
        rises = np.maximum(np.diff(np.vstack([before, mel]), axis=0), 0)
        for band in range(flux.shape[0]):
            flux[band, first:last] = rises[:, bands == band].mean(axis=1)
        before = mel[-1]
        report(last / frames)
    return _levelled(flux, audio.rate_hz / HOP)


def _loudest(mono: Floats) -> float:
    """RMS of the loudest block: onsets shall not depend on how loud the recording is."""
    blocks = (mono[first : first + BLOCK] for first in range(0, mono.shape[0], BLOCK))
    return max((float(np.sqrt(np.mean(np.square(block)))) for block in blocks), default=0.0)


def _mel(mono: Floats, first: int, last: int, window: Floats, filters: Floats) -> Floats:
    import scipy.fft

    start, stop = first * HOP - WINDOW // 2, (last - 1) * HOP + WINDOW // 2
    part = np.asarray(mono[max(start, 0) : max(stop, 0)], np.float32)
    part = np.pad(part, (max(-start, 0), max(stop - start - max(-start, 0) - part.size, 0)))
    views = np.lib.stride_tricks.sliding_window_view(part, WINDOW)[::HOP]
    power = np.square(np.abs(scipy.fft.rfft(views * window, axis=1))).astype(np.float32)
    mel: Floats = np.log1p(COMPRESSION * np.sqrt(power @ filters.T)).astype(np.float32)
    return mel


def _mel_filters(rate_hz: int) -> tuple[Floats, Floats]:
    """Triangular filters, shape (MEL_BANDS, bins), and which of the three bands each belongs to."""
    bins_hz = np.arange(WINDOW // 2 + 1) * rate_hz / WINDOW
    top = 2595 * np.log10(1 + min(rate_hz / 2, 10_000) / 700)
    edges_hz = 700 * (10 ** (np.linspace(30, top, MEL_BANDS + 2) / 2595) - 1)
    edges_hz = np.maximum.accumulate(np.maximum(edges_hz, np.arange(MEL_BANDS + 2) * rate_hz / WINDOW * 0.75))
    rise = (bins_hz - edges_hz[:-2, None]) / (edges_hz[1:-1] - edges_hz[:-2])[:, None]
    fall = (edges_hz[2:, None] - bins_hz) / (edges_hz[2:] - edges_hz[1:-1])[:, None]
    filters = np.maximum(np.minimum(rise, fall), 0) / (WINDOW / 4) ** 2
    band = np.searchsorted(BAND_EDGES_HZ, edges_hz[1:-1], side="right") - 1
    return filters.astype(np.float32), np.clip(band, 0, len(BAND_EDGES_HZ) - 2).astype(np.float32)


def _levelled(flux: Floats, frames_hz: float) -> Floats:
    """Less the local mean, negative parts cut, each band divided by its own spread."""
    from scipy.ndimage import gaussian_filter1d, uniform_filter1d

    # Partials beat within a band, faster than any rhythm: a held chord has no onsets.
    flux = gaussian_filter1d(flux, SMOOTH_FRAMES, axis=1, mode="nearest")
    size = max(round(LOCAL_S * frames_hz), 1)
    above = np.maximum(flux - uniform_filter1d(flux, size, axis=1, mode="nearest"), 0)
    levelled: Floats = above / np.maximum(above.std(axis=1, keepdims=True), NOTICEABLE)
    return levelled
