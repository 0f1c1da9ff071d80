"""Small pieces of music with known key and tempo: chords of decaying harmonics over a bass and a drum."""

from collections.abc import Sequence

import numpy as np

from models.base import Audio, Samples

RATE_HZ = 22_050
MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
CADENCE = (0, 3, 4, 0)  # I IV V I
POP = (0, 4, 5, 3)  # I V vi IV


def note(hz: float, seconds: float, attack_s: float = 0.005) -> Samples:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    partials = [np.sin(2 * np.pi * hz * n * t) / n**1.5 for n in range(1, 7) if hz * n < RATE_HZ / 2]
    return (sum(partials) * np.exp(-1.5 * t) * np.minimum(t / attack_s, 1)).astype(np.float32)


def hertz(midi: float) -> float:
    return float(440 * 2 ** ((midi - 69) / 12))


def song(
    tonic: int,
    scale: Sequence[int],
    *,
    bpm: float = 112.0,
    bars: int = 12,
    progression: Sequence[int] = POP,
    tuning_cents: float = 0.0,
    drums: bool = True,
) -> Audio:
    """Four beats a bar, one chord a bar, the last one the tonic. `tonic` counts semitones above C."""
    beat_s = 60 / bpm
    rng = np.random.default_rng(tonic)
    out = np.zeros(round((bars * 4 * beat_s + 2) * RATE_HZ), np.float32)

    def add(sound: Samples, at_s: float, level: float) -> None:
        first = round(at_s * RATE_HZ)
        part = sound[: out.size - first]
        out[first : first + part.size] += level * part

    shift = tuning_cents / 100
    for bar in range(bars):
        degree = 0 if bar == bars - 1 else progression[bar % len(progression)]
        root = scale[degree]
        third, fifth = (scale[(degree + step) % 7] + 12 * ((degree + step) // 7) for step in (2, 4))
        for beat in range(4):
            at_s = (bar * 4 + beat) * beat_s
            add(note(hertz(36 + tonic + root + shift), beat_s), at_s, 0.3)
            if beat % 2 == 0:
                for interval in (root, third, fifth):
                    add(note(hertz(60 + tonic + interval + shift), 2 * beat_s), at_s, 0.15)
            if drums:
                hit = rng.uniform(-1, 1, round(0.08 * RATE_HZ)) * np.exp(-np.arange(round(0.08 * RATE_HZ)) / 400)
                add(hit.astype(np.float32), at_s, 0.4 if beat % 2 else 0.25)
    return Audio((0.7 * out / np.abs(out).max())[None], RATE_HZ)


def strings(bpm: float, seconds: float) -> Audio:
    """A chord of soft attacks on every beat, nothing else."""
    out = np.zeros(round(seconds * RATE_HZ), np.float32)
    beat_s = 60 / bpm
    for beat in range(int(seconds / beat_s)):
        for interval in (0, 4, 7):
            sound = note(hertz(60 + interval + (0, 5, 7, 0)[beat % 4]), beat_s, attack_s=0.15)
            first = round(beat * beat_s * RATE_HZ)
            out[first : first + sound.size] += sound[: out.size - first]
    return Audio((0.7 * out / np.abs(out).max())[None], RATE_HZ)


def held_chord(seconds: float) -> Audio:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tones = [np.sin(2 * np.pi * hertz(midi) * t) for midi in (57, 61, 64)]
    return Audio((0.1 * sum(tones))[None].astype(np.float32), RATE_HZ)


def cut(piece: Audio, seconds: float) -> Audio:
    """The first `seconds` of a piece, which ends wherever it is then."""
    return Audio(piece.samples[:, : round(seconds * RATE_HZ)], RATE_HZ)


def clicks(bpm: float, seconds: float) -> Audio:
    out = np.zeros(round(seconds * RATE_HZ), np.float32)
    pulse = np.exp(-np.arange(300) / 40).astype(np.float32) * np.sin(np.arange(300) * 0.6)
    for at_s in np.arange(0.1, seconds - 0.1, 60 / bpm):
        first = round(at_s * RATE_HZ)
        part = pulse[: out.size - first]
        out[first : first + part.size] += part
    return Audio(0.8 * out[None].astype(np.float32), RATE_HZ)


def joined(*parts: Audio) -> Audio:
    return Audio(np.concatenate([part.samples for part in parts], axis=1), RATE_HZ)
