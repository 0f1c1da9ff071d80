"""Where a sound is heard: rooms by synthetic impulse responses, walls, air, water, loudspeakers."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.base import Samples
from models.effects.filters import band, high, low, moving
from models.effects.signals import Rng, drift, falling, frames_of, noise, path, stereo_noise
from models.effects.take import Take

Sound = NDArray[np.floating[Any]]
FAR_HZ, MUFFLED_HZ = 1700.0, 520.0
SEED = 20  # of the responses: a room stays the same room


@dataclass(frozen=True, slots=True)
class Room:
    """decay_s: 60 dB at 1 kHz; bright_hz: above it the walls and the air take the sound; early_s: the first echo.

    wet: energy of the room against that of the sound itself. echoes: single late ones (s, gain).
    """

    decay_s: float
    bright_hz: float
    early_s: float
    wet: float
    echoes: tuple[tuple[float, float], ...] = ()


ROOMS = {
    "outdoors": Room(0.45, 3500, 0.012, 0.06),
    "room": Room(0.45, 6500, 0.004, 0.15),
    "bathroom": Room(1.0, 9000, 0.003, 0.7),
    "hall": Room(2.1, 4500, 0.021, 0.8),
    "cathedral": Room(5.5, 3000, 0.035, 1.3),
    "cave": Room(3.2, 2400, 0.016, 1.6, ((0.19, 0.35), (0.43, 0.2))),
    "forest": Room(1.2, 2200, 0.03, 0.16, ((0.11, 0.1), (0.21, 0.07))),
    "canyon": Room(2.2, 1800, 0.09, 0.2, ((0.55, 0.3), (1.05, 0.17), (1.6, 0.08))),
    "street": Room(0.9, 3000, 0.02, 0.25, ((0.07, 0.2), (0.15, 0.12))),
    "harbour": Room(2.6, 1300, 0.08, 0.3, ((0.8, 0.2), (1.7, 0.1))),
    "space": Room(6.5, 5200, 0.05, 1.5),
}
DRY = "dry"
CHAINS = ("underwater", "radio", "telephone")
INDOORS = frozenset({"room", "bathroom", "hall", "cathedral", "cave"})


@cache
def response(name: str) -> Samples:
    """The impulse response of a room without the direct sound, shape (2, frames), energy 1.

    Noise that decays faster the higher it is (Moorer 1979), after early reflections that get denser.
    """
    room = ROOMS[name]
    rng = np.random.default_rng([SEED, *name.encode()])
    frames = frames_of(room.decay_s * 1.1 + max((late for late, _ in room.echoes), default=0.0))
    tail = stereo_noise(rng, frames, 0.8)
    dark = low(tail, room.bright_hz / 3, 1) * falling(frames, room.decay_s / 6.9, 0.01)
    bright = low(high(tail, room.bright_hz / 3, 1), room.bright_hz, 1) * falling(frames, room.decay_s / 12, 0.006)
    out = (dark + 0.7 * bright) * path(frames, (0, 1), (1, 1))
    out = np.roll(out, frames_of(room.early_s), axis=1)
    out[:, : frames_of(room.early_s)] = 0
    out /= np.sqrt(np.sum(np.square(out)) / 2)
    for index in range(8):
        at = frames_of(room.early_s * (1 + 0.9 * index + rng.uniform(0, 0.6)))
        if at < frames:
            out[int(rng.integers(2)), at] += np.float32(0.4 * 0.8**index * rng.choice([-1, 1]))
    for late, gain in room.echoes:
        out[:, frames_of(late) : frames_of(late) + 60] += np.float32(gain / 6) * rng.standard_normal((2, 60))
    return np.asarray(high(out / np.sqrt(np.sum(np.square(out)) / 2), 70, 1), np.float32)


def heard_in(sound: Sound, name: str, *, more: float = 1.0) -> Samples:
    """A stereo sound in a room, as long as it was; `more`: factor of the room's share."""
    from scipy.signal import oaconvolve

    out = np.asarray(sound, np.float32).copy()
    answer = response(name)
    wet = np.float32(np.sqrt(ROOMS[name].wet) * more)
    for channel in range(2):
        out[channel] += wet * oaconvolve(sound[channel], answer[channel])[: out.shape[1]].astype(np.float32)
    return out


def chained(sound: Sound, name: str, rng: Rng) -> Samples:
    """Through water, a radio or a telephone."""
    frames = sound.shape[1]
    if name == "underwater":
        sway = 480 * 2 ** (0.25 * drift(rng, frames, 0.5, 2))
        out = moving(moving(sound, sway, 0.8, "low"), 1.6 * sway, 0.7, "low")
        return np.asarray(1.6 * heard_in(out, "room"), np.float32)
    mono = sound.mean(axis=0)
    level = max(float(np.sqrt(np.mean(np.square(mono)))), 1e-6)
    narrow = band(mono, 420, 2900, 2) / np.float32(3 * level)
    speaker = np.tanh(2.2 * narrow) + 0.35 * moving(narrow, 1750, 3.0)
    hiss = (0.045 if name == "radio" else 0.015) * band(noise(rng, frames), 500, 3400)
    if name == "radio":
        hiss = hiss * np.clip(1 + 0.5 * drift(rng, frames, 4, 2), 0.2, 3)
    out = band((speaker + hiss) * 2 * level, 350, 3300, 2)
    return np.stack([out, out]).astype(np.float32)


def away(sound: Sound, steps: float) -> Samples:
    """Further away: the air and the ground take the highs, the ears lose the direction; level stays."""
    if steps <= 0:
        return np.asarray(sound, np.float32)
    out = low(sound, 14_000 * (FAR_HZ / 14_000) ** min(steps, 1.5), 1)
    middle = out.mean(axis=0)
    share = np.float32(min(0.5 * steps, 0.7))
    return np.asarray((1 - share) * out + share * middle, np.float32)


def muffled(sound: Sound, steps: float) -> Samples:
    """Behind a wall."""
    return np.asarray(low(sound, 6000 * (MUFFLED_HZ / 6000) ** min(steps, 1.5), 2), np.float32)


def quiet_air(take: Take) -> Sound:
    """What a room or a landscape sounds like when nothing happens, deviation 1: it keeps gaps from being dead."""
    air = low(stereo_noise(take.rng, take.frames), 420, 1)
    return air / np.float32(max(float(air.std()), 1e-9))
