"""Time stretching: the promised length, the same pitch and level, no trace of the seams, whatever the block size."""

import numpy as np
import pytest

from models.base import Samples
from models.speed import signalsmith
from models.speed.signalsmith import SignalsmithStretcher
from tests.support.media import chirp, level_db, pitch_hz

SPEEDS = (0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0)


def stretch(sound: Samples, rate_hz: int, speed: float, block: int = 65_536) -> Samples:
    blocks = (sound[:, first : first + block] for first in range(0, sound.shape[1], block))
    parts = SignalsmithStretcher().stretch(blocks, rate_hz=rate_hz, channels=sound.shape[0], speed=speed)
    return np.concatenate(list(parts), axis=1)


def tone(seconds: float, rate_hz: int, *pitches_hz: float) -> Samples:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.5 / len(pitches_hz) * sum(np.sin(2 * np.pi * hz * t) for hz in pitches_hz)).astype(np.float32)[None]


@pytest.fixture
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seams every few seconds instead of every minute."""
    monkeypatch.setattr(signalsmith, "MAX_SEGMENT_VALUES", 1)
    monkeypatch.setattr(signalsmith, "MIN_SEGMENT_S", 3.0)


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 96_000])
@pytest.mark.parametrize("frames", [1, 2, 777, 44_101])
def test_the_length_is_exact_and_all_is_finite(speed: float, channels: int, rate_hz: int, frames: int) -> None:
    out = stretch(chirp(frames / rate_hz, rate_hz, channels)[:, :frames], rate_hz, speed)

    assert out.shape == (channels, max(round(frames / speed), 1))
    assert out.dtype == np.float32
    assert np.isfinite(out).all()


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("hz", [110.0, 440.0, 3000.0])
def test_the_pitch_stays(speed: float, hz: float) -> None:
    out = stretch(tone(4.0, 44_100, hz), 44_100, speed)[0]

    cents = 1200 * np.log2(pitch_hz(out[out.size // 4 : -out.size // 4], 44_100) / hz)
    assert abs(cents) < 3


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_steady_tone_stays_steady(speed: float) -> None:
    out = stretch(tone(4.0, 44_100, 440.0), 44_100, speed)[0]

    levels = [level_db(out[n : n + 4410]) for n in range(4410, out.size - 8820, 4410)]
    assert max(levels) - min(levels) < 1.0
    assert abs(np.mean(levels) - level_db(tone(1.0, 44_100, 440.0))) < 0.6


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2.0])
def test_seams_cannot_be_heard_in_a_chord(speed: float) -> None:
    sound = tone(20.0, 44_100, 220.0, 277.2, 329.6, 440.3)
    whole = max(20.0, 20.0 / speed)

    out = stretch(sound, 44_100, speed)[0]

    def levels(samples: Samples) -> Samples:
        step = 4410
        return np.array([level_db(samples[n : n + 2 * step]) for n in range(step, samples.size - 3 * step, step)])

    # The chord beats by itself; nothing may be louder or quieter than that by more than 1 dB.
    assert levels(out).min() > levels(sound[0]).min() - 1.0, whole
    assert levels(out).max() < levels(sound[0]).max() + 1.0
    steps = np.abs(np.diff(out[4410:-4410]))
    assert steps.max() < 1.15 * np.abs(np.diff(sound[0])).max()  # a click would be a step


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2.0])
def test_events_stay_where_they_belong(speed: float) -> None:
    """Bursts of noise; their rise must come within 15 ms of its place, also after many seams."""
    rng = np.random.default_rng(4)
    rate_hz, times_s = 44_100, np.arange(1.0, 29.0, 1.5)
    sound = np.zeros((1, 30 * rate_hz), np.float32)
    for at_s in times_s:
        first = round(at_s * rate_hz)
        sound[0, first : first + 4000] = rng.uniform(-0.8, 0.8, 4000) * np.linspace(1, 0, 4000)

    out = np.abs(stretch(sound, rate_hz, speed)[0])

    for at_s in times_s:
        middle = round(at_s / speed * rate_hz)
        around = out[middle - 4000 : middle + 4000]
        smooth = np.convolve(around, np.ones(200) / 200, "same")
        rise = int(np.argmax(smooth > 0.35 * smooth.max())) - 4000
        assert abs(rise) / rate_hz < 0.015, at_s


@pytest.mark.usefixtures("short_segments")
def test_the_size_of_the_blocks_makes_no_difference() -> None:
    sound = chirp(9.0, 22_050, 2)

    results = [stretch(sound, 22_050, 1.3, block) for block in (1_000, 22_051, 10**6)]

    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_silence_stays_silent() -> None:
    assert not stretch(np.zeros((2, 44_100), np.float32), 44_100, 0.7).any()


def test_channels_stay_together() -> None:
    """The same sound left and right comes out the same left and right."""
    sound = np.repeat(chirp(3.0, 44_100), 2, axis=0)

    out = stretch(sound, 44_100, 1.4)

    assert level_db(out[0] - out[1]) < level_db(out[0]) - 60
