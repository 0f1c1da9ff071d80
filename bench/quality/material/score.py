"""Small songs as notes: a style, a key, a tempo and a chord loop with bass, chords, lead and drums."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
MAJOR_LOOPS = ((0, 4, 5, 3), (0, 5, 3, 4), (1, 4, 0, 0), (0, 3, 4, 0), (5, 3, 0, 4), (0, 2, 3, 4))
MINOR_LOOPS = ((0, 5, 2, 6), (0, 3, 4, 0), (0, 6, 5, 4), (0, 3, 6, 2), (0, 5, 3, 4))
BASS, CHORDS, LEAD, DRUMS = 0, 1, 2, 9
KICK, STICK, SNARE, CLAP, HAT, OPEN_HAT = 36, 37, 38, 39, 42, 46
DOMINANT = 4
JITTER_S, JITTER_VELOCITY = 0.004, 8


@dataclass(frozen=True, slots=True)
class Style:
    """Tempo range; the beats of a bar on which each part plays. `ring`: length of a chord in beats; 0: arpeggio."""

    name: str
    bpm: tuple[float, float]
    bass: tuple[float, ...]
    chords: tuple[float, ...]
    ring: float
    drums: dict[int, tuple[float, ...]]
    beats: int = 4


def _every(step: float, beats: int = 4, first: float = 0.0) -> tuple[float, ...]:
    return tuple(np.arange(first, beats, step).tolist())


STYLES = (
    Style("rock", (100, 150), _every(0.5), (0, 2), 1.9, {KICK: (0, 2, 2.5), SNARE: (1, 3), HAT: _every(0.5)}),
    Style("house", (118, 130), _every(1, first=0.5), (0.5, 1.5, 2.5, 3.5), 0.4, {KICK: _every(1), OPEN_HAT: _every(1, first=0.5), CLAP: (1, 3)}),
    Style("hip-hop", (78, 102), (0, 2), (0, 2), 1.9, {KICK: (0, 1.75, 2.5), SNARE: (1, 3), HAT: _every(0.5)}),
    Style("ballad", (60, 86), (0, 2), _every(0.5), 0, {}),
    Style("funk", (92, 118), (0, 0.75, 1.5, 2.5, 3.25), (0.5, 1, 2.25, 3.5), 0.25, {KICK: (0, 0.75, 2.5), SNARE: (1, 3), HAT: _every(0.25)}),
    Style("waltz", (84, 170), (0,), (1, 2), 0.7, {KICK: (0,), HAT: (1, 2)}, beats=3),
    Style("drum & bass", (160, 178), (0, 2.5), (0, 2), 1.9, {KICK: (0, 2.5), SNARE: (1, 3), HAT: _every(0.5)}),
    Style("bossa nova", (110, 144), (0, 1.5, 2, 3.5), (0, 1.5, 2.5), 0.5, {KICK: (0, 1.5, 2, 3.5), STICK: (0, 1.5, 3), HAT: _every(0.5)}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One note. `part`: BASS, CHORDS, LEAD or DRUMS (where `pitch` is the General MIDI drum)."""

    start_s: float
    end_s: float
    part: int
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Score:
    """`tonic`: 0-11 from C. Programs are General MIDI numbers from 0, by part."""

    events: tuple[Event, ...]
    style: str
    tonic: int
    is_minor: bool
    bpm: float
    programs: dict[int, int]
    length_s: float


def compose(
    rng: np.random.Generator,
    style: Style,
    tonic: int,
    *,
    is_minor: bool,
    programs: dict[int, int],
    bars: int,
    ends_on_tonic: bool = True,
) -> Score:
    """`bars` bars of a chord loop; its last bar is the tonic chord, or simply where the loop stops."""
    bpm = round(float(rng.uniform(*style.bpm)), 1)
    beat_s = 60 / bpm
    scale = MINOR if is_minor else MAJOR
    loops = MINOR_LOOPS if is_minor else MAJOR_LOOPS
    loop = loops[rng.integers(len(loops))]
    has_major_dominant = is_minor and rng.random() < 0.6
    start_s = float(rng.uniform(0.05, 0.8))
    events: list[Event] = []

    def add(part: int, pitch: float, beat: float, beats: float, velocity: int) -> None:
        at_s = max(start_s + beat * beat_s + rng.normal(0, JITTER_S), 0.0)
        hit = int(np.clip(velocity + rng.integers(-JITTER_VELOCITY, JITTER_VELOCITY + 1), 1, 127))
        events.append(Event(at_s, at_s + max(beats * beat_s, 0.05), part, int(pitch), hit))

    for bar in range(bars):
        is_end = ends_on_tonic and bar == bars - 1
        degree = 0 if is_end else loop[bar % len(loop)]
        tones = [scale[(degree + step) % 7] + 12 * ((degree + step) // 7) for step in (0, 2, 4)]
        if has_major_dominant and degree == DOMINANT:
            tones[1] += 1
        first = bar * style.beats
        root = 28 + (tonic + tones[0] - 28) % 12
        chord = sorted(55 + (tonic + tone - 55) % 12 for tone in tones)
        if is_end:
            for part, pitch in ((BASS, root), *((CHORDS, pitch) for pitch in chord)):
                add(part, pitch, first, style.beats, 88)
        else:
            _accompany(style, add, first, root, chord)
            lead = [[tonic + 60 + step for step in steps] for steps in (tones, scale)]
            _lead(rng, add, first, style.beats, *lead)
    length_s = start_s + bars * style.beats * beat_s + 1.0
    ordered = tuple(sorted(events, key=lambda event: event.start_s))
    return Score(ordered, style.name, tonic, is_minor, bpm, programs, length_s)


Add = Callable[[int, float, float, float, int], None]


def _accompany(style: Style, add: Add, first: float, root: int, chord: list[int]) -> None:
    for beat in style.bass:
        add(BASS, root, first + beat, min(0.9, style.beats / len(style.bass) * 0.9), 92)
    for number, beat in enumerate(style.chords):
        for pitch in chord if style.ring else [chord[(0, 1, 2, 1)[number % 4]]]:
            add(CHORDS, pitch, first + beat, style.ring or 0.6, 76)
    for drum, beats in style.drums.items():
        for beat in beats:
            add(DRUMS, drum, first + beat, 0.1, 75 if drum in {HAT, OPEN_HAT} else 105)


def _lead(rng: np.random.Generator, add: Add, first: float, beats: int, chord: list[int], scale: list[int]) -> None:
    beat = 0.0
    while beat < beats:
        length = min(float(rng.choice([0.5, 1, 1, 1.5])), beats - beat)
        if rng.random() < 0.75:
            pitch = rng.choice(chord if beat == 0 or rng.random() < 0.5 else scale)
            add(LEAD, pitch, first + beat, length * 0.9, 82)
        beat += length
