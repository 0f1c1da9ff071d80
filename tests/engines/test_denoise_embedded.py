"""The embedded denoiser: noise goes, speech, singing and music stay, in every rate, number of channels and length."""

import functools

import numpy as np
import pytest
import scipy.signal

from models.base import Audio, Samples
from models.denoise import embedded, rnnoise
from models.denoise.embedded import EmbeddedDenoiser
from models.denoise.hum import without_hum
from models.denoise.noise import changing_noise, steady_floor
from models.dsp.spectra import Stft, power_of
from tests.support.media import level_db, no_report

RATE_HZ = 16_000


def cleaned(samples: Samples, rate_hz: int = RATE_HZ) -> Samples:
    return np.concatenate(list(EmbeddedDenoiser().clean(Audio(samples, rate_hz), report=no_report)), axis=1)


def si_sdr_db(estimate: Samples, truth: Samples) -> float:
    x, s = estimate.ravel().astype(np.float64), truth.ravel().astype(np.float64)
    target = (x @ s) / (s @ s) * s
    return float(10 * np.log10((target @ target) / ((x - target) @ (x - target))))


@functools.cache
def voice(seconds: float, rate_hz: int = RATE_HZ, seed: int = 1, pitch_hz: float = 120.0) -> Samples:
    """Buzz and breath through three formants, a syllable every quarter of a second, a pause every second."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    t = np.arange(frames) / rate_hz
    syllables = np.arange(0, seconds + 0.5, 0.25)
    spoken = np.where(np.arange(syllables.size) % 4 == 3, 0.0, rng.uniform(0.5, 1.0, syllables.size))
    place = (t % 0.25) / 0.25
    swell = np.sin(np.pi * np.clip(place / 0.9, 0, 1)) ** 0.7 * spoken[(t / 0.25).astype(int)]
    pitch = pitch_hz * np.exp(0.15 * np.interp(t, syllables, rng.standard_normal(syllables.size)))
    buzz = np.zeros(frames)
    phase = 2 * np.pi * np.cumsum(pitch) / rate_hz
    for partial in range(1, int(3800 / pitch_hz)):
        buzz += np.cos(partial * phase) / partial
    out = np.zeros(frames)
    for low, high, size in ((300, 800, 1.0), (900, 2200, 0.6), (2300, 3300, 0.4)):
        for syllable, start in enumerate(syllables[:-1]):
            first, last = round(start * rate_hz), min(round((start + 0.25) * rate_hz), frames)
            if first >= last or not spoken[syllable]:
                continue
            b, a = scipy.signal.iirpeak(rng.uniform(low, high), 5, fs=rate_hz)
            out[first:last] += size * scipy.signal.lfilter(b, a, buzz[first:last])
    out = out * swell
    return (0.3 * out / np.abs(out).max()).astype(np.float32)


@functools.cache
def chords(seconds: float, rate_hz: int = RATE_HZ) -> Samples:
    """Plucked chords of three notes, each with eight partials, one every second."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    out = np.zeros(t.size)
    for beat in range(int(np.ceil(seconds))):
        since = np.clip(t - beat, 0, None)
        for note in (0, 4, 7):
            hz = 220 * 2 ** ((note + (0, 5, 7, 2)[beat % 4]) / 12)
            for partial in range(1, 9):
                out += (t >= beat) * np.exp(-1.5 * since) * np.sin(2 * np.pi * hz * partial * since) / partial**1.5
    return (0.3 * out / np.abs(out).max()).astype(np.float32)


def hiss(like: Samples, snr_db: float, seed: int = 5) -> Samples:
    noise = np.random.default_rng(seed).standard_normal(like.shape)
    return (noise * np.sqrt(np.mean(like**2.0) / 10 ** (snr_db / 10))).astype(np.float32)


