"""The master: glue, tone, width, loudness and peaks."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Report, Samples
from models.dsp.limiter import TruePeakLimiter
from models.dsp.loudness import integrated_lufs
from models.dsp.third_octaves import CENTRES_HZ, TWELFTHS_HZ
from models.mastering.clipper import SoftClipper
from models.mastering.compressor import Compressor
from models.mastering.equaliser import Equaliser
from models.mastering.profile import blocks_of, measure

LOUDNESS_LUFS, CEILING_DBTP = -14.0, -1.0
RATIO = 1.4
TILT_DB = -1.5  # per octave of third-octave bands above 100 Hz: mixes of the last decades (Pestana et al. 2013)
TONED_HZ = (60.0, 12_000.0)
MOST_DB, SHARE = 4.0, 0.6  # of the deviation
SMOOTH_THIRDS = 2.0
MONO_BELOW_HZ = 120.0
NARROW_DB = -24.0
ROUNDS, CLOSE_LU = 4, 0.1
CLIP_DB = 1.5  # of peaks are bent before they are limited
Bands = NDArray[np.float64]


def mastered(audio: Audio, report: Report) -> Samples:
    """Samples of the same shape at -14 LUFS, no true peak above -1 dBTP; silence stays silence."""
    loudness = integrated_lufs(audio)
    if not np.isfinite(loudness):
        return audio.samples
    profile = measure(audio, blocks_of(audio), lambda _fraction: None)
    report(0.2)
    side_db = np.where(TWELFTHS_HZ < MONO_BELOW_HZ, NARROW_DB, 0.0)
    tone_db = _tone(profile.thirds)
    equaliser = Equaliser(audio.rate_hz, tone_db, tone_db + side_db)
    glued = Compressor(audio.rate_hz, 2, RATIO, loudness).process(equaliser.process(blocks_of(audio), 2))
    toned = np.concatenate(list(glued), axis=1)
    report(0.5)
    gain_db = LOUDNESS_LUFS - integrated_lufs(Audio(toned, audio.rate_hz))
    for step in range(ROUNDS):
        out = _limited(toned, gain_db, audio.rate_hz)
        missing = LOUDNESS_LUFS - integrated_lufs(Audio(out, audio.rate_hz))
        report(0.5 + 0.4 * (step + 1) / ROUNDS)
        if abs(missing) < CLOSE_LU:
            break
        gain_db += missing
    report(1.0)
    return out


def _limited(toned: Samples, gain_db: float, rate_hz: int) -> Samples:
    def louder() -> Iterator[Samples]:
        gain = np.float32(10 ** (gain_db / 20))
        for block in blocks_of(Audio(toned, rate_hz)):
            yield gain * block

    clipped = SoftClipper(rate_hz, 2, CEILING_DBTP + CLIP_DB).process(louder())
    return np.concatenate(list(TruePeakLimiter(rate_hz, 2, CEILING_DBTP).process(clipped)), axis=1)


def _tone(thirds: Bands) -> Bands:
    """Gain per twelfth of an octave that brings a mix nearer to the usual slope; broad, and part of the way."""
    from scipy.ndimage import gaussian_filter1d

    inside = (TONED_HZ[0] <= CENTRES_HZ) & (TONED_HZ[1] >= CENTRES_HZ) & (thirds > thirds.max() * 1e-7)
    level_db = 10 * np.log10(np.maximum(thirds, 1e-20))
    wanted_db = TILT_DB * np.log2(np.maximum(CENTRES_HZ, 100.0) / 100.0)
    off_db = np.where(inside, wanted_db - level_db, np.nan)
    if not np.isfinite(off_db).any():
        return np.zeros(TWELFTHS_HZ.size)
    off_db -= np.nanmedian(off_db)
    centres = np.flatnonzero(np.isfinite(off_db))
    filled = np.interp(np.arange(off_db.size), centres, off_db[centres])
    smooth = np.clip(SHARE * gaussian_filter1d(filled, SMOOTH_THIRDS, mode="nearest"), -MOST_DB, MOST_DB)
    return np.asarray(np.interp(np.log(TWELFTHS_HZ), np.log(CENTRES_HZ), smooth))
