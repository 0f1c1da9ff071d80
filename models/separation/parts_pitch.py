"""The predominant pitch of a stem, and one beside it, by SwiftF0 (Nieradzik 2025) and the combs of their partials."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.dsp.spectra import Spectra, power_of
from models.separation.parts_spectra import Chunk, Floats

F0_RATE_HZ, F0_HOP = 16_000, 256
VOICED = 0.5
TAIL_S = 0.8
HALF_WIDTH_BINS = 1.6  # of a partial, as wide as the window makes it
DRIFT = 0.012  # and wider with the frequency, as pitch moves within a frame
SAME = 0.03  # of a pitch
LEAST_SECOND_DB = -18.0
PLACE_STEPS = 3
STRICTNESS = 1.5  # more than 1: what is left of others is worse than what is lost
ELSEWHERE = (0.1, 1.0)


@dataclass(frozen=True, slots=True)
class Track:
    """hz, confidence of each step of the spectra; hz is 0 where there is no pitch."""

    hz: Floats
    confidence: Floats

    @property
    def is_voiced(self) -> NDArray[np.bool_]:
        return np.asarray(self.hz > 0)

    def comb(self, chunk: Chunk) -> Floats:
        """1 on the partials, 0 between them: (steps, bins)."""
        hz = np.maximum(self.hz, 1.0)[:, None]
        number = np.rint(chunk.hz / hz)
        away = np.abs(chunk.hz - number * hz)
        half = np.maximum(HALF_WIDTH_BINS * chunk.stft.bin_hz, DRIFT * chunk.hz)
        made = np.clip(2 - 1.5 * away / half, 0, 1)
        return np.asarray(made * (number > 0) * self.is_voiced[:, None], np.float32)


def predominant(chunk: Chunk, detector: Any, spectra: Spectra | None = None) -> Track:  # noqa: ANN401
    """The pitch of the mono mix, or of the given mono spectra (steps, bins), at each step."""
    import soxr

    sound = chunk.mono if spectra is None else chunk.stft.inverse(spectra, chunk.mono.size)
    padded = np.pad(sound, (0, max(chunk.rate_hz // 10 - sound.size, 0)))
    found = detector.detect(soxr.resample(padded, chunk.rate_hz, F0_RATE_HZ), F0_RATE_HZ)
    steps = chunk.power.shape[0]
    at = (np.arange(steps) - 1) * chunk.stft.hop_s * F0_RATE_HZ / F0_HOP
    rows = np.clip(np.rint(at).astype(np.int64), 0, found.pitch_hz.size - 1)
    sure = found.confidence[rows].astype(np.float32)
    return Track(np.where(sure > VOICED, found.pitch_hz[rows], 0).astype(np.float32), sure)


def second(chunk: Chunk, detector: Any, first: Track, comb: Floats) -> Track:  # noqa: ANN401
    """The pitch of what the comb of the first leaves; none where it is but a partial or an octave of the first."""
    rest = chunk.spectra.mean(axis=0) * (1 - comb)
    found = predominant(chunk, detector, rest)
    low = chunk.hz < 4000  # noqa: PLR2004 - where partials can be told apart
    made = found.comb(chunk)[:, low]
    power = power_of(rest)[:, low]
    heard = power_of(chunk.spectra.mean(axis=0))[:, low].sum(axis=1)
    level_db = 10 * np.log10(((power * made).sum(axis=1) + 1e-20) / (heard + 1e-20))
    ratio = np.maximum(found.hz, 1) / np.maximum(first.hz, 1)
    ratio = np.where(first.is_voiced, np.maximum(ratio, 1 / ratio), 1.5)
    is_other = np.abs(ratio / np.rint(ratio) - 1) > SAME
    kept = (
        found.is_voiced
        & is_other
        & ~_sounded(found.hz, first.hz, round(TAIL_S / chunk.stft.hop_s))
        & (level_db > LEAST_SECOND_DB)
        & first.is_voiced
    )
    return Track(np.where(kept, found.hz, 0).astype(np.float32), found.confidence)


def _sounded(hz: Floats, before: Floats, steps: int) -> NDArray[np.bool_]:
    """Whether a pitch is one that another track had within the last steps: a tail of it, or its reverberation."""
    out = np.zeros(hz.size, bool)
    for lag in range(1, min(steps, hz.size)):
        out[lag:] |= np.abs(hz[lag:] / np.maximum(before[:-lag], 1) - 1) < SAME
    return out


def smoothed(values: NDArray[Any], steps: int) -> Floats:
    """The mean of values, none negative, over so many steps around each."""
    from scipy.ndimage import uniform_filter1d

    mean = uniform_filter1d(np.asarray(values, np.float32), max(steps, 1), axis=0, mode="nearest")
    return np.asarray(np.maximum(mean, 0))  # running sums round to either side


def panning(chunk: Chunk) -> Floats:
    """-1 left, 0 centre, 1 right, of each point (steps, bins); 0 everywhere in mono."""
    if chunk.spectra.shape[0] != 2:  # noqa: PLR2004 - stereo
        return np.zeros(chunk.power.shape, np.float32)
    left, right = (smoothed(power_of(channel), 3) for channel in chunk.spectra)
    return np.asarray((right - left) / (right + left + 1e-20), np.float32)


def direction(chunk: Chunk, weight: Floats) -> Floats:
    """Left and right gain, of length 1, of the source that stands where the weights (steps, bins) are."""
    left, right = (np.sqrt((power_of(channel) * weight).sum(dtype=np.float64)) for channel in chunk.spectra)
    length = max(float(np.hypot(left, right)), 1e-20)
    return np.array([left / length, right / length], np.float32)


def in_place(spectra: Spectra, gains: Floats) -> Spectra:
    """What of stereo spectra (2, steps, bins) comes from one direction: centre extraction by power (Avendano 2003)."""
    along = gains[0] * spectra[0] + gains[1] * spectra[1]
    across = gains[1] * spectra[0] - gains[0] * spectra[1]
    mine, strange = (smoothed(power_of(part), PLACE_STEPS) for part in (along, across))
    ratio = strange / (mine + 1e-20)
    # What comes mostly from elsewhere tells how much of elsewhere is heard along this direction as well.
    elsewhere = float(np.clip(_weighted_median(ratio, strange), *ELSEWHERE))
    share = np.clip(1 - STRICTNESS / elsewhere * ratio, 0, 1)
    return np.asarray(gains[:, None, None] * (share * along), np.complex64)


def _weighted_median(values: Floats, weights: Floats) -> float:
    bins = np.geomspace(1e-4, 1e4, 161)
    sums, _ = np.histogram(np.clip(values, 1e-4, 1e4), bins, weights=weights)
    total = np.cumsum(sums)
    return float(bins[int(np.searchsorted(total, total[-1] / 2))])
