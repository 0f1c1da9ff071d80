"""The voice: words on notes. Parallel lines share their tune; the chorus lies higher and moves more slowly."""

from collections.abc import Mapping, Sequence

import numpy as np

from models.music.brief import Brief
from models.music.composing.clock import Clock
from models.music.composing.motifs import Material, Phrase, material_of
from models.music.composing.parts import Part
from models.music.composing.placing import Syllable, Window, placed, strength
from models.music.composing.tune import Spot, Taste, pitches_of
from models.music.composing.words import LyricLine
from models.music.genre import Genre
from models.music.score import MAJOR, WrittenLine, WrittenNote, WrittenWord

SAME = {"postchorus": "chorus", "drop": "chorus", "outro": "chorus", "build": "prechorus", "breakdown": "bridge"}
# Middle and half width of each kind of section, in parts of the singer's range.
TESSITURA = {"verse": (0.34, 0.30), "prechorus": (0.48, 0.30), "chorus": (0.64, 0.32), "bridge": (0.54, 0.32)}
PACE_S = {"verse": 0.36, "prechorus": 0.4, "chorus": 0.52, "bridge": 0.5}
RAP_PACE_S = 0.2
HOLD = {"verse": 2.0, "prechorus": 2.0, "chorus": 3.0, "bridge": 3.0}  # quarter notes of the last syllable
BREATH_S, BREATH = 0.3, 0.5
UPBEAT = 1.0
LONGEST_NOTE = 2.5
MELISMAS = {"R&B": 0.35, "folk": 0.12, "jazz": 0.12, "blues": 0.2, "pop": 0.1, "Latin": 0.12}
SHORTEST = 0.125
PULL, RAP_PULL = 0.16, 0.35
LIFT = 0.05  # of the range, by which a glad song is higher


def sung(
    parts: Sequence[Part], clock: Clock, brief: Brief, genre: Genre, rng: np.random.Generator
) -> tuple[WrittenLine, ...]:
    """All lines in order."""
    materials: Mapping[str, Material] = {
        kind: material_of(kind, np.random.default_rng(rng.integers(2**32))) for kind in TESSITURA
    }
    turns = np.random.default_rng(rng.integers(2**32)).random(64)
    found: list[WrittenLine] = []
    free_from, before = 0.0, None
    for number, part in enumerate(parts):
        start = clock.starts[number]
        for line, (words, bars) in enumerate(zip(part.lines, part.line_bars, strict=True)):
            singer = _Singer(part, materials, clock, brief, genre, float(turns[line % len(turns)]))
            is_last = line == len(part.lines) - 1
            written = singer.line(words, line, start, bars, free_from, before, is_last=is_last, section=number)
            found.append(written)
            last = written.words[-1].notes[-1]
            free_from, before = last.start + last.length, last.pitch
            start += bars * clock.beats_per_bar
    return tuple(found)


