"""Voices apart: men and women by pitch, the lead and those behind it by pitch and place.

Pitch alone tells men from women as they speak; a man who sings high counts as a woman, and two who sound together stay
with the louder. A choir is taken from a lead where it stands elsewhere in the panorama, hardly where both are mono.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.dsp.spectra import Spectra
from models.separation.parts_pitch import Track, direction, in_place, predominant, second, smoothed
from models.separation.parts_spectra import Chunk, Floats

BETWEEN_HZ = 165.0  # speaking pitches of men and women part here (Titze 1989)
PER_OCTAVE = 8.0  # log odds
MOST_ODDS = 3.0
WEIGHT = 0.12  # of one step: neighbours say the same again
STAY, STAY_IN_PAUSE = 0.9995, 0.9
PAUSE_DB = -40.0
BACK_S = 0.5
LEAST_BACK = 0.35  # of the steps around, with a second pitch
BETWEEN_TOP_HZ = 5000.0  # above, partials cannot be told apart
STEREO = 2
LEAST_EXPLAINED = 0.6  # by one pitch, for it to be the lead's
Doubles = NDArray[np.float64]


def gender(chunk: Chunk, detector: Any) -> Floats:  # noqa: ANN401
    """Shares of male and female voices."""
    first = predominant(chunk, detector)
    comb = first.comb(chunk)
    other = second(chunk, detector, first, comb)
    woman = _woman(chunk, first)
    present = smoothed(other.is_voiced, round(BACK_S / chunk.stft.hop_s)) > LEAST_BACK
    woman_too = np.where(present, _woman(chunk, other), woman)
    other_comb = other.comb(chunk)
    mine = np.where(present[:, None], _mine(comb, other_comb), 1.0)
    female = mine * woman[:, None] + (1 - mine) * woman_too[:, None]
    return np.stack([1 - female, female]).astype(np.float32)


def role(chunk: Chunk, detector: Any) -> Spectra:  # noqa: ANN401
    """Spectra of the lead and of the voices behind it: (2, channels, steps, bins)."""
    first = predominant(chunk, detector)
    comb = first.comb(chunk)
    other = second(chunk, detector, first, comb)
    present = smoothed(other.is_voiced, round(BACK_S / chunk.stft.hop_s)) > LEAST_BACK
    heard = chunk.power.sum(axis=1)
    explained = smoothed((chunk.power * comb).sum(axis=1), 9) / (smoothed(heard, 9) + 1e-20)
    is_lead = first.is_voiced & present & (explained > LEAST_EXPLAINED)
    between = (1 - comb) * is_lead[:, None] * (chunk.hz < BETWEEN_TOP_HZ)
    lead = chunk.spectra * (1 - between)
    if chunk.spectra.shape[0] == STEREO:
        lead = in_place(lead, direction(chunk, chunk.power * comb))
    return np.stack([lead, chunk.spectra - lead])


def _mine(comb: Floats, other: Floats) -> Floats:
    """Share of the first of two voices; what neither comb holds goes to the first."""
    return np.asarray((comb + 0.1) / (comb + other + 0.1), np.float32)


def _woman(chunk: Chunk, track: Track) -> Floats:
    """Probability at each step that the voice is a woman's, by a hidden Markov model that rarely changes."""
    octaves = np.log2(np.maximum(track.hz, 1.0) / BETWEEN_HZ)
    odds = np.clip(PER_OCTAVE * octaves, -MOST_ODDS, MOST_ODDS) * WEIGHT * track.is_voiced * chunk.stft.hop_s / 0.0115
    level_db = 10 * np.log10(chunk.power.sum(axis=1) + 1e-20)
    is_pause = smoothed(level_db, 3) < level_db.max() + PAUSE_DB
    stay = np.where(is_pause, STAY_IN_PAUSE, STAY)
    likely = np.stack([np.exp(-odds / 2), np.exp(odds / 2)], axis=1)
    ahead, behind = _filtered(likely, stay), _filtered(likely[::-1], stay[::-1])[::-1]
    both = ahead * behind / likely
    return np.asarray(both[:, 1] / both.sum(axis=1), np.float32)


def _filtered(likely: Doubles, stay: Doubles) -> Doubles:
    """Probabilities of the two states given all steps until now: (steps, 2)."""
    out = np.empty((len(likely), 2))
    now = np.array([0.5, 0.5])
    for step, (of_state, same) in enumerate(zip(likely, stay, strict=True)):
        now = (now * same + now[::-1] * (1 - same)) * of_state
        now /= now.sum()
        out[step] = now
    return out
