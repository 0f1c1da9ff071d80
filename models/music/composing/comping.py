"""What plays the chords: strums, arpeggios, stabs, pads, from the patterns of comping.toml."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from models.music.composing.band import Player, energy_at
from models.music.composing.clock import Clock
from models.music.composing.parts import Part
from models.music.composing.voicing import voiced
from models.music.genre import read
from models.music.score import Chord, PlayedNote

STEP = 0.25
VELOCITIES = {"X": 104, "x": 88, "o": 64, "c": 74, "D": 98, "d": 82, "u": 70, "b": 88, "f": 80}
STRUM = 0.022  # quarter notes between two strings
RINGS = 2.0  # quarter notes that a plucked note rings on
LONGEST_PAD = 16.0
REGISTERS = {"chords": (52, 74), "pad": (50, 72), "strings": (54, 75), "arpeggio": (55, 79), "lead": (58, 80)}
LOW_LINE = "low_line"
RIFF = "ts"


def comped(
    player: Player, parts: Sequence[Part], clock: Clock, rng: np.random.Generator, *, always: bool = False
) -> tuple[PlayedNote, ...]:
    """The notes of the whole song. always: whatever the energy, because nobody else plays the chords."""
    told = _patterns()[player.play]
    lines = [line for line in told["lines"] if len(line) == 16]  # noqa: PLR2004
    order = rng.permutation(len(lines))
    comper = _Comper(player, clock, told)
    for number, part in enumerate(parts):
        line = lines[order[1 % len(lines)]] if part.kind in {"chorus", "drop", "solo"} else lines[order[0]]
        held: list[float] = []  # bars of a pad
        for bar in range(part.bars):
            energy = energy_at(part, bar)
            if not always and not player.plays(energy):
                continue
            start = clock.starts[number] + bar * clock.beats_per_bar
            comper.gain = 0.84 + 0.22 * energy
            if number == len(parts) - 1 and bar == part.bars - 1:
                comper.hold(start, clock.beats_per_bar)
            elif "=" in line:
                held.append(start)
            else:
                comper.bar(start, line)
        if held:
            comper.pad(held[0], held[-1] + clock.beats_per_bar, line[0])
    return tuple(comper.notes)


class _Comper:
    def __init__(self, player: Player, clock: Clock, told: dict[str, Any]) -> None:
        self.clock = clock
        self.way = told.get("voices", "close")
        self.rings = told.get("hold", False)
        instrument = player.instrument
        low, high = REGISTERS[player.role]
        if player.play == LOW_LINE:
            low, high = instrument.low + 3, instrument.low + 22
        elif self.way in {"power", "barre"}:
            low, high = instrument.low, instrument.low + 24
        elif instrument.low > low:
            low, high = instrument.low, max(high, instrument.low + 19)
        self.low, self.high = low, max(min(high, instrument.high), low + 14)
        self.lowest, self.highest = min(instrument.low, self.low), max(instrument.high, self.high)
        self.before: tuple[int, ...] = ()
        self.gain = 1.0
        self.notes: list[PlayedNote] = []

    def voices(self, chord: Chord) -> tuple[int, ...]:
        self.before = voiced(chord, self.low, self.high, self.before, way=self.way)
        return self.before

    def bar(self, start: float, line: str) -> None:
        steps = line[: round(self.clock.beats_per_bar / STEP)]
        for number, step in enumerate(steps):
            if step in ".-":
                continue
            held = 1
            while number + held < len(steps) and steps[number + held] == "-":
                held += 1
            self._strike(start + number * STEP, held * STEP, step)

    def hold(self, start: float, length: float) -> None:
        for pitch in self.voices(self.clock.chord(start)):
            self._add(start, length, pitch, VELOCITIES["x"])

    def pad(self, start: float, end: float, step: str) -> None:
        """Each chord held as long as it is; a digit: only that voice."""
        at = start
        while at < end - 1e-6:
            chord = self.clock.chord(at)
            until = min(chord.start + chord.length, end, at + LONGEST_PAD)
            voices = self.voices(chord)
            for pitch in (voices[int(step)],) if step.isdigit() else voices:
                self._add(at, until - at, pitch, VELOCITIES["c"])
            at = until

    def _strike(self, at: float, length: float, step: str) -> None:
        chord = self.clock.chord(at)
        end = chord.start + chord.length
        voices = self.voices(chord)
        velocity = VELOCITIES.get(step, 80)
        if step.isdigit():
            octave, place = divmod(int(step), len(voices))
            pitch = voices[place] + 12 * octave
            ringing = max(min(RINGS, end - at), STEP) if self.rings else min(length, end - at)
            self._add(at, ringing, pitch, velocity - 6 * (at % 1 > 0))
        elif step in "bf":
            root = self.lowest + (chord.bass - self.lowest) % 12
            fifth = next((pitch for pitch in chord.pitches[2:3]), chord.bass)
            pitch = root if step == "b" else self.lowest + (fifth - self.lowest) % 12
            self._add(at, max(min(max(length, RINGS if self.rings else 0), end - at), STEP), pitch, velocity)
        elif step in RIFF:
            shift = _riff_step(step, chord)
            for pitch in voices:
                self._add(at, min(length, end - at), pitch + shift, VELOCITIES["x"])
        else:
            chosen = voices[-3:] if step == "u" else voices
            order = chosen[::-1] if step == "u" else chosen
            spread = STRUM if step in "Ddu" else 0.0
            for number, pitch in enumerate(order):
                late = spread * number
                self._add(at + late, min(length, end - at) - late, pitch, velocity - 2 * number)
        if end < at + length - 1e-6 and not step.isdigit():
            self._strike(end, at + length - end, step if step not in "bf" else "b")

    def _add(self, start: float, length: float, pitch: int, velocity: int) -> None:
        while pitch > self.highest:
            pitch -= 12
        self.notes.append(
            PlayedNote(start, max(length, STEP / 2), pitch, int(np.clip(round(velocity * self.gain), 1, 127)))
        )


def _riff_step(step: str, chord: Chord) -> int:
    """How far a riff moves from the root: to the third above or the whole tone below."""
    third = (chord.pitches[1] - chord.pitches[0]) % 12
    return third if step == "t" else -2


@cache
def _patterns() -> dict[str, Any]:
    return read("comping.toml")
