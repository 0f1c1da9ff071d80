"""Dereverberation: nearer to the dry sound, dry sound untouched, any format."""

import numpy as np
import pytest
import scipy.signal

from app.errors import Cancelled
from models.base import Audio, Samples
from models.dereverb.decay import find_decay
from models.dereverb.embedded import EmbeddedDereverb
from tests.support.echoes import RATE_HZ, in_room, si_sdr_db, syllables
from tests.support.media import level_db, no_report


def clean(samples: Samples, rate_hz: int = RATE_HZ) -> Samples:
    return np.concatenate(list(EmbeddedDereverb().clean(Audio(samples, rate_hz), report=no_report)), axis=1)


@pytest.mark.parametrize("rt60_s", [0.4, 0.7, 1.1])
def test_the_decay_is_found(rt60_s: float) -> None:
    dry = syllables(12.0)
    dry[:, (np.arange(dry.shape[1]) // RATE_HZ) % 2 == 1] = 0  # pauses in which the room can be heard to die away
    wet, _ = in_room(dry, rt60_s)

    decay = find_decay(Audio(wet, RATE_HZ), report=no_report)

    assert decay.rt60_s == pytest.approx(rt60_s, rel=0.3)
    assert decay.certainty > 0.5


@pytest.mark.parametrize("rt60_s", [0.5, 1.0])
@pytest.mark.parametrize(("rate_hz", "channels"), [(16_000, 1), (16_000, 2), (32_000, 1)])
def test_a_room_is_taken_off(rt60_s: float, rate_hz: int, channels: int) -> None:
    wet, target = in_room(syllables(10.0, rate_hz), rt60_s, rate_hz, channels)

    out = clean(wet, rate_hz)

    assert si_sdr_db(out, target) > si_sdr_db(wet, target) + 2.0


def test_pauses_become_quieter_and_the_sound_stays_as_loud() -> None:
    """A burst of 0.3 s every second: the last 0.3 s of each hold only the room."""
    rng = np.random.default_rng(4)
    dry = np.zeros((1, 10 * RATE_HZ), np.float32)
    spans = [(at * RATE_HZ, at * RATE_HZ + 4800) for at in range(10)]
    for first, end in spans:
        dry[0, first:end] = 0.1 * rng.standard_normal(4800)
    wet, target = in_room(dry, 0.9)

    out = clean(wet)

    pauses = np.zeros(dry.shape[1], bool)
    for first, _ in spans:
        pauses[first + 11_200 : first + 16_000] = True
    assert level_db(out[:, pauses]) < level_db(wet[:, pauses]) - 6
    bursts = dry[0] != 0
    assert level_db(out[:, bursts]) == pytest.approx(level_db(target[:, bursts]), abs=3.0)


def test_the_top_end_stays() -> None:
    dry = syllables(8.0, 44_100)
    wet, target = in_room(dry, 0.8, 44_100)
    above = scipy.signal.butter(6, 12_000, "highpass", fs=44_100, output="sos")

    out = clean(wet, 44_100)

    top, wanted = (level_db(scipy.signal.sosfilt(above, sound, axis=1)) for sound in (out, target))
    assert top > wanted - 4.0


@pytest.mark.parametrize("kind", ["syllables", "noise", "chord"])
def test_what_shows_no_room_stays_bit_exact(kind: str) -> None:
    t = np.arange(8 * RATE_HZ) / RATE_HZ
    sounds = {
        "syllables": syllables(8.0)[0],
        "noise": 0.1 * np.random.default_rng(2).standard_normal(t.size),
        "chord": sum(np.sin(2 * np.pi * hz * t) for hz in (220.0, 277.2, 329.6)) / 10,
    }
    sound = np.asarray(sounds[kind], np.float32)[None]

    assert np.array_equal(clean(sound), sound)


@pytest.mark.parametrize("rate_hz", [8_000, 192_000])
@pytest.mark.parametrize("channels", [1, 3, 8])
@pytest.mark.parametrize("frames", [1, 2, 777, 9_000])
@pytest.mark.parametrize("kind", ["silence", "noise", "clipped", "constant"])
def test_the_length_is_exact_and_all_is_finite(rate_hz: int, channels: int, frames: int, kind: str) -> None:
    noise = np.random.default_rng(7).standard_normal((channels, frames))
    sounds = {"silence": 0 * noise, "noise": 0.2 * noise, "clipped": np.sign(noise), "constant": 0 * noise + 0.7}

    out = clean(sounds[kind].astype(np.float32), rate_hz)

    assert out.shape == (channels, frames)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()


def test_wet_sound_between_digital_silence_and_clipping_stays_finite() -> None:
    wet, _ = in_room(syllables(6.0), 0.8, channels=3)
    sound = np.concatenate([np.zeros((3, RATE_HZ), np.float32), np.clip(5 * wet, -1, 1), 0 * wet], axis=1)
    sound[1] = 0  # a silent channel beside a loud one

    out = clean(sound)

    assert not np.array_equal(out, sound)
    assert np.isfinite(out).all()
    assert np.abs(out).max() < 3


def test_it_is_deterministic_and_leaves_its_input_alone() -> None:
    wet, _ = in_room(syllables(5.0), 0.8)
    before = wet.copy()

    assert np.array_equal(clean(wet), clean(wet))
    assert np.array_equal(wet, before)


def test_the_caller_can_stop_it_and_progress_only_grows() -> None:
    wet, _ = in_room(syllables(5.0), 0.8)
    fractions: list[float] = []
    list(EmbeddedDereverb().clean(Audio(wet, RATE_HZ), report=fractions.append))

    assert fractions == sorted(fractions)
    assert len(fractions) > 10
    assert fractions[-1] == 1.0

    def stop(fraction: float) -> None:
        if fraction >= fractions[len(fractions) // 2]:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(EmbeddedDereverb().clean(Audio(wet, RATE_HZ), report=stop))
