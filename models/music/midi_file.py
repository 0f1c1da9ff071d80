"""A score as a Standard MIDI File (format 1), as it is played: swing included, sections as markers, words as lyrics."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace

import mido

from models.music.score import PlayedNote, Score, Track
from models.notes.midi_file import DRUM_CHANNEL, key_signature

TICKS_PER_BEAT = 960
MELODY_CHANNEL, MELODY_PROGRAM = 0, 52  # choir aahs
MELODY_VELOCITY = 96
CHANNELS = [channel for channel in range(1, 16) if channel != DRUM_CHANNEL]
PAN = 10  # controller
LATIN, UNICODE = "latin-1", "utf-8"
UNICODE_MARK = "{@UTF-8}"  # RP-026 of the MIDI Manufacturers Association: how the lyrics are written
SHORTEST = 1 / TICKS_PER_BEAT
Timed = tuple[float, int, mido.Message | mido.MetaMessage]
"""Beat, rank among those at the same moment, message."""


def midi_of(score: Score) -> bytes:
    """One track for the form, one for what is sung, one per instrument; drums on channel 10.

    Texts are Latin-1, as the standard says, or UTF-8 where one of them cannot be; a mark before the lyrics says so.
    """
    charset = LATIN if all(map(_is_latin, _texts(score))) else UNICODE
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset=charset)
    tempo = round(60e6 / score.bpm)
    file.tracks.append(_track(score, tempo, score.title or "Song", _form(score, tempo)))
    if score.lines:
        file.tracks.append(_track(score, tempo, "Voice", _voice(score, UNICODE_MARK if charset == UNICODE else "")))
    channels = iter(CHANNELS * (len(score.tracks) // len(CHANNELS) + 1))  # more than fourteen instruments share
    for track in score.tracks:
        channel = DRUM_CHANNEL if track.role == "drums" else next(channels)
        file.tracks.append(_track(score, tempo, track.name, _instrument(track, channel)))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _texts(score: Score) -> Iterable[str]:
    yield from (score.title, *(track.name for track in score.tracks), *(section.tag for section in score.sections))
    yield from (word.text for line in score.lines for word in line.words)


def _is_latin(text: str) -> bool:
    try:
        text.encode(LATIN)
    except UnicodeEncodeError:
        return False
    return True


def _form(score: Score, tempo: int) -> Iterable[Timed]:
    yield 0.0, 0, mido.MetaMessage("set_tempo", tempo=tempo)
    halves = max(round(2 * score.beats_per_bar), 1)
    whole = halves % 2 == 0
    numerator, denominator = (halves // 2, 4) if whole else (halves, 8)
    yield 0.0, 0, mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator)
    signature = key_signature(score.key.name)
    if signature:
        yield 0.0, 0, mido.MetaMessage("key_signature", key=signature)
    for section in score.sections:
        yield section.start, 1, mido.MetaMessage("marker", text=section.tag)


def _voice(score: Score, mark: str) -> Iterable[Timed]:
    yield 0.0, 0, mido.Message("program_change", channel=MELODY_CHANNEL, program=MELODY_PROGRAM)
    if mark:
        yield 0.0, 0, mido.MetaMessage("lyrics", text=mark)
    words = [word for line in score.lines for word in line.words if word.notes]
    for word in words:
        yield word.notes[0].start, 1, mido.MetaMessage("lyrics", text=f"{word.text} ")
    sung = [PlayedNote(note.start, note.length, note.pitch, MELODY_VELOCITY) for word in words for note in word.notes]
    yield from _notes(MELODY_CHANNEL, sung)


def _instrument(track: Track, channel: int) -> Iterable[Timed]:
    yield 0.0, 0, mido.Message("program_change", channel=channel, program=track.program)
    pan = round(63.5 + 63.5 * min(max(track.pan, -1.0), 1.0))
    yield 0.0, 0, mido.Message("control_change", channel=channel, control=PAN, value=pan)
    yield from _notes(channel, track.notes)


def _notes(channel: int, notes: Sequence[PlayedNote]) -> Iterable[Timed]:
    """A key struck again while it sounds is let go first; of two strokes at once the harder one stays."""
    last: dict[int, PlayedNote] = {}
    ready: list[PlayedNote] = []
    for note in sorted(notes, key=lambda note: (note.start, note.pitch, -note.velocity)):
        before = last.get(note.pitch)
        if before is not None and note.start - before.start < SHORTEST:
            continue
        if before is not None:
            ready.append(replace(before, length=min(before.length, note.start - before.start)))
        last[note.pitch] = note
    for note in (*ready, *last.values()):
        yield note.start, 3, mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
        end = note.start + max(note.length, SHORTEST)
        yield end, 2, mido.Message("note_off", channel=channel, note=note.pitch, velocity=0)


def _track(score: Score, tempo: int, name: str, events: Iterable[Timed]) -> mido.MidiTrack:
    """Events at the times they are heard, to half a tick, whatever the rounding of the tempo."""
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name, time=0)])
    last = 0
    for beat, _, message in sorted(events, key=lambda event: event[:2]):
        tick = max(round(score.seconds(max(beat, 0.0)) * 1e6 / tempo * TICKS_PER_BEAT), last)
        track.append(message.copy(time=tick - last))
        last = tick
    return track
