"""Notes of a subtractive synthesiser: detuned band-limited waves through a resonant low-pass that follows envelopes.

Steps of saw and square are smoothed by polyBLEP (Välimäki and Huovilainen 2007); the filter is the trapezoidal
state-variable one (Zavalishin 2012).
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.base import Samples

Floats = NDArray[np.float64]
SAW, SQUARE, SINE, FM = 0, 1, 2, 3
WAVES = {"saw": SAW, "square": SQUARE, "sine": SINE, "fm": FM}
LOWEST_CUTOFF_HZ, HIGHEST_CUTOFF = 40.0, 0.45  # of the rate
SILENT = 1e-4
VIBRATO_AFTER_S, VIBRATO_HZ = 0.35, 5.3
HALF = 0.5  # of a period
CONTROL = 16  # frames between two values of pitch and cutoff


@dataclass(frozen=True, slots=True)
class Patch:
    """A sound of the synthesiser.

    wave        saw, square, sine or fm (two sines)
    voices      waves per note, spread over `detune_cents`, and over the stereo field by `width` 0 to 1
    sub         level of a sine at the pitch itself, in the centre
    cutoff_hz   of the low-pass, and how it moves: `sweep_octaves` above it at the start, back within `sweep_s`
    follow      share of the note's height that the cutoff follows
    attack_s … release_s  envelope of loudness; `sustain` 0 to 1
    drive       saturation, 1: none
    vibrato_cents, glide_s  of held notes; from the note before
    """

    wave: str = "saw"
    voices: int = 1
    detune_cents: float = 0.0
    width: float = 0.0
    sub: float = 0.0
    cutoff_hz: float = 8_000.0
    resonance: float = 0.7
    sweep_octaves: float = 0.0
    sweep_s: float = 0.2
    follow: float = 0.5
    attack_s: float = 0.005
    decay_s: float = 0.2
    sustain: float = 0.8
    release_s: float = 0.1
    drive: float = 1.0
    vibrato_cents: float = 0.0
    glide_s: float = 0.0
    fm_ratio: float = 3.5
    fm_depth: float = 2.0


def note(
    patch: Patch, hz: float, from_hz: float, held_s: float, velocity: int, rate_hz: int, phases: Floats
) -> Samples:
    """One note of shape (2, frames), its release included; `phases`: where its waves begin, 0 to 1."""
    loud = (velocity / 127) ** 1.5
    frames = round((held_s + min(patch.release_s * 5, 4.0)) * rate_hz)
    spread = np.linspace(-1, 1, patch.voices) if patch.voices > 1 else np.zeros(1)
    ratios = 2 ** (spread * patch.detune_cents / 2400)
    pans = (np.pi / 4) * (1 + patch.width * spread[np.argsort(np.abs(spread), kind="stable")])
    start_hz = from_hz if patch.glide_s > 0 and from_hz > 0 else hz
    # Harder notes are brighter.
    cutoff_hz = patch.cutoff_hz * (hz / 261.6) ** patch.follow * 2 ** (1.2 * (loud - 0.5))
    out = np.zeros((2, frames), np.float32)
    _render(
        out, WAVES[patch.wave], hz, start_hz, patch.glide_s, ratios, phases[: patch.voices], np.cos(pans), np.sin(pans),
        patch.sub, cutoff_hz, patch.resonance, patch.sweep_octaves, patch.sweep_s, patch.attack_s, patch.decay_s,
        patch.sustain, patch.release_s, held_s, patch.drive, patch.vibrato_cents, patch.fm_ratio, patch.fm_depth,
        float(rate_hz),
    )  # fmt: skip
    out *= np.float32(loud / math.sqrt(patch.voices))
    return out


@njit(cache=True, nogil=True)
def _blep(phase: float, step: float) -> float:
    if phase < step:
        t = phase / step
        return t + t - t * t - 1.0
    if phase > 1.0 - step:
        t = (phase - 1.0) / step
        return t * t + t + t + 1.0
    return 0.0


@njit(cache=True, nogil=True)
def _wave(kind: int, phase: float, step: float) -> float:
    if kind == SAW:
        return 2.0 * phase - 1.0 - _blep(phase, step)
    if kind == SQUARE:
        half = phase + HALF if phase < HALF else phase - HALF
        return (1.0 if phase < HALF else -1.0) + _blep(phase, step) - _blep(half, step)
    return math.sin(2 * math.pi * phase)


@njit(cache=True, nogil=True)
def _level(t: float, held_s: float, attack_s: float, decay_s: float, sustain: float, release_s: float) -> float:
    """Of the envelope at `t` seconds."""
    held = min(t, held_s)
    level = held / attack_s if held < attack_s else sustain + (1.0 - sustain) * math.exp(-(held - attack_s) / decay_s)
    return level if t < held_s else level * math.exp(-(t - held_s) / release_s)


@njit(cache=True, nogil=True)
def _bend(t: float, hz: float, start_hz: float, glide_s: float, vibrato_cents: float) -> float:
    """The pitch in Hz at `t` seconds."""
    pitch = hz + (start_hz - hz) * math.exp(-t / glide_s) if glide_s > 0 else hz
    if vibrato_cents > 0 and t > VIBRATO_AFTER_S:
        depth = vibrato_cents * min((t - VIBRATO_AFTER_S) / 0.4, 1.0)
        pitch *= 2 ** (depth / 1200 * math.sin(2 * math.pi * VIBRATO_HZ * t))
    return pitch


@njit(cache=True, nogil=True)
def _low_pass(x: float, g: float, k: float, state: Floats) -> float:
    d = 1.0 / (1.0 + g * (g + k))
    v1 = d * (state[0] + g * (x - state[1]))
    v2 = state[1] + g * v1
    state[0], state[1] = 2 * v1 - state[0], 2 * v2 - state[1]
    return float(v2)


@njit(cache=True, nogil=True)
def _render(
    out: Samples, kind: int, hz: float, start_hz: float, glide_s: float, ratios: Floats, first: Floats, left: Floats,
    right: Floats, sub: float, cutoff_hz: float, resonance: float, sweep_octaves: float, sweep_s: float,
    attack_s: float, decay_s: float, sustain: float, release_s: float, held_s: float, drive: float,
    vibrato_cents: float, fm_ratio: float, fm_depth: float, rate_hz: float,
) -> None:  # fmt: skip
    phase, partner = first.copy(), np.zeros(first.size)
    sub_phase, g, pitch, level, rise = 0.0, 0.0, start_hz, 0.0, 0.0
    states = np.zeros((2, 2))
    for n in range(out.shape[1]):
        t = n / rate_hz
        if n % CONTROL == 0:
            pitch = _bend(t, hz, start_hz, glide_s, vibrato_cents)
            cut_hz = cutoff_hz * 2 ** (sweep_octaves * math.exp(-t / sweep_s))
            g = math.tan(math.pi * min(max(cut_hz, LOWEST_CUTOFF_HZ), HIGHEST_CUTOFF * rate_hz) / rate_hz)
            level = _level(t, held_s, attack_s, decay_s, sustain, release_s)
            rise = (_level(t + CONTROL / rate_hz, held_s, attack_s, decay_s, sustain, release_s) - level) / CONTROL
            if t > held_s and level < SILENT:
                break
        level += rise
        sub_phase += pitch / rate_hz
        low = sub * math.sin(2 * math.pi * sub_phase) * phase.size * 0.7
        x, y = low, low
        for v in range(phase.size):
            step = pitch * ratios[v] / rate_hz
            partner[v] += step * fm_ratio
            if kind == FM:
                bent = fm_depth * math.exp(-t * 3.0) * math.sin(2 * math.pi * partner[v])
                wave = math.sin(2 * math.pi * phase[v] + bent)
            else:
                wave = _wave(kind, phase[v], step)
            phase[v] += step
            if phase[v] >= 1.0:
                phase[v] -= 1.0
            x += wave * left[v]
            y += wave * right[v]
        out[0, n] = _driven(_low_pass(x, g, 1.0 / resonance, states[0]) * level, drive)
        out[1, n] = _driven(_low_pass(y, g, 1.0 / resonance, states[1]) * level, drive)


@njit(cache=True, nogil=True)
def _driven(x: float, drive: float) -> float:
    return math.tanh(drive * x) / drive**0.5 if drive > 1.0 else x
