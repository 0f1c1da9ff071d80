"""Gains over time that the form, the kick and the voice ask for, one value per STEP frames."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from models.base import Samples
from models.music.production.desk import Style
from models.music.score import Score

Curve = NDArray[np.float32]
STEP = 64  # frames
KICKS = (35, 36)
RIDE_DB = 3.0  # from the quietest section to the fullest
EDGE_S = 0.02
ATTACK_S = 0.006
ACTIVE_DB, HOLD_S, SOFT_S = -38.0, 0.35, 0.15


def steps(frames: int) -> int:
    return -(-frames // STEP) + 1


def drawn(curve: Curve, first: int, frames: int) -> Samples:
    """Values of a curve frame by frame."""
    at = np.arange(first, first + frames, dtype=np.float64) / STEP
    return np.interp(at, np.arange(curve.size), curve).astype(np.float32)


def ride(score: Score, frames: int, rate_hz: int) -> Curve:
    """Fuller sections are louder."""
    energies = [section.energy for section in score.sections]
    low, high = min(energies), max(energies)
    edges_s, gains_db = [], []
    for section in score.sections:
        level = (section.energy - low) / (high - low) if high > low else 0.5
        edges_s += [score.seconds(section.start) + EDGE_S, score.seconds(section.start + section.length) - EDGE_S]
        gains_db += [RIDE_DB * (level - 0.5)] * 2
    curve_db = np.interp(np.arange(steps(frames)) * STEP / rate_hz, edges_s, gains_db)
    return np.asarray(10 ** (curve_db / 20), np.float32)


def pump(score: Score, style: Style, frames: int, rate_hz: int) -> Curve:
    """1, and less where a kick is to be heard: the side-chain of dance music."""
    kicks = [
        note.start for track in score.tracks if track.role == "drums" for note in track.notes if note.pitch in KICKS
    ]
    curve_db = np.zeros(steps(frames), np.float32)
    if style.pump_db:
        per_s = rate_hz / STEP
        attack = max(round(ATTACK_S * per_s), 1)
        back = 1 - np.linspace(0, 1, max(round(style.pump_beats * 60 / score.bpm * per_s), 2)) ** 1.6
        shape_db = (-style.pump_db * np.concatenate([np.linspace(0, 1, attack), back])).astype(np.float32)
        for beat in kicks:
            first = max(round(score.seconds(beat) * per_s) - attack, 0)
            part = curve_db[first : first + shape_db.size]
            np.minimum(part, shape_db[: part.size], out=part)
    return np.asarray(10 ** (curve_db / 20), np.float32)


def activity(vocal: Samples | None, frames: int, rate_hz: int) -> Curve:
    """1 where somebody sings, 0 elsewhere, with soft edges. `vocal`: (1, any)."""
    count = steps(frames)
    power = np.zeros(count)
    if vocal is None:
        return np.zeros(count, np.float32)
    whole = min(vocal.shape[1], frames) // STEP
    for first in range(0, whole, 4096):
        part = vocal[0, first * STEP : min(first + 4096, whole) * STEP].reshape(-1, STEP)
        power[first : first + part.shape[0]] = np.square(part, dtype=np.float64).mean(axis=1)
    per_s = rate_hz / STEP
    power = uniform_filter1d(power, max(round(0.05 * per_s), 1))
    loudest = float(power.max(initial=0.0))
    if loudest <= 0:
        return np.zeros(count, np.float32)
    is_active = power > loudest * 10 ** (ACTIVE_DB / 10)
    held = maximum_filter1d(is_active.astype(np.float32), round(HOLD_S * per_s))
    return np.asarray(uniform_filter1d(held, round(SOFT_S * per_s)), np.float32)
