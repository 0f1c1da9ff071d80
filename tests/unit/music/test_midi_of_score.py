"""The MIDI file of a score holds what is played, sung and written."""

import io
from dataclasses import replace

import mido
import pretty_midi
import pytest

from models.music.midi_file import midi_of
from models.music.score import PlayedNote, Score, WrittenLine, WrittenNote, WrittenWord
from tests.support.scores import bass, drums, line, pad, score, track


@pytest.mark.parametrize("swing", [0.5, 0.66])
def test_another_program_reads_the_notes_as_they_are_heard(swing: float) -> None:
    written = score(drums(), bass(), pad(), swing=swing)

    read = pretty_midi.PrettyMIDI(io.BytesIO(midi_of(written)))

    for meant_track, instrument in zip(written.tracks, read.instruments, strict=True):
        assert instrument.is_drum == (meant_track.role == "drums")
        heard = sorted((note.start, note.pitch, note.velocity) for note in instrument.notes)
        meant = sorted((written.seconds(note.start), note.pitch, note.velocity) for note in meant_track.notes)
        for found, wanted in zip(heard, meant, strict=True):
            assert found[0] == pytest.approx(wanted[0], abs=0.001)
            assert found[1:] == wanted[1:]


def test_words_sections_key_and_tempo_are_in_it() -> None:
    messages = [message for track in mido.MidiFile(file=io.BytesIO(midi_of(sung()))).tracks for message in track]

    def texts(kind: str) -> list[str]:
        return [message.text.strip() for message in messages if message.type == kind]

    assert texts("lyrics") == ["sing", "along", "tonight"]
    assert texts("marker") == ["Verse 1", "Chorus"]
    assert [m.key for m in messages if m.type == "key_signature"] == ["Am"]
    assert [round(mido.tempo2bpm(m.tempo)) for m in messages if m.type == "set_tempo"] == [120]


def test_notes_end_when_they_are_heard_to_and_sung_ones_are_there() -> None:
    written = sung()
    voice, *_ = pretty_midi.PrettyMIDI(io.BytesIO(midi_of(written))).instruments

    meant = [note for one in written.sung_lines() for word in one.words for note in word.notes]
    assert [(note.start, note.end, note.pitch) for note in voice.notes] == [
        (pytest.approx(note.start_s, abs=0.001), pytest.approx(note.end_s, abs=0.001), note.pitch) for note in meant
    ]


def test_a_key_struck_again_while_it_sounds_is_let_go_first() -> None:
    again = (PlayedNote(0.0, 4.0, 60, 80), PlayedNote(1.0, 1.0, 60, 100), PlayedNote(1.0, 2.0, 60, 70))
    read = pretty_midi.PrettyMIDI(
        io.BytesIO(midi_of(score(track("lead", "flute", (*again, PlayedNote(3.0, 0.0, 64, 90))))))
    )

    found = [(note.start, note.end, note.pitch, note.velocity) for note in read.instruments[0].notes]

    assert found[:2] == [(0.0, pytest.approx(0.5), 60, 80), (pytest.approx(0.5), pytest.approx(1.0), 60, 100)]
    assert found[2][2:] == (64, 90)  # a note without length has one
    assert len(found) == 3


@pytest.mark.parametrize(("beats", "metre"), [(4.0, (4, 4)), (3.0, (3, 4)), (3.5, (7, 8)), (1.5, (3, 8))])
def test_the_metre_is_in_quarters_or_eighths(beats: float, metre: tuple[int, int]) -> None:
    file = mido.MidiFile(file=io.BytesIO(midi_of(replace(sung(), beats_per_bar=beats))))

    (found,) = [message for message in file.tracks[0] if message.type == "time_signature"]

    assert (found.numerator, found.denominator) == metre


@pytest.mark.parametrize("word", ["étude", "桜", "дом"])
def test_words_of_any_script_are_read_back(word: str) -> None:
    lyric = WrittenLine(0, (WrittenWord(word, (WrittenNote(0.0, 1.0, 60),)),))
    data = midi_of(score(drums(), lines=(lyric,)))
    is_latin = word == "étude"

    file = mido.MidiFile(file=io.BytesIO(data), charset="latin-1" if is_latin else "utf-8")

    lyrics = [message.text.strip() for message in file.tracks[1] if message.type == "lyrics"]
    assert lyrics == ([word] if is_latin else ["{@UTF-8}", word])
    assert pretty_midi.PrettyMIDI(io.BytesIO(data)).instruments


def test_forty_tracks_share_the_channels_and_drums_keep_theirs() -> None:
    many = [track("lead", "flute", (PlayedNote(float(n % 8), 1.0, 60 + n % 12, 90),), program=73) for n in range(40)]

    file = mido.MidiFile(file=io.BytesIO(midi_of(score(drums(), *many))))

    assert len(file.tracks) == 42
    channels = {message.channel for one in file.tracks[2:] for message in one if message.type == "note_on"}
    assert 9 not in channels
    assert {message.channel for message in file.tracks[1] if message.type == "note_on"} == {9}


def sung() -> Score:
    return score(drums(), lines=(line(),))
