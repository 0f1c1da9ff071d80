"""Songs: whether instruments play along, and the voice without them."""

from collections.abc import Iterator, Sequence

import numpy as np
import soxr

from models.base import Audio, Report, Samples, Separator
from models.separation.stems import VOCALS
from models.transcription.activity import RATE_HZ, Span, need_mono_16k

WINDOW, HOP = 1024, 400
BAND_HZ = (200.0, 4000.0)
LATER, PEAK_BINS = 4, 11  # 0.1 s
BLOCK_S, MOST_BLOCKS = 10.0, 60
STEADY = 0.5  # speech has about 0.3, music 0.5 to 0.9
FLOOR_DB = -20.0  # between the words, of what it is within them
SILENT = 1e-9


def has_instruments(audio: Audio, found: Sequence[Span]) -> bool:
    """Whether mono audio at 16 kHz holds music beside the voice in `found`.

    Spectral peaks of music stay where they are for 0.1 s, those of speech do not; and between its words a voice alone
    pauses. Looks at ten minutes at most, spread over the recording.
    """
    mono = need_mono_16k(audio)
    spoken = np.zeros(mono.size // HOP + 1, bool)
    for span in found:
        spoken[span.first // HOP : span.last // HOP] = True
    length = round(BLOCK_S * RATE_HZ)
    count = min(-(-mono.size // length), MOST_BLOCKS)
    alike, weights = 0.0, 0.0
    powers: list[tuple[float, float, int, int]] = []
    for number in range(count):
        first = number * max(mono.size - length, 0) // max(count - 1, 1)
        spectra = _spectra(np.asarray(mono[first : first + length], np.float32))
        if spectra.shape[0] <= LATER:
            continue
        some, weight = _alike(spectra)
        alike, weights = alike + some, weights + weight
        power = np.square(spectra).sum(axis=1, dtype=np.float64)
        within = spoken[first // HOP :][: power.size]
        power = power[: within.size]
        powers.append((power[within].sum(), power[~within].sum(), int(within.sum()), int((~within).sum())))
    if weights <= SILENT or alike / weights < STEADY:
        return False
    loud, rest, loud_count, rest_count = np.sum(powers, axis=0)
    if not loud_count or not rest_count:
        return True  # steady, and nobody pauses
    return bool(10 * np.log10(rest / rest_count / (loud / loud_count + SILENT) + SILENT) > FLOOR_DB)


def voice_of(separator: Separator, mix: Audio, *, report: Report) -> Iterator[Samples]:
    """The vocals of stereo `mix`, at the separator's rate, as mono at 16 kHz: blocks of shape (frames,)."""
    index = separator.stems.index(VOCALS)
    stream = soxr.ResampleStream(mix.rate_hz, RATE_HZ, 1, dtype="float32")
    for block in separator.separate(mix, wanted=(VOCALS,), quality="draft", report=report):
        yield stream.resample_chunk(np.ascontiguousarray(block[index].mean(axis=0), np.float32))
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _spectra(mono: Samples) -> Samples:
    """Magnitudes of shape (steps, bins of the band)."""
    if mono.size < WINDOW:
        return np.zeros((0, 1), np.float32)
    seen = np.lib.stride_tricks.sliding_window_view(mono, WINDOW)[::HOP] * np.hanning(WINDOW).astype(np.float32)
    first, last = (round(hz * WINDOW / RATE_HZ) for hz in BAND_HZ)
    return np.abs(np.fft.rfft(seen, axis=1))[:, first:last].astype(np.float32)


def _alike(spectra: Samples) -> tuple[float, float]:
    """How alike the peaks are 0.1 s later, weighted by level, and the weights."""
    from scipy.ndimage import uniform_filter1d

    around = uniform_filter1d(spectra, PEAK_BINS, axis=1, mode="nearest") + 1e-9
    peaks = np.maximum(spectra / around - 1, 0)
    before, after = peaks[:-LATER], peaks[LATER:]
    sizes = np.sqrt(np.square(before).sum(axis=1) * np.square(after).sum(axis=1)) + 1e-9
    level = np.sqrt(np.square(spectra).sum(axis=1, dtype=np.float64))
    weight = level[:-LATER] * level[LATER:]
    return float(((before * after).sum(axis=1) / sizes * weight).sum()), float(weight.sum())
