"""A drum kit as a dry stereo stem: every hit as loud as engineers set it against the snare drum."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.base import Note, Samples
from models.dsp.loudness import KFilter
from models.music.production import drum_hits
from models.music.production.drum_hits import Character
from models.music.score import PlayedNote, Score
from models.synth.soundfont import Part, SoundfontSynth

VARIANTS = 4  # of each hit at each strength
STRENGTHS = 12  # velocities that sound different
LAYERS = (45, 85, 118)  # velocities at which the soundfont's kit is recorded
HEARD_S = 0.25  # of a hit, in which it is as loud as it will be
SHORT_S, LONG_S = 1.0, 3.0
RINGING = frozenset({46, 49, 51, 52, 53, 55, 57, 59, 81})
ONSET = 0.02  # of the peak: there a recorded hit begins
HIT_LU = -20.0  # of a snare drum struck hard
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Kit:
    """character: of the drums that are made; share: of the soundfont's kit `program` in the sound, 0 to 1.

    balance: drum → dB against the snare drum.
    """

    character: Character
    share: float = 0.0
    program: int = 0
    balance: Mapping[int, float] = field(default_factory=dict)


def played(
    kit: Kit, notes: Sequence[PlayedNote], score: Score, frames: int, rate_hz: int, synth: SoundfontSynth,
    rng: np.random.Generator,
) -> Samples:  # fmt: skip
    """Samples of shape (2, frames), float32."""
    drums = sorted({note.pitch for note in notes})
    recorded = _recorded(kit.program, drums, rate_hz, synth) if kit.share else {}
    out = np.zeros((2, frames), np.float32)
    hits: dict[tuple[int, int, int], Samples] = {}
    ordered = sorted(notes, key=lambda note: (note.start, note.pitch))
    closes = sorted(score.seconds(note.start) for note in notes if note.pitch in drum_hits.CHOKES)
    for note in ordered:
        strength = min(max(-(-note.velocity * STRENGTHS // 127), 1), STRENGTHS)
        key = (note.pitch, strength, int(rng.integers(VARIANTS)))
        if key not in hits:
            hits[key] = _hit(kit, note.pitch, strength * 127 // STRENGTHS, recorded, rate_hz, rng)
        sound, start_s = hits[key], score.seconds(note.start)
        if note.pitch == drum_hits.OPEN_HAT:
            sound = _choked(sound, start_s, closes, rate_hz)
        left, right = drum_hits.gains(drum_hits.PANS.get(note.pitch, 0.0))
        first = max(round(start_s * rate_hz), 0)
        sound = sound[: max(frames - first, 0)]
        out[0, first : first + sound.size] += np.float32(left) * sound
        out[1, first : first + sound.size] += np.float32(right) * sound
    return out


def _hit(
    kit: Kit, drum: int, velocity: int, recorded: Mapping[tuple[int, int], Samples], rate_hz: int,
    rng: np.random.Generator,
) -> Samples:  # fmt: skip
    """Made and recorded sound of a hit together; mono."""
    sound = _even(drum_hits.hit(kit.character, drum, velocity, rate_hz, rng), rate_hz)
    layer = min(LAYERS, key=lambda known: abs(known - velocity))
    other = recorded.get((drum, layer))
    if other is not None:
        both = np.zeros(max(sound.size, other.size), np.float32)
        # Where both skins swing against each other at first, the low end would be gone.
        begin = min(round(0.06 * rate_hz), sound.size, other.size)
        sign = -1.0 if float(sound[:begin] @ other[:begin]) < 0 else 1.0
        both[: sound.size] = sign * (1 - kit.share) * sound
        both[: other.size] += np.float32(kit.share) * other
        sound = _even(both, rate_hz)
    gain_db = HIT_LU + kit.balance.get(drum, -12.0)
    return sound * np.float32(10 ** (gain_db / 20) * (velocity / 127) ** drum_hits.FORCE)


def _even(sound: Samples, rate_hz: int) -> Samples:
    """The hit with a K-weighted energy of one over its first quarter of a second."""
    heard = np.pad(sound[: round(HEARD_S * rate_hz)], (0, 64))[None]
    energy = float(KFilter(rate_hz, 1).power(heard).sum()) / (HEARD_S * rate_hz)
    return np.asarray(sound / np.float32(np.sqrt(energy) + TINY), np.float32)


def _recorded(
    program: int, drums: Iterable[int], rate_hz: int, synth: SoundfontSynth
) -> dict[tuple[int, int], Samples]:
    """Hits of the soundfont's kit by drum and layer, mono; those it does not have are left out."""
    plan: list[tuple[int, int, float, float]] = []
    at_s = 0.0
    for drum in drums:
        for layer in LAYERS:
            length_s = LONG_S if drum in RINGING else SHORT_S
            plan.append((drum, layer, at_s, length_s))
            at_s += length_s
    part = Part(
        [Note(start, start + length - 0.05, drum, layer, is_drum=True) for drum, layer, start, length in plan],
        program,
        is_drums=True,
    )
    blocks = [block.mean(axis=0) for block in synth.render([part], rate_hz=rate_hz, reverb_db=None, at_least_s=at_s)]
    sound = np.pad(np.concatenate(blocks), (0, round(at_s * rate_hz)))
    found = {}
    for drum, layer, start_s, length_s in plan:
        first = round(start_s * rate_hz)
        one = sound[first : first + round((length_s - 0.02) * rate_hz)]
        peak = float(np.abs(one).max(initial=0.0))
        if peak < TINY * 1e4:
            continue
        one = one[max(int(np.flatnonzero(np.abs(one) > ONSET * peak)[0]) - 16, 0) :].copy()
        fade = min(round(0.05 * rate_hz), one.size)
        one[one.size - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        found[drum, layer] = _even(one, rate_hz)
    return found


def _choked(sound: Samples, start_s: float, closes: Sequence[float], rate_hz: int) -> Samples:
    """An open hat until the next closed one."""
    number = bisect_right(closes, start_s + 0.01)
    keep = round((closes[number] - start_s) * rate_hz) if number < len(closes) else sound.size
    if keep >= sound.size:
        return sound
    fade = np.linspace(1, 0, min(round(0.012 * rate_hz), keep), dtype=np.float32)
    cut = sound[:keep].copy()
    cut[keep - fade.size :] *= fade
    return cut
