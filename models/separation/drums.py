"""A drum stem into its drums: hits found, told apart and followed as they decay.

Convolutive non-negative matrix factorisation whose activations are held to the onsets (Smaragdis 2004; Dittmar and
Müller 2016), started from general descriptions of drums and adapted to the recording. A first pass tells which drums a
hit can be; cymbals are told apart by how they decay; the second pass has only these left.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.separation.cymbals import Highs
from models.separation.drum_kit import KIT, PARTS
from models.separation.parts_spectra import Chunk, Floats, shares_of

__all__ = ["PARTS", "find_hits", "shares"]
LAGS_S = 0.6
LINEAR_HZ = 600.0
BANDS_PER_OCTAVE = 6
LOWEST_HZ = 20.0
FIRST_ROUNDS, ROUNDS, ADAPTING_ROUNDS = 15, 10, 12
PRIOR = 0.3  # weight of a description against what is heard
HIT_S = 0.06
CLOSEST = 2  # steps between onsets
HIGHS_HZ = (500, 1000, 2500, 6000, 10_000, 24_000)
ONSET_GROUPS_HZ = (0, 150, 600, 5000)
# Where each part is told by, and the least share of the energy there that makes a hit.
KEY_BANDS = {
    "kick_drum": (20, 120, 0.3),
    "snare_drum": (400, 1500, 0.4),
    "toms": (60, 300, 0.3),
    "cymbals": (5000, 24_000, 0.2),
}
DRUMS = ("kick_drum", "snare_drum", "toms")
LEAST_HIT = 0.003  # of the energy of the part's strongest hit
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bands:
    """Single bins at low frequencies, shares of an octave above. `first`: the first bin of each band, and the end."""

    first: NDArray[np.int64]
    lows_hz: Doubles
    highs_hz: Doubles

    @classmethod
    def of(cls, bins: int, bin_hz: float) -> "Bands":
        start = max(round(LOWEST_HZ / bin_hz), 1)
        linear = np.arange(start, min(int(LINEAR_HZ / bin_hz), bins - 1))
        ratio = 2 ** (1 / BANDS_PER_OCTAVE)
        above = linear[-1] * ratio ** np.arange(1, int(np.log(bins / linear[-1]) / np.log(ratio)) + 1)
        first = np.unique(np.concatenate([linear, np.rint(above).astype(np.int64), [bins]]))
        return cls(first, first[:-1] * bin_hz, first[1:] * bin_hz)

    def magnitude(self, power: Floats) -> Doubles:
        """(bands, steps) from power (steps, bins)."""
        sums = np.add.reduceat(power[:, : self.first[-1]], self.first[:-1], axis=1, dtype=np.float64)
        return np.asarray(np.sqrt(sums.T))

    def rows(self, low_hz: float, high_hz: float) -> NDArray[np.bool_]:
        """Bands that begin in a range of frequencies; the highest one where there is none so high."""
        inside = (self.lows_hz >= low_hz) & (self.lows_hz < high_hz)
        if not inside.any():
            inside[-1 if low_hz > self.lows_hz[0] else 0] = True
        return np.asarray(inside)

    def spread(self, shares_: Floats, bins: int) -> Floats:
        """Shares (parts, bands, steps) as (parts, steps, bins)."""
        band = np.clip(np.searchsorted(self.first, np.arange(bins), side="right") - 1, 0, self.first.size - 2)
        return np.ascontiguousarray(np.swapaxes(shares_[:, band], 1, 2))


@dataclass(frozen=True, slots=True)
class Hits:
    """What was hit when: `hits` (drums of the kit, steps), and what each drum sounds like, (drums, bands, lags)."""

    hits: Doubles
    kit: Doubles
    bands: Bands
    hop_s: float

    @property
    def energy(self) -> Doubles:
        """Of each hit with all its decay, (drums, steps)."""
        return np.asarray(np.square(self.hits) * np.square(self.kit).sum(axis=(1, 2))[:, None])


def find_hits(chunk: Chunk) -> Hits:
    bands = Bands.of(chunk.stft.bins, chunk.stft.bin_hz)
    heard = bands.magnitude(chunk.power)
    hop_s = chunk.stft.hop_s
    at = onsets_of(heard, bands, hop_s)
    lags = min(int(LAGS_S / hop_s), heard.shape[1])
    kit = np.stack([drum.template(bands.lows_hz, bands.highs_hz, np.arange(lags) * hop_s) for drum in KIT])
    hits = np.zeros((len(KIT), heard.shape[1]))
    if at.size:
        hits[:, at] = heard[:, at].max(axis=0)
        hits, _ = factorise(heard, kit, hits, FIRST_ROUNDS, 0)
        hits *= possible(heard, kit, hits, at, bands, hop_s)
        hits, kit = factorise(heard, kit, hits, ROUNDS, ADAPTING_ROUNDS)
    return Hits(hits, kit, bands, hop_s)


def shares(chunk: Chunk) -> Floats:
    """Share of each part at each point: (parts, steps, bins)."""
    found = find_hits(chunk)
    parts = np.zeros((len(PARTS), found.kit.shape[1], found.hits.shape[1]))
    if found.hits.any():
        for number, drum in enumerate(KIT):
            parts[PARTS.index(drum.part)] += modelled(found.kit[number : number + 1], found.hits[number : number + 1])
    return found.bands.spread(shares_of(np.square(parts).astype(np.float32)), chunk.stft.bins)


def onsets_of(heard: Doubles, bands: Bands, hop_s: float) -> NDArray[np.int64]:
    """Steps at which something is hit."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    level = heard / max(heard.max(), 1e-9)
    found = np.zeros(heard.shape[1], bool)
    for low, high in zip(ONSET_GROUPS_HZ, (*ONSET_GROUPS_HZ[1:], 1e6), strict=True):
        loud = np.log1p(100 * np.sqrt(np.square(level[bands.rows(low, high)]).sum(axis=0)))
        rise = np.maximum(np.diff(loud, prepend=0.0), 0)
        rise += np.concatenate([rise[1:], [0]])  # a window takes two steps to fill
        wide = max(round(0.1 / hop_s), 1)
        least = np.maximum(0.25, 1.5 * uniform_filter1d(rise, 4 * wide))
        found |= (rise == maximum_filter1d(rise, 2 * round(0.03 / hop_s) + 1)) & (rise > least)
    at = np.flatnonzero(found)
    return at[np.diff(at, prepend=-CLOSEST) >= CLOSEST]


