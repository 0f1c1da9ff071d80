"""Notes of several instruments that sound together, and how each of them begins, lasts and ends.

Non-negative factorisation with fixed harmonic combs, a dull and a bright one for each pitch (after Vincent, Bertin and
Badeau 2010).
"""

from dataclasses import dataclass

import numpy as np

from models.separation.parts_spectra import Chunk, Floats

LOWEST_PITCH, PITCHES = 36, 61  # MIDI numbers
TOP_HZ = 5000.0
SLOPES = (2.2, 0.7)  # partials fall with the power of their number: dull, bright
ROUNDS = 15
LOBE_BINS = 1.4
ON_DB, OFF_DB = -26.0, -34.0  # of the loudest in the chunk
RISE = 1.7  # within two steps: struck again
SHORTEST_S = 0.08


@dataclass(frozen=True, slots=True)
class Note:
    """A pitch from step `first` to `last`. `decay_db_s`: loss of level after the peak; `brightness`: 0 dull, 1."""

    pitch: int
    first: int
    last: int
    attack_s: float
    decay_db_s: float
    brightness: float
    unrest_db: float
    energy: float


def combs(chunk: Chunk) -> Floats:
    """Magnitudes of partials: (pitches, slopes, bins below TOP_HZ)."""
    hz = chunk.hz[chunk.hz < min(TOP_HZ, chunk.rate_hz / 2)]
    out = np.zeros((PITCHES, len(SLOPES), hz.size), np.float32)
    for row in range(PITCHES):
        f0 = 440 * 2 ** ((LOWEST_PITCH + row - 69) / 12)
        numbers = np.arange(1, int(hz[-1] / f0) + 1)[:, None]
        lobes = np.exp(-0.5 * ((hz - numbers * f0) / (LOBE_BINS * chunk.stft.bin_hz)) ** 2)
        for column, slope in enumerate(SLOPES):
            shape = (lobes * numbers ** (-slope / 2)).sum(axis=0)
            out[row, column] = shape / max(float(np.linalg.norm(shape)), 1e-9)
    return out


def activations(heard: Floats, made: Floats) -> Floats:
    """How strongly each comb sounds, (pitches, slopes, steps), whose sum is like what is heard (bins, steps)."""
    basis = made.reshape(-1, made.shape[-1])
    level = np.maximum(basis @ heard, 1e-9) ** 2 / (np.linalg.norm(heard, axis=0) + 1e-6 * heard.max() + 1e-9)
    weight = basis.sum(axis=1)[:, None] + 1e-6
    floor = np.float32(1e-4 * max(float(heard.max()), 1e-6))
    for _ in range(ROUNDS):
        level *= (basis @ (heard / (basis.T @ level + floor))) / weight
    return np.asarray(level.reshape(*made.shape[:2], -1), np.float32)


def notes_of(level: Floats, hop_s: float) -> list[Note]:
    """Notes among activations (pitches, slopes, steps)."""
    total = np.sqrt(np.square(level).sum(axis=1))
    top = max(float(total.max()), 1e-9)
    found = []
    for row, line in enumerate(total):
        for first, last in _spans(line / top, hop_s):
            found.append(_note(row, first, last, line, level[row], hop_s))
    return found


def _spans(line: Floats, hop_s: float) -> list[tuple[int, int]]:
    on, off = 10 ** (ON_DB / 20), 10 ** (OFF_DB / 20)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line > off, [0]]).astype(np.int8)))
    spans = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if line[begin:end].max() < on:
            continue
        part = line[begin:end]
        rise = np.concatenate([[0, 0], part[2:] / np.maximum(part[:-2], off)])
        struck = [begin]
        for step in np.flatnonzero(rise > RISE) + begin - 1:
            if step - struck[-1] > max(round(SHORTEST_S / hop_s), 2) and line[step : step + 4].max() > on:
                struck.append(int(step))
        spans += [(a, b) for a, b in zip(struck, [*struck[1:], end], strict=True) if (b - a) * hop_s >= SHORTEST_S]
    return spans


def _note(row: int, first: int, last: int, line: Floats, slopes: Floats, hop_s: float) -> Note:
    part = line[first:last].astype(np.float64)
    peak = int(part.argmax())
    attack = int(np.argmax(part >= 0.8 * part[peak])) - int(np.argmax(part >= 0.2 * part[peak]))
    reach = part[int(np.argmax(part >= 0.8 * part[peak])) :]
    keep = max(int(0.8 * reach.size), 3)  # a release is no decay
    level_db = 20 * np.log10(np.maximum(reach[:keep], 1e-3 * part[peak]) + 1e-12)
    times = np.arange(level_db.size) * hop_s
    slope = float(np.polyfit(times, level_db, 1)[0]) if level_db.size > 3 else -10.0  # noqa: PLR2004 - a line
    unrest = float(np.std(level_db - np.polyval(np.polyfit(times, level_db, 1), times))) if level_db.size > 3 else 1.0  # noqa: PLR2004
    sums = np.square(slopes[:, first:last]).sum(axis=1)
    return Note(
        LOWEST_PITCH + row, first, last, attack * hop_s, -slope, float(sums[1] / (sums.sum() + 1e-20)), unrest,
        float(np.square(part).sum()),
    )  # fmt: skip
