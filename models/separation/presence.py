"""Whether somebody sings or speaks in a mix, and whether nobody plays along."""

import numpy as np
from scipy.ndimage import percentile_filter, uniform_filter1d

from models.separation.pitch import Pitch, Values, partials

WINDOW_S = 4.0
VOICED = 0.5
GLIDE = (0.08, 0.9)  # semitones from one frame of 23 ms to the next: played notes stay, detectors leap
FRAME_S = 0.0232
OFTEN, MUCH = 0.2, 0.3  # share of frames that glide, and of the energy in them, that together tell a voice
USUAL = 75  # percentile of a whole chunk: where it is full of voice, less will do at each moment
ENOUGH, LEAST, MOST, SPREAD = 2.0, 1.4, 2.4, 0.12
COLOUR_HZ, COLOUR_BANDS, LAG = (250.0, 5000.0), 10, 3  # bands; frames
CHANGE, SHARE = (0.6, 0.1), (0.22, 0.05)  # nepers; of the mix: what played notes have, and its spread
LOWEST_HZ = 90.0
SPEAKS, SPEAKS_SPREAD = 2.2, 0.2
HEARD_HZ = (80.0, 4000.0)
LOBE_HZ = 22.0
QUIET_PERCENT = 10.0
MOST_RANGE_DB = 30.0
RANGE_WORTH = 0.005  # per dB
ALONE = (0.74, 0.84)


def voiced_share(pitch: Pitch, power: Values, hop_s: float) -> Values:
    """How surely there is a voice, 0 to 1, for each frame: the pitch of voices glides, that of instruments steps.

    `power`: of each frame of the mix. Compare the fluctogram of Sonnleitner et al. 2012.
    """
    semitones = 12 * np.log2(pitch.hz)
    step = np.abs(np.diff(semitones, prepend=semitones[:1])) * (FRAME_S / hop_s)
    is_voiced = pitch.confidence > VOICED
    glides = (step > GLIDE[0]) & (step < GLIDE[1]) & is_voiced & np.roll(is_voiced, 1)
    often = _around(glides.astype(np.float32), hop_s)
    much = _around(power * glides, hop_s) / (_around(power, hop_s) + 1e-12)
    score = often / OFTEN + much / MUCH
    needed = np.clip(2 * ENOUGH - np.percentile(score, USUAL), LEAST, MOST)
    return np.asarray(1 / (1 + np.exp((needed - score) / SPREAD)), np.float32)


def speaking(pitch: Pitch, tonal: Values, middle: Values, total: float, bins_hz: Values) -> float:
    """How surely the partials change colour as vowels do, 0 to 1, for a whole chunk: finds a voice without vibrato.

    `tonal`: power of the partials in each cell; `middle`: share of the cell in the middle; `total`: power of the mix.
    Compare the vocal variance of Lehner et al. 2013.
    """
    edges = np.searchsorted(bins_hz, np.geomspace(*COLOUR_HZ, COLOUR_BANDS + 1))
    bands = np.add.reduceat(tonal, edges, axis=1)[:, :-1]
    power = bands.sum(axis=1)
    colour = np.log(bands + 1e-4 * power[:, None] + 1e-9)
    colour -= colour.mean(axis=1, keepdims=True)
    is_voiced = pitch.confidence > VOICED
    if not is_voiced.any() or float(np.median(pitch.hz[is_voiced])) < LOWEST_HZ:
        return 0.0  # a bass
    leap = np.abs(12 * np.log2(pitch.hz[LAG:] / pitch.hz[:-LAG]))
    weight = np.sqrt(power[LAG:]) * (is_voiced[LAG:] & is_voiced[:-LAG] & (leap < GLIDE[1]))
    change = float((np.abs(colour[LAG:] - colour[:-LAG]).mean(axis=1) * weight).sum() / (weight.sum() + 1e-9))
    share = float((tonal * np.square(middle)).sum()) / (total + 1e-12)
    score = (change - CHANGE[0]) / CHANGE[1] + (share - SHARE[0]) / SHARE[1]
    return float(1 / (1 + np.exp(np.clip((SPEAKS - score) / SPEAKS_SPREAD, -50, 50))))


def alone(pitch: Pitch, spectra_power: Values, bins_hz: Values, hop_s: float) -> Values:
    """How surely nothing sounds but one voice, 0 to 1, for each frame: its partials are all there is, and it pauses."""
    heard = (bins_hz > HEARD_HZ[0]) & (bins_hz < HEARD_HZ[1])
    power = spectra_power[:, heard]
    lobes = partials(pitch.hz, bins_hz[heard], np.full(int(heard.sum()), LOBE_HZ, np.float32))
    total = power.sum(axis=1)
    explained = np.einsum("fb,fb->f", power, lobes) * (pitch.confidence > VOICED)
    mean = _around(total, hop_s) + 1e-12
    quiet = percentile_filter(total, QUIET_PERCENT, size=_width(hop_s), mode="nearest")
    range_db = np.clip(10 * np.log10(mean / (quiet + 1e-12)), 0, MOST_RANGE_DB)
    score = _around(explained, hop_s) / mean + RANGE_WORTH * range_db
    return np.asarray(np.clip((score - ALONE[0]) / (ALONE[1] - ALONE[0]), 0, 1), np.float32)


def _width(hop_s: float) -> int:
    return max(round(WINDOW_S / hop_s), 1)


def _around(values: Values, hop_s: float) -> Values:
    return np.asarray(uniform_filter1d(values.astype(np.float64), _width(hop_s), mode="nearest"), np.float32)
