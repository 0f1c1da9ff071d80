"""What is measured of talkers whose pitch and resonances are known."""

import numpy as np
import pytest
from scipy.signal import lfilter, resample_poly

from models.base import Audio, Samples
from models.voices.formants import formants, rate_for
from models.voices.pitch import load_detector, pitch_of
from models.voices.profile import measure

RATE_HZ = 32_000
VOWELS_HZ = ((730, 1090, 2440, 3400), (300, 1870, 2640, 3500), (570, 840, 2410, 3300), (530, 1840, 2480, 3500))
HIGHER_HZ = (4500, 5500)


def talker(pitch_hz: float, tract: float, seconds: float = 6.0, spread: float = 1.5) -> Samples:
    """Vowels of a quarter second and pauses; `tract` multiplies the resonances. Shape (1, frames) at RATE_HZ."""
    rng = np.random.default_rng(5)
    frames, part = round(seconds * RATE_HZ), RATE_HZ // 4
    corners = np.arange(0, frames + part, part)
    tones = spread * np.sin(np.arange(corners.size) * 1.1)
    hz = pitch_hz * 2 ** (np.interp(np.arange(frames), corners, tones - np.median(tones)) / 12)
    pulses = np.diff(np.floor(np.cumsum(hz) / RATE_HZ), prepend=0.0)
    source = lfilter([1], [1, -0.985], pulses)
    out = np.zeros(frames)
    for number, first in enumerate(range(0, frames, part)):
        if number % 8 == 7:
            continue
        sound = source[max(first - 800, 0) : first + part]
        for formant in (*VOWELS_HZ[number % len(VOWELS_HZ)], *HIGHER_HZ):
            radius = np.exp(-np.pi * 80 / RATE_HZ)
            turn = -2 * radius * np.cos(2 * np.pi * formant * tract / RATE_HZ)
            sound = lfilter([1 + turn + radius**2], [1, turn, radius**2], sound)
        out[first : first + part] = sound[min(first, 800) :]
    noise = 1e-5 * rng.standard_normal(frames)
    return (0.3 * out / np.abs(out).max() + noise).astype(np.float32)[None]


@pytest.mark.parametrize(("pitch_hz", "tract"), [(95.0, 0.95), (125.0, 1.0), (210.0, 1.15), (260.0, 1.2)])
def test_pitch_and_resonances_are_those_of_the_talker(pitch_hz: float, tract: float) -> None:
    found = measure(Audio(talker(pitch_hz, tract), RATE_HZ))

    assert abs(12 * np.log2(found.pitch_hz / pitch_hz)) < 0.3
    heard = [vowel for number, vowel in enumerate(VOWELS_HZ * 6) if number % 8 != 7]
    truth = tract * np.median(np.array(heard), axis=0)
    assert np.allclose(found.formants_hz[2:], truth[2:], rtol=0.06)
    assert len(found.envelope_db) == 40
    assert np.mean(found.envelope_db) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("vowel", VOWELS_HZ)
def test_the_resonances_of_one_vowel(vowel: tuple[int, ...]) -> None:
    pulses = np.zeros(RATE_HZ * 2)
    pulses[:: RATE_HZ // 110] = 1.0
    sound = lfilter([1], [1, -0.985], pulses)
    for formant in (*vowel, *HIGHER_HZ):
        radius = np.exp(-np.pi * 80 / RATE_HZ)
        turn = -2 * radius * np.cos(2 * np.pi * formant / RATE_HZ)
        sound = lfilter([1 + turn + radius**2], [1, turn, radius**2], sound)
    wanted_hz = rate_for(110.0)

    mono = resample_poly(sound, wanted_hz // 1000, 32).astype(np.float32)

    found = formants(mono, wanted_hz, np.arange(0.2, 1.8, 0.01))

    assert np.allclose(found[1:], vowel[1:], rtol=0.06)
    assert abs(found[0] - vowel[0]) < 110 / 3  # the lowest is drawn to the nearest partial


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (16_000, 2), (48_000, 8), (192_000, 1)])
def test_any_rate_and_number_of_channels(rate_hz: int, channels: int) -> None:
    mono = resample_poly(talker(140.0, 1.0, 3.0), rate_hz // 1000, RATE_HZ // 1000, axis=1)

    found = measure(Audio(np.repeat(mono, channels, axis=0).astype(np.float32), rate_hz))

    assert abs(12 * np.log2(found.pitch_hz / 140.0)) < 0.4
    assert np.isfinite([*found.formants_hz, *found.envelope_db, found.pitch_spread]).all()


def test_channels_that_cancel_are_heard_one_by_one() -> None:
    mono = talker(140.0, 1.0, 3.0)

    found = measure(Audio(np.concatenate([mono, -mono]), RATE_HZ))

    assert abs(12 * np.log2(found.pitch_hz / 140.0)) < 0.4


@pytest.mark.parametrize("frames", [1, 500, RATE_HZ * 3])
def test_what_holds_no_voice_is_refused_with_a_reason(frames: int) -> None:
    hiss = np.random.default_rng(1).normal(0, 0.05, (1, frames)).astype(np.float32)
    for samples in (hiss, np.zeros((1, frames), np.float32), talker(140.0, 1.0, 0.5)):
        with pytest.raises(ValueError, match="s of voice; at least 1 s are needed"):
            measure(Audio(samples, RATE_HZ))


def test_hum_in_the_pauses_is_no_voice() -> None:
    t = np.arange(RATE_HZ * 6) / RATE_HZ
    samples = np.concatenate([talker(200.0, 1.1), np.zeros((1, RATE_HZ * 6), np.float32)], axis=1)
    samples += 0.002 * np.sin(2 * np.pi * 60 * np.concatenate([t, t + 6])).astype(np.float32)

    pitch = pitch_of(load_detector(), resample_poly(samples[0], 1, 2).astype(np.float32))

    assert (pitch.voiced_hz > 100).all()
    assert not pitch.is_voiced[pitch.hz.size // 2 + 10 :].any()
