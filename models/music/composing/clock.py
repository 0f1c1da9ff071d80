"""Where sections begin and which chord sounds when."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from models.music.composing.parts import Part
from models.music.score import Chord


@dataclass(frozen=True, slots=True)
class Clock:
    """starts: quarter notes, of each section; the end of the song last."""

    beats_per_bar: float
    starts: tuple[float, ...]
    chords: tuple[Chord, ...]
    chord_starts: tuple[float, ...]

    @classmethod
    def of(cls, parts: Sequence[Part], chords: Sequence[Chord], beats_per_bar: float) -> "Clock":
        starts = [0.0]
        for part in parts:
            starts.append(starts[-1] + part.bars * beats_per_bar)
        return cls(beats_per_bar, tuple(starts), tuple(chords), tuple(chord.start for chord in chords))

    @property
    def length(self) -> float:
        return self.starts[-1]

    def chord(self, beat: float) -> Chord:
        return self.chords[max(bisect_right(self.chord_starts, beat + 1e-6) - 1, 0)]

    def following(self, chord: Chord) -> Chord:
        """The next chord, itself at the end."""
        number = bisect_right(self.chord_starts, chord.start + 1e-6)
        return self.chords[min(number, len(self.chords) - 1)]
