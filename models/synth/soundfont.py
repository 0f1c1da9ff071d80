"""MIDI notes played with the instruments of a soundfont, by TinySoundFont (MIT)."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from models.base import Note, Samples
from models.synth.reverb import Reverb

FOLDERS = (Path("/usr/share/sounds/sf2"), Path("/usr/share/sounds/sf3"), Path("/usr/share/soundfonts"))
NAMES = ("FluidR3_GM.sf2", "FluidR3_GM2-2.sf2", "MuseScore_General.sf2")  # best first; both MIT
BUNDLED = "TimGM6mb.sf2"  # inside the pretty_midi package
BLOCK = 16_384
MOST_PARTS = 16
DRUM_BANK = 128
PAN, VOLUME = 10, 7  # MIDI controllers
BEND_RANGE = 2.0  # semitones
BEND_STEP = 0.02  # semitones: smaller moves cannot be heard
GAIN_DB = 0.0  # a dense chord, struck hard, just reaches full scale
SILENT = 1e-4
LONGEST_RELEASE_S = 12.0


@dataclass(frozen=True, slots=True)
class Part:
    """What one instrument plays: `program` is its General MIDI number from 0; is_drums: the notes are GM drums.

    pan      -1 (left) to 1
    gain_db  up to 0
    """

    notes: Sequence[Note]
    program: int = 0
    is_drums: bool = False
    pan: float = 0.0
    gain_db: float = 0.0


class SoundfontSynth:
    """Renders parts to stereo. The soundfont: `path`, else one of the system, else the one inside pretty_midi."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or find_soundfont()

    def render(
        self, parts: Sequence[Part], *, rate_hz: int = 44_100, reverb_db: float | None = -14.0, at_least_s: float = 0.0
    ) -> Iterator[Samples]:
        """Blocks of shape (2, frames), float32, until the last note has died away, and `at_least_s` in any case.

        The bends of a part move all its notes. Samples may exceed 1 where many notes are loud; `reverb_db`: energy of
        the room against the dry sound, None: no room. Holds one block at a time beside the soundfont. Raises
        ValueError for more than 16 parts.
        """
        if len(parts) > MOST_PARTS:
            message = f"{len(parts)} parts, but there are {MOST_PARTS} channels"
            raise ValueError(message)
        frames = round(at_least_s * rate_hz)
        if not any(part.notes for part in parts):
            yield from (np.zeros((2, min(BLOCK, frames - done)), np.float32) for done in range(0, frames, BLOCK))
            return
        if reverb_db is None:
            yield from _dry(self._synth(parts, rate_hz), parts, rate_hz)
            return
        room = Reverb(rate_hz, reverb_db)
        written = 0
        for block in _dry(self._synth(parts, rate_hz), parts, rate_hz):
            written += block.shape[1]
            yield room.add(block)
        tail = np.pad(room.tail(), ((0, 0), (0, max(frames - written - room.tail().shape[1], 0))))
        yield from (tail[:, first : first + BLOCK] for first in range(0, tail.shape[1], BLOCK))

    def _synth(self, parts: Sequence[Part], rate_hz: int) -> Any:  # noqa: ANN401 - no types
        import tinysoundfont

        synth = tinysoundfont.Synth(gain=GAIN_DB, samplerate=rate_hz)
        font = synth.sfload(str(self.path))
        for channel, part in enumerate(parts):
            synth.program_select(channel, font, DRUM_BANK if part.is_drums else 0, part.program, part.is_drums)
            synth.pitchbend_range(channel, BEND_RANGE)
            synth.control_change(channel, PAN, round(63.5 + 63.5 * part.pan))
            synth.control_change(channel, VOLUME, round(127 * 10 ** (part.gain_db / 60)))  # it cubes the controller
        return synth