@pytest.mark.parametrize("frames", [1, 2, 777, 20_001])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 192_000])
def test_shape_and_finite(rate_hz: int, channels: int, frames: int) -> None:
    rng = np.random.default_rng(2)
    clipped = np.clip(rng.normal(0, 3, (channels, frames)), -1, 1).astype(np.float32)
    for sound in (np.zeros((channels, frames), np.float32), np.ones((channels, frames), np.float32), clipped):
        out = cleaned(sound, rate_hz)

        assert out.shape == sound.shape
        assert out.dtype == np.float32
        assert np.isfinite(out).all()
        assert np.abs(out).max() <= 2 * np.abs(sound).max()


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("snr_db", [0.0, 5.0, 10.0])
def test_speech_comes_out_of_hiss(rate_hz: int, snr_db: float) -> None:
    clean = voice(6.0, rate_hz)[None]
    noisy = clean + hiss(clean, snr_db)

    out = cleaned(noisy, rate_hz)

    assert si_sdr_db(out, clean) > si_sdr_db(noisy, clean) + 4.0
    pause = slice(round(3.80 * rate_hz), round(3.95 * rate_hz))
    assert level_db(out[:, pause]) < level_db(noisy[:, pause]) - 12.0


@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_clean_speech_stays(rate_hz: int) -> None:
    clean = voice(6.0, rate_hz)[None]

    assert si_sdr_db(cleaned(clean, rate_hz), clean) >= 18.0


def test_clean_music_stays() -> None:
    clean = chords(6.0, 32_000)[None]

    assert level_db(clean - cleaned(clean, 32_000)) < level_db(clean) - 25.0


@pytest.mark.parametrize("snr_db", [5.0, 15.0, 25.0])
def test_music_comes_out_of_hiss(snr_db: float) -> None:
    clean = chords(6.0, 32_000)[None]
    noisy = clean + hiss(clean, snr_db)

    assert si_sdr_db(cleaned(noisy, 32_000), clean) > si_sdr_db(noisy, clean) + 3.0


def test_a_note_that_lasts_is_no_noise() -> None:
    t = np.arange(32_000 * 6) / 32_000
    held = sum(
        np.sin(2 * np.pi * 196.0 * 1.2599**step * partial * t) / partial for step in (0, 1) for partial in range(1, 7)
    )
    clean = (0.2 * held).astype(np.float32)[None]

    assert level_db(clean - cleaned(clean, 32_000)) < level_db(clean) - 25.0


@pytest.mark.parametrize("mains_hz", [50.0, 59.97])
def test_hum_goes_and_the_music_stays(mains_hz: float) -> None:
    clean = chords(10.0)[None]
    t = np.arange(clean.shape[1]) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * mains_hz * number * t + number) / number for number in range(1, 7))
    noisy = clean + (0.02 * hum).astype(np.float32)

    assert si_sdr_db(without_hum(noisy, RATE_HZ), clean) > si_sdr_db(noisy, clean) + 10.0
    assert si_sdr_db(cleaned(noisy), clean) > si_sdr_db(noisy, clean) + 8.0


def test_what_does_not_hum_is_left_alone() -> None:
    for sound in (chords(10.0), voice(10.0), hiss(np.ones(RATE_HZ * 10), 20.0)):
        assert np.array_equal(without_hum(sound[None], RATE_HZ), sound[None])


def test_all_channels_get_one_gain() -> None:
    """A voice at one place stays there."""
    noisy = voice(5.0)
    noisy = noisy + hiss(noisy, 8.0)
    stereo = np.array([noisy, 0.25 * noisy])

    out = cleaned(stereo)

    assert level_db(out[0] - 4 * out[1]) < level_db(out[0]) - 80


def test_noise_of_each_channel_goes() -> None:
    clean = np.repeat(voice(6.0)[None], 2, axis=0)
    noisy = clean + hiss(clean, 5.0)

    out = cleaned(noisy)

    for side in (0, 1):
        assert si_sdr_db(out[side], clean[side]) > si_sdr_db(noisy[side], clean[side]) + 4.0


def test_channels_that_cancel_in_the_mix_stay() -> None:
    speech = voice(5.0)

    clean = np.array([speech, -speech])

    assert si_sdr_db(cleaned(clean), clean) > 18.0


