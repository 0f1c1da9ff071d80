"""The synthesiser: notes sound when they should, at their pitch, place and level, and end; blocks do not matter."""

from pathlib import Path

import numpy as np
import pytest

from models.base import Note, Samples
from models.synth import soundfont
from models.synth.reverb import Reverb
from models.synth.soundfont import Part, SoundfontSynth
from tests.support.media import level_db, pitch_hz

DRY_DB = -120.0


@pytest.fixture(scope="module")
def synth() -> SoundfontSynth:
    """With the soundfont that is always there, whatever the machine has."""
    return SoundfontSynth(bundled())


def bundled() -> Path:
    import pretty_midi

    return Path(pretty_midi.__file__).parent / soundfont.BUNDLED


def play(
    synth: SoundfontSynth, *parts: Part, rate_hz: int = 44_100, reverb_db: float = DRY_DB, **more: float
) -> Samples:
    return np.concatenate(list(synth.render(parts, rate_hz=rate_hz, reverb_db=reverb_db, **more)), axis=1)


def test_a_note_sounds_from_its_start_to_its_end(synth: SoundfontSynth) -> None:
    sound = play(synth, Part([Note(1.0, 2.0, 69, 100)], program=80))

    assert sound.shape[0] == 2
    assert sound.dtype == np.float32
    assert not np.abs(sound[:, : round(0.999 * 44_100)]).max() > 1e-6
    assert level_db(sound[:, 46_000:87_000]) > -40
    assert level_db(sound[:, round(2.6 * 44_100) :]) < level_db(sound[:, 46_000:87_000]) - 40


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000])
@pytest.mark.parametrize("bend", [0.0, 1.0, -0.5])
def test_the_pitch_is_right_and_bends(synth: SoundfontSynth, rate_hz: int, bend: float) -> None:
    def pitch(bends: tuple[float, ...]) -> float:
        sound = play(synth, Part([Note(0.0, 2.0, 69, 100, bends)], program=73), rate_hz=rate_hz)
        return 12 * float(np.log2(pitch_hz(sound[0, rate_hz // 2 : rate_hz * 3 // 2], rate_hz) / 440))

    assert pitch(()) % 12 < 0.2  # the sample itself is 13 cents sharp
    assert pitch((bend,)) - pitch(()) == pytest.approx(bend, abs=0.02)


def test_a_bend_moves_while_the_note_sounds_and_not_the_next(synth: SoundfontSynth) -> None:
    notes = [Note(0.0, 2.0, 69, 100, tuple(np.linspace(0, 1, 40))), Note(2.5, 4.0, 69, 100)]

    sound = play(synth, Part(notes, program=73))[0]

    middle, late, after = (pitch_hz(sound[n : n + 6_000], 44_100) for n in (41_000, 80_000, 150_000))
    assert 12 * np.log2(middle / after) == pytest.approx(0.5, abs=0.05)
    assert 12 * np.log2(late / after) == pytest.approx(0.95, abs=0.05)


def test_louder_keys_and_gains_are_louder(synth: SoundfontSynth) -> None:
    def level(velocity: int, gain_db: float) -> float:
        return level_db(play(synth, Part([Note(0.0, 1.0, 60, velocity)], gain_db=gain_db)))

    assert level(40, 0) < level(80, 0) - 2 < level(120, 0) - 4
    assert level(80, -12) == pytest.approx(level(80, 0) - 12, abs=0.7)


def test_parts_are_placed_left_and_right(synth: SoundfontSynth) -> None:
    sound = play(synth, Part([Note(0.0, 1.0, 60, 100)], pan=-1.0))

    assert level_db(sound[0]) > level_db(sound[1]) + 20


def test_drums_are_played_by_the_drum_kit(synth: SoundfontSynth) -> None:
    hat = play(synth, Part([Note(0.0, 0.1, 42, 100, is_drum=True)], is_drums=True))
    piano = play(synth, Part([Note(0.0, 0.1, 42, 100)]))

    def centroid_hz(sound: Samples) -> float:
        power = np.square(np.abs(np.fft.rfft(sound[0, :44_100])))
        return float((power * np.arange(power.size)).sum() / power.sum() * 44_100 / min(sound.shape[1], 44_100))

    assert centroid_hz(hat) > 3_000
    assert centroid_hz(piano) < 1_000


def test_a_key_struck_again_is_heard_again(synth: SoundfontSynth) -> None:
    """The end of the first note, in the middle of the second, must not end the second."""
    sound = play(synth, Part([Note(0.0, 2.0, 69, 100), Note(1.0, 4.0, 69, 100)], program=80))

    assert level_db(sound[:, 132_300:170_000]) > level_db(sound[:, 10_000:40_000]) - 3


def test_the_size_of_the_blocks_makes_no_difference(synth: SoundfontSynth, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = [Note(0.11 * n, 0.11 * n + 0.3, 50 + 7 * n % 30, 90) for n in range(12)]
    long = play(synth, Part(notes), reverb_db=-10)
    monkeypatch.setattr(soundfont, "BLOCK", 1_000)
    short = play(synth, Part(notes), reverb_db=-10)

    frames = min(long.shape[1], short.shape[1])
    assert frames > 44_100
    # The synthesiser moves its envelopes once per 64 frames of a block: levels may differ by a hair.
    assert level_db(long[:, :frames] - short[:, :frames]) < level_db(long) - 25


def test_blocks_come_one_by_one(synth: SoundfontSynth) -> None:
    """An hour starts at once, and a block is a block."""
    blocks = synth.render([Part([Note(float(at), at + 0.5, 60, 80) for at in range(3600)])])

    assert [next(blocks).shape for _ in range(3)] == [(2, soundfont.BLOCK)] * 3
    blocks.close()


def test_without_notes_there_is_silence_as_long_as_asked(synth: SoundfontSynth) -> None:
    assert list(synth.render([])) == []
    assert list(synth.render([Part(())])) == []
    silence = play(synth, Part(()), at_least_s=1.5)
    assert silence.shape == (2, 66_150)
    assert not silence.any()


def test_it_goes_on_as_long_as_asked(synth: SoundfontSynth) -> None:
    sound = play(synth, Part([Note(0.0, 0.2, 60, 80)]), at_least_s=20.0)

    assert sound.shape[1] == 20 * 44_100
    assert np.isfinite(sound).all()


def test_more_than_sixteen_parts_are_refused(synth: SoundfontSynth) -> None:
    with pytest.raises(ValueError, match="16 channels"):
        next(synth.render([Part(())] * 17))


def test_the_same_notes_give_the_same_sound(synth: SoundfontSynth) -> None:
    part = Part([Note(0.0, 0.5, 60, 80), Note(0.2, 0.9, 67, 80)])

    assert np.array_equal(play(synth, part, reverb_db=-10), play(synth, part, reverb_db=-10))


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_the_room_has_its_level_decays_and_is_wide(rate_hz: int) -> None:
    room = Reverb(rate_hz, level_db=-6.0)
    click = np.zeros((2, 100), np.float32)
    click[:, 0] = 1.0

    wet = np.concatenate([room.add(click), room.tail()], axis=1)

    assert wet[0, 0] == pytest.approx(1.0, abs=1e-5)
    rest = wet[:, 1:]
    assert 10 * np.log10(np.square(rest[0]).sum()) == pytest.approx(-6.0, abs=0.2)
    early, late = rest[:, : rate_hz // 4], rest[:, rate_hz : rate_hz * 5 // 4]
    assert level_db(late) < level_db(early) - 30
    assert abs(np.corrcoef(rest)[0, 1]) < 0.15


def test_the_room_is_the_same_whatever_the_blocks() -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, (2, 30_000)).astype(np.float32)

    def through(size: int) -> Samples:
        room = Reverb(22_050, -10.0)
        blocks = [room.add(sound[:, first : first + size]) for first in range(0, sound.shape[1], size)]
        return np.concatenate([*blocks, room.tail()], axis=1)

    assert np.abs(through(30_000) - through(777)).max() < 1e-5
