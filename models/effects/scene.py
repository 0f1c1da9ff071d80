"""One wish made into sound: a texture, or events put where they belong, in their space, at their level."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Report, Samples
from models.dsp.loudness import integrated_lufs
from models.effects.catalogue import TEXTURE, recipe_of
from models.effects.filters import high
from models.effects.kernels import RATE_HZ
from models.effects.placing import Window
from models.effects.prompt import Wish
from models.effects.signals import Rng, faded
from models.effects.spaces import CHAINS, DRY, ROOMS, away, chained, heard_in, muffled
from models.effects.take import Take

Sound = NDArray[np.floating[Any]]
PIECE_S, MELT_S = 26.0, 2.0  # of long textures, and how long two pieces are heard together
POOL = 12  # recordings of an event; after that they come again at other levels
LONGEST_EVENT_S = 12.0
FORCE_DB, FAR_DB, MUFFLED_DB = 3.0, -7.0, -5.0  # per step
EVENT_DB = 2.5  # how far events differ in level
RUMBLE_HZ = 22.0
STEP_FADE_S = 0.35
TWO_CHANNELS = 2
FAR_ROOM = 0.8  # more of the room, per step of distance


def take_of(wish: Wish, seconds: float, rng: Rng) -> Take:
    far = wish.distance if wish.sound.distance_is_force else 0.0
    force = float(np.clip(wish.force - far, -1.0, 1.0))
    size = float(np.clip(wish.size, -1.0, 1.0))
    return Take(seconds, rng, force, size, wish.speed, wish.pitch, wish.material)


def event(wish: Wish, seconds: float, rng: Rng) -> Samples:
    """One event, stereo, peak 1, silence at its end cut off."""
    take = take_of(wish, min(seconds, LONGEST_EVENT_S), rng)
    both = _stereo(recipe_of(wish.sound)(take))
    peak = float(np.abs(both).max(initial=0.0))
    both = both / np.float32(peak or 1.0)
    loud = np.flatnonzero(np.abs(both).max(axis=0) > 10 ** (-66 / 20))
    return faded(both[:, : (int(loud[-1]) + 1) if loud.size else 1].copy(), 0.0005, 0.01).astype(np.float32)


def _stereo(sound: Sound) -> Samples:
    both = np.asarray(sound, np.float32)
    if both.ndim < TWO_CHANNELS:
        both = np.stack([both, both])
    return np.asarray(high(np.nan_to_num(both), RUMBLE_HZ, 1), np.float32)


def made(
    wish: Wish,
    pool: Sequence[Samples],
    at_s: Sequence[float],
    window: Window,
    duration_s: float,
    rng: Rng,
    report: Report,
) -> Samples:
    """The wish over the whole length, shape (2, frames), at its level."""
    frames = round(duration_s * RATE_HZ)
    is_texture = wish.sound.kind == TEXTURE
    dry = _texture(wish, window, frames, rng) if is_texture else _events(wish, pool, at_s, frames, rng)
    report(0.5)
    wet = _in_space(dry, wish, rng)
    report(0.8)
    return _levelled(wet, wish)


def _texture(wish: Wish, window: Window, frames: int, rng: Rng) -> Samples:
    first = round(window.start_s * RATE_HZ)
    last = min(round(window.end_s * RATE_HZ), frames)
    over = round(STEP_FADE_S * RATE_HZ)
    before, after = min(first, over // 2), min(frames - last, over)
    length = max(last - first + before + after, 1)
    sound = _joined(wish, length, rng)
    if before or after:
        faded(sound, STEP_FADE_S if before else 0.0, STEP_FADE_S if after else 0.0)
    if length == frames:
        return sound
    out = np.zeros((2, frames), np.float32)
    start = first - before
    out[:, start : start + sound.shape[1]] = sound[:, : frames - start]
    return out


def _joined(wish: Wish, length: int, rng: Rng) -> Samples:
    """A texture of any length; long ones in pieces that melt into each other, for the memory's sake."""
    most = round(PIECE_S * RATE_HZ)
    recipe = recipe_of(wish.sound)
    if wish.sound.whole or length <= most:
        return _stereo(recipe(take_of(wish, length / RATE_HZ, rng)))[:, :length]
    over = round(MELT_S * RATE_HZ)
    count = -(-(length - over) // (most - over))
    size = -(-(length - over) // count) + over
    rise = np.sin(np.linspace(0, np.pi / 2, over, dtype=np.float32))
    out = np.zeros((2, length), np.float32)
    level = 0.0
    for index in range(count):
        first = index * (size - over)
        piece = _stereo(recipe(take_of(wish, size / RATE_HZ, rng)))[:, : length - first]
        level = level or float(piece.std())
        piece *= np.float32(level / max(float(piece.std()), 1e-9))
        if index:
            piece[:, :over] *= rise
        if index < count - 1:
            piece[:, -over:] *= rise[::-1]
        out[:, first : first + piece.shape[1]] += piece
    return out


def _events(wish: Wish, pool: Sequence[Samples], at_s: Sequence[float], frames: int, rng: Rng) -> Samples:
    out = np.zeros((2, frames), np.float32)
    side = rng.uniform(-0.2, 0.2)
    last = -1
    for number, start in enumerate(at_s):
        which = number if number < len(pool) else int(rng.integers(len(pool)))
        if which == last and len(pool) > 1:
            which = (which + 1) % len(pool)
        last = which
        sound = pool[which]
        gain = 10 ** (-abs(rng.normal(0, EVENT_DB)) / 20) if len(at_s) > 1 else 1.0
        if wish.sound.spread:
            side = rng.uniform(-0.8, 0.8)
            gain *= 10 ** (-rng.uniform(0, 9) / 20)
        elif wish.sound.recipe.startswith("steps."):
            side = 0.12 * (-1) ** number
        first = round(start * RATE_HZ)
        room = min(frames - first, sound.shape[1])
        if room <= 0:
            continue
        angle = np.pi / 4 * (1 + side)
        gains = np.array([[np.cos(angle)], [np.sin(angle)]], np.float32) * np.float32(np.sqrt(2) * gain)
        out[:, first : first + room] += gains * sound[:, :room]
    return out


def _in_space(sound: Samples, wish: Wish, rng: Rng) -> Samples:
    far = max(wish.distance, 0.0)
    out = away(sound, 0.0 if wish.sound.distance_is_force else far)
    rooms = [name for name in wish.spaces if name in ROOMS] or ([wish.sound.space] if wish.sound.space != DRY else [])
    if wish.sound.kind != TEXTURE or wish.spaces or far:
        for name in rooms[:2]:
            out = heard_in(out, name, more=1.0 + FAR_ROOM * far)
    for name in CHAINS:
        if name in wish.spaces:
            out = chained(out, name, rng)
    return muffled(out, wish.muffled) if wish.muffled > 0 else out


def _levelled(sound: Samples, wish: Wish) -> Samples:
    change = FORCE_DB * wish.force + FAR_DB * max(wish.distance, -0.4) + MUFFLED_DB * max(wish.muffled, 0.0)
    preset = float(wish.sound.preset.get("force", 0.0))
    change -= FORCE_DB * preset
    if wish.sound.kind == TEXTURE:
        loudness = integrated_lufs(Audio(sound, RATE_HZ))
        gain_db = wish.sound.level - loudness if np.isfinite(loudness) else 0.0
    else:
        gain_db = wish.sound.level - 20 * np.log10(max(float(np.abs(sound).max(initial=0.0)), 1e-9))
    return np.asarray(sound * np.float32(10 ** ((min(gain_db, 90.0) + change) / 20)), np.float32)
