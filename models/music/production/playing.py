"""One track of a score as a dry stereo stem."""

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from models.base import Note, Samples
from models.music.production import drum_hits, oscillators
from models.music.production.drum_hits import Character
from models.music.production.effects import amplified, chorused, tremolo
from models.music.production.oscillators import Patch
from models.music.score import PlayedNote, Score, Track
from models.synth.soundfont import Part, SoundfontSynth

RATE_HZ = 44_100
TABLE = Path(__file__).with_name("sounds.toml")
TAKE_S, TAKE_PAN = 0.011, 0.8  # between two takes of the same part, and how far apart they stand
VARIANTS = 4  # of each hit at each strength
STRENGTHS = 12  # velocities that sound different
LONGEST_NOTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Played:
    """A soundfont instrument, and what its sound goes through."""

    program: int
    chorus: float = 0.0
    tremolo: float = 0.0
    drive: float = 0.0
    double: bool = False


@functools.cache
def library() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def stem(track: Track, score: Score, frames: int, synth: SoundfontSynth, seed: int) -> Samples:
    """What a track plays, of shape (2, frames), float32."""
    rng = np.random.default_rng(seed)
    if track.role == "drums":
        return _kit(track, score, frames, synth, rng)
    made = library()["synth"].get(track.sound)
    if made is not None:
        return _synthesised(Patch(**made), track.notes, score, frames, rng)
    return _played(
        Played(**library()["played"].get(track.sound, {"program": track.program})), track, score, frames, synth, rng
    )


def _add(out: Samples, sound: Samples, first: int) -> None:
    start, stop = max(first, 0), min(first + sound.shape[1], out.shape[1])
    if stop > start:
        out[:, start:stop] += sound[:, start - first : stop - first]


def _kit(track: Track, score: Score, frames: int, synth: SoundfontSynth, rng: np.random.Generator) -> Samples:
    told = dict(library()["kits"].get(track.sound, {}))
    share, program = float(told.pop("soundfont", 0.0)), int(told.pop("program", 0))
    character = Character(
        **{name: value for name, value in told.items() if name in {f.name for f in fields(Character)}}
    )
    out = np.zeros((2, frames), np.float32)
    hits: dict[tuple[int, int, int], Samples] = {}
    notes = sorted(track.notes, key=lambda note: note.start)
    closes = [score.seconds(note.start) for note in notes if note.pitch in drum_hits.CHOKES]
    for note in notes:
        strength = -(-note.velocity * STRENGTHS // 127)
        key = (note.pitch, strength, int(rng.integers(VARIANTS)))
        if key not in hits:
            hits[key] = drum_hits.hit(character, note.pitch, strength * 127 // STRENGTHS, RATE_HZ, rng)
        sound, start_s = hits[key], score.seconds(note.start)
        if note.pitch == drum_hits.OPEN_HAT:
            sound = _choked(sound, start_s, closes)
        left, right = drum_hits.gains(drum_hits.PANS.get(note.pitch, 0.0))
        _add(out, np.stack([left * sound, right * sound]).astype(np.float32), round(start_s * RATE_HZ))
    out *= np.float32(1 - share)
    if share:
        sampled = _sampled(Part(_seconds(track.notes, score, is_drum=True), program, is_drums=True), frames, synth)
        loud = max(float(np.sqrt(np.square(sampled).mean())), 1e-9)
        level = float(np.sqrt(np.square(out).mean())) / (1 - share) if share < 1 else 0.1
        out += np.float32(share * level / loud) * sampled
    return out


def _choked(sound: Samples, start_s: float, closes: Sequence[float]) -> Samples:
    after = next((at_s for at_s in closes if at_s > start_s + 0.01), None)
    keep = sound.size if after is None else round((after - start_s) * RATE_HZ)
    if keep >= sound.size:
        return sound
    fade = np.linspace(1, 0, min(round(0.012 * RATE_HZ), keep), dtype=np.float32)
    cut = sound[:keep].copy()
    cut[keep - fade.size :] *= fade
    return cut


def _synthesised(
    patch: Patch, notes: Sequence[PlayedNote], score: Score, frames: int, rng: np.random.Generator
) -> Samples:
    out = np.zeros((2, frames), np.float32)
    last_hz, last_end = 0.0, -1.0
    for note in sorted(notes, key=lambda note: note.start):
        hz = 440 * 2 ** ((note.pitch - 69) / 12)
        start_s, end_s = score.seconds(note.start), score.seconds(note.start + note.length)
        from_hz = last_hz if start_s - last_end < 0.05 else 0.0  # noqa: PLR2004 - tied
        held_s = min(max(end_s - start_s, 0.02), LONGEST_NOTE_S)
        sound = oscillators.note(patch, hz, from_hz, held_s, note.velocity, RATE_HZ, rng.random(patch.voices))
        _add(out, sound, round(start_s * RATE_HZ))
        last_hz, last_end = hz, end_s
    return out


def _played(
    how: Played, track: Track, score: Score, frames: int, synth: SoundfontSynth, rng: np.random.Generator
) -> Samples:
    notes = _seconds(track.notes, score)
    if how.double:
        out = np.zeros((2, frames), np.float32)
        near, far = np.sqrt((1 + TAKE_PAN) / 2), np.sqrt((1 - TAKE_PAN) / 2)
        for sides in ((near, far), (far, near)):
            take = _sampled(Part(_again(notes, rng), how.program), frames, synth).mean(axis=0, keepdims=True)
            if how.drive:
                take = amplified(take, how.drive, RATE_HZ)
            for channel, level in enumerate(sides):
                out[channel] += np.float32(level) * take[0]
    else:
        out = _sampled(Part(notes, how.program), frames, synth)
        if how.drive:
            out = amplified(out, how.drive, RATE_HZ)
    if how.chorus:
        out = chorused(out, how.chorus, RATE_HZ)
    return tremolo(out, how.tremolo, RATE_HZ) if how.tremolo else out


def _seconds(notes: Sequence[PlayedNote], score: Score, *, is_drum: bool = False) -> list[Note]:
    return [
        Note(
            score.seconds(note.start),
            score.seconds(note.start + note.length),
            note.pitch,
            note.velocity,
            is_drum=is_drum,
        )
        for note in notes
    ]


def _again(notes: Sequence[Note], rng: np.random.Generator) -> list[Note]:
    """The same notes as a player would repeat them: never at quite the same moment, nor as strong."""
    found = []
    for note in notes:
        late_s = float(abs(rng.normal(0, TAKE_S)))
        velocity = int(np.clip(note.velocity + rng.integers(-7, 8), 1, 127))
        found.append(
            Note(note.start_s + late_s, max(note.end_s + late_s, note.start_s + late_s + 0.02), note.pitch, velocity)
        )
    return found


def _sampled(part: Part, frames: int, synth: SoundfontSynth) -> Samples:
    out = np.zeros((2, frames), np.float32)
    done = 0
    for block in synth.render([part], rate_hz=RATE_HZ, reverb_db=None):
        taken = min(block.shape[1], frames - done)
        out[:, done : done + taken] = block[:, :taken]
        done += taken
        if done >= frames:
            break
    return out
