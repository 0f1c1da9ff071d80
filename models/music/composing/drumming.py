"""Drums: the pattern of the song, thinner and fuller by section, with fills, crashes and builds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from models.music.composing.band import energy_at
from models.music.composing.parts import Part
from models.music.genre import DrumPattern, read
from models.music.score import PlayedNote

STEP = 0.25  # quarter notes
NUMBERS = {
    "kick": 36, "snare": 38, "rim": 37, "clap": 39, "hat": 42, "pedal": 44, "open": 46, "crash": 49, "ride": 51,
    "bell": 53, "tom_low": 41, "tom_mid": 45, "tom_high": 50, "tambourine": 54, "cowbell": 56, "maracas": 70,
    "shaker": 70, "conga_mute": 62, "conga_high": 63, "conga_low": 64, "bongo_high": 60, "bongo_low": 61,
    "timbale_high": 65, "timbale_low": 66, "claves": 75,
}  # fmt: skip
VELOCITIES = {"X": 116, "x": 98, "o": 72, "g": 40}
SILENT_BELOW, LOW_BELOW, HIGH_FROM = 0.3, 0.44, 0.72
RINGING = {"crash": 4.0, "open": 0.5, "ride": 0.5}
KEPT_IN_FILLS = frozenset({"kick", "ride", "pedal", "shaker", "crash"})
ELECTRONIC = frozenset({"electronic", "dnb"})
FILL_CHANCE = 0.85
SMALL_FILL_CHANCE = 0.4


@dataclass(frozen=True, slots=True)
class Beat:
    """kicks: when the bass drum plays, quarter notes of the whole song."""

    notes: tuple[PlayedNote, ...]
    kicks: tuple[float, ...]


def drummed(
    parts: Sequence[Part],
    starts: Sequence[float],
    patterns: Sequence[DrumPattern],
    family: str,
    beats_per_bar: float,
    rng: np.random.Generator,
) -> Beat:
    """The notes of the whole song. family: of the fills."""
    if beats_per_bar != 4:  # noqa: PLR2004
        waltzes = _waltzes()
        patterns = [waltzes[number] for number in rng.permutation(len(waltzes))]
    drummer = _Drummer(patterns, _fills(family), family, beats_per_bar, rng)
    for number, part in enumerate(parts):
        following = parts[number + 1] if number + 1 < len(parts) else None
        before = parts[number - 1] if number else None
        drummer.section(part, starts[number], before, following)
    drummer.end(starts[len(parts)] - beats_per_bar, parts[-1])
    kick = NUMBERS["kick"]
    notes = tuple(sorted(drummer.notes, key=lambda note: (note.start, note.pitch)))
    return Beat(notes, tuple(note.start for note in notes if note.pitch == kick))


def percussed(
    parts: Sequence[Part], starts: Sequence[float], pattern: DrumPattern, beats_per_bar: float
) -> tuple[PlayedNote, ...]:
    """Hand percussion from the middle of the arrangement up."""
    found: list[PlayedNote] = []
    for part, start in zip(parts, starts, strict=False):
        for bar in range(part.bars):
            is_last = part is parts[-1] and bar == part.bars - 1
            if energy_at(part, bar) >= LOW_BELOW and not is_last:
                at = start + bar * beats_per_bar
                for name, line in pattern.steps.items():
                    found += _hits(name, line, at, bar, beats_per_bar, 0.85)
    return tuple(found)


class _Drummer:
    def __init__(
        self,
        patterns: Sequence[DrumPattern],
        fills: Sequence[Mapping[str, str]],
        family: str,
        beats_per_bar: float,
        rng: np.random.Generator,
    ) -> None:
        self.patterns, self.fills, self.family, self.beats_per_bar = patterns, fills, family, beats_per_bar
        self.rng = rng
        self.steps = round(beats_per_bar / STEP)
        self.notes: list[PlayedNote] = []

    def section(self, part: Part, start: float, before: Part | None, following: Part | None) -> None:
        if part.kind == "build" or (part.kind == "prechorus" and self.family in ELECTRONIC):
            self._build(part, start)
            return
        pattern = self.patterns[1 % len(self.patterns) if part.kind in {"bridge", "solo"} else 0]
        fill, small = (self.fills[int(self.rng.integers(len(self.fills)))] for _ in range(2))
        rolls = self.rng.random(part.bars + 1)
        for bar in range(part.bars):
            energy = energy_at(part, bar)
            is_off = part.kind in {"break", "breakdown"} and self.family in ELECTRONIC and bar < part.bars - 1
            if energy < SILENT_BELOW or is_off:
                continue
            is_end = bar == part.bars - 1 and part.bars > 1
            is_half = part.bars >= 8 and bar % 4 == 3 and not is_end  # noqa: PLR2004
            chosen: Mapping[str, str] = {}
            if is_end and following is not None and rolls[bar] < FILL_CHANCE and energy >= LOW_BELOW - 0.1:
                chosen = fill
            elif is_half and rolls[bar] < SMALL_FILL_CHANCE and energy >= LOW_BELOW:
                chosen = small if _length(small) <= self.steps // 2 else {}
            self._bar(_lines(pattern, energy), start + bar * self.beats_per_bar, bar, energy, chosen)
        louder = before is None or part.energy > before.energy + 0.05 or before.kind in {"build", "prechorus", "solo"}
        if part.energy >= 0.58 and louder and self.family not in {"jazz", "soft"}:  # noqa: PLR2004
            self.notes.append(PlayedNote(start, 4.0, NUMBERS["crash"], 104))

    def end(self, start: float, part: Part) -> None:
        """The last bar is one stroke."""
        had_any = any(note.start >= start - 2 * self.beats_per_bar for note in self.notes)
        self.notes = [note for note in self.notes if note.start < start - 1e-6]
        if had_any:
            soft = part.energy < LOW_BELOW or self.family in {"jazz", "soft"}
            self.notes.append(PlayedNote(start, 0.5, NUMBERS["kick"], 80 if soft else 104))
            self.notes.append(
                PlayedNote(start, self.beats_per_bar, NUMBERS["ride" if soft else "crash"], 70 if soft else 100)
            )

    def _bar(self, lines: Mapping[str, str], start: float, bar: int, energy: float, fill: Mapping[str, str]) -> None:
        length = min(_length(fill), self.steps)
        until = start + (self.steps - length) * STEP
        gain = 0.84 + 0.2 * energy
        for name, line in lines.items():
            for note in _hits(name, line, start, bar, self.beats_per_bar, gain):
                if not fill or note.start < until - 1e-6 or (name in KEPT_IN_FILLS and name not in fill):
                    self.notes.append(note)
        for name, line in fill.items():
            self.notes += _hits(name, line[-length:], until, 0, length * STEP, gain)

    def _build(self, part: Part, start: float) -> None:
        """A roll that doubles its pace and grows; nothing on the last beat."""
        for bar in range(part.bars):
            through = bar / part.bars
            at = start + bar * self.beats_per_bar
            step = 1.0 if through < 0.5 else 0.5 if through < 0.75 else 0.25  # noqa: PLR2004
            until = self.beats_per_bar - (1.0 if bar == part.bars - 1 else 0.0)
            for number in range(round(until / step)):
                grown = int(48 + 60 * (bar + number * step / self.beats_per_bar) / part.bars)
                self.notes.append(PlayedNote(at + number * step, 0.25, NUMBERS["snare"], min(grown, 118)))
            if through < 0.75:  # noqa: PLR2004
                self.notes += [PlayedNote(at + beat, 0.25, NUMBERS["kick"], 104) for beat in range(int(until))]


def _lines(pattern: DrumPattern, energy: float) -> Mapping[str, str]:
    """What is played where the song is so full."""
    if energy < LOW_BELOW:
        return {name: line for name, line in pattern.steps.items() if name in pattern.low}
    if energy < HIGH_FROM:
        return pattern.steps
    return {**pattern.steps, **pattern.high}


def _hits(name: str, line: str, start: float, bar: int, beats_per_bar: float, gain: float) -> list[PlayedNote]:
    steps = round(beats_per_bar / STEP)
    if not line:
        return []
    first = bar * steps % len(line) if len(line) % steps == 0 else 0
    part = line[first : first + steps]
    return [
        PlayedNote(
            start + number * STEP, RINGING.get(name, STEP), NUMBERS[name], min(round(VELOCITIES[step] * gain), 127)
        )
        for number, step in enumerate(part)
        if step != "."
    ]


def _length(fill: Mapping[str, str]) -> int:
    return max(map(len, fill.values()), default=0)


@cache
def _fills(family: str) -> tuple[Mapping[str, str], ...]:
    return tuple(read("fills.toml")[family])


@cache
def _waltzes() -> tuple[DrumPattern, ...]:
    return tuple(
        DrumPattern(
            {name: line for name, line in told.items() if isinstance(line, str)}, told["high"], tuple(told["low"]), ""
        )
        for told in read("waltz.toml")["drums"]
    )
