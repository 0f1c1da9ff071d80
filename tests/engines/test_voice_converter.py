"""Talkers and singers of known pitch and resonances, converted into each other."""

import numpy as np
import pytest
from scipy.signal import resample_poly

from models.base import Audio, Samples, Voice, VoiceProfile
from models.dsp.loudness import integrated_lufs
from models.speed.signalsmith import SignalsmithStretcher
from models.voices.embedded import EmbeddedVoices
from models.voices.pitch import Pitch, load_detector, pitch_of
from models.voices.profile import measure
from models.voices.transpose import transposed
from tests.engines.test_voice_profile import RATE_HZ, talker
from tests.support.media import no_report

ENGINE = EmbeddedVoices()
MAN, WOMAN = Audio(talker(115.0, 1.0), RATE_HZ), Audio(talker(205.0, 1.16), RATE_HZ)
PROFILES = {"man": measure(MAN), "woman": measure(WOMAN)}
SOUNDS = {"man": MAN, "woman": WOMAN}


def voice(profile: VoiceProfile) -> Voice:
    return Voice("v", "V", "neutral", "en", profile)


def converted(audio: Audio, profile: VoiceProfile, **options: object) -> Samples:
    blocks = ENGINE.convert(audio, voice=voice(profile), report=no_report, **options)
    return np.concatenate(list(blocks), axis=1)


def pitch(samples: Samples) -> Pitch:
    return pitch_of(load_detector(), resample_poly(samples[0], 1, 2).astype(np.float32))


@pytest.mark.parametrize(("source", "target"), [("man", "woman"), ("woman", "man")])
def test_speech_gets_the_pitch_and_the_resonances_of_the_voice(source: str, target: str) -> None:
    out = converted(SOUNDS[source], PROFILES[target])

    got, wanted = measure(Audio(out, RATE_HZ)), PROFILES[target]
    assert abs(12 * np.log2(got.pitch_hz / wanted.pitch_hz)) < 0.3
    assert np.allclose(got.formants_hz[1:], wanted.formants_hz[1:], rtol=0.08)
    # Between partials 200 Hz apart nobody can tell F1, so that of a high voice is moved less exactly.
    assert got.formants_hz[0] == pytest.approx(wanted.formants_hz[0], rel=0.08 if source == "man" else 0.12)
    assert abs(integrated_lufs(Audio(out, RATE_HZ)) - integrated_lufs(SOUNDS[source])) < 1.5


@pytest.mark.parametrize("semitones", [-5, 3])
def test_the_shift_comes_on_top(semitones: int) -> None:
    out = converted(MAN, PROFILES["woman"], pitch_semitones=semitones)

    got = measure(Audio(out, RATE_HZ)).pitch_hz / PROFILES["woman"].pitch_hz
    assert abs(12 * np.log2(got) - semitones) < 0.3


@pytest.mark.parametrize(("semitones", "moved"), [(0, 12), (-12, 0), (2, 14)])
def test_sung_sound_keeps_its_tune(semitones: int, moved: int) -> None:
    out = converted(MAN, PROFILES["woman"], pitch_semitones=semitones, sung=True)

    before, after = pitch(MAN.samples), pitch(out)
    both = before.is_voiced & after.is_voiced
    shift = 12 * np.log2(after.hz[both] / before.hz[both])
    assert both.sum() > 0.95 * before.is_voiced.sum()
    assert abs(np.median(shift) - moved) < 0.05
    assert np.mean(np.abs(shift - moved) < 0.5) > 0.98
    assert np.corrcoef(np.log(before.hz[both]), np.log(after.hz[both]))[0, 1] > 0.98


def test_the_same_voice_is_left_alone() -> None:
    assert np.array_equal(converted(MAN, PROFILES["man"]), MAN.samples)


