"""Notes as a standard MIDI file (format 1), and as basic-pitch's list of note events."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import mido

from models.base import Note
from models.notes.activations import BINS_PER_SEMITONE
from models.synth.soundfont import BEND_RANGE, bend_events

TICKS_PER_BEAT = (480, 960, 1920)
LEAST_TICKS_HZ = 1000  # half a tick is 0.5 ms at most; more than 2,000 makes some readers refuse an hour
SLOWEST_BPM, FASTEST_BPM = 31.25, 480.0
DEFAULT_BPM = 120.0
NOTES_CHANNEL, DRUM_CHANNEL = 0, 9
REGISTERED_LSB, REGISTERED_MSB, DATA_MSB, DATA_LSB = 100, 101, 6, 38
NONE_REGISTERED = 127
FLATS = {"A#": "Bb", "C#": "Db", "D#": "Eb", "G#": "Ab"}  # with fewer accidentals than the sharps, in major
MINOR_FLATS = {"A#": "Bb", "D#": "Eb"}
CSV_COLUMNS = ("start_time_s", "end_time_s", "pitch_midi", "velocity", "pitch_bend")


def midi_bytes(notes: Sequence[Note], *, bpm: float = 0.0, key: str = "", program: int = 0) -> bytes:
    """A file in which every event lies within 0.5 ms of its time.

    bpm      written as the tempo; 120 where there is none (0) or none that music has
    key      "A# major" is written as a key signature; anything else is not
    program  General MIDI instrument of the pitched notes, from 0

    Pitched notes are on channel 1, drums on channel 10. Bends are written for notes that sound alone: the wheel moves
    a whole channel.
    """
    tempo = round(60e6 / (bpm if SLOWEST_BPM <= bpm <= FASTEST_BPM else DEFAULT_BPM))
    per_beat = next(ticks for ticks in TICKS_PER_BEAT if ticks * 1e6 / tempo >= LEAST_TICKS_HZ)
    per_s = per_beat * 1e6 / tempo
    file = mido.MidiFile(type=1, ticks_per_beat=per_beat)
    head = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=tempo, time=0)])
    signature = key_signature(key)
    if signature:
        head.append(mido.MetaMessage("key_signature", key=signature, time=0))
    file.tracks.append(head)
    pitched = without_overlapping_bends([note for note in notes if not note.is_drum])
    drums = [note for note in notes if note.is_drum]
    file.tracks.append(_track("Notes", _setup(NOTES_CHANNEL, program), _events(pitched, NOTES_CHANNEL, per_s)))
    if drums:
        file.tracks.append(_track("Drums", [], _events(drums, DRUM_CHANNEL, per_s)))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def key_signature(key: str) -> str:
    """As MIDI writes it: "A# major" → "Bb", "F# minor" → "F#m"; empty for what is no key."""
    tonic, _, mode = key.partition(" ")
    if mode == "major":
        return FLATS.get(tonic, tonic)
    return MINOR_FLATS.get(tonic, tonic) + "m" if mode == "minor" else ""


def without_overlapping_bends(notes: Sequence[Note]) -> list[Note]:
    """The notes by start, then pitch, those that sound together with another one without bends."""
    ordered = sorted(notes, key=lambda note: (note.start_s, note.pitch))
    overlaps = [False] * len(ordered)
    longest = -1  # of the notes so far, the one that ends last
    for number, note in enumerate(ordered):
        if longest >= 0 and ordered[longest].end_s > note.start_s:
            overlaps[number] = overlaps[longest] = True
        if number and ordered[number - 1].end_s > note.start_s:
            overlaps[number - 1] = True
        if longest < 0 or note.end_s > ordered[longest].end_s:
            longest = number
    return [replace(note, bends=()) if shared else note for note, shared in zip(ordered, overlaps, strict=True)]


def notes_csv(notes: Sequence[Note]) -> str:
    """basic-pitch's note events: a row each, its bends in further columns, a frame each, in thirds of a semitone."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for note in notes:
        bends = [round(bend * BINS_PER_SEMITONE) for bend in note.bends]
        writer.writerow([round(note.start_s, 6), round(note.end_s, 6), note.pitch, note.velocity, *bends])
    return out.getvalue()


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    """At one tick, notes end before the wheel moves, and it moves before notes begin."""

    tick: int
    rank: int
    kind: str
    pitch: int = 0
    value: int = 0


def _events(notes: Sequence[Note], channel: int, per_s: float) -> list[object]:
    """Messages with delta times. A key struck again while it sounds is let go first."""
    events: list[_Event] = []
    last: dict[int, tuple[int, int]] = {}  # pitch → number of its off in `events`, tick of its on
    is_bent = False
    for note in sorted(notes, key=lambda note: (note.start_s, note.pitch)):
        on = round(note.start_s * per_s)
        off = max(round(note.end_s * per_s), on + 1)
        before = last.get(note.pitch)
        if before is not None and events[before[0]].tick > on:
            events[before[0]] = _Event(max(on, before[1] + 1), 0, "note_off", note.pitch)
        bends = [
            _Event(on + round(at_s * per_s), 1, "pitchwheel", value=value - 8192)
            for at_s, value in bend_events(note.bends, note.end_s - note.start_s)
        ]
        if is_bent and not bends:
            bends = [_Event(on, 1, "pitchwheel")]
        is_bent = bool(note.bends)
        last[note.pitch] = (len(events), on)
        events += [_Event(off, 0, "note_off", note.pitch), *bends]
        events.append(_Event(on, 2, "note_on", note.pitch, note.velocity))
    messages: list[object] = []
    tick = 0
    for event in sorted(events):
        time, tick = event.tick - tick, event.tick
        if event.kind == "pitchwheel":
            messages.append(mido.Message("pitchwheel", channel=channel, pitch=event.value, time=time))
        else:
            messages.append(
                mido.Message(event.kind, channel=channel, note=event.pitch, velocity=event.value, time=time)
            )
    return messages


def _setup(channel: int, program: int) -> list[object]:
    """Instrument and range of the pitch wheel (registered parameter 0)."""
    values = (
        (REGISTERED_MSB, 0),
        (REGISTERED_LSB, 0),
        (DATA_MSB, int(BEND_RANGE)),
        (DATA_LSB, 0),
        (REGISTERED_MSB, NONE_REGISTERED),
        (REGISTERED_LSB, NONE_REGISTERED),
    )
    controls = [
        mido.Message("control_change", channel=channel, control=number, value=value) for number, value in values
    ]
    return [mido.Message("program_change", channel=channel, program=program), *controls]


def _track(name: str, setup: list[object], events: list[object]) -> object:
    return mido.MidiTrack([mido.MetaMessage("track_name", name=name), *setup, *events])
