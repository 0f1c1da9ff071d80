"""Rendered songs with known key, tempo and notes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import tinysoundfont

from bench.quality.material.score import BASS, CHORDS, DRUMS, LEAD, STYLES, Score, compose
from models.base import Audio, Samples

RATE_HZ = 44_100
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLUID_R3 = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")  # Debian's fluid-soundfont-gm
PARTS = (BASS, CHORDS, LEAD, DRUMS)
SEEDS = {"A": 41, "B": 97}
PROGRAMS = {
    "A": {BASS: (32, 33, 34, 36, 38), CHORDS: (0, 4, 16, 24, 25, 27, 48, 50, 89), LEAD: (56, 65, 73, 80, 11, 40, 22)},
    "B": {BASS: (33, 35, 39, 43, 87), CHORDS: (1, 2, 5, 19, 26, 28, 49, 52, 88), LEAD: (60, 66, 71, 68, 81, 12, 75)},
}


@dataclass(frozen=True, slots=True)
class Song:
    """`audio` is stereo at 44.1 kHz, peak 0.8."""

    audio: Audio
    score: Score

    @property
    def key(self) -> str:
        return f"{NAMES[self.score.tonic]} {'minor' if self.score.is_minor else 'major'}"


def songs(
    set_name: str, count: int, *, parts: Collection[int] = PARTS, bars: int | None = None, ends_on_tonic: bool = True
) -> Iterator[Song]:
    """Songs over all styles and keys. Set A: FluidR3 where installed; set B: other seeds and programs, TimGM6mb."""
    rng = np.random.default_rng(SEEDS[set_name])
    for number in range(count):
        programs = {part: int(rng.choice(choice)) for part, choice in PROGRAMS[set_name].items()}
        score = compose(
            rng,
            STYLES[(number + number // len(STYLES)) % len(STYLES)],
            (number * 7 + int(rng.integers(12))) % 12,
            is_minor=number % 2 == 1,
            programs=programs,
            bars=bars or int(rng.integers(12, 21)),
            ends_on_tonic=ends_on_tonic,
        )
        yield Song(Audio(render(score, soundfont(set_name), parts=parts), RATE_HZ), score)


def soundfont(set_name: str) -> Path:
    if set_name == "A" and FLUID_R3.is_file():
        return FLUID_R3
    spec = find_spec("pretty_midi")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "TimGM6mb.sf2"


def render(score: Score, font: Path, *, parts: Collection[int] = PARTS, rate_hz: int = RATE_HZ) -> Samples:
    """Stereo samples, dry, parts panned a little apart."""
    synth = tinysoundfont.Synth(samplerate=rate_hz, gain=-6)
    font_id = synth.sfload(str(font))
    for part, pan in ((BASS, 64), (CHORDS, 44), (LEAD, 84)):
        synth.program_select(part, font_id, 0, score.programs[part])
        synth.control_change(part, 10, pan)
    synth.program_select(DRUMS, font_id, 128, 0, is_drums=True)
    edges = []
    for event in score.events:
        if event.part in parts:
            edges.append((round(event.start_s * rate_hz), True, event))
            edges.append((round(event.end_s * rate_hz), False, event))
    edges.sort(key=lambda edge: (edge[0], edge[1]))
    blocks, done = [np.zeros((0, 2), np.float32)], 0

    def play_until(frame: int) -> None:
        nonlocal done
        if frame > done:
            blocks.append(np.frombuffer(bytes(synth.generate(frame - done)), np.float32).reshape(-1, 2))
            done = frame

    for frame, is_start, event in edges:
        play_until(frame)
        if is_start:
            synth.noteon(event.part, event.pitch, event.velocity)
        else:
            synth.noteoff(event.part, event.pitch)
    play_until(round(score.length_s * rate_hz))
    samples = np.concatenate(blocks).T
    return np.ascontiguousarray(0.8 * samples / max(np.abs(samples).max(), 1e-6), np.float32)
