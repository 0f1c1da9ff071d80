"""Mastering of songs to other songs, made loud, bright, dark, wide or narrow: what of the reference is reached."""

from collections.abc import Iterator

import numpy as np
from scipy.signal import butter, resample_poly, sosfilt

from bench.quality.material.songs import RATE_HZ, songs
from bench.quality.metrics import real_time_factor
from bench.quality.table import Figure
from models.base import Audio, Samples
from models.dsp.limiter import TruePeakLimiter
from models.dsp.loudness import integrated_lufs
from models.mastering.match import MAX_BOOST_DB, MAX_CUT_DB
from models.mastering.reference import ReferenceMasterer

# Loudness in LUFS, tilt in dB per octave around 1 kHz, side in linear gain.
REFERENCES = (
    (-14.0, 0.0, 1.0),
    (-9.5, 0.8, 1.5),
    (-8.0, -0.5, 0.7),
    (-18.0, 1.0, 1.0),
    (-11.0, -0.8, 1.6),
    (-9.0, 0.5, 1.0),
    (-23.0, -0.5, 1.3),
    (-12.0, 0.0, 0.5),
)
BANDS_HZ = 1000 * 10 ** (np.arange(-12, 13) / 10)  # 63 Hz to 16 kHz
CONTENT_DB = 40.0  # below the strongest band; what is weaker in one of both is not compared
WIDTH_DB = 30.0  # below mid; less width is not compared
CEILING_DBTP = -1.0
REACHABLE = f"bands that need +{MAX_BOOST_DB:g} to -{MAX_CUT_DB:g} dB"


def measure(set_name: str) -> list[Figure]:
    loudness, peaks, within, whole, unlike, widths, widths_before, factors = ([] for _ in range(8))
    for audio, reference in pairs(set_name):
        blocks: list[Samples] = []
        factors.append(real_time_factor(lambda: blocks.extend(_mastered(audio, reference)), audio.duration_s))  # noqa: B023
        out = Audio(np.concatenate(blocks, axis=1), audio.rate_hz)
        loudness.append(abs(integrated_lufs(out) - integrated_lufs(reference)))
        peaks.append(peak_dbtp(out.samples))
        asked_db, error_db = spectrum_gap_db(audio, reference), np.abs(spectrum_gap_db(out, reference))
        content = has_content(audio) & has_content(reference)
        reachable = content & (asked_db < MAX_BOOST_DB) & (asked_db > -MAX_CUT_DB)
        unlike.append(np.abs(asked_db[content]))
        whole.append(error_db[content])
        within.append(error_db[reachable])
        wide = content & (width_db(audio) > -WIDTH_DB) & (width_db(reference) > -WIDTH_DB)
        widths.append(np.abs(width_db(out) - width_db(reference))[wide])
        widths_before.append(np.abs(width_db(audio) - width_db(reference))[wide])
    every, reached = np.concatenate(whole), np.concatenate(within)
    return [
        Figure("loudness error, greatest", max(loudness), 0.3, "LU", higher_is_better=False),
        Figure("true peak, highest", max(peaks), CEILING_DBTP, "dBTP", higher_is_better=False),
        Figure("third-octave error, greatest", float(every.max()), 1.5, "dB", higher_is_better=False),
        Figure(f"the same, {REACHABLE}", float(reached.max()), 1.5, "dB", higher_is_better=False),
        Figure("third-octave error, bands within 1.5 dB", 100 * float((every <= 1.5).mean()), None, "%"),
        Figure("third-octave error, mean", float(every.mean()), None, "dB"),
        Figure("third-octave error before, mean", float(np.concatenate(unlike).mean()), None, "dB"),
        Figure("width error, mean", float(np.concatenate(widths).mean()), None, "dB"),
        Figure("width error before, mean", float(np.concatenate(widths_before).mean()), None, "dB"),
        Figure("real-time factor", float(np.median(factors)), 0.15, higher_is_better=False),
    ]  # fmt: skip


def pairs(set_name: str) -> Iterator[tuple[Audio, Audio]]:
    """A song and the song after it, changed as a mastering engineer or a bad one would have."""
    pieces = [song.audio for song in songs(set_name, len(REFERENCES) + 1)]
    for number, (lufs, tilt_db, side) in enumerate(REFERENCES):
        yield pieces[number], _reference(pieces[number + 1].samples, lufs, tilt_db, side)


def _mastered(audio: Audio, reference: Audio) -> Iterator[Samples]:
    return ReferenceMasterer().master(audio, reference, report=lambda _fraction: None)


def _reference(sound: Samples, lufs: float, tilt_db: float, side: float) -> Audio:
    hz = np.maximum(np.fft.rfftfreq(sound.shape[1], 1 / RATE_HZ), 30)
    tilted = np.fft.irfft(np.fft.rfft(sound) * 10 ** (tilt_db * np.log2(hz / 1000) / 20), sound.shape[1])
    mid, sides = (tilted[0] + tilted[1]) / 2, side * (tilted[0] - tilted[1]) / 2
    mix = np.stack([mid + sides, mid - sides]).astype(np.float32)
    gain_db, made = 0.0, Audio(mix, RATE_HZ)
    for _ in range(5):
        limiter = TruePeakLimiter(RATE_HZ, 2, CEILING_DBTP)
        blocks = limiter.process(iter([mix * np.float32(10 ** (gain_db / 20))]))
        made = Audio(np.concatenate(list(blocks), axis=1), RATE_HZ)
        gain_db += lufs - integrated_lufs(made)
    return made


def peak_dbtp(sound: Samples) -> float:
    """Eight times oversampled by another filter than the engine's."""
    return float(20 * np.log10(np.abs(resample_poly(sound.astype(np.float64), 8, 1, axis=1)).max()))


def bands_db(sound: Samples) -> Samples:
    """Level per third octave of the whole by Butterworth filters of the order IEC 61260-1 is usually met with.

    Not as the engine measures it: that takes short-time spectra, and of the loud parts alone.
    """
    levels = []
    for centre in BANDS_HZ:
        edges_hz = (centre / 10**0.05, centre * 10**0.05)
        filtered = sosfilt(butter(3, edges_hz, "bandpass", fs=RATE_HZ, output="sos"), sound.astype(np.float64), axis=1)
        levels.append(10 * np.log10(np.square(filtered).mean(axis=1).sum() + 1e-20))
    return np.array(levels)


def has_content(audio: Audio) -> Samples:
    level = bands_db(audio.samples)
    return level > level.max() - CONTENT_DB


def spectrum_gap_db(audio: Audio, reference: Audio) -> Samples:
    """What the recording lacks per band, both equally loud."""
    gap = bands_db(reference.samples) - bands_db(audio.samples)
    return gap - integrated_lufs(reference) + integrated_lufs(audio)


def width_db(audio: Audio) -> Samples:
    left, right = audio.samples
    return bands_db((left - right)[None]) - bands_db((left + right)[None])
