"""The spectra of a sung line: those of the speech, with the resonances and brightness of this voice at this pitch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from models.singing.timing import slow_noise
from models.singing.tract import BINS, FRAME_S, RATE_HZ, Tract, grid_hz
from models.voices.colour import Change

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
SUNG_ABOVE = 1.33  # people sing higher than they speak
WITH_PITCH, LEAST_RATIO, MOST_RATIO = 0.07, 0.93, 1.12  # resonances rise with this power of the pitch
WOBBLE, WOBBLE_HZ = 0.006, 2.5
TILT_DB, TILT_FROM_HZ, TILT_MOST_DB, TILT_OCTAVES = 0.3, 800.0, 2.5, 3.5  # per octave and dB of loudness
OCTAVE_DB = 3.0  # of loudness, as which an octave brightens
PRESENCE_DB, PRESENCE_HZ, PRESENCE_WIDTH = 4.0, 3000.0, 0.22  # the singer's formant (Sundberg 1974), in octaves
EFFORT_HZ, SUNG_OVERTONES_DB = ((100.0, 700.0), (700.0, 3800.0)), -9.0  # of the second against the first, in singing
EFFORT, MOST_EFFORT_DB = 0.6, 8.0
FIRST_HZ, FIRST_S = (280.0, 1000.0), 0.04  # where the first resonance is looked for
TUNED, TUNED_TOP_HZ = 0.97, 2200.0  # of the pitch; from here on nothing is moved
BELOW, CONSONANT_HZ, BELOW_DB = 0.8, 350.0, 24.0  # of the pitch; of consonants; attenuation an octave further down
JOIN_S = 0.015
BLOCK = 512  # frames


@dataclass(frozen=True, slots=True)
class Timbre:
    """ratio: of the resonances; breath: 0 to 1; change: towards a voice that is known by its profile alone."""

    ratio: float = 1.0
    breath: float = 0.0
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Moments:
    """The frames of a line: where in the speech they come from, their pitch, loudness, and whether they are voiced."""

    source_s: Floats
    hz: Floats
    loud_db: Floats
    is_voiced: Flags


def levels(tract: Tract, moments: Moments, timbre: Timbre, rng: np.random.Generator) -> Floats:
    """Log spectra in dB, of shape (frames, BINS)."""
    above = moments.hz / (SUNG_ABOVE * tract.spoken_hz)
    ratio = np.clip(above**WITH_PITCH, LEAST_RATIO, MOST_RATIO) * timbre.ratio
    ratio *= 1 + WOBBLE * slow_noise(ratio.size, FRAME_S, WOBBLE_HZ, rng)
    bright_db = moments.loud_db + OCTAVE_DB * np.clip(np.log2(above), -1.0, 2.0)
    effort = _effort(tract)
    first_hz = rows_at(_first_hz(tract)[:, None], moments.source_s)[:, 0]
    out = np.empty((ratio.size, BINS))
    for begin in range(0, ratio.size, BLOCK):
        part = slice(begin, begin + BLOCK)
        hz, voiced = moments.hz[part, None], moments.is_voiced[part, None]
        wanted = _tuned(grid_hz() / ratio[part, None], first_hz[part, None], hz / ratio[part, None])
        if timbre.change is not None:
            wanted = timbre.change.source_hz(wanted)
        out[part] = _read(rows_at(tract.level_db, moments.source_s[part]), wanted)
        out[part] += voiced * (_brightness(bright_db[part, None]) + effort) - _rumble(
            np.where(voiced, BELOW * hz, CONSONANT_HZ)
        )
    if timbre.change is not None:
        out += timbre.change.colour_at(grid_hz())
    _smooth_joins(out, moments.source_s)
    return out


def rows_at(frames: Floats, times_s: Floats) -> Floats:
    """Values of frames that are FRAME_S apart, at any time."""
    at = np.clip(times_s / FRAME_S, 0, frames.shape[0] - 1)
    low = np.minimum(at.astype(np.int64), max(frames.shape[0] - 2, 0))
    part = (at - low)[:, None]
    return np.asarray(frames[low] * (1 - part) + frames[np.minimum(low + 1, frames.shape[0] - 1)] * part)


def _read(rows: Floats, wanted_hz: Floats) -> Floats:
    """Each row at frequencies of its own."""
    at = np.clip(wanted_hz / (RATE_HZ / 2) * (BINS - 1), 0, BINS - 1)
    low = np.minimum(at.astype(np.int64), BINS - 2)
    part = at - low
    index = np.arange(rows.shape[0])[:, None]
    return np.asarray(rows[index, low] * (1 - part) + rows[index, low + 1] * part)


def _first_hz(tract: Tract) -> Floats:
    """About where the first resonance lies, in each frame of the speech."""
    grid = grid_hz()
    low = (grid >= FIRST_HZ[0]) & (grid <= FIRST_HZ[1])
    emphasised = tract.level_db[:, low] + 10 * np.log10(grid[low])  # without what the glottis has below it
    found = grid[low][emphasised.argmax(axis=1)]
    return np.asarray(gaussian_filter1d(found, FIRST_S / FRAME_S / 2, mode="nearest"))


def _tuned(wanted_hz: Floats, first_hz: Floats, hz: Floats) -> Floats:
    """Where to read the spectra when the pitch is above the first resonance: singers raise it then (Sundberg 1975)."""
    tuned_hz = np.maximum(first_hz, TUNED * hz)
    top_hz = np.maximum(TUNED_TOP_HZ, 1.6 * tuned_hz)
    below = wanted_hz * first_hz / tuned_hz
    above = first_hz + (wanted_hz - tuned_hz) * (top_hz - first_hz) / (top_hz - tuned_hz)
    return np.asarray(np.where(wanted_hz < tuned_hz, below, np.where(wanted_hz < top_hz, above, wanted_hz)))


def _brightness(loud_db: Floats) -> Floats:
    """Presence, and a tilt that follows the loudness; dB of shape (frames, BINS)."""
    hz = np.maximum(grid_hz(), 1.0)
    presence = PRESENCE_DB * np.exp(-0.5 * (np.log2(hz / PRESENCE_HZ) / PRESENCE_WIDTH) ** 2)
    octaves = np.clip(np.log2(hz / TILT_FROM_HZ), 0.0, TILT_OCTAVES)
    return np.asarray(presence + np.clip(TILT_DB * loud_db, -TILT_MOST_DB, TILT_MOST_DB) * octaves)


def _effort(tract: Tract) -> Floats:
    """Attenuation of the lowest part, in dB per bin, where a voice speaks too softly to be sung: it lacks overtones."""
    hz = grid_hz()
    power = (10 ** (tract.level_db[tract.is_voiced] / 10)).sum(axis=0)
    low, high = (power[(hz >= first) & (hz < last)].sum() + 1e-20 for first, last in EFFORT_HZ)
    lacking_db = SUNG_OVERTONES_DB - 10 * np.log10(high / low)
    cut_db = float(np.clip(EFFORT * lacking_db, 0.0, MOST_EFFORT_DB))
    return np.asarray(-cut_db / (1 + (hz / EFFORT_HZ[0][1]) ** 4))


def _rumble(edge_hz: Floats) -> Floats:
    """Attenuation in dB, of shape (frames, BINS), of what lies below a voice: noise without a pitch."""
    return np.asarray(BELOW_DB * np.clip(np.log2(edge_hz / np.maximum(grid_hz(), 1.0)), 0.0, 1.0))


def _smooth_joins(level: Floats, source_s: Floats) -> None:
    """Spectra blended where speech is left out between two sounds."""
    reach = round(2 * JOIN_S / FRAME_S)
    for jump in np.flatnonzero(np.abs(np.diff(source_s)) > 4 * FRAME_S).tolist():
        first, last = max(jump - 2 * reach, 0), min(jump + 2 * reach + 2, level.shape[0])
        soft = gaussian_filter1d(level[first:last], JOIN_S / FRAME_S / 2, axis=0, mode="nearest")
        away_s = np.abs(np.arange(first, last) - jump - 0.5) * FRAME_S
        share = np.clip(1.5 - away_s / JOIN_S, 0.0, 1.0)[:, None]
        level[first:last] += share * (soft - level[first:last])
