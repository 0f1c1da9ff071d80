"""Notes: what is played is found at its time and pitch, at any rate; what is no note is not; files keep every time."""

import csv
import io

import mido
import numpy as np
import pretty_midi
import pytest
from numpy.typing import NDArray

from models.base import Audio, Note, Samples
from models.notes import activations, basic_pitch
from models.notes.basic_pitch import BasicPitch
from models.notes.midi_file import key_signature, midi_bytes, notes_csv, without_overlapping_bends
from models.notes.overtones import with_overtones
from tests.support.media import no_report

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


@pytest.fixture(scope="module")
def engine() -> BasicPitch:
    return BasicPitch()


def hertz(pitch: float) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))


def tone(pitches: Samples, rate_hz: int, partials: int = 1, decay: float = 0.0) -> Samples:
    """One tone that follows `pitches`, MIDI numbers, one per sample."""
    phase = 2 * np.pi * np.cumsum(440 * 2 ** ((pitches - 69) / 12)) / rate_hz
    t = np.arange(pitches.size) / rate_hz
    fade = np.minimum(np.minimum(t, t[::-1]) / 0.01, 1.0)
    sound = sum(np.sin(n * phase) / n**1.5 for n in range(1, partials + 1))
    return (0.3 * fade * np.exp(-decay * t) * sound).astype(np.float32)


def piece(notes: list[Note], rate_hz: int, seconds: float, **kind: float) -> Samples:
    out = np.zeros(round(seconds * rate_hz), np.float32)
    for note in notes:
        first = round(note.start_s * rate_hz)
        sound = tone(np.full(round((note.end_s - note.start_s) * rate_hz), float(note.pitch)), rate_hz, **kind)
        out[first : first + sound.size] += sound
    return out


def scale(pitches: tuple[int, ...] = SCALE, note_s: float = 0.35) -> list[Note]:
    return [Note(0.3 + 0.45 * n, 0.3 + 0.45 * n + note_s, pitch, 80) for n, pitch in enumerate(pitches)]


def assert_same(found: list[Note], truth: list[Note], tolerance_s: float = 0.05) -> None:
    assert [note.pitch for note in found] == [note.pitch for note in truth]
    assert [note.start_s for note in found] == pytest.approx([note.start_s for note in truth], abs=tolerance_s)


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (22_050, 1), (44_100, 2), (48_000, 6), (192_000, 1)])
def test_a_scale_of_pure_tones_is_found_note_by_note(engine: BasicPitch, rate_hz: int, channels: int) -> None:
    sound = np.repeat(piece(scale(), rate_hz, 4.2)[None], channels, axis=0)

    found = engine.notes(Audio(sound, rate_hz), report=no_report)

    assert_same(found, scale())
    assert [note.end_s for note in found] == pytest.approx([note.end_s for note in scale()], abs=0.1)
    assert all(1 <= note.velocity <= 127 for note in found)


