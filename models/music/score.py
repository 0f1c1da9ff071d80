"""A song as it is written: form, harmony, what each instrument plays and what is sung. Time is in quarter notes."""

from dataclasses import dataclass

from models.base import SungLine, SungNote, SungWord, TimedLine

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
MAJOR, MINOR = "major", "minor"


@dataclass(frozen=True, slots=True)
class Key:
    """tonic: pitch class from C = 0; mode: major or minor."""

    tonic: int
    mode: str

    @property
    def name(self) -> str:
        return f"{NAMES[self.tonic]} {self.mode}"


@dataclass(frozen=True, slots=True)
class Chord:
    """pitches: pitch classes, the root first; bass: the pitch class below them."""

    start: float
    length: float
    pitches: tuple[int, ...]
    bass: int
    symbol: str


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """pitch: MIDI number, of drums the General MIDI drum; velocity 1 to 127."""

    start: float
    length: float
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Track:
    """What one instrument plays.

    role     drums, bass, chords, pad, lead, arpeggio, strings, effect
    sound    name of the instrument in the producer's library, such as "grand piano", "808 kit", "saw pad"
    program  General MIDI program from 0 that is nearest to it
    pan      -1 (left) to 1
    level_db against the other tracks; 0: as loud as its role usually is
    """

    name: str
    role: str
    sound: str
    program: int
    notes: tuple[PlayedNote, ...]
    pan: float = 0.0
    level_db: float = 0.0


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """A note that is sung; pitch: MIDI number."""

    start: float
    length: float
    pitch: int


@dataclass(frozen=True, slots=True)
class WrittenWord:
    text: str
    notes: tuple[WrittenNote, ...]


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """section: its number in the score."""

    section: int
    words: tuple[WrittenWord, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """tag: as in the lyrics, without brackets, such as "Verse 1"; kind: intro, verse, chorus, bridge, solo, outro …

    energy: 0 to 1, how full it is.
    """

    tag: str
    kind: str
    start: float
    length: float
    energy: float


@dataclass(frozen=True, slots=True)
class Score:
    """beats_per_bar: quarter notes in a bar; swing: 0.5 (straight) to 0.67, where the second eighth of a beat falls."""

    title: str
    genre: str
    key: Key
    bpm: float
    beats_per_bar: float
    swing: float
    sections: tuple[Section, ...]
    chords: tuple[Chord, ...]
    tracks: tuple[Track, ...]
    lines: tuple[WrittenLine, ...]

    @property
    def length(self) -> float:
        """In quarter notes."""
        last = self.sections[-1]
        return last.start + last.length

    def seconds(self, beat: float) -> float:
        """When a moment of the score is heard, swung."""
        whole, part = divmod(beat, 1.0)
        bent = part * self.swing / 0.5 if part < 0.5 else self.swing + (part - 0.5) * (1 - self.swing) / 0.5  # noqa: PLR2004 - half a beat
        return (whole + bent) * 60 / self.bpm

    @property
    def duration_s(self) -> float:
        return self.seconds(self.length)

    def sung_lines(self) -> tuple[SungLine, ...]:
        """What is sung, in seconds."""
        return tuple(
            SungLine(tuple(SungWord(word.text, tuple(map(self._sung, word.notes))) for word in line.words))
            for line in self.lines
        )

    def timed_lines(self) -> tuple[TimedLine, ...]:
        """The lyrics with their times; each section's tag stands before its lines and spans them."""
        found: list[TimedLine] = []
        for number, section in enumerate(self.sections):
            lines = [_timed(line) for line in self.sung_lines_of(number)]
            if lines:
                found += [TimedLine(f"[{section.tag}]", lines[0].start_s, lines[-1].end_s), *lines]
        return tuple(found)

    def sung_lines_of(self, section: int) -> tuple[SungLine, ...]:
        sung = self.sung_lines()
        return tuple(sung[number] for number, line in enumerate(self.lines) if line.section == section)

    def _sung(self, note: WrittenNote) -> SungNote:
        return SungNote(self.seconds(note.start), self.seconds(note.start + note.length), note.pitch)


def _timed(line: SungLine) -> TimedLine:
    return TimedLine(line.text, line.words[0].notes[0].start_s, line.words[-1].notes[-1].end_s)
