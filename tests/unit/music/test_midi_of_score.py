"""The MIDI file of a score holds what is played, sung and written."""

import io

import mido
import pretty_midi
import pytest

from models.music.midi_file import midi_of
from models.music.score import Score
from tests.support.scores import bass, drums, line, pad, score


@pytest.mark.parametrize("swing", [0.5, 0.66])
def test_another_program_reads_the_notes_as_they_are_heard(swing: float) -> None:
    written = score(drums(), bass(), pad(), swing=swing)

    read = pretty_midi.PrettyMIDI(io.BytesIO(midi_of(written)))

    for track, instrument in zip(written.tracks, read.instruments, strict=True):
        assert instrument.is_drum == (track.role == "drums")
        heard = sorted((note.start, note.pitch, note.velocity) for note in instrument.notes)
        meant = sorted((written.seconds(note.start), note.pitch, note.velocity) for note in track.notes)
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


def sung() -> Score:
    return score(drums(), lines=(line(),))