@pytest.mark.parametrize("note_s", [0.16, 0.3])
@pytest.mark.parametrize("lowest", [33, 41])
@pytest.mark.parametrize("decay", [0.0, 3.0])
def test_low_tones_without_overtones_are_found(engine: BasicPitch, lowest: int, note_s: float, decay: float) -> None:
    truth = scale(tuple(lowest + step for step in (0, 2, 4, 5, 7, 9, 11, 12)), note_s)

    found = engine.notes(Audio(piece(truth, 44_100, 4.2, decay=decay)[None], 44_100), report=no_report)

    for note in truth:
        assert [other.pitch for other in found if abs(other.start_s - note.start_s) < 0.05] == [note.pitch]
    assert len(found) <= len(truth) + 1


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050])
@pytest.mark.parametrize("level", [1.0, 0.001])
def test_a_low_pure_tone_gets_overtones_that_fall_by_their_number(rate_hz: int, level: float) -> None:
    sound = np.asarray(level * np.sin(2 * np.pi * 80 * np.arange(rate_hz) / rate_hz), np.float32)

    spectrum = np.abs(np.fft.rfft(with_overtones(sound, rate_hz)[: rate_hz // 2])) / (rate_hz / 4)

    assert spectrum[40] == pytest.approx(level, rel=0.1)
    assert [spectrum[40 * n] * n / level for n in range(2, 9)] == pytest.approx([1.0] * 7, rel=0.15)
    assert spectrum[40 * 9 + 5 :].max() < 0.02 * level


@pytest.mark.parametrize("kind", ["overtones", "high", "noise", "chord", "silence", "one", "none"])
def test_other_sound_gets_none(kind: str) -> None:
    t = np.arange(22_050) / 22_050
    sounds: dict[str, NDArray[np.floating]] = {
        "overtones": tone(np.full(22_050, 40.0), 22_050, partials=8),
        "high": tone(np.full(22_050, 60.0), 22_050),
        "noise": np.random.default_rng(4).normal(0, 0.2, 22_050),
        "chord": np.sin(2 * np.pi * 60 * t) + 0.2 * np.sin(2 * np.pi * 400 * t),
        "silence": np.zeros(22_050),
        "one": np.ones(1),
        "none": np.zeros(0),
    }
    sound = sounds[kind].astype(np.float32)

    assert np.array_equal(with_overtones(sound, 22_050), sound)


def test_chords_are_found_and_their_overtones_are_not(engine: BasicPitch) -> None:
    chords = ((48, 55, 64), (53, 57, 65), (50, 59, 67), (48, 60, 64))
    truth = [Note(0.2 + n, 1.0 + n, pitch, 80) for n, chord in enumerate(chords) for pitch in chord]

    found = engine.notes(Audio(piece(truth, 44_100, 4.5, partials=8, decay=2.0)[None], 44_100), report=no_report)

    assert_same(found, truth)


def test_a_repeated_note_is_repeated_and_a_held_one_is_not(engine: BasicPitch) -> None:
    struck = [Note(0.3 + 0.5 * n, 0.78 + 0.5 * n, 57, 80) for n in range(4)]
    held = [Note(2.6, 5.6, 57, 80)]

    found = engine.notes(
        Audio(piece(struck + held, 22_050, 6.0, partials=6, decay=0.7)[None], 22_050), report=no_report
    )

    assert_same(found, struck + held)
    assert found[-1].end_s > 4.5


@pytest.mark.parametrize("cents", [0.0, 20.0, -30.0])
def test_bends_are_semitones_away_from_the_key(engine: BasicPitch, cents: float) -> None:
    sound = tone(np.full(44_100, 69 + cents / 100), 44_100, partials=5)

    (note,) = engine.notes(Audio(sound[None], 44_100), report=no_report)

    assert note.pitch == 69
    assert np.median(note.bends) == pytest.approx(cents / 100, abs=0.06)
    assert len(note.bends) == pytest.approx((note.end_s - note.start_s) * activations.FRAMES_HZ, abs=1)


def test_a_slide_is_one_note_with_a_rising_bend(engine: BasicPitch) -> None:
    pitches = 64 + np.concatenate([np.zeros(12_000), np.linspace(0, 0.45, 12_000), np.full(6_000, 0.45)])

    (note,) = engine.notes(Audio(tone(pitches, 22_050, partials=5)[None], 22_050), report=no_report)

    assert note.pitch == 64
    assert np.median(note.bends[-15:]) - np.median(note.bends[:25]) == pytest.approx(0.45, abs=0.1)


@pytest.mark.parametrize("frames", [1, 2, 777, 5_000])
@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 2), (44_100, 1), (192_000, 8)])
def test_short_sounds_are_taken(engine: BasicPitch, frames: int, rate_hz: int, channels: int) -> None:
    sound = np.random.default_rng(1).normal(0, 0.2, (channels, frames)).astype(np.float32)

    found = engine.notes(Audio(sound, rate_hz), report=no_report)

    assert all(0 <= note.start_s < note.end_s for note in found)


@pytest.mark.parametrize("kind", ["silence", "constant", "white", "quiet white", "brown"])
def test_what_holds_no_note_gives_none(engine: BasicPitch, kind: str) -> None:
    noise = np.random.default_rng(2).normal(0, 0.2, (1, 22_050 * 8))
    sound = {
        "silence": np.zeros_like(noise),
        "constant": np.full_like(noise, 0.4),
        "white": noise,
        "quiet white": 1e-3 * noise,
        "brown": 0.002 * np.cumsum(noise, axis=1),
    }[kind]

    assert engine.notes(Audio(sound.astype(np.float32), 22_050), report=no_report) == []


def test_clipping_adds_no_notes(engine: BasicPitch) -> None:
    sound = np.clip(6 * piece(scale(), 44_100, 4.2), -1, 1)

    assert_same(engine.notes(Audio(sound[None], 44_100), report=no_report), scale())


