"""Loops that run sample by sample: filters, resonators, grains, the glottis, a moving ear."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.base import Samples

RATE_HZ = 44_100
QUIET = 1e-4  # where a grain ends, against its start
HIGHEST_RISE = 1.6  # of a chirp's frequency
NYQUIST = 0.49  # of the rate, highest frequency that is made
LARGEST_32 = 2147483648.0

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@njit(cache=True, nogil=True)
def cascade(x: Samples, sections: Floats) -> None:
    """Filter x, shape (frames,), in place by second-order sections of shape (sections, 6)."""
    for s in range(sections.shape[0]):
        b0, b1, b2 = sections[s, 0], sections[s, 1], sections[s, 2]
        a1, a2 = sections[s, 4], sections[s, 5]
        z1, z2 = 0.0, 0.0
        for n in range(x.shape[0]):
            value = float(x[n])
            y = b0 * value + z1
            z1 = b1 * value - a1 * y + z2
            z2 = b2 * value - a2 * y
            x[n] = y


@njit(cache=True, nogil=True)
def state_variable(x: Samples, hz: Samples, quality: float, kind: int, out: Samples) -> None:
    """A filter whose frequency moves (Zavalishin 2012): kind 0 low, 1 band with a peak of 1, 2 high. hz per frame."""
    s1, s2 = 0.0, 0.0
    k = 1.0 / quality
    for n in range(x.shape[0]):
        f = min(max(float(hz[n]), 5.0), NYQUIST * RATE_HZ)
        g = math.tan(math.pi * f / RATE_HZ)
        a = 1.0 / (1.0 + g * (g + k))
        v1 = a * (s1 + g * (x[n] - s2))
        v2 = s2 + g * v1
        s1, s2 = 2.0 * v1 - s1, 2.0 * v2 - s2
        if kind == 0:
            out[n] = v2
        elif kind == 1:
            out[n] = k * v1
        else:
            out[n] = x[n] - k * v1 - v2


@njit(cache=True, nogil=True)
def resonators(force: Samples, hz: Floats, tau_s: Floats, gain: Floats, out: Samples) -> None:
    """Add to out what a body with these modes answers to a force: damped sines of amplitude gain per unit impulse."""
    for m in range(hz.shape[0]):
        if hz[m] >= NYQUIST * RATE_HZ or hz[m] <= 0.0:
            continue
        r = math.exp(-1.0 / (tau_s[m] * RATE_HZ))
        w = 2.0 * math.pi * hz[m] / RATE_HZ
        a1, a2, b = 2.0 * r * math.cos(w), -r * r, gain[m] * math.sin(w)
        y1, y2 = 0.0, 0.0
        for n in range(force.shape[0]):
            y = b * force[n] + a1 * y1 + a2 * y2
            y2, y1 = y1, y
            out[n] += y


@njit(cache=True, nogil=True)
def add_chirps(
    out: Samples, first: Counts, hz: Floats, rise: Floats, tau_s: Floats, gains: Floats, attack_s: float
) -> None:
    """Add damped sines to out of shape (2, frames) from frame `first`, gains (2, n).

    The frequency is hz * (1 + rise * t / tau), at most 1.6 times hz.
    """
    frames = out.shape[1]
    soft = max(attack_s * RATE_HZ, 1.0)
    for e in range(first.shape[0]):
        tau = tau_s[e] * RATE_HZ
        decay = math.exp(-1.0 / tau)
        level, phase = 1.0, 0.0
        step, slope = 2.0 * math.pi * hz[e] / RATE_HZ, rise[e] / tau
        for t in range(frames - first[e]):
            if level < QUIET:
                break
            n = first[e] + t
            y = level * math.sin(phase) * min(t / soft, 1.0)
            out[0, n] += gains[0, e] * y
            out[1, n] += gains[1, e] * y
            phase += min(step * min(1.0 + slope * t, HIGHEST_RISE), math.pi * 0.98)
            level *= decay


@njit(cache=True, nogil=True)
def add_bursts(
    out: Samples, first: Counts, hz: Floats, quality: float, tau_s: Floats, gains: Floats, seeds: Counts
) -> None:
    """Add bursts of noise to out of shape (2, frames), each through a resonance at hz; decay tau, gains (2, n)."""
    frames = out.shape[1]
    for e in range(first.shape[0]):
        decay = math.exp(-1.0 / (tau_s[e] * RATE_HZ))
        g = math.tan(math.pi * min(hz[e] / RATE_HZ, 0.45))
        k = 1.0 / quality
        a = 1.0 / (1.0 + g * (g + k))
        s1, s2, level = 0.0, 0.0, 1.0
        state = seeds[e] & 0xFFFFFFFF
        for n in range(first[e], frames):
            if level < QUIET:
                break
            state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
            x = level * (float(state) / LARGEST_32 - 1.0)
            v1 = a * (s1 + g * (x - s2))
            v2 = s2 + g * v1
            s1, s2 = 2.0 * v1 - s1, 2.0 * v2 - s2
            out[0, n] += gains[0, e] * k * v1
            out[1, n] += gains[1, e] * k * v1
            level *= decay


@njit(cache=True, nogil=True)
def glottal_pulses(hz: Samples, open_share: float, closing: float, out: Samples) -> None:
    """The derivative of the glottal flow after Rosenberg 1971: opening, then closing in `closing` of the open phase."""
    phase, last = 0.0, 0.0
    rise = open_share * (1.0 - closing)
    fall = open_share * closing
    for n in range(hz.shape[0]):
        if phase < rise:
            flow = 0.5 * (1.0 - math.cos(math.pi * phase / rise))
        elif phase < rise + fall:
            flow = math.cos(0.5 * math.pi * (phase - rise) / fall)
        else:
            flow = 0.0
        out[n] = (flow - last) * RATE_HZ / max(hz[n], 1.0) * 0.1
        last = flow
        phase += hz[n] / RATE_HZ
        phase -= math.floor(phase)


@njit(cache=True, nogil=True)
def read_between(x: Samples, places: Floats, out: Samples) -> None:
    """X at fractional frames by Catmull-Rom interpolation; 0 outside."""
    last = x.shape[0] - 2
    for n in range(places.shape[0]):
        at = math.floor(places[n])
        if at < 1 or at >= last:
            out[n] = 0.0
            continue
        f = places[n] - at
        i = int(at)
        a, b, c, d = x[i - 1], x[i], x[i + 1], x[i + 2]
        out[n] = b + 0.5 * f * (c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a)))


@njit(cache=True, nogil=True)
def pipe(x: Samples, delay: int, feedback: float, damping: float, out: Samples) -> None:
    """A pipe: the sound returns after `delay` frames, times feedback (negative: one end open), highs damped (0-1)."""
    ring = np.zeros(max(delay, 1), np.float64)
    at, held = 0, 0.0
    for n in range(x.shape[0]):
        held += (1.0 - damping) * (ring[at] - held)
        y = x[n] + feedback * held
        ring[at] = y
        out[n] = y
        at += 1
        if at == ring.shape[0]:
            at = 0


@njit(cache=True, nogil=True)
def add_harmonics(phase: Floats, hz: Floats, levels: Floats, out: Samples) -> None:
    """Add the sum of levels[k - 1] * sin(k * phase) by the recurrence of Chebyshev.

    Harmonics fade out before half the rate. hz: the frequency per frame, or one value for all.
    """
    count = levels.shape[0]
    top = 0.46 * RATE_HZ
    for n in range(phase.shape[0]):
        f = max(abs(hz[n if hz.shape[0] > 1 else 0]), 1.0)
        twice, before, now, total = 2.0 * math.cos(phase[n]), 0.0, math.sin(phase[n]), 0.0
        for k in range(count):
            room = (top - (k + 1) * f) / (0.05 * RATE_HZ)
            if room <= 0.0:
                break
            total += levels[k] * min(room, 1.0) * now
            before, now = now, twice * now - before
        out[n] += total