def find_soundfont() -> Path:
    """Raises FileNotFoundError where there is none."""
    for folder in FOLDERS:
        for name in NAMES:
            if (folder / name).is_file():
                return folder / name
    spec = find_spec("pretty_midi")
    bundled = Path(spec.origin).parent / BUNDLED if spec and spec.origin else Path(BUNDLED)
    if not bundled.is_file():
        message = f"No soundfont: {BUNDLED} is not in the package pretty_midi, nor any of {', '.join(NAMES)} installed"
        raise FileNotFoundError(message)
    return bundled


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    """At one frame, notes end before bends move, and those before notes begin."""

    frame: int
    rank: int  # 0 off, 1 bend, 2 on
    channel: int
    pitch: int = 0
    value: int = 0  # velocity, or 14 bits of bend


def _dry(synth: Any, parts: Sequence[Part], rate_hz: int) -> Iterator[Samples]:  # noqa: ANN401
    """Blocks of BLOCK frames, until all is silent."""
    done = 0
    block: list[Samples] = []
    room = BLOCK

    def play(frames: int) -> Samples:
        return np.frombuffer(synth.generate_simple(frames), np.float32).reshape(-1, 2).T

    for event in heapq.merge(*(_events(channel, part, rate_hz) for channel, part in enumerate(parts))):
        while done < event.frame:
            block.append(play(min(room, event.frame - done)))
            done += block[-1].shape[1]
            room -= block[-1].shape[1]
            if room == 0:
                yield np.concatenate(block, axis=1)
                block, room = [], BLOCK
        if event.rank == 0:
            synth.noteoff(event.channel, event.pitch)
        elif event.rank == 1:
            synth.pitchbend(event.channel, event.value)
        else:
            synth.noteon(event.channel, event.pitch, event.value)
    block.append(play(room))
    yield np.concatenate(block, axis=1)
    for _ in range(int(LONGEST_RELEASE_S * rate_hz / BLOCK)):
        rest = play(BLOCK)
        if np.abs(rest).max() < SILENT:
            return
        yield rest


def _events(channel: int, part: Part, rate_hz: int) -> Iterator[_Event]:
    """Those of one part in order of time; a key struck again while it sounds is let go first."""
    waiting: list[_Event] = []  # offs and bends to come
    sounding: dict[int, int] = {}  # pitch → frame of its off
    is_bent = False
    for note in sorted(part.notes, key=lambda note: (note.start_s, note.pitch)):
        first = round(note.start_s * rate_hz)
        last = max(round(note.end_s * rate_hz), first + 1)
        while waiting and waiting[0].frame <= first:
            event = heapq.heappop(waiting)
            if event.rank or sounding.get(event.pitch) == event.frame:
                yield event
        if sounding.get(note.pitch, 0) > first:
            yield _Event(first, 0, channel, note.pitch)
        sounding[note.pitch] = last
        bends = list(bend_events(note.bends, (last - first) / rate_hz))
        if is_bent and not bends:
            yield _Event(first, 1, channel, value=8192)
        for at_s, value in bends:
            heapq.heappush(waiting, _Event(first + round(at_s * rate_hz), 1, channel, value=value))
        while waiting and waiting[0].frame <= first:
            yield heapq.heappop(waiting)
        is_bent = bool(bends)
        yield _Event(first, 2, channel, note.pitch, note.velocity)
        heapq.heappush(waiting, _Event(last, 0, channel, note.pitch))
    for event in sorted(waiting):
        if event.rank or sounding.get(event.pitch) == event.frame:
            yield event


def bend_events(bends: Sequence[float], seconds: float) -> Iterator[tuple[float, int]]:
    """Bends of a note as (seconds, value of the pitch wheel); 0 to 16383 are BEND_RANGE semitones down and up."""
    before: float | None = None
    for number, bend in enumerate(bends):
        if before is None or abs(bend - before) >= BEND_STEP:
            before = bend
            yield seconds * number / len(bends), int(np.clip(round(8192 + 8192 * bend / BEND_RANGE), 0, 16_383))
