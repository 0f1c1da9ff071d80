"""Resonances of the vocal tract by linear prediction (Markel and Gray 1976): roots of the prediction polynomial."""

import itertools

import numpy as np
from numpy.typing import NDArray

from models.base import Samples

Floats = NDArray[np.float64]
ORDER = 10  # five resonances below the ceiling
FRAME_S, HOP_S = 0.03, 0.01
EMPHASIS_HZ = 50.0
LOW_VOICE_HZ = 150.0
CEILINGS_HZ = (5000.0, 5500.0)  # for low and high voices, as phoneticians set them
WIDEST_HZ = 500.0
EDGE_HZ = 90.0
# A tract of 17.5 cm without a constriction, and how far vowels are from it: standard deviation of the logarithm.
NEUTRAL_HZ = (500.0, 1500.0, 2500.0, 3500.0)
SPREAD = (0.4, 0.3, 0.14, 0.1)
SCALES = (0.8, 1.5)  # of the tract's resonances: large men to small children
MISSING, IDLE = 6.0, 2.0  # cost of a resonance that is not seen, and of a peak that is none
ROUNDS = 3
CANDIDATES = 5
QUIET_DB = -30.0
LEAST_FRAMES = 20


def rate_for(pitch_hz: float) -> int:
    """The rate in Hz that `formants` wants for a voice of this pitch."""
    return round(2 * CEILINGS_HZ[pitch_hz > LOW_VOICE_HZ])


def formants(mono: Samples, rate_hz: int, voiced_s: Floats) -> tuple[float, ...]:
    """Median F1 to F4 in Hz, of samples of shape (frames,) around the times `voiced_s`.

    Raises ValueError when there are too few frames in which the four are seen.
    """
    rows = _frames(mono, rate_hz, voiced_s)
    found = _numbered(_resonances(_prediction(rows), rate_hz)) if rows.size else np.zeros((0, 4))
    if np.isfinite(found).sum(axis=0).min() < LEAST_FRAMES:
        message = "No clear vowels can be heard in the recording"
        raise ValueError(message)
    return tuple(float(value) for value in np.nanmedian(found, axis=0))


def _frames(mono: Samples, rate_hz: int, voiced_s: Floats) -> Floats:
    """Windowed frames of voiced sound, without the quiet ones."""
    size = round(FRAME_S * rate_hz)
    emphasis = np.exp(-2 * np.pi * EMPHASIS_HZ / rate_hz)
    sound = np.asarray(mono, np.float64)
    sound = np.concatenate([sound[:1], sound[1:] - emphasis * sound[:-1]])
    starts = np.rint(voiced_s * rate_hz).astype(np.int64) - size // 2
    starts = starts[(starts >= 0) & (starts + size <= sound.size)]
    if starts.size == 0:
        return np.zeros((0, size))
    rows = sound[starts[:, None] + np.arange(size)]
    power = np.square(rows).mean(axis=1)
    rows = rows[power > power.max() * 10 ** (QUIET_DB / 10)]
    return np.asarray(rows * np.hamming(size))


def _prediction(rows: Floats) -> Floats:
    """Prediction polynomials of shape (frames, ORDER + 1), by Burg's method: exact for short windows."""
    forward, backward = rows.copy(), rows.copy()
    polynomial = np.zeros((rows.shape[0], ORDER + 1))
    polynomial[:, 0] = 1.0
    for step in range(1, ORDER + 1):
        ahead, behind = forward[:, 1:], backward[:, :-1]
        energy = np.square(ahead).sum(axis=1) + np.square(behind).sum(axis=1)
        reflection = -2 * (ahead * behind).sum(axis=1) / np.maximum(energy, 1e-30)
        k = reflection[:, None]
        polynomial[:, 1 : step + 1] = polynomial[:, 1 : step + 1] + k * polynomial[:, step - 1 :: -1][:, :step]
        forward, backward = ahead + k * behind, behind + k * ahead
    return polynomial


def _resonances(polynomial: Floats, rate_hz: int) -> Floats:
    """Frequencies in Hz of the lowest narrow resonances, of shape (frames, CANDIDATES); inf where there are fewer."""
    companion = np.zeros((polynomial.shape[0], ORDER, ORDER))
    companion[:, 0] = -polynomial[:, 1:]
    companion[:, np.arange(1, ORDER), np.arange(ORDER - 1)] = 1.0
    roots = np.linalg.eigvals(companion)
    hz = np.angle(roots) * rate_hz / (2 * np.pi)
    width_hz = -np.log(np.maximum(np.abs(roots), 1e-9)) * rate_hz / np.pi
    is_formant = (hz > EDGE_HZ) & (hz < rate_hz / 2 - EDGE_HZ) & (width_hz < WIDEST_HZ)
    return np.asarray(np.sort(np.where(is_formant, hz, np.inf), axis=1)[:, :CANDIDATES])


def _numbered(peaks_hz: Floats) -> Floats:
    """F1 to F4 of shape (frames, 4), NaN where not seen: which peak is which, the tract's length being the same."""
    scale = 1.0
    found = np.full((peaks_hz.shape[0], 4), np.nan)
    with np.errstate(invalid="ignore"):
        logs = np.log(peaks_hz)
    for _round in range(ROUNDS):
        costs = np.stack([_cost(logs, choice, scale) for choice in CHOICES])
        best = np.array(CHOICES)[costs.argmin(axis=0)]
        seen = np.take_along_axis(peaks_hz, np.maximum(best, 0), axis=1)
        found = np.where(best >= 0, seen, np.nan)
        above = (found / np.array(NEUTRAL_HZ))[:, 2:]
        if np.isfinite(above).any():
            scale = float(np.clip(np.nanmedian(above), *SCALES))
    return found


def _choices(slots: int, peaks: int) -> list[tuple[int, ...]]:
    """All ways to give rising peaks to rising slots; -1: none."""
    ways = itertools.product(range(-1, peaks), repeat=slots)
    return [way for way in ways if all(a < b for a, b in itertools.pairwise([n for n in way if n >= 0]))]


CHOICES = _choices(4, CANDIDATES)


def _cost(logs: Floats, choice: tuple[int, ...], scale: float) -> Floats:
    cost = np.zeros(logs.shape[0])
    for slot, peak in enumerate(choice):
        if peak < 0:
            cost += MISSING
        else:
            cost += np.square((logs[:, peak] - np.log(NEUTRAL_HZ[slot] * scale)) / SPREAD[slot])
    highest = max(choice)
    idle = [peak for peak in range(highest) if peak not in choice]
    return np.asarray(cost + IDLE * len(idle))
