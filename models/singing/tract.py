"""Spoken sound as spectra (WORLD: Morise et al. 2016) at the rate of singing, from which it is sung anew.

Speech of 16 or 22 kHz is continued above what it holds: vowels fall, consonants go on hissing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, median_filter, minimum_filter1d

from models.base import Audio
from models.singing.phones import Kind, Phone

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
RATE_HZ = 44_100
FFT = 2048
BINS = FFT // 2 + 1
FRAME_MS, FRAME_S = 5.0, 0.005
LOWEST_HZ, HIGHEST_HZ = 60.0, 420.0
USABLE, JUDGED = 0.44, 0.32  # of the rate of speech: above the first it is continued, from what lies above the second
SEAM_HZ = 500.0
VOICED_FALL_DB, UNVOICED_FALL_DB, FALL_DB = 14.0, 4.0, 24.0  # per octave; the last: from AIR_HZ on
BRIGHT_HZ = (2500.0, 4200.0)  # from what a voice has here on it falls no faster than that
AIR_HZ = 13_000.0
SHARPENED_HZ, FORMANT_HZ, SHARPER = 5500.0, 330.0, 0.35  # statistical voices blur formants
VALLEY_HZ, VALLEY_DB = 2400.0, 20.0  # widest gap between formants; depth below the lower of them, about
BORDER_S = 0.04  # how far a border may lie from where the voice begins or ends
LEVEL_S = 0.015  # window in which the level is judged
RISEN_DB, FALLEN_DB = 12.0, 18.0  # below a vowel: where it has begun, where it has ended
LEFT = 0.4  # of a vowel, at least
FLOOR = 1e-14
LN10 = float(np.log(10))
OCTAVE_OFF = 0.4  # octaves from the median of the surroundings: an error of the tracker


@dataclass(frozen=True, slots=True)
class Tract:
    """level_db: log power spectra, shape (frames, BINS), each FRAME_S; noise: aperiodicity, amplitude, 0 to 1.

    spoken_hz: median pitch.
    """

    level_db: Floats
    noise: Floats
    is_voiced: Flags
    spoken_hz: float


def grid_hz() -> Floats:
    return np.arange(BINS, dtype=np.float64) * (RATE_HZ / FFT)


def analysed(audio: Audio, phones: Sequence[Phone], *, sharper: float = SHARPER) -> tuple[Tract, list[Phone]]:
    """The tract of mono speech, and its sounds with their borders moved to where the voice begins and ends.

    sharper: by how much of itself each formant stands out more.
    """
    import pyworld

    rate_hz = audio.rate_hz
    sound = np.ascontiguousarray(audio.samples[0], np.float64)
    found, times = pyworld.dio(sound, rate_hz, f0_floor=LOWEST_HZ, f0_ceil=HIGHEST_HZ, frame_period=FRAME_MS)
    found = pyworld.stonemask(sound, found, times, rate_hz)
    pitch, is_voiced = _cleaned(np.asarray(found, np.float64))
    moved = trimmed(bordered(phones, is_voiced), _sound_db(sound, rate_hz, times.size))
    says_voice = _says_voice(moved, times)
    # What is voiced and was not tracked is analysed with the pitch of its surroundings.
    used = np.where(is_voiced | says_voice, pitch, 0.0)
    power = pyworld.cheaptrick(sound, used, times, rate_hz)
    noise = pyworld.d4c(sound, used, times, rate_hz, threshold=0.0)
    level = 10 * np.log10(np.maximum(power, FLOOR))
    level, noise = _continued(level, noise, rate_hz, says_voice)
    if sharper:
        fine = level - gaussian_filter1d(level, FORMANT_HZ / (RATE_HZ / FFT), axis=1, mode="nearest")
        level[says_voice] += sharper * (fine * _low_pass())[says_voice]
    level[says_voice] = _filled(level[says_voice])
    voiced_hz = pitch[is_voiced]
    return Tract(level, noise, says_voice, float(np.median(voiced_hz)) if voiced_hz.size else 150.0), moved


def _filled(level: Floats) -> Floats:
    """Valleys between formants no deeper than those of a mouth: statistical voices leave single harmonics standing."""
    size = round(VALLEY_HZ / (RATE_HZ / FFT))
    closed = minimum_filter1d(maximum_filter1d(level, size, axis=1, mode="nearest"), size, axis=1, mode="nearest")
    return np.asarray(10 * np.logaddexp(level / 10 * LN10, (closed - VALLEY_DB) / 10 * LN10) / LN10)


def _low_pass() -> Floats:
    return np.asarray(np.clip((SHARPENED_HZ - grid_hz()) / 1000 + 0.5, 0.0, 1.0))


def _cleaned(hz: Floats) -> tuple[Floats, Flags]:
    """The pitch without errors of an octave, filled between; and where it was heard."""
    at = np.flatnonzero(hz > 0)
    if at.size == 0:
        return np.full(hz.size, 150.0), np.zeros(hz.size, np.bool_)
    logs = np.log2(hz[at])
    usual = median_filter(logs, size=41, mode="nearest")
    is_right = np.abs(logs - usual) < OCTAVE_OFF
    right, values = (at[is_right], logs[is_right]) if is_right.any() else (at, usual)
    return 2 ** np.interp(np.arange(hz.size), right, values), hz > 0


def bordered(phones: Sequence[Phone], is_voiced: Flags) -> list[Phone]:
    """Sounds whose borders between with and without voice lie where the voice begins or ends, if that is near."""
    found = list(phones)
    changes = np.diff(is_voiced.astype(np.int8))
    for number, (one, other) in enumerate(pairwise(phones)):
        unvoiced = (one.kind is Kind.UNVOICED, other.kind is Kind.UNVOICED)
        if unvoiced[0] == unvoiced[1] or one.end_s != other.start_s:
            continue
        places_s = (np.flatnonzero(changes == (1 if unvoiced[0] else -1)) + 1) * FRAME_S
        near = places_s[np.abs(places_s - one.end_s) <= BORDER_S]
        if near.size:
            border_s = float(near[np.abs(near - one.end_s).argmin()])
            border_s = min(max(border_s, found[number].start_s + FRAME_S), other.end_s - FRAME_S)
            found[number] = replace(found[number], end_s=border_s)
            found[number + 1] = replace(found[number + 1], start_s=border_s)
    return found


def _sound_db(sound: Floats, rate_hz: int, frames: int) -> Floats:
    """Level of each frame, FRAME_S apart."""
    size = round(LEVEL_S * rate_hz)
    power = np.convolve(np.square(sound), np.ones(size) / size, mode="same")
    at = np.minimum(np.rint(np.arange(frames) * FRAME_S * rate_hz).astype(np.int64), power.size - 1)
    return np.asarray(10 * np.log10(np.maximum(power[at], FLOOR)))


def trimmed(phones: Sequence[Phone], sound_db: Floats) -> list[Phone]:
    """Vowels and sonorants without what is too quiet to be part of them beside a consonant or a pause.

    espeak-ng counts the silence of a plosive to the sound before it, flite its breath to the vowel after it: what is
    held would hold that.
    """
    found = list(phones)
    for number, phone in enumerate(found):
        first, last = round(phone.start_s / FRAME_S), round(phone.end_s / FRAME_S)
        if phone.kind not in {Kind.VOWEL, Kind.SONORANT} or last - first < 3:  # noqa: PLR2004 - nothing to trim
            continue
        inside = sound_db[first:last]
        top_db = float(np.percentile(inside, 80))
        before = found[number - 1] if number else None
        after = found[number + 1] if number + 1 < len(found) else None
        start_s, end_s = phone.start_s, phone.end_s
        if before is None or before.kind is Kind.UNVOICED or before.end_s < phone.start_s:
            start_s += FRAME_S * int(np.argmax(inside >= top_db - RISEN_DB))
        if after is None or after.kind in {Kind.UNVOICED, Kind.VOICED} or after.start_s > phone.end_s:
            end_s -= FRAME_S * int(np.argmax(inside[::-1] >= top_db - FALLEN_DB))
        if end_s - start_s < LEFT * phone.length_s:
            continue
        if before is not None and before.end_s == phone.start_s:
            found[number - 1] = replace(before, end_s=start_s)
        if after is not None and after.start_s == phone.end_s:
            found[number + 1] = replace(after, start_s=end_s)
        found[number] = replace(phone, start_s=start_s, end_s=end_s)
    return found


def _says_voice(phones: Sequence[Phone], times_s: Floats) -> Flags:
    found = np.zeros(times_s.size, np.bool_)
    for phone in phones:
        if phone.kind is not Kind.UNVOICED:
            found |= (times_s >= phone.start_s - FRAME_S / 2) & (times_s < phone.end_s + FRAME_S / 2)
    return found


def _continued(level: Floats, noise: Floats, rate_hz: int, is_voiced: Flags) -> tuple[Floats, Floats]:
    """Spectra of speech on the grid of singing."""
    hz = grid_hz()
    had = np.linspace(0.0, rate_hz / 2, level.shape[1])
    places = np.interp(hz, had, np.arange(had.size))
    low = np.minimum(places.astype(np.int64), had.size - 2)
    part = places - low
    out = level[:, low] * (1 - part) + level[:, low + 1] * part
    breathy = noise[:, low] * (1 - part) + noise[:, low + 1] * part
    top_hz = USABLE * rate_hz
    judged = (had > JUDGED * rate_hz) & (had < top_hz)
    octaves = np.log2(np.maximum(hz, 1.0) / ((JUDGED + USABLE) / 2 * rate_hz))
    air = np.maximum(np.log2(np.maximum(hz, 1.0) / AIR_HZ), 0.0)
    base = level[:, judged].mean(axis=1)[:, None]
    fall = np.where(is_voiced, VOICED_FALL_DB, UNVOICED_FALL_DB)[:, None]
    above = base - fall * octaves - FALL_DB * air
    seam = np.clip((hz - top_hz) / SEAM_HZ + 1.0, 0.0, 1.0)
    out = out * (1 - seam) + above * seam
    bright = (hz >= BRIGHT_HZ[0]) & (hz <= BRIGHT_HZ[1])
    octaves = np.log2(np.maximum(hz, 1.0) / BRIGHT_HZ[1])
    least = out[:, bright].mean(axis=1)[:, None] - VOICED_FALL_DB * octaves - FALL_DB * air
    is_dull = is_voiced[:, None] & (hz > BRIGHT_HZ[1]) & (out < least)
    out = np.where(is_dull, least, out)
    return out, breathy * (1 - seam) + seam
