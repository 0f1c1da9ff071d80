"""What is left of a band beside voices, drums and bass, by instrument: notes found, then told apart by their course.

Struck and plucked notes decay, blown and bowed ones last; bowed ones begin slowly, blown ones come one at a time. That
is little to go by: piano against guitar, or organ against strings, are guesses more often than not.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.separation.parts_notes import LOWEST_PITCH, TOP_HZ, Note, activations, combs, notes_of
from models.separation.parts_pitch import panning, predominant, smoothed
from models.separation.parts_spectra import Chunk, Floats

PARTS = ("piano", "guitar", "keys", "strings", "winds", "rest")
REST = PARTS.index("rest")
QUICK_S = 0.03
ON_PITCH = 0.6  # semitones
UNEXPLAINED = 4.0  # times the model's power, around a point: no note's
WIDE_BINS = 15
ODDS = (  # of each instrument by feature; fitted to notes of General MIDI instruments
    (-0.41, 0.80, 0.03, -0.81, 0.31, -0.59, -1.00, -0.07, -0.04, 0.33, -0.31, -0.49, -0.50, 0.16, -0.03),
    (0.48, -0.04, 0.49, -0.27, 0.46, -0.23, 0.15, 0.13, -0.10, -0.58, 0.14, 0.01, 0.32, 0.13, 0.11),
    (-0.18, -0.23, 0.16, 0.16, -0.16, -0.12, -0.76, 0.26, -0.18, 0.62, -0.28, 0.43, -0.02, -0.22, -0.07),
    (0.04, 0.01, -0.36, 0.63, -0.87, 0.81, 0.80, -0.19, -0.39, 0.31, 0.59, 0.13, 0.50, 0.44, 0.16),
    (0.07, -0.54, -0.32, 0.28, 0.26, 0.13, 0.81, -0.13, 0.71, -0.69, -0.14, -0.07, -0.29, -0.51, -0.17),
)
POOL = 3.0  # weight of notes alike against a note's own
ALIKE_BY, ALIKE, ALIKE_PLACE = (1, 4, 8), 1.0, 0.35  # decay, brightness and melody; place in the panorama
SURE = 2.5  # log odds are stretched: a note is one instrument's
FLOOR = 1e-5
Doubles = NDArray[np.float64]


def shares(chunk: Chunk, detector: Any) -> Floats:  # noqa: ANN401
    """Share of each part at each point: (parts, steps, bins)."""
    from scipy.ndimage import uniform_filter

    made = combs(chunk)
    bins = made.shape[-1]
    heard = np.sqrt(chunk.power[:, :bins].T)
    level = activations(heard, made)
    notes = notes_of(level, chunk.stft.hop_s)
    hz = predominant(chunk, detector).hz
    melody = 69 + 12 * np.log2(np.maximum(hz, 1) / 440)
    of_instrument = instruments_of(notes, features_of(chunk, notes, melody), _places(chunk, notes))
    power = np.zeros((len(PARTS), chunk.power.shape[0], bins), np.float32)
    for note, likely in zip(notes, of_instrument, strict=True):
        row, when = note.pitch - LOWEST_PITCH, slice(note.first, note.last)
        sound = np.square(level[row][:, when].T @ made[row])
        for part, share in enumerate(likely):
            if share > 0.01:  # noqa: PLR2004 - too little to be worth the time
                power[part, when] += np.float32(share) * sound
    explained = power.sum(axis=0)
    loud = max(float(chunk.power.max()), 1e-12)
    around = smoothed(power.sum(axis=2).T, round(0.3 / chunk.stft.hop_s))  # between its partials a note goes on
    around = around / (around.sum(axis=1, keepdims=True) + 1e-6 * loud)
    power += around.T[:, :, None] * (FLOOR * loud + 0.05 * smoothed(explained, 3)[None])
    wide = [uniform_filter(part, (3, WIDE_BINS)) for part in (chunk.power[:, :bins], explained)]
    power[REST] += np.clip(wide[0] - UNEXPLAINED * wide[1], 0, None)
    power[REST] += 1e-9 * loud
    low = power / power.sum(axis=0)
    above = low[:, :, bins // 2 :] * chunk.power[:, bins // 2 : bins]
    above = above.sum(axis=2) / (chunk.power[:, bins // 2 : bins].sum(axis=1) + 1e-12 * loud)
    above[REST] += 1 - above.sum(axis=0)
    out = np.empty((len(PARTS), *chunk.power.shape), np.float32)
    out[:, :, :bins] = low
    out[:, :, bins:] = above[:, :, None]
    return out


def instruments_of(notes: list[Note], features: Doubles, places: Doubles) -> Doubles:
    """Probability of each instrument for each note, which notes alike decide together: (notes, parts)."""
    if not notes:
        return np.zeros((0, len(PARTS)))
    own = np.concatenate([features @ np.array(ODDS).T, np.full((len(notes), 1), -20.0)], axis=1)
    weight = np.sqrt(np.array([note.energy for note in notes])) * [min(note.last - note.first, 40) for note in notes]
    kind = np.concatenate([features[:, ALIKE_BY] / ALIKE, places[:, None] / ALIKE_PLACE], axis=1)
    away = np.square(kind[:, None] - kind).sum(axis=2)
    near = np.exp(-away / 2) * weight
    pooled = near @ own / near.sum(axis=1, keepdims=True)
    odds = SURE * (own + POOL * pooled) / (1 + POOL)
    odds -= odds.max(axis=1, keepdims=True)
    return np.asarray(np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True))


def features_of(chunk: Chunk, notes: list[Note], melody: Floats) -> Doubles:
    """What tells a note's instrument: (notes, features), each about -2 to 2. `melody`: predominant pitch, MIDI."""
    rows = []
    for note in notes:
        when = slice(note.first, note.last)
        spectrum = chunk.power[when].mean(axis=0)
        partials = _partials_db(spectrum, 440 * 2 ** ((note.pitch - 69) / 12) / chunk.stft.bin_hz)
        rows.append([
            1.0,
            np.log(np.clip(note.decay_db_s, 1, 60) / 8),
            np.clip(note.decay_db_s, -5, 5) / 5,
            np.log(np.clip(note.attack_s, QUICK_S, 0.5) / 0.08),
            2 * note.brightness - 1,
            np.log(np.clip(note.unrest_db, 0.1, 5)),
            (note.pitch - 64) / 12,
            ((note.pitch - 64) / 12) ** 2,
            2 * float((np.abs(melody[when] - note.pitch) < ON_PITCH).mean()) - 1,
            *partials / 15,
        ])  # fmt: skip
    return np.array(rows, np.float64).reshape(len(notes), len(ODDS[0]))


