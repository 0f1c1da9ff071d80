"""When every sound is heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.effects.catalogue import ONCE, TEXTURE
from models.effects.prompt import Wish
from models.effects.signals import Rng

LEAD_S, LEAD_SHARE = 0.25, 0.06  # before the first event
RING_S = 0.35  # that an event needs at least before the end
LEAST_GAP_S = 0.07
MOST_EVENTS = 1500
TEXTURE_S = 4.0  # what a texture would take of a sequence, and the least share of it
LONGEST_S = 6.0  # an event within a sequence


@dataclass(frozen=True, slots=True)
class Window:
    """start_s, end_s: when a step is heard; what rings may ring on after it."""

    start_s: float
    end_s: float


def windows(wishes: Sequence[Wish], lengths_s: Sequence[float], duration_s: float) -> list[Window]:
    """One for each step, in order: each as long as its sounds want, together the whole length.

    lengths_s: of one event of each wish; ignored for textures.
    """
    steps = int(max(wish.step for wish in wishes)) + 1
    wants = np.full(steps, 0.5)
    for wish, length in zip(wishes, lengths_s, strict=True):
        wants[int(wish.step)] = max(wants[int(wish.step)], _natural_s(wish, length))
    edges = np.concatenate([[0.0], np.cumsum(wants / wants.sum() * duration_s)])
    return [Window(float(a), float(b)) for a, b in pairwise(edges)]


def _natural_s(wish: Wish, length_s: float) -> float:
    sound = wish.sound
    if sound.kind == TEXTURE:
        return TEXTURE_S
    if wish.count:
        gap = sum(sound.within if sound.group[1] > 1 else sound.every) / 2 / wish.pace
        return float(min((wish.count - 1) * gap + length_s, LONGEST_S))
    if sound.kind == ONCE and not wish.several:
        return float(min(length_s + 0.2, LONGEST_S))
    group = sum(sound.group) / 2
    return float(np.clip(group * sum(sound.within) / 2 + length_s, 2.0, LONGEST_S))


def starts(wish: Wish, length_s: float, window: Window, rng: Rng) -> list[float]:
    """When each event begins, in s, rising; at least one."""
    space = window.end_s - window.start_s
    lead = window.start_s + min(LEAD_S, LEAD_SHARE * space)
    last = max(window.end_s - min(max(RING_S, 0.5 * length_s), 0.5 * space), lead)
    sound = wish.sound
    if wish.count:
        return _counted(wish, lead, last, rng)
    if sound.kind == ONCE and not wish.several:
        return [lead]
    found: list[float] = []
    at = lead
    while at <= last and len(found) < MOST_EVENTS:
        size = int(rng.integers(sound.group[0], sound.group[1] + 1))
        for _ in range(size):
            if at > last and found:
                break
            found.append(at)
            at += float(rng.uniform(*sound.within)) / wish.pace
        if sound.group[1] > 1:
            rest = float(rng.uniform(*sound.every)) - float(np.mean(sound.within))
            at += max(rest, 0.0) / wish.pace
    return found


def _counted(wish: Wish, lead: float, last: float, rng: Rng) -> list[float]:
    """Exactly so many, at their natural distance, closer where the time is short."""
    sound = wish.sound
    low, high = sound.within if sound.group[1] > 1 else sound.every
    gaps = rng.uniform(low, high, max(wish.count - 1, 0)) / wish.pace
    if gaps.sum() > last - lead > 0:
        gaps *= (last - lead) / gaps.sum()
    gaps = np.maximum(gaps, min(LEAST_GAP_S, (last - lead) / max(wish.count, 1)))
    return [float(at) for at in lead + np.concatenate([[0.0], np.cumsum(gaps)])]
