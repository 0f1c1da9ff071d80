"""A score as a Standard MIDI File (format 1), as it is played: swing included, sections as markers, words as lyrics."""

import io
from collections.abc import Iterable

import mido

from models.music.score import Score, Track
from models.notes.midi_file import DRUM_CHANNEL, key_signature

TICKS_PER_BEAT = 960
MELODY_CHANNEL, MELODY_PROGRAM = 0, 52  # choir aahs
MELODY_VELOCITY = 96
CHANNELS = [channel for channel in range(1, 16) if channel != DRUM_CHANNEL]
Timed = tuple[float, int, mido.Message | mido.MetaMessage]
"""Beat, rank among those at the same moment, message."""


def midi_of(score: Score) -> bytes:
    """One track for the form, one for what is sung, one per instrument; drums on channel 10."""
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
    file.tracks.append(_track(score, score.title or "Song", _form(score)))
    if score.lines:
        file.tracks.append(_track(score, "Voice", _voice(score)))
    channels = iter(CHANNELS * 2)  # more than fifteen instruments share
    for track in score.tracks:
        channel = DRUM_CHANNEL if track.role == "drums" else next(channels)
        file.tracks.append(_track(score, track.name, _instrument(track, channel)))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _form(score: Score) -> Iterable[Timed]:
    yield 0.0, 0, mido.MetaMessage("set_tempo", tempo=round(60e6 / score.bpm))
    quarters = round(score.beats_per_bar)
    yield 0.0, 0, mido.MetaMessage("time_signature", numerator=max(quarters, 1), denominator=4)
    signature = key_signature(score.key.name)
    if signature:
        yield 0.0, 0, mido.MetaMessage("key_signature", key=signature)
    for section in score.sections:
        yield section.start, 1, mido.MetaMessage("marker", text=_latin(section.tag))


def _voice(score: Score) -> Iterable[Timed]:
    yield 0.0, 0, mido.Message("program_change", channel=MELODY_CHANNEL, program=MELODY_PROGRAM)
    for line in score.lines:
        for word in line.words:
            yield word.notes[0].start, 1, mido.MetaMessage("lyrics", text=_latin(word.text) + " ")
            for note in word.notes:
                yield from _note(MELODY_CHANNEL, note.start, note.length, note.pitch, MELODY_VELOCITY)


def _instrument(track: Track, channel: int) -> Iterable[Timed]:
    yield 0.0, 0, mido.Message("program_change", channel=channel, program=track.program)
    yield 0.0, 0, mido.Message("control_change", channel=channel, control=10, value=round(63.5 + 63.5 * track.pan))
    for note in track.notes:
        yield from _note(channel, note.start, note.length, note.pitch, note.velocity)


def _note(channel: int, start: float, length: float, pitch: int, velocity: int) -> Iterable[Timed]:
    yield start, 3, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)
    yield start + length, 2, mido.Message("note_off", channel=channel, note=pitch, velocity=0)


def _track(score: Score, name: str, events: Iterable[Timed]) -> mido.MidiTrack:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=_latin(name), time=0)])
    last = 0
    for beat, _, message in sorted(events, key=lambda event: event[:2]):
        tick = max(round(score.seconds(max(beat, 0.0)) * score.bpm / 60 * TICKS_PER_BEAT), last)
        track.append(message.copy(time=tick - last))
        last = tick
    return track


def _latin(text: str) -> str:
    """MIDI files hold Latin-1 text."""
    return text.encode("latin-1", "replace").decode("latin-1")
