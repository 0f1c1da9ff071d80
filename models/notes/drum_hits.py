"""Notes of a drum stem: General MIDI drums at the times they are hit.

Kick, snare and toms by convolutive factorisation of the stem (`models.separation.drums`); cymbals, which other drums
mask there, by the rise of what lies above 6 kHz (Bello et al. 2005), and told apart by how they decay.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Note, Report
from models.separation.cymbals import CRASH, HI_HAT, Highs
from models.separation.drums import HIGHS_HZ, find_hits
from models.separation.parts_spectra import Chunk

CHUNK_S, CONTEXT_S = 20.0, 1.0
HIGHS_FRAME_S = 0.023
HIGHEST_HZ, HIGHS_FROM_HZ, HIGHS_TO_HZ = 15_000.0, 6000.0, 16_000.0
LEAST_RISE = 0.35  # nepers of power over two steps, beyond the usual
LOUDER = 1.25  # than all together was before: noise that dies away rises here and there, but not as a whole
FLOOR = 1e-4  # of the mean power: quieter is silence
APART_S = 0.03
TOGETHER_S = 0.025
KICK, SNARE, CLAP, LOW_TOM, HIGH_TOM, CLOSED_HAT, OPEN_HAT, RIDE, CRASH_CYMBAL = 36, 38, 39, 45, 50, 42, 46, 51, 49
STRUCK = (KICK, KICK, SNARE, CLAP, LOW_TOM, HIGH_TOM)  # what the first drums of the kit are
CYMBALS = (CLOSED_HAT, OPEN_HAT, RIDE, CRASH_CYMBAL)
LEAST = 0.05  # of the energy of the strongest hit of the same drum
LEAST_CYMBAL = 0.003
LEAST_TOM = 0.25  # of the strongest hit of any drum: a bass that is left in the stem looks like quiet toms
OPEN_DB, OPEN_S = -10.0, 0.12  # what has lost less by then is open
UNDER_DRUM_S = 0.03  # this near to a drum, what rises may be the drum's own highs
UNDER_KICK = 0.25  # of the power of cymbals that sound alone; a kick has less up there
EVEN = 0.15  # of the time from cymbal to cymbal
LOUDEST, QUIETEST, RANGE_DB = 115, 30, 30.0  # velocities
NOTE_S = 0.1
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hit:
    at_s: float
    drum: int
    energy: float


class DrumHits:
    """`NoteTranscriber` of drums alone. Deterministic; holds 22 s at a time."""

    def notes(self, audio: Audio, *, report: Report) -> list[Note]:
        """One note per hit, 0.1 s long, ordered by start, then drum; velocity from the energy of the hit.

        Any rate from 8 kHz; raises what `report` raises.
        """
        hits = [hit for chunk in _chunks(audio, report) for hit in chunk]
        struck = _strong(_one_snare([hit for hit in hits if hit.drum not in CYMBALS]))
        kept = _apart(struck + _sure([hit for hit in hits if hit.drum in CYMBALS], struck))
        strongest = _strongest(kept)
        return [Note(hit.at_s, hit.at_s + NOTE_S, hit.drum, _velocity(hit, strongest), is_drum=True) for hit in kept]


def _strongest(hits: list[Hit]) -> dict[int, float]:
    """Greatest energy of each drum."""
    result: dict[int, float] = {}
    for hit in hits:
        result[hit.drum] = max(result.get(hit.drum, 0.0), hit.energy)
    return result


def _one_snare(hits: list[Hit]) -> list[Hit]:
    """Snares and claps as what most of them are: the two sound alike, and one hit shows as both."""
    snares, claps = (sum(hit.energy for hit in hits if hit.drum == drum) for drum in (SNARE, CLAP))
    drum = SNARE if snares >= claps else CLAP
    return _apart([replace(hit, drum=drum) if hit.drum in {SNARE, CLAP} else hit for hit in hits])


def _strong(hits: list[Hit]) -> list[Hit]:
    strongest = _strongest(hits)
    most = max(strongest.values(), default=0.0)
    return [
        hit
        for hit in hits
        if hit.energy >= (LEAST_TOM * most if hit.drum in {LOW_TOM, HIGH_TOM} else LEAST * strongest[hit.drum])
    ]


def _sure(cymbals: list[Hit], struck: list[Hit]) -> list[Hit]:
    """Cymbals that are not the highs of another drum.

    Those alone; those with a kick if they are about as loud; and those with any drum where one is missing in an even
    row.
    """

    def near(hit: Hit, drums: set[int]) -> bool:
        return any(abs(hit.at_s - other.at_s) < UNDER_DRUM_S for other in struck if other.drum in drums)

    loud = LEAST_CYMBAL * max((hit.energy for hit in cymbals), default=0.0)
    cymbals = [hit for hit in cymbals if hit.energy >= loud]
    snares = {SNARE, CLAP, LOW_TOM, HIGH_TOM}
    alone = [hit for hit in cymbals if not near(hit, snares | {KICK})]
    if not alone:
        return []
    least = UNDER_KICK * float(np.median([hit.energy for hit in alone]))
    sure = sorted(
        (hit for hit in cymbals if not near(hit, snares) and (hit.energy >= least or not near(hit, {KICK}))),
        key=lambda hit: hit.at_s,
    )
    times_s = np.array([hit.at_s for hit in sure])
    usual_s = float(np.median(np.diff(times_s))) if times_s.size > 1 else 0.0
    missing = [
        hit
        for hit in cymbals
        if hit not in sure
        and all(
            float(np.abs(times_s - at_s).min()) < EVEN * usual_s for at_s in (hit.at_s - usual_s, hit.at_s + usual_s)
        )
    ]
    return sure + missing


def _velocity(hit: Hit, strongest: dict[int, float]) -> int:
    below_db = 10 * np.log10(max(hit.energy / strongest[hit.drum], 1e-12))
    return int(np.clip(round(LOUDEST + (LOUDEST - QUIETEST) * below_db / RANGE_DB), QUIETEST, LOUDEST))


def _apart(hits: list[Hit]) -> list[Hit]:
    """Of hits of the same drum that are too near to be two, the stronger."""
    kept: list[Hit] = []
    last: dict[int, int] = {}
    for hit in sorted(hits, key=lambda hit: (hit.at_s, hit.drum)):
        before = last.get(hit.drum)
        if before is not None and hit.at_s - kept[before].at_s < APART_S:
            if hit.energy > kept[before].energy:
                kept[before] = hit
            continue
        last[hit.drum] = len(kept)
        kept.append(hit)
    return sorted(kept, key=lambda hit: (hit.at_s, hit.drum))


def _chunks(audio: Audio, report: Report) -> Iterator[list[Hit]]:
    frames, rate_hz = audio.samples.shape[1], audio.rate_hz
    step, context = round(CHUNK_S * rate_hz), round(CONTEXT_S * rate_hz)
    for first in range(0, frames, step):
        start = max(first - context, 0)
        samples = np.asarray(audio.samples[:, start : first + step + context], np.float32)
        end_s = min(first + step, frames) / rate_hz
        found = _heard(samples, rate_hz) if float(np.abs(samples).max()) > FLOOR else []
        moved = [Hit(hit.at_s + start / rate_hz, hit.drum, hit.energy) for hit in found]
        yield [hit for hit in moved if first / rate_hz <= hit.at_s < end_s]
        report(min((first + step) / frames, 1.0))


def _heard(samples: NDArray[np.float32], rate_hz: int) -> list[Hit]:
    found = find_hits(Chunk(samples, rate_hz))
    energy = found.energy
    hits = []
    for drum in sorted(set(STRUCK)):
        by_step = energy[[number for number, name in enumerate(STRUCK) if name == drum]].max(axis=0)
        hits += [Hit(float(step) * found.hop_s, drum, float(by_step[step])) for step in np.flatnonzero(by_step)]
    return hits + _cymbals(Chunk(samples, rate_hz, HIGHS_FRAME_S))


def _cymbals(chunk: Chunk) -> list[Hit]:
    from scipy.ndimage import maximum_filter1d

    inside = (chunk.hz >= HIGHS_FROM_HZ) & (chunk.hz < HIGHS_TO_HZ)
    if not inside.any():
        return []
    hop_s = chunk.stft.hop_s
    power = chunk.power[:, inside].astype(np.float64)
    level = np.log(power + FLOOR * power.mean() + 1e-20)
    rise = np.pad(np.maximum(level[2:] - level[:-2], 0).mean(axis=1), (2, 0))[: level.shape[0]]
    around = 2 * round(APART_S / hop_s) + 1
    at = np.flatnonzero((rise == maximum_filter1d(rise, around)) & (rise > np.median(rise) + LEAST_RISE))
    course = power.sum(axis=1)
    before = np.stack([np.pad(course, (lag, 0))[: course.size] for lag in (2, 3, 4)]).max(axis=0)
    after = np.stack([np.pad(course, (0, lag))[lag:] for lag in (0, 1, 2)]).max(axis=0)
    at = at[after[at] > LOUDER * before[at]]
    if not at.size:
        return []
    bands = [(chunk.hz >= low) & (chunk.hz < high) for low, high in pairwise(HIGHS_HZ)]
    highs = Highs(np.stack([chunk.power[:, band].sum(axis=1, dtype=np.float64) for band in bands]), hop_s)
    ends = np.append(at[1:], level.shape[0])
    hits = []
    for step, kind in zip(at, highs.kinds(at, ends), strict=True):
        peak = float(after[step])
        drum = {HI_HAT: CLOSED_HAT, CRASH: CRASH_CYMBAL}.get(int(kind), RIDE)
        later = course[min(step + round(OPEN_S / hop_s), course.size - 1)]
        if drum == CLOSED_HAT and later > peak * 10 ** (OPEN_DB / 10):
            drum = OPEN_HAT
        hits.append(Hit(max(int(step) - 1, 0) * hop_s, drum, peak))
    return hits
