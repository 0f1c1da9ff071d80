"""The master: glue, tone, width, loudness and peaks."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Report, Samples
from models.dsp.limiter import TruePeakLimiter
from models.dsp.loudness import ABSOLUTE_GATE_LUFS, LoudnessMeter, integrated_lufs
from models.dsp.third_octaves import CENTRES_HZ, TWELFTHS_HZ
from models.mastering.clipper import SoftClipper
from models.mastering.compressor import Compressor
from models.mastering.equaliser import Equaliser
from models.mastering.profile import Profile, blocks_of, measure
from models.music.production.desk import Style
from models.music.production.effects import blocks_of as views_of

LOUDNESS_LUFS = -14.0
TILT_DB = -1.5  # per octave of third-octave bands above 100 Hz: mixes of the last decades (Pestana et al. 2013)
TONED_HZ = (39.0, 12_000.0)
MOST_DB, SHARE = 4.0, 0.75  # of the deviation
SMOOTH_THIRDS = 2.0
MONO_BELOW_HZ = 120.0
NARROW_DB = -24.0
WIDE_FROM_HZ, WIDTH_DB, WIDER_DB = 200.0, -8.0, 2.5  # power of the sides against the middle; most it is raised
ROUNDS, CLOSE_LU = 4, 0.1
CLIP_DB = 1.5  # of peaks are bent before they are limited
Bands = NDArray[np.float64]


def mastered(audio: Audio, style: Style, report: Report) -> None:
    """Its samples, in place, at -14 LUFS, no true peak above the style's ceiling; silence stays silence."""
    out, rate_hz = audio.samples, audio.rate_hz
    loudness = integrated_lufs(audio)
    if loudness < ABSOLUTE_GATE_LUFS:
        out[:] = 0
        return
    profile = measure(audio, blocks_of(audio), lambda _fraction: None)
    report(0.2)
    side_db = np.where(TWELFTHS_HZ < MONO_BELOW_HZ, NARROW_DB, _wider_db(profile))
    tone_db = _tone(profile.thirds)
    equaliser = Equaliser(rate_hz, tone_db, tone_db + side_db)
    _write(out, Compressor(rate_hz, 2, style.glue, loudness).process(equaliser.process(_copies(out), 2)))
    report(0.5)
    gain_db = LOUDNESS_LUFS - integrated_lufs(audio)
    for step in range(ROUNDS):
        meter = LoudnessMeter(rate_hz, 2)
        for block in _limited(out, gain_db, style.ceiling_dbtp, rate_hz):
            meter.add(block)
        missing = LOUDNESS_LUFS - meter.integrated_lufs
        report(0.5 + 0.4 * (step + 1) / ROUNDS)
        if abs(missing) < CLOSE_LU:
            break
        gain_db += missing
    _write(out, _limited(out, gain_db, style.ceiling_dbtp, rate_hz))
    report(1.0)


def _wider_db(profile: Profile) -> float:
    """What the sides lack, above the bass, of the width of a release."""
    high = TWELFTHS_HZ > WIDE_FROM_HZ
    side, middle = (float(power[high].sum()) for power in (profile.side, profile.mid))
    return float(np.clip(WIDTH_DB - 10 * np.log10(side / middle), 0, WIDER_DB)) if side * middle > 0 else 0.0


def _copies(samples: Samples) -> Iterator[Samples]:
    """Blocks that stay as they are while the samples they were taken from are written over."""
    return (block.copy() for _, block in views_of(samples))


def _write(out: Samples, blocks: Iterator[Samples]) -> None:
    """Over the very samples the blocks are made of: they come no earlier than they were read."""
    done = 0
    for block in blocks:
        out[:, done : done + block.shape[1]] = block
        done += block.shape[1]


def _limited(samples: Samples, gain_db: float, ceiling_dbtp: float, rate_hz: int) -> Iterator[Samples]:
    gain = np.float32(10 ** (gain_db / 20))
    louder = (gain * block for _, block in views_of(samples))
    clipped = SoftClipper(rate_hz, 2, ceiling_dbtp + CLIP_DB).process(louder)
    return TruePeakLimiter(rate_hz, 2, ceiling_dbtp).process(clipped)


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
