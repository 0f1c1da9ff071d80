"""Single hits of drums and cymbals: tuned membranes, struck metal and shaped noise (Cook 2002, chapters 4 and 12)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from models.base import Samples

Floats = NDArray[np.float64]
Rng = np.random.Generator
# Square waves of the cymbals of an analogue drum machine (TR-808 service notes), and the ratios of a real one's modes.
METAL_HZ = (205.3, 304.4, 369.6, 522.7, 540.0, 800.0)
BELL_RATIOS = (1.0, 1.48, 1.93, 2.55, 2.84, 3.36, 4.21)
FORCE = 1.4  # how a drum's level follows the velocity
RIDE_BELL, TAMBOURINE, MUTED_CONGA, MUTED_TRIANGLE = 53, 54, 62, 80


@dataclass(frozen=True, slots=True)
class Character:
    """How the drums of a kit are built: Hz, s; levels 0 to 1.

    kick_hz, kick_from_hz, kick_drop_s, kick_s: where its tone ends, where it comes from, how fast, how long it rings
    drive: saturation of kick and snare; noise_hz: centre of the snare's wires; metal: share of tones in the cymbals
    """

    kick_hz: float = 52.0
    kick_from_hz: float = 170.0
    kick_drop_s: float = 0.022
    kick_s: float = 0.16
    click: float = 0.35
    drive: float = 1.4
    snare_hz: float = 188.0
    snare_s: float = 0.13
    wires: float = 0.8
    wires_s: float = 0.16
    noise_hz: float = 4200.0
    hat_s: float = 0.045
    open_s: float = 0.32
    metal: float = 0.4
    bright_hz: float = 16_000.0


def hit(character: Character, drum: int, velocity: int, rate_hz: int, rng: Rng) -> Samples:
    """Mono samples of shape (frames,), peak about 1 at velocity 127; `drum` is its General MIDI number."""
    strength = (velocity / 127) ** FORCE
    make = DRUMS.get(drum, _shaker)
    sound = make(character, drum, strength, rate_hz, rng)
    if character.bright_hz < 0.45 * rate_hz:
        sound = sosfilt(butter(2, character.bright_hz, fs=rate_hz, output="sos"), sound)
    out = np.asarray(sound, np.float32)
    peak = float(np.abs(out).max(initial=0.0))
    fade = min(round(0.004 * rate_hz), out.size)
    out[out.size - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return out * np.float32(strength / max(peak, 1e-6))


def _time(seconds: float, rate_hz: int) -> Floats:
    return np.asarray(np.arange(round(seconds * rate_hz)) / rate_hz)


def _noise(t: Floats, rng: Rng) -> Floats:
    return np.asarray(rng.standard_normal(t.size))


def _band(sound: Floats, low_hz: float, high_hz: float, rate_hz: int) -> Floats:
    high_hz = min(high_hz, 0.45 * rate_hz)
    return np.asarray(sosfilt(butter(2, (low_hz, high_hz), "bandpass", fs=rate_hz, output="sos"), sound))


def _high(sound: Floats, hz: float, rate_hz: int) -> Floats:
    return np.asarray(sosfilt(butter(2, min(hz, 0.45 * rate_hz), "highpass", fs=rate_hz, output="sos"), sound))


def _membrane(t: Floats, hz: float, from_hz: float, drop_s: float, ring_s: float, rate_hz: int) -> Floats:
    """A tone that falls to its pitch, as a skin does when it is struck."""
    pitch = hz + (from_hz - hz) * np.exp(-t / drop_s)
    return np.asarray(np.sin(2 * np.pi * np.cumsum(pitch) / rate_hz) * np.exp(-t / ring_s))


def _kick(c: Character, _drum: int, strength: float, rate_hz: int, rng: Rng) -> Floats:
    t = _time(min(c.kick_s * 6, 1.6), rate_hz)
    body = _membrane(t, c.kick_hz * rng.uniform(0.99, 1.01), c.kick_from_hz, c.kick_drop_s, c.kick_s, rate_hz)
    beater = _band(_noise(t, rng), 1500, 6000, rate_hz) * np.exp(-t / 0.004)
    sound = body + c.click * (0.4 + 0.6 * strength) * beater / max(np.abs(beater).max(), 1e-9)
    return np.asarray(np.tanh(c.drive * sound))


def _snare(c: Character, _drum: int, strength: float, rate_hz: int, rng: Rng) -> Floats:
    t = _time(max(0.45, 6 * c.wires_s), rate_hz)
    hz = c.snare_hz * rng.uniform(0.985, 1.015)
    body = _membrane(t, hz, hz * 1.5, 0.012, c.snare_s, rate_hz) + 0.6 * _membrane(
        t, hz * 1.78, hz * 2.3, 0.01, 0.7 * c.snare_s, rate_hz
    )
    wires = _band(_noise(t, rng), 0.28 * c.noise_hz, 2.2 * c.noise_hz, rate_hz)
    wires *= np.exp(-t / (c.wires_s * (0.6 + 0.4 * strength))) / wires.std()
    crack = _high(_noise(t, rng), 2500, rate_hz) * np.exp(-t / 0.006)
    return np.asarray(np.tanh(c.drive**0.6 * (0.7 * body + 0.33 * c.wires * wires + 0.2 * strength * crack)))


def _rim(_c: Character, _drum: int, _strength: float, rate_hz: int, rng: Rng) -> Floats:
    t = _time(0.12, rate_hz)
    modes = sum(np.sin(2 * np.pi * hz * t) * np.exp(-t / 0.012) for hz in (1720, 2480, 480))
    return np.asarray(modes + 0.3 * _noise(t, rng) * np.exp(-t / 0.003))


def _clap(_c: Character, _drum: int, _strength: float, rate_hz: int, rng: Rng) -> Floats:
    """Several hands, not quite together, and the room."""
    t = _time(0.6, rate_hz)
    envelope = 0.65 * np.exp(-t / 0.09)
    for about_s in (0.0, 0.011, 0.021, 0.03):
        start_s = about_s + rng.uniform(0, 0.002)
        envelope += np.where(t >= start_s, np.exp(-(t - start_s) / 0.006), 0.0)
    return np.asarray(_band(_noise(t, rng), 900, 3800, rate_hz) * envelope)


def _metal(t: Floats, ratio: float, rng: Rng) -> Floats:
    phases = rng.uniform(0, 1, len(METAL_HZ))
    squares = [np.sign(np.sin(2 * np.pi * (hz * ratio * t + p))) for hz, p in zip(METAL_HZ, phases, strict=True)]
    return np.asarray(np.sum(squares, axis=0))


def _hat(c: Character, drum: int, strength: float, rate_hz: int, rng: Rng) -> Floats:
    ring_s = {42: c.hat_s, 44: 0.7 * c.hat_s}.get(drum, c.open_s) * (0.7 + 0.3 * strength) * rng.uniform(0.9, 1.1)
    t = _time(min(ring_s * 6 + 0.05, 1.6), rate_hz)
    sound = c.metal * _metal(t, 2.05 * rng.uniform(0.99, 1.01), rng) / 2.5 + (1 - c.metal) * _noise(t, rng)
    sound = _high(sound, 6800, rate_hz)
    return np.asarray(sound * (np.exp(-t / ring_s) + 0.6 * np.exp(-t / 0.004)))


def _cymbal(c: Character, drum: int, strength: float, rate_hz: int, rng: Rng) -> Floats:
    """Crashes open slowly and ring long; a ride is a ping with little wash."""
    is_ride, is_bell = drum in {51, 53, 59}, drum == RIDE_BELL
    ring_s = (0.55 if is_ride else 0.85) * (0.6 + 0.5 * strength)
    t = _time(ring_s * 4, rate_hz)
    wash = _high(_noise(t, rng) + 0.5 * c.metal * _metal(t, 2.7, rng), 3200, rate_hz)
    wash = _high(wash, 4500, rate_hz) if is_ride else wash
    swell = 1 - 0.5 * np.exp(-t / 0.015)
    sound = wash * swell * np.exp(-t / ring_s) / wash.std() * (0.3 if is_ride else 1.0)
    if is_ride:
        base_hz = (820.0 if is_bell else 1480.0) * rng.uniform(0.99, 1.01)
        ping = sum(np.sin(2 * np.pi * base_hz * ratio * t) / (1 + n) for n, ratio in enumerate(BELL_RATIOS))
        sound = sound + (1.6 if is_bell else 0.9) * ping * np.exp(-t / (0.5 if is_bell else 0.16))
    return np.asarray(sound)


def _tom(c: Character, drum: int, strength: float, rate_hz: int, rng: Rng) -> Floats:
    hz = {41: 74, 43: 88, 45: 104, 47: 124, 48: 148, 50: 174}[drum] * rng.uniform(0.99, 1.01)
    t = _time(0.9, rate_hz)
    body = _membrane(t, hz, hz * 1.45, 0.03, 0.2, rate_hz) + 0.35 * _membrane(t, hz * 1.59, hz * 2, 0.02, 0.1, rate_hz)
    skin = _band(_noise(t, rng), 400, 3000, rate_hz) * np.exp(-t / 0.012)
    return np.asarray(np.tanh(c.drive * (body + 0.12 * strength * skin / skin.std())))


def _hand(_c: Character, drum: int, strength: float, rate_hz: int, rng: Rng) -> Floats:
    """Bongos, congas and timbales: a skin, and for slaps more of its edge."""
    hz = {60: 400, 61: 280, 62: 330, 63: 320, 64: 210, 65: 520, 66: 380}[drum] * rng.uniform(0.99, 1.01)
    ring_s = 0.035 if drum == MUTED_CONGA else 0.11
    t = _time(0.5, rate_hz)
    body = _membrane(t, hz, hz * 1.15, 0.015, ring_s, rate_hz) + 0.4 * np.sin(2 * np.pi * 1.83 * hz * t) * np.exp(
        -t / (0.4 * ring_s)
    )
    slap = _band(_noise(t, rng), 1200, 5000, rate_hz) * np.exp(-t / 0.006)
    return np.asarray(body + (0.5 if drum == MUTED_CONGA else 0.18) * strength * slap / slap.std())


def _tambourine(_c: Character, drum: int, _strength: float, rate_hz: int, rng: Rng) -> Floats:
    t = _time(0.35, rate_hz)
    jingles = sum(np.sin(2 * np.pi * hz * t + rng.uniform(0, 6)) for hz in rng.uniform(6000, 11_000, 8))
    sound = _high(_noise(t, rng), 7000, rate_hz) + 0.25 * jingles
    return np.asarray(sound * np.minimum(t / 0.003, 1) * np.exp(-t / (0.09 if drum == TAMBOURINE else 0.05)))


def _shaker(_c: Character, _drum: int, strength: float, rate_hz: int, rng: Rng) -> Floats:
    """Seeds that are thrown against the wall: their number rises and falls (PhISEM, Cook 1997)."""
    t = _time(0.14, rate_hz)
    rise_s = 0.022 - 0.01 * strength
    envelope = np.minimum(t / rise_s, 1) * np.exp(-np.maximum(t - rise_s, 0) / 0.028)
    return np.asarray(_band(_noise(t, rng), 4500, 12_000, rate_hz) * envelope)


def _wood(_c: Character, drum: int, _strength: float, rate_hz: int, rng: Rng) -> Floats:
    hz = {75: 2500.0, 76: 1050.0, 77: 780.0}[drum] * rng.uniform(0.995, 1.005)
    t = _time(0.2, rate_hz)
    return np.asarray(
        np.sin(2 * np.pi * hz * t) * np.exp(-t / 0.028) + 0.3 * np.sin(5.2 * np.pi * hz * t) * np.exp(-t / 0.01)
    )


def _cowbell(_c: Character, drum: int, _strength: float, rate_hz: int, _rng: Rng) -> Floats:
    low = {56: 562.0, 67: 900.0, 68: 660.0}[drum]
    t = _time(0.5, rate_hz)
    sound = np.sign(np.sin(2 * np.pi * low * t)) + np.sign(np.sin(2 * np.pi * low * 1.504 * t))
    return np.asarray(_band(sound, low * 0.8, low * 5, rate_hz)) * (0.6 * np.exp(-t / 0.015) + 0.4 * np.exp(-t / 0.12))


def _triangle(_c: Character, drum: int, _strength: float, rate_hz: int, _rng: Rng) -> Floats:
    ring_s = 0.05 if drum == MUTED_TRIANGLE else 0.6
    t = _time(5 * ring_s, rate_hz)
    modes = zip((2093, 4440, 6020, 8560, 11_200), (0.5, 1, 0.7, 0.5, 0.3), strict=True)
    return np.asarray(np.sum([level * np.sin(2 * np.pi * hz * t) for hz, level in modes], axis=0) * np.exp(-t / ring_s))


DRUMS = {
    **dict.fromkeys((35, 36), _kick), **dict.fromkeys((38, 40), _snare), 37: _rim, 39: _clap,
    **dict.fromkeys((42, 44, 46), _hat), **dict.fromkeys((49, 51, 52, 53, 55, 57, 59), _cymbal),
    **dict.fromkeys((41, 43, 45, 47, 48, 50), _tom), **dict.fromkeys(range(60, 67), _hand), 54: _tambourine,
    **dict.fromkeys((75, 76, 77), _wood), **dict.fromkeys((56, 67, 68), _cowbell), **dict.fromkeys((80, 81), _triangle),
}  # fmt: skip
PANS = {37: -0.1, 39: 0.08, 42: 0.25, 44: 0.25, 46: 0.25, 49: -0.4, 57: 0.45, 51: 0.4, 53: 0.4, 59: 0.35, 41: 0.35,
        43: 0.25, 45: 0.1, 47: -0.05, 48: -0.2, 50: -0.35, 54: -0.35, 56: 0.3, 60: -0.3, 61: -0.25, 62: 0.3, 63: 0.3,
        64: 0.2, 69: -0.4, 70: -0.4, 75: 0.35, 76: -0.3, 77: -0.3, 80: 0.4, 81: 0.4, 82: -0.4}  # fmt: skip
"""As the audience sees the kit, -1 to 1."""
CHOKES = {42, 44}
"""A closed hat ends the open one."""
OPEN_HAT = 46


def gains(pan: float) -> tuple[float, float]:
    """Left and right, of equal power."""
    angle = (1 + pan) * math.pi / 4
    return math.cos(angle) * math.sqrt(2), math.sin(angle) * math.sqrt(2)
