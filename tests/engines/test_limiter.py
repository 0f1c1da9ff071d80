"""The limiter: no true peak above the ceiling, nothing below it touched, no clicks. And the clipper before it."""

import numpy as np
import pytest
from scipy.signal import resample_poly

from models.base import Samples
from models.dsp.limiter import TruePeakLimiter
from models.mastering.clipper import SoftClipper
from tests.support.media import level_db


def limit(sound: Samples, rate_hz: int, ceiling_dbtp: float = -1.0, block: int = 10_000) -> Samples:
    limiter = TruePeakLimiter(rate_hz, sound.shape[0], ceiling_dbtp)
    blocks = (sound[:, first : first + block] for first in range(0, sound.shape[1], block))
    return np.concatenate(list(limiter.process(blocks)), axis=1)


def peak_dbtp(sound: Samples) -> float:
    """Eight times oversampled by another filter than ours."""
    return float(20 * np.log10(np.abs(resample_poly(sound.astype(np.float64), 8, 1, axis=1)).max()))


def music(rate_hz: int, channels: int, seconds: float = 2.0, level: float = 1.0) -> Samples:
    """Bass, chord and noisy beats, all below 0.4 of the rate, far too loud."""
    rng = np.random.default_rng(9)
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    beats = resample_poly(rng.normal(size=(channels, t.size // 2 + 8)), 2, 1, axis=1)[:, : t.size]
    beats *= np.exp(-18 * (t % 0.5))
    tones = sum(np.sin(2 * np.pi * hz * t + np.arange(channels)[:, None]) for hz in (55.0, 220.0, 277.2, 1318.5))
    return (level * (0.5 * tones + 0.8 * beats)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("ceiling_dbtp", [-1.0, -6.0])
def test_no_true_peak_is_above_the_ceiling(rate_hz: int, channels: int, ceiling_dbtp: float) -> None:
    sound = music(rate_hz, channels, 1.0)
    assert peak_dbtp(sound) > 3

    out = limit(sound, rate_hz, ceiling_dbtp)

    assert out.shape == sound.shape
    assert peak_dbtp(out) <= ceiling_dbtp
    assert peak_dbtp(out) > ceiling_dbtp - 0.4  # and it is used


@pytest.mark.parametrize("degrees", [0, 30, 45])
def test_peaks_between_samples_are_seen(degrees: float) -> None:
    """At a quarter of the rate and 45 degrees every sample is 3 dB below the peak."""
    sine = np.sin(np.pi / 2 * np.arange(44_100) + np.radians(degrees))[None].astype(np.float32)

    between = resample_poly(limit(sine, 44_100, -3.0)[0].astype(np.float64), 8, 1)

    assert 20 * np.log10(np.abs(between[16_000:-16_000]).max()) == pytest.approx(-3.25, abs=0.06)


@pytest.mark.parametrize("frames", [1, 2, 30, 500])
def test_the_shortest_files(frames: int) -> None:
    out = limit(np.full((2, frames), 2.0, np.float32), 44_100)

    assert out.shape == (2, frames)
    assert np.abs(out).max() <= 10 ** (-1 / 20)
    assert np.abs(out).max() > 0.5


def test_what_stays_below_comes_out_bit_by_bit() -> None:
    sound = music(44_100, 2, level=0.2)
    assert np.array_equal(limit(sound, 44_100), sound)


def test_the_size_of_the_blocks_makes_no_difference() -> None:
    sound = music(44_100, 2)
    results = [limit(sound, 44_100, block=block) for block in (64, 9_999, 10**6)]
    assert np.abs(results[0] - results[1]).max() < 1e-6
    assert np.abs(results[0] - results[2]).max() < 1e-6


def test_the_gain_is_down_before_the_peak_and_moves_smoothly() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 100 * np.arange(44_100) / 44_100)
    sound = np.stack([tone, tone]).astype(np.float32)
    sound[:, 22_050:22_060] = 3.0

    gain = limit(sound, 44_100)[0] / np.where(np.abs(sound[0]) > 0.05, sound[0], np.nan)

    assert np.nanmin(gain) == pytest.approx(10 ** (-1.25 / 20) / np.abs(resample_poly(sound[0], 8, 1)).max(), rel=0.03)
    assert np.nanmax(np.abs(np.diff(gain))) < 0.02  # a jump would click
    assert gain[22_050 - 300] > 0.99  # no more than 5 ms early
    assert np.nanmin(gain[22_060 + 5 * 2646 :]) > 0.98  # back after five times the release


def test_both_channels_are_turned_down_together() -> None:
    sound = music(44_100, 2)
    sound[1] *= 0.1

    out = limit(sound, 44_100)

    assert np.abs(out[1] - out[0] * (sound[1] / np.where(sound[0] == 0, 1, sound[0]))).max() < 1e-4


def clip(sound: Samples, rate_hz: int, ceiling_dbtp: float, block: int = 10_000) -> Samples:
    blocks = (sound[:, first : first + block] for first in range(0, sound.shape[1], block))
    return np.concatenate(list(SoftClipper(rate_hz, sound.shape[0], ceiling_dbtp).process(blocks)), axis=1)


class TestSoftClipper:
    def test_peaks_bend_towards_its_ceiling_and_the_rest_is_untouched(self) -> None:
        sound = music(44_100, 2)

        out = clip(sound, 44_100, 3.0)

        assert out.shape == sound.shape
        assert peak_dbtp(sound) > 6
        assert peak_dbtp(out) < 4.0  # the overtones above half the rate are missing
        far = np.ones(sound.shape[1], bool)
        loud = np.flatnonzero((np.abs(sound) > 0.9).any(axis=0))
        for shift in range(-60, 61):
            far[np.clip(loud + shift, 0, far.size - 1)] = False
        assert far.any()
        assert np.array_equal(out[:, far], sound[:, far])

    def test_overtones_do_not_fold_back(self) -> None:
        """The third overtone of 9 kHz lies above half the rate; a plain clipper would mirror it to 17.1 kHz."""
        t = np.arange(44_100) / 44_100
        sine = (1.4 * np.sin(2 * np.pi * 9_000 * t))[None].astype(np.float32)

        spectrum = np.abs(np.fft.rfft(clip(sine, 44_100, 0.0)[0, 2000:-2100] * np.hanning(40_000)))
        hz = np.fft.rfftfreq(40_000, 1 / 44_100)

        mirrored = spectrum[np.abs(hz - 17_100) < 50].max()
        assert 20 * np.log10(mirrored / spectrum.max()) < -55

    def test_the_size_of_the_blocks_makes_no_difference(self) -> None:
        sound = music(44_100, 1, 0.5)
        assert np.abs(clip(sound, 44_100, 0.0, 100) - clip(sound, 44_100, 0.0, 10**6)).max() < 1e-6

    def test_it_makes_room_for_loudness(self) -> None:
        """After the limiter, what was clipped first is louder than what was not."""
        sound = 2 * music(44_100, 2)
        assert level_db(limit(clip(sound, 44_100, 3.0), 44_100)) > level_db(limit(sound, 44_100)) + 0.5
