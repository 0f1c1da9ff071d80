"""Echo removal: what was added is found and taken off; dry sound and music that repeats itself stay bit-exact."""

import numpy as np
import pytest

from app.errors import Cancelled
from models.base import Audio, Samples
from models.deecho.embedded import EmbeddedDeecho, find_echoes
from tests.support.echoes import RATE_HZ, echoed, snr_db, syllables
from tests.support.media import no_report


def clean(samples: Samples, rate_hz: int = RATE_HZ) -> Samples:
    return np.concatenate(list(EmbeddedDeecho().clean(Audio(samples, rate_hz), report=no_report)), axis=1)


@pytest.mark.parametrize("delay_s", [0.031, 0.12, 0.4, 0.95])
@pytest.mark.parametrize(("direct", "feedback"), [(0.5, 0.0), (0.2, 0.0), (0.0, 0.5), (-0.4, 0.0), (0.3, 0.3)])
def test_an_echo_is_taken_off(delay_s: float, direct: float, feedback: float) -> None:
    dry = syllables(8.0)
    delay = round(delay_s * RATE_HZ)

    (echo,) = find_echoes(Audio(echoed(dry, delay, direct, feedback), RATE_HZ), report=no_report)
    out = clean(echoed(dry, delay, direct, feedback))

    assert echo.delay == delay
    assert echo.direct == pytest.approx(direct, abs=0.02)
    assert echo.feedback == pytest.approx(feedback, abs=0.02)
    assert snr_db(out, dry) > 30


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (44_100, 2), (96_000, 1)])
def test_at_any_rate_and_in_all_channels(rate_hz: int, channels: int) -> None:
    dry = syllables(5.0, rate_hz, channels)

    out = clean(echoed(dry, round(0.21 * rate_hz), 0.5), rate_hz)

    for row, truth in zip(out, dry, strict=True):
        assert snr_db(row, truth) > 30


def test_a_delay_between_two_samples() -> None:
    dry = syllables(8.0)
    spectrum = np.fft.rfft(dry[0], 2 * dry.shape[1])
    turns = np.fft.rfftfreq(2 * dry.shape[1]) * 2003.4
    wet = np.fft.irfft(spectrum * (1 + 0.5 * np.exp(-2j * np.pi * turns)))[: dry.shape[1]][None].astype(np.float32)

    assert snr_db(clean(wet), dry) > 30


def test_several_echoes() -> None:
    dry = syllables(10.0)
    wet = echoed(dry, 1800, 0.4) + echoed(dry, 4700, 0.3) - dry

    assert snr_db(clean(wet), dry) > 25


def test_in_noise() -> None:
    dry = syllables(8.0)
    wet = echoed(dry, 4000, 0.5)
    wet += np.random.default_rng(1).normal(0, 10 ** (-30 / 20) * wet.std(), wet.shape).astype(np.float32)

    assert snr_db(clean(wet), dry) > snr_db(wet, dry) + 12


def hits(kind: str) -> Samples:
    """Machine music: the same samples at a strict tempo; 120 bpm, sixteenths of 125 ms."""
    rng = np.random.default_rng(5)
    t = np.arange(round(0.15 * RATE_HZ)) / RATE_HZ
    hat = np.diff(rng.standard_normal(t.size), append=0) * np.exp(-t * 60)
    kick = np.sin(2 * np.pi * 60 * t) * np.exp(-t * 20)
    tone = {step: np.sin(2 * np.pi * 220 * 2 ** (step / 12) * t) * np.exp(-t * 8) for step in (0, 4, 7, 12)}
    out = np.zeros(10 * RATE_HZ)
    for number in range(78):
        at = round(number * 0.125 * RATE_HZ)
        accent = (1.0, 0.3, 0.6, 0.3)[number % 4]
        sounds = {
            "equal hats": [hat],
            "accents": [accent * hat],
            "random accents": [rng.uniform(0.2, 1.0) * hat],
            "kick and hats": [accent * hat] + ([2 * kick] if number % 4 == 0 else []),
            "arpeggio": [tone[(0, 4, 7, 12)[number % 4]]],
        }
        for sound in sounds[kind]:
            out[at : at + t.size] += 0.2 * sound
    return out[None].astype(np.float32)


@pytest.mark.parametrize("kind", ["equal hats", "accents", "random accents", "kick and hats", "arpeggio"])
def test_a_drum_machine_is_no_echo(kind: str) -> None:
    sound = hits(kind)

    assert np.array_equal(clean(sound), sound)


@pytest.mark.parametrize("kind", ["syllables", "noise", "tremolo", "chord", "gain too small"])
def test_dry_sound_stays_bit_exact(kind: str) -> None:
    t = np.arange(8 * RATE_HZ) / RATE_HZ
    chord = sum(np.sin(2 * np.pi * hz * t) for hz in (220.0, 277.2, 329.6)) / 10
    sounds = {
        "syllables": syllables(8.0, seed=9)[0],
        "noise": 0.1 * np.random.default_rng(2).standard_normal(t.size),
        "tremolo": chord * (1 + 0.8 * np.sin(2 * np.pi * 6 * t)),
        "chord": chord,
        "gain too small": echoed(syllables(8.0), 3000, 0.06)[0],
    }
    sound = sounds[kind][None].astype(np.float32)

    assert np.array_equal(clean(sound), sound)


@pytest.mark.parametrize("rate_hz", [8_000, 192_000])
@pytest.mark.parametrize("channels", [1, 8])
@pytest.mark.parametrize("frames", [1, 2, 777, 20_000])
@pytest.mark.parametrize("kind", ["silence", "noise", "clipped", "constant"])
def test_the_length_is_exact_and_all_is_finite(rate_hz: int, channels: int, frames: int, kind: str) -> None:
    noise = np.random.default_rng(7).standard_normal((channels, frames))
    sounds = {"silence": 0 * noise, "noise": 0.2 * noise, "clipped": np.sign(noise), "constant": 0 * noise + 0.7}

    out = clean(sounds[kind].astype(np.float32), rate_hz)

    assert out.shape == (channels, frames)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()


def test_it_is_deterministic_and_leaves_its_input_alone() -> None:
    wet = echoed(syllables(5.0), 3000, 0.5)
    before = wet.copy()

    assert np.array_equal(clean(wet), clean(wet))
    assert np.array_equal(wet, before)


def test_the_caller_can_stop_it_and_progress_only_grows() -> None:
    audio = Audio(echoed(syllables(5.0), 3000, 0.5), RATE_HZ)
    fractions: list[float] = []
    list(EmbeddedDeecho().clean(audio, report=fractions.append))

    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0

    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        list(EmbeddedDeecho().clean(audio, report=stop))