def test_what_is_not_voiced_stays_where_it_is_and_nothing_comes_late() -> None:
    clicks = np.random.default_rng(2).normal(0, 0.05, (1, 400)).astype(np.float32)
    samples = np.concatenate([MAN.samples, np.zeros((1, RATE_HZ), np.float32)], axis=1)
    at = samples.shape[1] - RATE_HZ // 2
    samples[:, at : at + 400] += clicks

    out = converted(Audio(samples, RATE_HZ), PROFILES["woman"])

    lags = np.correlate(out[0, at - 200 : at + 600], clicks[0], "valid")
    assert int(np.abs(lags).argmax()) == 200
    assert np.corrcoef(out[0, at : at + 400], clicks[0])[0, 1] > 0.9


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (22_050, 2), (96_000, 1)])
def test_any_rate_and_number_of_channels(rate_hz: int, channels: int) -> None:
    mono = resample_poly(talker(115.0, 1.0, 3.0), rate_hz // 50, RATE_HZ // 50, axis=1)
    samples = np.repeat(mono, channels, axis=0).astype(np.float32)
    samples[-1] *= 0.5

    out = converted(Audio(samples, rate_hz), PROFILES["woman"])

    assert out.shape == samples.shape
    assert np.isfinite(out).all()
    levels = np.sqrt(np.square(out).mean(axis=1) / np.square(samples).mean(axis=1))
    assert np.allclose(levels, 1.0, atol=0.25)


@pytest.mark.parametrize("frames", [1, 2, 700, 9_000])
@pytest.mark.parametrize("kind", ["silence", "constant", "hiss", "clipped"])
def test_sound_without_a_voice_stays_finite_and_as_long(frames: int, kind: str) -> None:
    hiss = np.random.default_rng(3).normal(0, 0.3, (2, frames)).astype(np.float32)
    samples = {"silence": 0 * hiss, "constant": 0 * hiss + 0.5, "hiss": hiss, "clipped": np.sign(hiss)}[kind]

    for semitones in (0, 4):
        out = converted(Audio(samples, 44_100), PROFILES["woman"], pitch_semitones=semitones)

        assert out.shape == samples.shape
        assert np.isfinite(out).all()


def test_pieces_of_a_long_tone_join_without_a_seam() -> None:
    t = np.arange(RATE_HZ * 45) / RATE_HZ
    tone = sum(np.cos(2 * np.pi * 130 * k * t + k * k) / k for k in range(1, 20))
    audio = Audio((0.1 * tone).astype(np.float32)[None], RATE_HZ)
    seen: list[float] = []

    blocks = list(ENGINE.convert(audio, voice=voice(PROFILES["woman"]), sung=True, report=seen.append))
    out = np.concatenate(blocks, axis=1)

    assert len(blocks) > 2
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    period = RATE_HZ // 50
    level = np.sqrt(np.square(out[0, : out.shape[1] // period * period]).reshape(-1, period).mean(axis=1))[25:-25]
    assert level.min() > 0.85 * np.median(level)
    assert level.max() < 1.15 * np.median(level)


@pytest.mark.parametrize("semitones", [-7, 5])
def test_a_backing_in_another_key_lines_up(semitones: int) -> None:
    t = np.arange(RATE_HZ * 4) / RATE_HZ
    sound = np.stack([np.sin(2 * np.pi * 220 * t)] * 2).astype(np.float32) * (t > 2)

    blocks = transposed(
        SignalsmithStretcher(), iter([sound]), rate_hz=RATE_HZ, channels=2, semitones=semitones, frames=t.size
    )
    out = np.concatenate(list(blocks), axis=1)

    assert out.shape == sound.shape
    steady = out[0, RATE_HZ * 5 // 2 : RATE_HZ * 7 // 2]
    peak_hz = np.abs(np.fft.rfft(steady * np.hanning(steady.size))).argmax()
    assert abs(12 * np.log2(peak_hz / 220) - semitones) < 0.1
    begun = int((np.abs(out[0]) > 0.3).argmax()) / RATE_HZ
    assert abs(begun - 2.0) < 0.06
