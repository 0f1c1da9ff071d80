"""One track of a score as a dry stereo stem."""

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.base import Note, Samples
from models.music.production import kits, oscillators
from models.music.production.drum_hits import Character
from models.music.production.effects import amplify, blocks_of, chorus, tremolo
from models.music.production.kits import Kit
from models.music.production.oscillators import Patch
from models.music.production.tuning import off_cents
from models.music.score import PlayedNote, Score, Track
from models.synth.soundfont import Part, SoundfontSynth

RATE_HZ = 44_100
TABLE = Path(__file__).with_name("sounds.toml")
TAKE_S, FINGER_S = 0.007, 0.002  # how far a player is off the beat, and one string off the others
TAKE_CENTS = 4.0
TAKE_PAN = 0.8  # how far apart two takes of the same part stand
PLACES = 5  # across the stereo field, of an instrument whose notes are spread
SPREAD_PITCHES = (40.0, 84.0)
LONGEST_NOTE_S = 60.0
TIED_S, TOGETHER_S = 0.05, 0.03


@dataclass(frozen=True, slots=True)
class Played:
    """A soundfont instrument, and what its sound goes through.

    spread: how far its low and high notes stand apart; retune: whether small soundfonts have it out of tune.
    """

    program: int
    chorus: float = 0.0
    tremolo: float = 0.0
    drive: float = 0.0
    double: bool = False
    spread: float = 0.0
    retune: bool = False


@functools.cache
def library() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def stem(track: Track, score: Score, frames: int, synth: SoundfontSynth, seed: int) -> Samples:
    """What a track plays, of shape (2, frames), float32."""
    rng = np.random.default_rng(seed)
    if track.role == "drums":
        return kits.played(kit_of(track.sound), track.notes, score, frames, RATE_HZ, synth, rng)
    made = library()["synth"].get(track.sound)
    if made is not None:
        return _synthesised(Patch(**made), track.notes, score, frames, rng)
    how = Played(**library()["played"].get(track.sound, {"program": track.program, "retune": True}))
    return _played(how, _seconds(track.notes, score), frames, synth, rng)


def kit_of(sound: str) -> Kit:
    """The kit of that name; for any other the acoustic one."""
    told = dict(library()["kits"].get(sound, library()["kits"]["acoustic kit"]))
    louder = told.pop("louder", {})
    known = {f.name for f in fields(Character)}
    return Kit(
        Character(**{name: value for name, value in told.items() if name in known}),
        float(told.get("soundfont", 0.0)),
        int(told.get("program", 0)),
        {int(drum): db + louder.get(drum, 0.0) for drum, db in library()["balance"].items()},
    )


def _synthesised(
    patch: Patch, notes: Sequence[PlayedNote], score: Score, frames: int, rng: np.random.Generator
) -> Samples:
    out = np.zeros((2, frames), np.float32)
    last_hz, last_start, last_end = 0.0, -1.0, -1.0
    for note in sorted(notes, key=lambda note: (note.start, note.pitch)):
        hz = 440 * 2 ** ((note.pitch - 69) / 12)
        start_s, end_s = score.seconds(note.start), score.seconds(note.start + note.length)
        # Notes of a chord do not glide from one to the other.
        is_tied = start_s - last_end < TIED_S and start_s - last_start > TOGETHER_S
        held_s = min(max(end_s - start_s, 0.02), LONGEST_NOTE_S)
        phases = rng.random(patch.voices)
        sound = oscillators.note(patch, hz, last_hz if is_tied else 0.0, held_s, note.velocity, RATE_HZ, phases)
        first = max(round(start_s * RATE_HZ), 0)
        place = out[:, first : first + sound.shape[1]]
        place += sound[:, : place.shape[1]]
        last_hz, last_start, last_end = hz, start_s, end_s
    return out


def _played(
    how: Played, notes: Sequence[Note], frames: int, synth: SoundfontSynth, rng: np.random.Generator
) -> Samples:
    out = np.zeros((2, frames), np.float32)
    if how.double:
        for take, cents in zip(out, (-TAKE_CENTS, TAKE_CENTS), strict=True):
            _sample(take[None], [Part(_again(notes, cents, rng), how.program)], synth)
    else:
        _sample(out, _in_tune(notes, how, synth) if how.retune else _across(notes, how), synth)
    if how.drive:
        amplify(out, how.drive, RATE_HZ)
    if how.double:
        near, far = np.sqrt((1 + TAKE_PAN) / 2), np.sqrt((1 - TAKE_PAN) / 2)
        apart = np.array([[near, far], [far, near]], np.float32)
        for _, block in blocks_of(out):
            block[:] = apart @ block
    if how.chorus:
        chorus(out, how.chorus, RATE_HZ)
    if how.tremolo:
        tremolo(out, how.tremolo, RATE_HZ)
    return out


def _seconds(notes: Sequence[PlayedNote], score: Score) -> list[Note]:
    return [
        Note(score.seconds(note.start), score.seconds(note.start + note.length), note.pitch, note.velocity)
        for note in notes
    ]


def _across(notes: Sequence[Note], how: Played) -> list[Part]:
    """The notes by their place, as one sits before the keys."""
    if not how.spread:
        return [Part(notes, how.program)]
    low, high = SPREAD_PITCHES
    places = [round(min(max((note.pitch - low) / (high - low), 0.0), 1.0) * (PLACES - 1)) for note in notes]
    pans = np.linspace(-how.spread, how.spread, PLACES)
    return [
        Part([note for note, at in zip(notes, places, strict=True) if at == place], how.program, pan=float(pans[place]))
        for place in sorted(set(places))
    ]


def _in_tune(notes: Sequence[Note], how: Played, synth: SoundfontSynth) -> list[Part]:
    """The notes by how far they are bent, as a bend moves a whole channel."""
    off = off_cents(how.program, [note.pitch for note in notes], synth, RATE_HZ)
    return [
        Part([replace(note, bends=(-cents / 100,)) for note in notes if off[note.pitch] == cents], how.program)
        for cents in sorted(set(off.values()))
    ]


def _again(notes: Sequence[Note], cents: float, rng: np.random.Generator) -> list[Note]:
    """The same notes as a player would repeat them: never at quite the same moment, nor as strong."""
    found: list[Note] = []
    start_s, late_s = -1.0, 0.0
    for note in sorted(notes, key=lambda note: (note.start_s, note.pitch)):
        if note.start_s - start_s > TOGETHER_S:
            start_s, late_s = note.start_s, float(rng.normal(0, TAKE_S))
        first_s = max(note.start_s + late_s + float(rng.normal(0, FINGER_S)), 0.0)
        velocity = int(np.clip(note.velocity + rng.integers(-7, 8), 1, 127))
        found.append(Note(first_s, max(note.end_s + late_s, first_s + 0.02), note.pitch, velocity, (cents / 100,)))
    return found


def _sample(out: Samples, parts: Sequence[Part], synth: SoundfontSynth) -> None:
    """Fill `out`, stereo or mono, with what the soundfont plays."""
    done, frames = 0, out.shape[1]
    for block in synth.render(parts, rate_hz=RATE_HZ, reverb_db=None):
        taken = min(block.shape[1], frames - done)
        out[:, done : done + taken] = (block if out.shape[0] > 1 else block.mean(axis=0, keepdims=True))[:, :taken]
        done += taken
        if done >= frames:
            break
