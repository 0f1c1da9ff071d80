"""How long a recording's sound takes to die away, from the recording alone."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Report, Samples
from models.dsp.spectra import Stft, power_of

Floats = NDArray[np.float64]
FRAME_S = 0.032
EDGES_HZ = (200, 350, 500, 700, 1000, 1400, 2000, 2800, 4000, 5600)
EXCERPT_S, EXCERPTS = 20.0, 6
# Pieces of decay that count: their length, least fall and greatest mean deviation from a straight line in dB.
PIECES = ((0.12, 8.0, 1.5), (0.2, 8.0, 1.5), (0.35, 10.0, 1.8))
RISE_DB = 1.0  # from one frame to the next, at most
OVER_FLOOR_DB, RANGE_DB = 6.0, 45.0
ENOUGH, ENOUGH_IN_BAND = 8, 4  # pieces
FASTEST = 0.1  # quantile: a room's decay is the fastest there is in it
STEEP_S, LONG_S = 0.47, 1.0  # longer times need longer pieces
LEAST_BANDS = 3  # with enough pieces
SAME, SCATTER = 1.35, (1.7, 2.0)  # of longer pieces: ratio of their fastest to the short ones', and as below
SAME_UP_TO_S, STRETCH = 0.4, 2.5  # short pieces see too little of longer times: the ratio grows by 2.5 per second
DRY_S = (0.30, 0.36)  # rooms this small cannot be told from dry speech
ALIKE, UNLIKE = 1.42, 1.56  # ratio of the median to the fastest decay: in a room all decays are alike


@dataclass(frozen=True, slots=True)
class Decay:
    """rt60_s: the time to fall by 60 dB. certainty: 0 for dry sound to 1 for a room."""

    rt60_s: float
    certainty: float


DRY = Decay(0.0, 0.0)


def find_decay(audio: Audio, *, report: Report) -> Decay:
    """Straight decays of band levels over up to two minutes, spread over the recording (after Ratnam et al. 2003).

    Sound in a room cannot stop faster than the room lets it, and mostly stops as fast as that; dry sound stops in all
    manners. So the fastest tenth of all decays gives the time, and how alike they are the certainty.
    """
    frames = audio.samples.shape[1]
    length = min(round(EXCERPT_S * audio.rate_hz), frames)
    count = min(EXCERPTS, max(frames // max(length, 1), 1))
    found: list[list[list[Floats]]] = [[[] for _ in EDGES_HZ] for _ in PIECES]
    for number in range(count):
        first = (frames - length) * number // max(count - 1, 1)
        levels, step_s = _levels(audio.samples[:, first : first + length], audio.rate_hz)
        for bands, piece in zip(found, PIECES, strict=True):
            for band, level in zip(bands, levels, strict=False):
                band.append(_times(level, step_s, *piece))
        report((number + 1) / count)
    return _decay(found)


def _decay(found: list[list[list[Floats]]]) -> Decay:
    """From the times of all pieces, by length of piece and by band."""
    short, middle, long = (np.concatenate([np.zeros(0), *(part for band in bands for part in band)]) for bands in found)
    counts = [sum(part.size for pieces in same for part in pieces) for same in zip(*found, strict=True)]
    if short.size < ENOUGH or sum(count >= ENOUGH_IN_BAND for count in counts) < LEAST_BANDS:
        return DRY
    time_s, ratio = _fastest(short)
    later_s, later_ratio = _fastest(middle) if middle.size >= ENOUGH else (time_s, ratio)
    if middle.size >= ENOUGH and (time_s > STEEP_S or middle.size > short.size):
        certainty = _falling(later_ratio, ALIKE, UNLIKE)
        time_s = _fastest(long)[0] if later_s > LONG_S and long.size >= ENOUGH else later_s
    else:
        # In a room, longer pieces fall like the short ones; notes of instruments also die away slowly.
        is_one = later_s < (SAME + STRETCH * max(time_s - SAME_UP_TO_S, 0.0)) * time_s
        certainty = is_one * _falling(ratio, ALIKE, UNLIKE) * _falling(later_ratio, *SCATTER)
    return Decay(time_s, certainty * (1 - _falling(time_s, *DRY_S)))


def _fastest(times: Floats) -> tuple[float, float]:
    """The fastest decay in seconds, and how many times longer the median is."""
    fastest, median = np.quantile(times, [FASTEST, 0.5])
    return float(fastest), float(median / fastest)


def _falling(value: float, full: float, none: float) -> float:
    """1 up to `full`, 0 from `none` on."""
    return min(max((none - value) / (none - full), 0.0), 1.0)


def _levels(samples: Samples, rate_hz: int) -> tuple[list[Floats], float]:
    """Levels in dB of bands over time, and the time step in seconds.

    Powers of the channels are added: a mix of them would hold less of the room, which differs in each.
    """
    stft = Stft(rate_hz, FRAME_S)
    power = np.mean([power_of(stft.forward(channel)) for channel in samples], axis=0)
    edges = [round(hz / stft.bin_hz) for hz in EDGES_HZ if hz < 0.5 * rate_hz]
    bands = [power[:, low:high].sum(axis=1) for low, high in pairwise(edges) if high > low]
    return [10 * np.log10(band.astype(np.float64) + 1e-10) for band in bands], stft.hop_s


def _times(levels: Floats, step_s: float, piece_s: float, fall_db: float, uneven_db: float) -> Floats:
    """Reverberation times in seconds of all pieces of a band that fall straight."""
    count = max(round(piece_s / step_s), 4)
    if levels.size < 2 * count:
        return np.zeros(0)
    t = (np.arange(count) - (count - 1) / 2) * step_s
    pieces = np.lib.stride_tricks.sliding_window_view(levels, count)
    slopes = pieces @ t / (t @ t)
    uneven = np.sqrt(np.maximum(pieces.var(axis=1) - slopes**2 * (t @ t) / count, 0.0))
    rises = np.lib.stride_tricks.sliding_window_view(np.diff(levels), count - 1).max(axis=1)
    is_heard = (pieces[:, -1] > np.quantile(levels, 0.05) + OVER_FLOOR_DB) & (pieces[:, 0] > levels.max() - RANGE_DB)
    is_decay = (slopes * piece_s < -fall_db) & (uneven < uneven_db) & (rises < RISE_DB)
    return np.asarray(-60 / slopes[is_heard & is_decay])