def possible(
    heard: Doubles, kit: Doubles, hits: Doubles, at: NDArray[np.int64], bands: Bands, hop_s: float
) -> NDArray[np.bool_]:
    """Which drum of the kit each step can be a hit of, (drums, steps), after a first factorisation."""
    span = max(round(HIT_S / hop_s), 2)
    groups = [drum.part if drum.part in DRUMS else "cymbals" for drum in KIT]
    energy = np.stack(
        [np.square(kit[:, bands.rows(*KEY_BANDS[group][:2]), :span]).sum(axis=(1, 2)) for group in KEY_BANDS]
    )
    by_group = {}
    for key, strength in zip(KEY_BANDS, energy, strict=True):
        made = np.square(hits[:, at]) * strength[:, None]
        mine = made[[group == key for group in groups]].sum(axis=0)
        is_hit = mine > KEY_BANDS[key][2] * made.sum(axis=0)
        by_group[key] = is_hit & (mine > LEAST_HIT * mine.max(initial=0.0))
    highs = Highs(np.stack([np.square(heard[bands.rows(*edges)]).sum(axis=0) for edges in pairwise(HIGHS_HZ)]), hop_s)
    is_struck = highs.is_struck(at)
    is_cymbal = by_group["cymbals"] & is_struck
    ends = [next(iter(at[is_struck & (at > step)]), heard.shape[1]) for step in at[is_cymbal]]
    kind = highs.kinds(at[is_cymbal], np.array(ends, np.int64))
    allowed = np.zeros(hits.shape, bool)
    for number, (drum, group) in enumerate(zip(KIT, groups, strict=True)):
        if group in DRUMS:
            allowed[number, at[by_group[group]]] = True
        else:
            allowed[number, at[is_cymbal][kind == PARTS.index(drum.part)]] = True
    return allowed


def factorise(heard: Doubles, kit: Doubles, hits: Doubles, rounds: int, adapting: int) -> tuple[Doubles, Doubles]:
    """Hits (drums, steps) and templates (drums, bands, lags) whose sum is like what is heard (bands, steps).

    Steps where `hits` is zero stay so. `adapting`: rounds in which the templates may change as well.
    """
    steps = heard.shape[1]
    floor = 1e-6 * max(float(heard.max()), 1e-9)
    hits, templates = hits.copy(), kit.copy()
    for turn in range(rounds + adapting):
        ratio = heard / (modelled(templates, hits) + floor)
        gain, weight = np.zeros_like(hits), np.zeros_like(hits)
        for lag in range(kit.shape[2]):
            gain[:, : steps - lag] += templates[:, :, lag] @ ratio[:, lag:]
            weight[:, : steps - lag] += templates[:, :, lag].sum(axis=1)[:, None]
        hits *= gain / np.maximum(weight, 1e-12)
        hits[hits < floor] = 0  # numbers near the smallest there are would take ten times as long
        if turn >= rounds:
            ratio = heard / (modelled(templates, hits) + floor)
            strength = hits.sum(axis=1)[:, None]
            for lag in range(kit.shape[2]):
                heard_more = hits[:, : steps - lag] @ ratio[:, lag:].T
                prior = PRIOR * strength
                templates[:, :, lag] = (templates[:, :, lag] * heard_more + prior * kit[:, :, lag]) / np.maximum(
                    strength + prior, 1e-12
                )
    return hits, templates


def modelled(templates: Doubles, hits: Doubles) -> Doubles:
    """Magnitude (bands, steps). Beyond the last lag a hit goes on to decay as it did before."""
    from scipy.signal import lfilter

    _, bands, lags = templates.shape
    steps = hits.shape[1]
    out = np.zeros((bands, steps))
    for lag in range(lags):
        out[:, lag:] += templates[:, :, lag].T @ hits[:, : steps - lag]
    half = lags // 2
    if half and steps > lags:
        for template, hit in zip(templates, hits, strict=True):
            if hit.any():
                late, middle = template[:, -half:].sum(), template[:, -2 * half : -half].sum()
                decay = min((late / max(middle, 1e-12)) ** (1 / half), 0.99)
                tail = lfilter([1.0], [1.0, -decay], hit[:-lags])
                out[:, lags:] += decay * template[:, -half:].mean(axis=1)[:, None] * tail
    return out