def _partials_db(spectrum: Floats, f0_bins: float) -> Doubles:
    """Levels of partials 1 to 3, 4 to 6 and 7 to 10, and of the valleys between the first, against their sum."""

    def level(numbers: NDArray[np.float64]) -> float:
        at = np.rint(numbers * f0_bins).astype(np.int64)
        at = at[at < spectrum.size - 1]
        return float(sum(spectrum[at + offset].sum() for offset in (-1, 0, 1))) if at.size else 0.0

    groups = [np.array([1.0]), np.array([2.0]), np.array([3.0]), np.arange(4.0, 7), np.arange(7.0, 11)]
    parts = np.array([level(group) for group in groups])
    valleys = level(np.arange(1.0, 4) + 0.5)
    total = parts.sum() + 1e-20
    return np.asarray(np.clip(10 * np.log10(np.append(parts, valleys) / total + 1e-4), -40, 0) + 12)


def _places(chunk: Chunk, notes: list[Note]) -> Doubles:
    """Where in the panorama the fundamental of each note is, -1 to 1."""
    place, out = panning(chunk), np.zeros(len(notes))
    for number, note in enumerate(notes):
        middle = 440 * 2 ** ((note.pitch - 69) / 12) / chunk.stft.bin_hz
        spot = slice(note.first, note.last), slice(max(round(middle) - 1, 0), round(middle) + 2)
        weight = chunk.power[spot] + 1e-20
        out[number] = float((place[spot] * weight).sum() / weight.sum()) if middle * chunk.stft.bin_hz < TOP_HZ else 0
    return out