def test_many_voices_at_once_are_not_taken_for_noise() -> None:
    crowd = sum(voice(6.0, seed=seed, pitch_hz=90 + 17 * seed) for seed in range(2, 7))
    one = voice(6.0)[None]
    noisy = one + (crowd / crowd.std() * one.std() * 10 ** (-5 / 20)).astype(np.float32)

    assert si_sdr_db(cleaned(noisy), one) > si_sdr_db(noisy, one) - 1.0


def test_noise_beyond_24_khz_goes_too() -> None:
    clean = voice(3.0, 96_000)[None]
    noisy = clean + hiss(clean, 0.0)
    above = scipy.signal.butter(8, 30_000, "high", fs=96_000, output="sos")

    out = cleaned(noisy, 96_000)

    assert level_db(scipy.signal.sosfilt(above, out)) < level_db(scipy.signal.sosfilt(above, noisy)) - 10.0


def test_seams_cannot_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    clean = voice(9.0)[None]
    noisy = clean + hiss(clean, 8.0)
    whole = cleaned(noisy)
    monkeypatch.setattr(embedded, "CHUNK_S", 3.0)
    monkeypatch.setattr(embedded, "OVERLAP_S", 1.0)

    parts = cleaned(noisy)

    assert si_sdr_db(parts, clean) > si_sdr_db(whole, clean) - 1.0
    steps = np.abs(np.diff(parts[0]))
    assert steps.max() < 1.2 * np.abs(np.diff(noisy[0])).max()
    assert level_db(parts - whole) < level_db(whole) - 12.0


def test_the_result_is_the_same_again_and_lines_up() -> None:
    clean = voice(4.0)[None]
    noisy = clean + hiss(clean, 10.0)

    out = cleaned(noisy)

    assert np.array_equal(out, cleaned(noisy))
    lags = scipy.signal.correlate(out[0], clean[0])
    assert int(lags.argmax()) == clean.shape[1] - 1


def test_progress_is_told_and_stops_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "CHUNK_S", 1.0)
    monkeypatch.setattr(embedded, "OVERLAP_S", 0.5)
    told: list[float] = []

    def stop_at_half(fraction: float) -> None:
        told.append(fraction)
        if fraction >= 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        list(EmbeddedDenoiser().clean(Audio(voice(6.0)[None], RATE_HZ), report=stop_at_half))
    assert told == sorted(told)
    assert told[-1] == pytest.approx(0.5, abs=0.01)


def test_rnnoise_lines_up_with_what_it_heard() -> None:
    speech = voice(4.0, 48_000)

    spoken, probability = rnnoise.suppress(speech)

    assert spoken.shape == speech.shape
    assert int(scipy.signal.correlate(spoken, speech).argmax()) == speech.size - 1
    assert probability.min() >= 0
    assert probability.max() <= 1


@pytest.mark.parametrize("rate_hz", [8_000, 44_100])
def test_noise_is_estimated_right(rate_hz: int) -> None:
    noise = 0.1 * np.random.default_rng(8).standard_normal((1, 8 * rate_hz)).astype(np.float32)
    stft = Stft(rate_hz, 0.048)
    power = power_of(stft.forward(noise[0]))

    changing = changing_noise(power, stft.hop_s)[10:-10]
    floor = steady_floor(noise, rate_hz, stft, power.shape[0])

    truth = power.mean()
    assert 10 * np.log10(changing.mean() / truth) == pytest.approx(0.0, abs=2.0)
    assert -10.0 < 10 * np.log10(floor.mean() / truth) < 0.0  # never more than there is
    assert floor.shape == power.shape


@pytest.mark.parametrize("frames", [1, 500, 10_007])
@pytest.mark.parametrize("rate_hz", [8_000, 44_100])
def test_spectra_are_undone(rate_hz: int, frames: int) -> None:
    sound = np.random.default_rng(1).standard_normal(frames).astype(np.float32)
    stft = Stft(rate_hz, 0.048)

    assert np.allclose(stft.inverse(stft.forward(sound), frames), sound, atol=1e-5)
