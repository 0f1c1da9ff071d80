"""A planned line made sound by WORLD: spectra of the speech at the times, pitches and loudnesses of the singing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.base import Samples
from models.singing import loudness, melody
from models.singing.balance import gains_db
from models.singing.phones import Kind
from models.singing.spectra import Moments, Timbre, levels, rows_at
from models.singing.syllables import Syllable
from models.singing.timing import Placed, placed, sources
from models.singing.tract import FRAME_MS, FRAME_S, RATE_HZ, Tract, grid_hz

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
# Aperiodicity of vowels at some frequencies: least and most.
NOISE_HZ = (0.0, 1000.0, 4000.0, 8000.0, 12_000.0)
LEAST_NOISE, MOST_NOISE = (0.005, 0.02, 0.1, 0.4, 0.75), (0.06, 0.1, 0.35, 0.75, 0.97)
FRICATIVE_NOISE = (0.02, 0.1, 0.6, 0.9, 1.0)  # of voiced consonants, at least
BREATH_FROM_HZ = 1500.0
SILENT = 1e-16
PEAK = 0.89


def rendered(
    line: Sequence[Syllable], tract: Tract, timbre: Timbre, *, free_s: float, rng: np.random.Generator
) -> tuple[Samples, int]:
    """Sung sound of shape (frames,), and the sample of the song with which it begins. `free_s`: as `placed` has it."""
    import pyworld

    places = [place for place in placed(line, free_s) if place.length_s > 0]
    first = max(int((places[0].start_s - 2 * FRAME_S) * RATE_HZ), 0)
    count = int((places[-1].end_s - first / RATE_HZ) / FRAME_S) + 4
    times_s = np.asarray(first / RATE_HZ + np.arange(count) * FRAME_S, np.float64)
    source_s, number = sources(places, times_s, rng)
    notes = [note for syllable in line for note in syllable.notes]
    tones, vibrato = melody.pitch(notes, times_s, rng)
    hz = 440.0 * 2 ** ((tones - 69) / 12)
    is_voiced = np.array([place.phone.kind is not Kind.UNVOICED for place in places] + [False])[number]
    loud_db = loudness.contour_db(line, times_s, vibrato, rng)
    level = levels(tract, Moments(source_s, hz, loud_db, is_voiced), timbre, rng)
    gain_db = gains_db(level, hz, is_voiced, number, places) + loud_db
    fade = loudness.fades(number, places)
    level += gain_db[:, None]
    power = np.power(10.0, level / 10)
    power *= np.square(fade)[:, None]
    power += SILENT
    noise = _noise(tract, source_s, number, places, is_voiced, timbre.breath)
    pitch_hz = np.where(is_voiced, hz, 0.0)
    out = pyworld.synthesize(pitch_hz, power, noise, RATE_HZ, FRAME_MS)
    out = np.nan_to_num(np.asarray(out, np.float64))
    peak = float(np.abs(out).max(initial=0.0))
    return (out * min(1.0, PEAK / max(peak, 1e-9))).astype(np.float32), first


def _noise(
    tract: Tract, source_s: Floats, number: Numbers, places: Sequence[Placed], is_voiced: Flags, breath: float
) -> Floats:
    """Aperiodicity: vowels clean, a little breath on top; voiced fricatives hiss; all of what has no voice."""
    grid = grid_hz()
    least, most = np.interp(grid, NOISE_HZ, LEAST_NOISE), np.interp(grid, NOISE_HZ, MOST_NOISE)
    hiss = np.interp(grid, NOISE_HZ, FRICATIVE_NOISE)
    rows = rows_at(tract.noise, source_s)
    is_consonant = np.array([place.phone.kind is Kind.VOICED for place in places] + [False])[number]
    out = np.where(is_consonant[:, None], np.maximum(rows, hiss), np.clip(rows, least, most))
    air = np.clip(grid / BREATH_FROM_HZ, 0.0, 1.0) * breath
    out = 1 - (1 - out) * (1 - air)
    out[~is_voiced] = 1.0
    return np.ascontiguousarray(np.clip(out, 0.001, 0.999999))
