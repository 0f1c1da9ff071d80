"""Impulse responses of rooms: image sources (Allen & Berkley 1979) and decaying noise."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from models.base import Samples

Floats = NDArray[np.float64]
SOUND_M_S = 343.0
EARLY_S = 0.05  # what a dereverberated sound may keep
ENERGY = 0.81  # of the tail of a noise response, over that of the direct sound
SEEDS = {"A": 11, "B": 71}


@dataclass(frozen=True, slots=True)
class Shoebox:
    """All in metres: size of the room, place of the source, of the first microphone, and to the second."""

    size: tuple[float, float, float]
    source: tuple[float, float, float]
    microphone: tuple[float, float, float]
    apart: tuple[float, float, float] = (0.0, 0.17, 0.0)


ROOMS = {
    "A": Shoebox((6.0, 5.0, 3.0), (2.0, 3.4, 1.6), (3.9, 2.8, 1.5)),
    "B": Shoebox((7.3, 4.4, 2.7), (5.2, 1.3, 1.5), (3.1, 1.6, 1.2), (0.16, 0.05, 0.0)),
}


def shoebox(set_name: str, rt60_s: float, rate_hz: int, channels: int = 1) -> Samples:
    """Responses of shape (channels, frames), the first direct sound at frame 0, its amplitude 1.

    The walls absorb what Sabine's formula asks for; images of up to 1.1 times the reverberation time.
    """
    room = ROOMS[set_name]
    places = [np.array(room.microphone) + channel * np.array(room.apart) for channel in range(channels)]
    rows = [_images(room, place, rt60_s, rate_hz) for place in places]
    onset = int(np.argmax(np.abs(rows[0])))
    high_pass = butter(2, 60.0, "highpass", fs=rate_hz, output="sos")
    responses = sosfilt(high_pass, np.array(rows), axis=1)[:, onset:]
    return (responses / np.abs(responses[0, :4]).max()).astype(np.float32)


def _images(room: Shoebox, microphone: Floats, rt60_s: float, rate_hz: int) -> Floats:
    size, source = np.array(room.size), np.array(room.source)
    volume, surface = float(size.prod()), 2 * float(size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    absorbed = min(0.161 * volume / (surface * rt60_s), 0.99)
    reflected = (1 - absorbed) ** 0.5
    reach_m = SOUND_M_S * 1.1 * rt60_s
    axes = []
    for axis in range(3):
        order = np.arange(-ceil(reach_m / size[axis]), ceil(reach_m / size[axis]) + 1)
        even = 2 * order * size[axis] + source[axis] - microphone[axis]
        odd = 2 * order * size[axis] - source[axis] - microphone[axis]
        places = np.concatenate([even, odd])
        hits = np.concatenate([np.abs(2 * order), np.abs(2 * order - 1)])
        near = np.abs(places) < reach_m
        axes.append((places[near] ** 2, hits[near]))
    out = np.zeros(ceil(1.1 * rt60_s * rate_hz) + 2)
    (x, hits_x), (y, hits_y), (z, hits_z) = axes
    square_yz, hits_yz = (y[:, None] + z).ravel(), (hits_y[:, None] + hits_z).ravel()
    for square, hits in zip(x, hits_x, strict=True):
        distance = np.sqrt(square + square_yz)
        near = distance < reach_m
        at = distance[near] * rate_hz / SOUND_M_S
        gains = reflected ** (hits + hits_yz[near]) / distance[near]
        whole = at.astype(int)
        # Each image between two samples: by linear interpolation.
        out += np.bincount(whole, gains * (1 - (at - whole)), out.size)[: out.size]
        out += np.bincount(whole + 1, gains * (at - whole), out.size)[: out.size]
    return out


def noise_tail(set_name: str, rt60_s: float, rate_hz: int, channels: int = 1) -> Samples:
    """The direct sound and, in each channel, other Gaussian noise that decays exponentially (Moorer 1979)."""
    rng = np.random.default_rng(SEEDS[set_name])
    t = np.arange(round(1.2 * rt60_s * rate_hz)) / rate_hz
    tail = rng.standard_normal((channels, t.size)) * 10 ** (-3 * t / rt60_s)
    tail *= np.sqrt(ENERGY / np.square(tail).sum(axis=1, keepdims=True))
    tail[:, 0] = 1.0
    return tail.astype(np.float32)


def in_room(dry: Samples, response: Samples, rate_hz: int) -> tuple[Samples, Samples]:
    """Mono sound of shape (frames,) in a room, and with only the first 50 ms of it: both (channels, frames)."""
    early = response[:, : round(EARLY_S * rate_hz)]
    wet = fftconvolve(np.asarray(dry, np.float64)[None], response, axes=1)[:, : dry.size]
    target = fftconvolve(np.asarray(dry, np.float64)[None], early, axes=1)[:, : dry.size]
    return wet.astype(np.float32), target.astype(np.float32)
