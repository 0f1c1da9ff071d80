"""The lead instrument: themes that are developed, solos, and answers between the lines of the voice."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.music.brief import Brief
from models.music.composing.band import Player
from models.music.composing.clock import Clock
from models.music.composing.drumming import ELECTRONIC
from models.music.composing.motifs import Material, material_of
from models.music.composing.parts import Part
from models.music.composing.placing import strength
from models.music.composing.tune import Spot, Taste, pitches_of
from models.music.genre import Genre
from models.music.score import Key, PlayedNote, WrittenLine

THEMES = {"verse": "verse", "chorus": "chorus", "postchorus": "chorus", "drop": "chorus", "bridge": "bridge", "solo": "chorus", "turn": "chorus", "intro": "chorus", "prechorus": "verse", "outro": "chorus"}  # fmt: skip  # noqa: E501
SILENT = frozenset({"break", "breakdown", "build"})
LONGEST_PHRASE_S = 6.0
LIFT = 3  # semitones, by which a glad song is higher
LOWEST, SPAN = 57, 24  # MIDI, semitones: above the chords where the instrument reaches there
HOLD = 3.0  # quarter notes of the last note of a phrase
LOUD, USUAL, SOFT = 104, 92, 78
MIDDLE = {"verse": 0.4, "chorus": 0.6, "bridge": 0.5}
INTRO_CHANCE, FILL_CHANCE = 0.6, 0.65
QUIET = 0.4  # energy below which nobody answers the voice
SHORTEST_GAP = 2.0  # quarter notes between two lines that the lead answers


@dataclass(frozen=True, slots=True)
class _Taste:
    """What the instrument and the song allow."""

    low: int
    high: int
    key: Key
    scale: str


def led(
    player: Player,
    sections: AbstractSet[int],
    parts: Sequence[Part],
    clock: Clock,
    brief: Brief,
    genre: Genre,
    lines: Sequence[WrittenLine],
    *,
    seed: int,
) -> tuple[PlayedNote, ...]:
    """What a lead plays in its sections. The same seed gives all leads of a song the same themes."""
    leader = _Leader(player, clock, brief, genre, np.random.default_rng(seed))
    plays_intro = leader.rng.random() < INTRO_CHANCE or player.sound in brief.wanted
    has_chorus = any(part.kind in {"chorus", "drop"} for part in parts)
    sings = bool(lines)
    found: list[PlayedNote] = []
    for number, part in enumerate(parts):
        is_waiting = genre.fills in ELECTRONIC and has_chorus and part.kind == "verse" and part.number == 0
        if number not in sections or part.lines or part.kind in SILENT or part.bars < 2:  # noqa: PLR2004
            continue
        if (part.kind == "intro" and (not sings or not plays_intro)) or is_waiting:
            continue
        if part.kind == "outro" and not sings and part.bars < 4:  # noqa: PLR2004
            continue
        found += leader.section(part, clock.starts[number], is_last=number == len(parts) - 1)
    if player.fills and sings:
        found += leader.answers(lines, parts, sections)
    return tuple(sorted(found, key=lambda note: note.start))


def doubled(player: Player, notes: Sequence[PlayedNote]) -> tuple[PlayedNote, ...]:
    """The tune of another lead in the register of this one, for who has no section to lead."""
    low, high = player.instrument.low, player.instrument.high
    found = []
    for note in notes:
        pitch = note.pitch - 12
        while pitch < low:
            pitch += 12
        while pitch > high:
            pitch -= 12
        found.append(PlayedNote(note.start, note.length, pitch, max(note.velocity - 10, 1)))
    return tuple(found)


class _Leader:
    def __init__(self, player: Player, clock: Clock, brief: Brief, genre: Genre, rng: np.random.Generator) -> None:
        self.clock, self.rng = clock, rng
        key, bpm, bright = brief.key, brief.bpm, brief.bright
        told = player.instrument
        low = max(told.low, min(LOWEST, told.high - SPAN))
        low = min(max(low + round(LIFT * bright), told.low), told.high - SPAN // 2)
        self.taste = _Taste(low, min(told.high, low + SPAN), key, genre.scale)
        self.materials: Mapping[str, Material] = {
            kind: material_of("theme" if kind != "bridge" else "bridge", rng) for kind in MIDDLE
        }
        self.busy = material_of("verse", rng)
        self.phrase_bars = 2 if 2 * clock.beats_per_bar * 60 / bpm >= 2.4 else 4  # noqa: PLR2004 - seconds

    def section(self, part: Part, start: float, *, is_last: bool) -> list[PlayedNote]:
        """The theme of its kind in phrases; when it comes again, it is higher or decorated."""
        kind = THEMES.get(part.kind, "verse")
        material = self.busy if part.kind == "solo" else self.materials[kind]
        found: list[PlayedNote] = []
        before: int | None = None
        bars = part.bars - (1 if is_last else 0)
        for number, bar in enumerate(range(0, bars, self.phrase_bars)):
            length = min(self.phrase_bars, bars - bar) * self.clock.beats_per_bar
            at = start + bar * self.clock.beats_per_bar
            is_end = bar + self.phrase_bars >= bars
            notes = self._phrase(material, number, at, length, part, kind, before, is_end=is_end)
            before = notes[-1].pitch if notes else before
            found += notes
        if is_last and found:
            found.append(self._final(start + bars * self.clock.beats_per_bar, found[-1].pitch))
        return found

    def answers(
        self, lines: Sequence[WrittenLine], parts: Sequence[Part], sections: AbstractSet[int]
    ) -> list[PlayedNote]:
        """Short phrases in the gaps of the voice, of one motif."""
        motif = tuple(float(step) for step in self.rng.choice([0.0, 0.5, 1.0, 1.5, 2.0, 2.5], 4, replace=False))
        rises = self.rng.random() < 0.5  # noqa: PLR2004
        chances = self.rng.random(len(lines) + 1)
        found: list[PlayedNote] = []
        for number, line in enumerate(lines):
            if line.section not in sections:
                continue
            part = parts[line.section]
            last = line.words[-1].notes[-1]
            end = last.start + last.length
            after = lines[number + 1].words[0].notes[0].start if number + 1 < len(lines) else self.clock.length - 4
            after = min(after, self.clock.starts[line.section + 1])
            begin = np.ceil(2 * (end + 0.25)) / 2
            if part.is_rap or after - begin < SHORTEST_GAP or part.energy < QUIET or chances[number] > FILL_CHANCE:
                continue
            onsets = [begin + step for step in sorted(motif) if begin + step < after - 0.5]
            if len(onsets) > 1:
                found += self._run(onsets, min(after - 0.25, onsets[-1] + 1.5), rises=rises)
        return found

    def _phrase(
        self,
        material: Material,
        number: int,
        start: float,
        length: float,
        part: Part,
        kind: str,
        before: int | None,
        *,
        is_end: bool,
    ) -> list[PlayedNote]:
        bar = self.clock.beats_per_bar
        phrase = material.phrase(number)
        closes = is_end or number % 2 == 1
        stop = length - (bar - 0.5 if closes and length > bar else 0.5)
        onsets = [beat for beat in np.arange(0, length, 0.5) if phrase.likes(float(beat), bar) and beat < stop]
        if closes and length > bar and (not onsets or onsets[-1] < length - bar):
            onsets.append(length - bar)
        if not onsets:
            onsets = [0.0]
        if part.number and part.kind != "solo":
            onsets = self._decorated(onsets)
        lengths = [after - onset for onset, after in pairwise(onsets)]
        lengths.append(min(HOLD, length - onsets[-1] - (0.5 if closes else 0.0)))
        centre, low, high = self._register(part, kind)
        spots = [
            self._spot(start + onset, held, centre + phrase.height(onset, length))
            for onset, held in zip(onsets, lengths, strict=True)
        ]
        closing = (self.taste.key.tonic,) if is_end else ()
        pitches = pitches_of(spots, Taste(self.taste.key, self.taste.scale, low, high, closing, before))
        return [
            PlayedNote(spot.start, max(spot.length * 0.96, 0.2), pitch, LOUD if spot.strength >= 0.8 else USUAL)  # noqa: PLR2004
            for spot, pitch in zip(spots, pitches, strict=True)
        ]

    def _register(self, part: Part, kind: str) -> tuple[float, int, int]:
        low, high = self.taste.low, self.taste.high
        span = high - low
        raised = 0.16 if part.kind in {"solo", "drop"} or (part.number >= 2 and part.kind == "chorus") else 0.0  # noqa: PLR2004
        centre = low + (MIDDLE[kind] + raised) * span
        return centre, max(low, round(centre - 9)), min(high, round(centre + 9))

    def _decorated(self, onsets: list[float]) -> list[float]:
        """Some long steps are divided."""
        found = []
        for onset, after in zip(onsets, [*onsets[1:], onsets[-1]], strict=True):
            found.append(onset)
            if after - onset >= 1 and self.rng.random() < 0.4:  # noqa: PLR2004
                found.append(onset + 0.5)
        return found

    def _run(self, onsets: Sequence[float], end: float, *, rises: bool) -> list[PlayedNote]:
        low, high = self.taste.low, self.taste.high
        middle = low + 0.55 * (high - low)
        ends = [*onsets[1:], end]
        spots = [
            self._spot(onset, after - onset, middle + (2.5 if rises else -2.5) * (number - 1))
            for number, (onset, after) in enumerate(zip(onsets, ends, strict=True))
        ]
        pitches = pitches_of(spots, Taste(self.taste.key, self.taste.scale, low, high))
        return [
            PlayedNote(spot.start, max(0.9 * spot.length, 0.2), pitch, SOFT)
            for spot, pitch in zip(spots, pitches, strict=True)
        ]

    def _spot(self, start: float, length: float, target: float) -> Spot:
        return Spot(start, length, strength(start, self.clock.beats_per_bar), target, self.clock.chord(start))

    def _final(self, start: float, before: int) -> PlayedNote:
        tonic = self.taste.key.tonic
        options = [pitch for pitch in range(self.taste.low, self.taste.high + 1) if pitch % 12 == tonic]
        pitch = min(options, key=lambda option: abs(option - before))
        return PlayedNote(start, self.clock.beats_per_bar, pitch, USUAL)