def test_stretches_make_no_difference(engine: BasicPitch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A note held over several stretches stays one, and no note is found twice."""
    truth = [*scale(tuple(range(64, 80))), Note(0.5, 7.4, 48, 80)]
    sound = Audio(piece(truth, 22_050, 8.0, partials=4)[None], 22_050)
    whole = engine.notes(sound, report=no_report)
    monkeypatch.setattr(activations, "STRETCH_FRAMES", activations.STEP_FRAMES)
    monkeypatch.setattr(basic_pitch, "CONTEXT_FRAMES", 100)

    cut = engine.notes(sound, report=no_report)

    (held,) = [note for note in cut if note.pitch == 48]
    assert held.end_s - held.start_s > 6.5
    assert len(held.bends) == pytest.approx((held.end_s - held.start_s) * activations.FRAMES_HZ, abs=1)
    assert_same(cut, whole, 0.03)
    assert_same(cut, sorted(truth, key=lambda note: note.start_s))


def test_the_same_sound_gives_the_same_notes_and_is_not_changed(engine: BasicPitch) -> None:
    sound = piece(scale(), 22_050, 4.2)[None]
    before = sound.copy()

    assert engine.notes(Audio(sound, 22_050), report=no_report) == engine.notes(Audio(sound, 22_050), report=no_report)
    assert np.array_equal(sound, before)


def test_progress_rises_and_can_stop_it(engine: BasicPitch) -> None:
    sound = Audio(piece(scale(), 22_050, 20.0)[None], 22_050)
    seen: list[float] = []
    engine.notes(sound, report=seen.append)

    assert seen == sorted(seen)
    assert len(seen) >= 3
    assert seen[-1] == 1.0

    def stop(_fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        engine.notes(sound, report=stop)


@pytest.mark.parametrize("bpm", [31.3, 60.0, 97.37, 120.0, 177.7])
def test_another_library_reads_the_notes_back_at_their_times(bpm: float) -> None:
    rng = np.random.default_rng(3)
    starts = np.sort(rng.uniform(0, 3600, 300))
    notes = [
        Note(float(at), float(at + rng.uniform(0.06, 0.5)), 21 + n % 88, 1 + n % 127) for n, at in enumerate(starts)
    ]

    read = pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes(notes, bpm=bpm)))

    (part,) = read.instruments
    assert read.get_tempo_changes()[1] == pytest.approx([bpm], rel=1e-5)
    got = sorted((note.start, note.end, note.pitch, note.velocity) for note in part.notes)
    for note, (start_s, end_s, pitch, velocity) in zip(notes, got, strict=True):
        assert (pitch, velocity) == (note.pitch, note.velocity)
        assert start_s == pytest.approx(note.start_s, abs=0.001)
        assert end_s == pytest.approx(note.end_s, abs=0.001)


@pytest.mark.parametrize("bpm", [0.0, 3.0, 10_000.0])
def test_without_a_usable_tempo_the_file_has_120(bpm: float) -> None:
    file = mido.MidiFile(file=io.BytesIO(midi_bytes([], bpm=bpm)))

    assert [message.tempo for message in file if message.type == "set_tempo"] == [500_000]
    assert file.length == 0
    assert not [message for message in file if message.type == "note_on"]


def test_the_key_is_written_and_every_one_can_be() -> None:
    for mode in ("major", "minor"):
        for tonic in ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"):
            file = mido.MidiFile(file=io.BytesIO(midi_bytes([], key=f"{tonic} {mode}")))
            (read,) = [message.key for message in file if message.type == "key_signature"]
            names = {"Bb": "A#", "Db": "C#", "Eb": "D#", "Ab": "G#"}
            assert names.get(read.removesuffix("m"), read.removesuffix("m")) == tonic
            assert read.endswith("m") == (mode == "minor")
    assert key_signature("unknown") == ""


def test_bends_move_only_notes_that_sound_alone() -> None:
    bend = (0.0, 0.25, 0.5)
    notes = [
        Note(0.0, 1.0, 60, 80, bend),
        Note(0.5, 1.5, 64, 80, bend),
        Note(2.0, 3.0, 62, 80, bend),
        Note(4.0, 9.0, 40, 80, bend),
        Note(5.0, 5.5, 65, 80, bend),
        Note(6.0, 6.5, 67, 80, bend),
    ]

    assert [bool(note.bends) for note in without_overlapping_bends(notes)] == [False, False, True, False, False, False]

    read = pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes(notes)))
    wheel = [(event.time, event.pitch / 4096) for event in read.instruments[0].pitch_bends]
    assert [value for _, value in wheel] == pytest.approx([0.0, 0.25, 0.5, 0.0], abs=0.001)
    assert [at_s for at_s, _ in wheel] == pytest.approx([2.0, 2.333, 2.667, 4.0], abs=0.001)
    ranges = [(c.number, c.value) for c in read.instruments[0].control_changes]
    assert ranges[:3] == [(101, 0), (100, 0), (6, 2)]


def test_a_key_struck_again_while_it_sounds_is_let_go_first() -> None:
    read = pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes([Note(0.0, 2.0, 60, 80), Note(1.0, 3.0, 60, 90)])))

    got = [(note.start, note.end, note.velocity) for note in read.instruments[0].notes]
    assert [value for row in got for value in row] == pytest.approx([0.0, 1.0, 80, 1.0, 3.0, 90], abs=0.001)


def test_drums_are_on_their_own_channel() -> None:
    read = pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes([Note(0, 1, 60, 80), Note(0, 0.1, 36, 90, is_drum=True)])))

    assert sorted((part.is_drum, part.notes[0].pitch) for part in read.instruments) == [(False, 60), (True, 36)]


def test_the_list_of_notes_has_the_columns_of_basic_pitch() -> None:
    text = notes_csv([Note(0.5, 1.25, 60, 80, (0.0, 0.34, -0.66)), Note(2.0, 2.5, 62, 1)])

    assert list(csv.reader(io.StringIO(text))) == [
        ["start_time_s", "end_time_s", "pitch_midi", "velocity", "pitch_bend"],
        ["0.5", "1.25", "60", "80", "0", "1", "-2"],
        ["2.0", "2.5", "62", "1"],
    ]
