"""What is done to the sound of an instrument: amplifier, chorus, tremolo, tape. All in place, of any length."""

import math
from collections.abc import Iterator

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.base import Samples
from models.music.production.filters import Filter, bell, high_pass, low_pass

BLOCK = 65_536
TREMOLO_HZ = 5.2
CHORUS_HZ, CHORUS_S, CHORUS_DEPTH_S = (0.37, 0.53), 0.017, 0.0035
PUSHED_HZ = 760.0  # what a pedal before the amplifier brings out, so that low strings do not rumble
CAB_HIGH_HZ, CAB_LOW_HZ, CAB_PEAK_HZ = 4800.0, 90.0, 2400.0
BIAS = 0.6  # unequal halves: even harmonics, as of a single valve
WOW_HZ, WOW_S, FLUTTER_HZ, FLUTTER_S = 0.55, 0.0009, 6.3, 0.00002
WIDENED_S, WIDENED_FROM_HZ = 0.013, 250.0
CRACKLES_HZ, CRACKLE, HISS = 7.0, 0.35, 0.006
STRAIGHT = 1e-4  # change of the input below which a curve is taken as a line


def blocks_of(samples: Samples) -> Iterator[tuple[int, Samples]]:
    """Views of BLOCK frames, and where each begins."""
    for first in range(0, samples.shape[1], BLOCK):
        yield first, samples[:, first : first + BLOCK]


def amplify(samples: Samples, drive: float, rate_hz: int) -> None:
    """A valve amplifier and the cabinet of its loudspeaker; `drive` is the gain before it saturates."""
    peak = max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)), 1e-6)
    channels = samples.shape[0]
    before = Filter(channels, high_pass(110.0, rate_hz), bell(PUSHED_HZ, 4.0, 0.6, rate_hz), low_pass(7000.0, rate_hz))
    after = Filter(
        channels, high_pass(CAB_LOW_HZ, rate_hz), low_pass(CAB_HIGH_HZ, rate_hz, 4),
        bell(CAB_PEAK_HZ, 4.0, 0.9, rate_hz), bell(420.0, -3.0, 0.9, rate_hz),
    )  # fmt: skip
    last = np.zeros(channels)
    for _, block in blocks_of(samples):
        before.process(block)
        _saturate(block, drive / peak, BIAS, last)
        after.process(block)


@njit(cache=True, nogil=True)
def _area(x: float) -> float:
    """Antiderivative of tanh."""
    return abs(x) + math.log1p(math.exp(-2.0 * abs(x))) - math.log(2.0)


@njit(cache=True, nogil=True)
def _saturate(block: Samples, gain: float, bias: float, last: NDArray[np.float64]) -> None:
    """Its tanh, as the mean between two samples, which aliases far less (Parker, Zavalishin and Le Bivic 2016)."""
    rest = math.tanh(bias)
    for channel in range(block.shape[0]):
        before = last[channel]
        area = _area(before + bias)
        for n in range(block.shape[1]):
            x = gain * block[channel, n]
            here = _area(x + bias)
            step = x - before
            mean = (here - area) / step if abs(step) > STRAIGHT else math.tanh(0.5 * (x + before) + bias)
            block[channel, n] = mean - rest
            before, area = x, here
        last[channel] = before


def chorus(samples: Samples, amount: float, rate_hz: int) -> None:
    """A slowly moving copy in each channel."""
    for channel, hz in enumerate(CHORUS_HZ[: samples.shape[0]]):
        ring = np.zeros(round((CHORUS_S + CHORUS_DEPTH_S) * rate_hz) + 3)
        turn = 2 * math.pi * hz / rate_hz
        dry = 1 / math.sqrt(1 + amount**2)
        _move(samples[channel], ring, CHORUS_S * rate_hz, CHORUS_DEPTH_S * rate_hz, turn, 2.0 * channel, 0.0, 0.0,
              dry, amount * dry)  # fmt: skip


def waver(samples: Samples, rate_hz: int) -> None:
    """A tape whose speed is not steady."""
    wow, flutter = WOW_S * rate_hz, FLUTTER_S * rate_hz
    for channel in range(samples.shape[0]):
        ring = np.zeros(round(2 * (wow + flutter)) + 6)
        _move(samples[channel], ring, wow + flutter + 1, wow, 2 * math.pi * WOW_HZ / rate_hz, -math.pi / 2, flutter,
              2 * math.pi * FLUTTER_HZ / rate_hz, 0.0, 1.0)  # fmt: skip


@njit(cache=True, nogil=True)
def _move(
    row: Samples, ring: NDArray[np.float64], middle: float, depth: float, turn: float, phase: float,
    second_depth: float, second_turn: float, dry: float, wet: float,
) -> None:  # fmt: skip
    """Mix in a delayed copy whose delay swings; `middle`, `depth` in frames, shorter than the ring."""
    size = ring.shape[0]
    for n in range(row.shape[0]):
        ring[n % size] = row[n]
        delay = middle + depth * math.sin(turn * n + phase) + second_depth * math.sin(second_turn * n)
        whole = int(delay)
        share = delay - whole
        near, far = ring[(n - whole) % size], ring[(n - whole - 1) % size]
        row[n] = dry * row[n] + wet * (near + share * (far - near))


class Widener:
    """Two sides out of mono sound that comes in blocks; together they are the mono sound again.

    A short delay, added left and taken away right (Lauridsen 1954, in Schroeder 1958), of what lies above the bass.
    """

    def __init__(self, amount: float, rate_hz: int) -> None:
        self._held = np.zeros(round(WIDENED_S * rate_hz), np.float32)
        self._tone = Filter(1, high_pass(WIDENED_FROM_HZ, rate_hz))
        self._amount = np.float32(amount)

    def widen(self, block: Samples) -> None:
        """In place, of shape (2, frames)."""
        high = self._tone.process(block.mean(axis=0, keepdims=True))[0]
        late = np.concatenate([self._held, high])
        self._held = late[high.size :]
        block[0] += self._amount * late[: high.size]
        block[1] -= self._amount * late[: high.size]


def tremolo(samples: Samples, amount: float, rate_hz: int) -> None:
    """From side to side, as the built-in one of electric pianos. Stereo."""
    for first, block in blocks_of(samples):
        n = np.arange(first, first + block.shape[1])
        turn = (amount * np.sin(2 * np.pi * TREMOLO_HZ * n / rate_hz)).astype(np.float32)
        block[0] *= 1 + turn
        block[1] *= 1 - turn


def tape(samples: Samples, rate_hz: int, rng: np.random.Generator) -> None:
    """An old record, taped: its speed wavers, its highs are gone, it hisses and crackles."""
    waver(samples, rate_hz)
    level = math.sqrt(sum(float(np.square(block).sum()) for _, block in blocks_of(samples)) / max(samples.size, 1))
    tone = Filter(2, low_pass(7200.0, rate_hz), bell(220.0, 1.5, 0.7, rate_hz))
    hiss_tone = Filter(2, high_pass(1500.0, rate_hz))
    crackle_tone = Filter(1, low_pass(3500.0, rate_hz), high_pass(600.0, rate_hz))
    for _, block in blocks_of(samples):
        frames = block.shape[1]
        tone.process(block)
        hiss = hiss_tone.process(rng.standard_normal((2, frames), np.float32))
        struck = (rng.random(frames) < CRACKLES_HZ / rate_hz) * rng.standard_normal(frames)
        crackle = crackle_tone.process(np.asarray(struck, np.float32)[None])
        np.add(block, np.float32(HISS * level) * hiss + np.float32(CRACKLE * level) * crackle, out=block)
