"""Short scores whose every note is known."""

from pathlib import Path

import pretty_midi

from models.music.score import (
    Chord,
    Key,
    PlayedNote,
    Score,
    Section,
    Track,
    WrittenLine,
    WrittenNote,
    WrittenWord,
)
from models.synth.soundfont import BUNDLED, SoundfontSynth

BARS, BEATS = 4, 4


def track(role: str, sound: str, notes: tuple[PlayedNote, ...], **options: float) -> Track:
    return Track(f"{sound} {role}", role, sound, int(options.pop("program", 0)), notes, **options)


def drums(sound: str = "house kit", bars: int = BARS) -> Track:
    """Four on the floor, claps on two and four, hats between."""
    beats = range(bars * BEATS)
    notes = [PlayedNote(float(beat), 0.25, 36, 110) for beat in beats]
    notes += [PlayedNote(float(beat), 0.25, 39, 96) for beat in beats if beat % 2]
    notes += [PlayedNote(beat + 0.5, 0.25, 42, 80) for beat in beats]
    return track("drums", sound, tuple(notes))


def pad(sound: str = "warm pad", bars: int = BARS) -> Track:
    notes = [
        PlayedNote(float(BEATS * bar), BEATS - 0.1, pitch, 84)
        for bar in range(bars)
        for pitch in ((57, 60, 64), (53, 57, 60))[bar % 2]
    ]
    return track("pad", sound, tuple(notes), pan=0.3)


def bass(sound: str = "synth bass", bars: int = BARS) -> Track:
    notes = [PlayedNote(beat + 0.5, 0.4, (33, 29)[beat // BEATS % 2], 100) for beat in range(bars * BEATS)]
    return track("bass", sound, tuple(notes))


def score(
    *tracks: Track, genre: str = "house", bars: int = BARS, lines: tuple[WrittenLine, ...] = (), swing: float = 0.5
) -> Score:
    half = bars * BEATS / 2
    chords = tuple(
        Chord(float(BEATS * bar), float(BEATS), ((9, 0, 4), (5, 9, 0))[bar % 2], (9, 5)[bar % 2], ("Am", "F")[bar % 2])
        for bar in range(bars)
    )
    sections = (Section("Verse 1", "verse", 0.0, half, 0.5), Section("Chorus", "chorus", half, half, 1.0))
    return Score("Test", genre, Key(9, "minor"), 120.0, float(BEATS), swing, sections, chords, tracks, lines)


def bundled() -> SoundfontSynth:
    """With the soundfont that is always there, whatever the machine has."""
    return SoundfontSynth(Path(pretty_midi.__file__).parent / BUNDLED)


def line(section: int = 0, start: float = 0.0) -> WrittenLine:
    words = ("sing", "along", "tonight")
    notes = (
        (WrittenNote(start, 1.0, 64),),
        (WrittenNote(start + 1, 0.5, 65), WrittenNote(start + 1.5, 0.5, 67)),
        (WrittenNote(start + 2, 0.5, 65), WrittenNote(start + 2.5, 1.5, 64)),
    )
    return WrittenLine(section, tuple(WrittenWord(word, sung) for word, sung in zip(words, notes, strict=True)))
