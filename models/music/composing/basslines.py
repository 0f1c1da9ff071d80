"""The bass: patterns of chord tones, a walking line, or what the bass drum plays."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from models.music.composing.band import Player, energy_at
from models.music.composing.clock import Clock
from models.music.composing.parts import Part
from models.music.composing.tune import scale_over
from models.music.genre import read
from models.music.score import Chord, Key, PlayedNote

STEP = 0.25
LOUD, USUAL = 106, 92
SPAN = 12  # semitones above the lowest note in which roots lie
LONGEST_KICKED = 1.0
WALKING, KICKED, HELD = "walk", "kick", "808"
WITHOUT_KICK = "halves"
OTHER = frozenset({"chorus", "drop", "solo"})  # sections with a pattern of their own
ANYWAY, HALF_STEPS = 0.3, 0.55  # how often a walk comes from below against its direction, and by a half step


def bass_of(
    player: Player, parts: Sequence[Part], clock: Clock, key: Key, kicks: Sequence[float], rng: np.random.Generator
) -> tuple[PlayedNote, ...]:
    """The notes of the whole song."""
    name = player.play
    bassist = _Bassist(player, clock, key, rng)
    lines = _patterns().get(name, _patterns()[WITHOUT_KICK])
    order = [lines[place] for place in rng.permutation(len(lines))]
    for number, part in enumerate(parts):
        line = order[1 % len(order)] if part.kind in OTHER else order[0]
        for bar in range(part.bars):
            if not player.plays(energy_at(part, bar)):
                continue
            start = clock.starts[number] + bar * clock.beats_per_bar
            if number == len(parts) - 1 and bar == part.bars - 1:
                bassist.hold(start)
                continue
            struck = [kick for kick in kicks if start - 1e-6 <= kick < start + clock.beats_per_bar - 1e-6]
            if name == WALKING:
                bassist.walk(start)
            elif name in {KICKED, HELD} and struck:
                bassist.with_kick(start, struck, held=name == HELD)
            else:
                bassist.pattern(start, line)
    return tuple(bassist.notes)


class _Bassist:
    def __init__(self, player: Player, clock: Clock, key: Key, rng: np.random.Generator) -> None:
        self.low, self.high = player.instrument.low, player.instrument.high
        self.clock, self.key, self.rng = clock, key, rng
        self.before = self.low + SPAN // 2
        self.notes: list[PlayedNote] = []

    def pattern(self, start: float, line: str) -> None:
        steps = line[: round(self.clock.beats_per_bar / STEP)]
        end = start + self.clock.beats_per_bar
        for number, step in enumerate(steps):
            if step in ".-":
                continue
            held = 1
            while number + held < len(steps) and steps[number + held] == "-":
                held += 1
            at = start + number * STEP
            self._strike(at, min(held * STEP, end - at), step)

    def with_kick(self, start: float, kicks: Sequence[float], *, held: bool) -> None:
        end = start + self.clock.beats_per_bar
        if kicks[0] > start + 1e-6 and not held:
            kicks = [start, *kicks]
        for number, kick in enumerate(kicks):
            after = kicks[number + 1] if number + 1 < len(kicks) else end
            length = after - kick if held else min(after - kick, LONGEST_KICKED)
            if length > STEP / 2:
                self._strike(kick, length, "R" if number == 0 else "r")

    def walk(self, start: float) -> None:
        """A note on each beat: the root, tones of chord and scale, a step into what follows."""
        count = int(self.clock.beats_per_bar)
        for beat in range(count):
            at = start + beat
            chord, after = self.clock.chord(at), self.clock.chord(at + 1)
            is_new = abs(chord.start - at) < 1e-6 or beat == 0  # noqa: PLR2004
            leads = after.start > at + 1e-6 or beat == count - 1
            if is_new:
                pitch = self._near(chord.bass)
            elif leads:
                pitch = self._approach(self._near(after.bass))
            else:
                pitch = self._step(chord)
            self._add(at, 0.92, pitch, LOUD if beat % 2 == 0 else USUAL)

    def hold(self, start: float) -> None:
        self._add(start, self.clock.beats_per_bar, self._root(self.clock.chord(start).bass), USUAL)

    def _strike(self, at: float, length: float, step: str) -> None:
        """A note of a pattern; where the chord changes under it, the new root is struck."""
        chord = self.clock.chord(at)
        change = chord.start + chord.length
        velocity = LOUD if step.isupper() else USUAL
        first = min(length, change - at) if change < at + length - 1e-6 else length
        self._add(at, first, self._tone(step.lower(), chord), velocity)
        if first < length - 1e-6:
            self._strike(at + first, length - first, "r")

    def _tone(self, step: str, chord: Chord) -> int:
        root = self._root(chord.bass)
        if step == "o":
            return root + 12 if root + 12 <= self.high else root
        if step == "a":
            return self._approach(self._root(self.clock.following(chord).bass, remember=False))
        if step in "fts":
            place = {"f": 2, "t": 1, "s": 3}[step]
            pitch = chord.pitches[place] if place < len(chord.pitches) else (chord.pitches[0] + 9) % 12
            above = root + (pitch - root) % 12
            return above if above <= self.high else above - 12
        return root

    def _root(self, pitch_class: int, *, remember: bool = True) -> int:
        lowest = self.low + (pitch_class - self.low) % 12
        pitch = (
            lowest
            if lowest <= self.low + SPAN or abs(lowest - 12 - self.before) > abs(lowest - self.before)
            else lowest - 12
        )
        if remember:
            self.before = pitch
        return pitch

    def _near(self, pitch_class: int) -> int:
        options = [pitch for pitch in range(self.low, self.high + 1) if pitch % 12 == pitch_class]
        middle = self.low + 10
        return min(options, key=lambda pitch: abs(pitch - self.before) + 0.3 * abs(pitch - middle))

    def _approach(self, target: int) -> int:
        """A note that leads into the next: a half or whole step below or above it."""
        rises = target - 1 >= self.low and (self.before < target or self.rng.random() < ANYWAY)
        is_half = self.rng.random() < HALF_STEPS
        if rises:
            return target - 1 if is_half or target - 2 < self.low else target - 2
        return min(target + (1 if is_half else 2), self.high)

    def _step(self, chord: Chord) -> int:
        """A note of the scale nearby, rather one of the chord, rather not far from the middle of the register."""
        scale = scale_over(chord, self.key)
        middle = self.low + 10
        options = [
            pitch
            for pitch in range(max(self.low, self.before - 5), min(self.high, self.before + 5) + 1)
            if pitch % 12 in scale and pitch != self.before
        ]
        scores = [
            1.2 * (pitch % 12 in chord.pitches)
            - 0.15 * abs(pitch - self.before)
            - 0.06 * abs(pitch - middle)
            + 0.9 * self.rng.random()
            for pitch in options
        ]
        return options[int(np.argmax(scores))]

    def _add(self, start: float, length: float, pitch: int, velocity: int) -> None:
        self.before = pitch
        self.notes.append(PlayedNote(start, length, pitch, velocity))


@cache
def _patterns() -> dict[str, list[str]]:
    return read("bass.toml")