class _Singer:
    """One line at a time of a section."""

    def __init__(
        self,
        part: Part,
        materials: Mapping[str, Material],
        clock: Clock,
        brief: Brief,
        genre: Genre,
        chance: float,
    ) -> None:
        self.part, self.clock, self.brief, self.genre, self.chance = part, clock, brief, genre, chance
        kind = SAME.get(part.kind, part.kind)
        self.kind = kind if kind in materials else "verse"
        self.material = materials[self.kind]

    def line(
        self,
        words: LyricLine,
        number: int,
        start: float,
        bars: int,
        free_from: float,
        before: int | None,
        *,
        is_last: bool,
        section: int,
    ) -> WrittenLine:
        phrase = self.material.phrase(number)
        syllables = [
            Syllable(weight, place == len(word.weights) - 1, word.ends_phrase and place == len(word.weights) - 1)
            for word in words.words
            for place, weight in enumerate(word.weights)
        ]
        window = self._window(len(syllables), start, bars, free_from, phrase)
        onsets = placed(syllables, window, lambda beat: phrase.likes(beat, window.beats_per_bar))
        lengths = self._lengths(onsets, syllables, window)
        pitches = self._pitches(onsets, lengths, start, phrase, number, before, is_last=is_last)
        notes = [
            WrittenNote(start + onset, length, pitch)
            for onset, length, pitch in zip(onsets, lengths, pitches, strict=True)
        ]
        return WrittenLine(section, tuple(self._words(words, notes)))

    def _window(self, count: int, start: float, bars: int, free_from: float, phrase: Phrase) -> Window:
        bar = self.clock.beats_per_bar
        beats_per_s = self.brief.bpm / 60
        breath = max(BREATH, BREATH_S * beats_per_s)
        length = bars * bar
        pace = beats_per_s * (RAP_PACE_S if self.part.is_rap else PACE_S[self.kind])
        last = length - breath
        is_tight = (last - UPBEAT) / max(pace, 0.25) < count + 1
        first = 0.0 if self.part.is_rap or is_tight else -UPBEAT
        if not is_tight and not self.part.is_rap:
            last = length - UPBEAT - breath
        first = max(first, free_from - start + min(breath, 0.5), -start)
        pace = float(np.clip(pace, 0.25 if self.part.is_rap else 0.375, 1.5))
        finest = 0.25 if self.part.is_rap or self.brief.bpm < 100 or is_tight else 0.5  # noqa: PLR2004
        begin = 0.0 if self.part.is_rap or is_tight else phrase.start
        return Window(min(first, last - SHORTEST), last, begin, pace, bar, finest)

    def _lengths(self, onsets: Sequence[float], syllables: Sequence[Syllable], window: Window) -> list[float]:
        """Notes touch within a phrase and leave a breath after it; the last is held."""
        found = []
        for onset, after, syllable in zip(onsets, onsets[1:], syllables, strict=False):
            gap = after - onset
            is_apart = syllable.ends_phrase and gap >= 0.75  # noqa: PLR2004 - quarter notes
            found.append(min(gap - 0.25 if is_apart else gap, LONGEST_NOTE))
        hold = 0.75 if self.part.is_rap else HOLD[self.kind]
        return [*found, max(min(hold, window.last - onsets[-1]), SHORTEST)]

    def _pitches(
        self,
        onsets: Sequence[float],
        lengths: Sequence[float],
        start: float,
        phrase: Phrase,
        number: int,
        before: int | None,
        *,
        is_last: bool,
    ) -> list[int]:
        low, high = self.brief.vocal_range
        middle, half = TESSITURA[self.kind]
        span = high - low
        centre = low + (middle + LIFT * self.brief.bright) * span
        bar, key = self.clock.beats_per_bar, self.brief.key
        end = onsets[-1] + lengths[-1]
        spots = [
            Spot(
                start + onset,
                length,
                strength(onset, bar),
                centre + (self._spoken(onset) if self.part.is_rap else phrase.height(onset, end)),
                self.clock.chord(start + onset),
            )
            for onset, length in zip(onsets, lengths, strict=True)
        ]
        third, sixth = (4, 9) if key.mode == MAJOR else (3, 10)
        closing = (key.tonic,) if is_last else (key.tonic, (key.tonic + third) % 12) if number % 2 else ()
        few = tuple((key.tonic + step) % 12 for step in (0, third, 7, sixth)) if self.part.is_rap else ()
        lowest, highest = round(centre - half * span), round(centre + half * span)
        taste = Taste(
            key,
            self.genre.scale,
            max(low, lowest - 1),
            min(high, max(highest, lowest + 8)),
            closing,
            before,
            few,
            RAP_PULL if self.part.is_rap else PULL,
        )
        return pitches_of(spots, taste)

    def _spoken(self, onset: float) -> float:
        """Rap stays on a pitch and rises a little in the middle of the bar."""
        return -2.0 + (2.5 if onset % self.clock.beats_per_bar >= 2 and self.chance < 0.5 else 0.0)  # noqa: PLR2004

    def _words(self, words: LyricLine, notes: Sequence[WrittenNote]) -> list[WrittenWord]:
        found: list[WrittenWord] = []
        used = 0
        for word in words.words:
            found.append(WrittenWord(word.text, tuple(notes[used : used + len(word.weights)])))
            used += len(word.weights)
        if self.chance < MELISMAS.get(self.genre.name, 0.0) and not self.part.is_rap:
            found[-1] = self._turned(found[-1])
        return found

    def _turned(self, word: WrittenWord) -> WrittenWord:
        """The last syllable reaches its note from the step above."""
        last = word.notes[-1]
        if last.length < 1.5:  # noqa: PLR2004 - too short to turn
            return word
        from models.music.composing.tune import scale_over

        scale = scale_over(self.clock.chord(last.start), self.brief.key)
        above = next((last.pitch + step for step in (1, 2, 3) if (last.pitch + step) % 12 in scale), None)
        if above is None or above > self.brief.vocal_range[1]:
            return word
        first = WrittenNote(last.start, 0.5, above)
        return WrittenWord(
            word.text, (*word.notes[:-1], first, WrittenNote(last.start + 0.5, last.length - 0.5, last.pitch))
        )
