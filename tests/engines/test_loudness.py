"""Loudness as BS.1770-5 and EBU Tech 3341 and 3342 want it, at any rate, whatever the blocks."""

import math

import numpy as np
import pyloudnorm
import pytest

from models.base import Audio, Samples
from models.dsp.loudness import LoudnessMeter, channel_weights, integrated_lufs
from models.dsp.true_peak import TruePeakMeter, true_peak_dbtp

RATES_HZ = (8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000)


def steps(rate_hz: int, *parts: tuple[float, float], hz: float = 1000.0, channels: int = 2) -> Audio:
    """A sine through (seconds, dBFS) one after the other, in phase in all channels."""
    level = np.concatenate([np.full(round(seconds * rate_hz), 10 ** (db / 20)) for seconds, db in parts])
    sine = level * np.sin(2 * np.pi * hz * np.arange(level.size) / rate_hz)
    return Audio(np.repeat(sine[None].astype(np.float32), channels, axis=0), rate_hz)


def meter_of(audio: Audio, block: int = 65_536) -> LoudnessMeter:
    meter = LoudnessMeter(audio.rate_hz, audio.samples.shape[0])
    for first in range(0, audio.samples.shape[1], block):
        meter.add(audio.samples[:, first : first + block])
    return meter


def noise(rate_hz: int, seconds: float, channels: int, seed: int = 5) -> Samples:
    """Noise that swells, with pauses."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    swell = (0.02 + np.square(np.sin(t))) * (np.sin(0.7 * t) > -0.8)
    return (0.2 * rng.normal(size=(channels, t.size)) * swell).astype(np.float32)


class TestIntegrated:
    """Nominal values of the minimum requirements test signals of EBU Tech 3341, ±0.1 LU."""

    @pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
    @pytest.mark.parametrize(
        ("parts", "nominal_lufs"),
        [
            ([(20, -23)], -23.0),
            ([(20, -33)], -33.0),
            ([(10, -36), (60, -23), (10, -36)], -23.0),
            ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23.0),
            ([(20, -26), (20.1, -20), (20, -26)], -23.0),
        ],
    )
    def test_ebu_3341_cases_1_to_5(self, rate_hz: int, parts: list[tuple[float, float]], nominal_lufs: float) -> None:
        if rate_hz == 96_000:
            parts = [(seconds / 4, db) for seconds, db in parts]
        assert integrated_lufs(steps(rate_hz, *parts)) == pytest.approx(nominal_lufs, abs=0.1)

    def test_ebu_3341_case_6_five_channels(self) -> None:
        sine = steps(48_000, (20, 0), channels=1).samples
        levels_db = np.array([-28, -28, -24, -math.inf, -30, -30])[:, None]

        assert integrated_lufs(Audio((10 ** (levels_db / 20) * sine).astype(np.float32), 48_000)) == pytest.approx(
            -23.0, abs=0.1
        )

    @pytest.mark.parametrize("rate_hz", RATES_HZ)
    @pytest.mark.parametrize("channels", [1, 2, 5])
    def test_as_another_meter_reads(self, rate_hz: int, channels: int) -> None:
        sound = noise(rate_hz, 4.0, channels)

        # The filter class with the coefficients of the standard; its default is the design for 48 kHz rounded.
        other = pyloudnorm.Meter(rate_hz, filter_class="DeMan").integrated_loudness(sound.T.astype(np.float64))
        assert integrated_lufs(Audio(sound, rate_hz)) == pytest.approx(other, abs=0.05)

    def test_997_hz_at_full_scale_in_one_channel_is_minus_3_01(self) -> None:
        for rate_hz in RATES_HZ:
            audio = steps(rate_hz, (3, 0), hz=997.0, channels=1)
            # Below 16 kHz the bilinear transform bends the shelf a little.
            assert integrated_lufs(audio) == pytest.approx(-3.01, abs=0.03 if rate_hz > 16_000 else 0.1)

    def test_surround_counts_more_and_the_lfe_nothing(self) -> None:
        for channels in range(1, 9):
            weights = channel_weights(channels)
            assert weights.size == channels
        sine = steps(48_000, (2, -20), channels=1).samples[0]

        def alone(channel: int) -> float:
            sound = np.zeros((6, sine.size), np.float32)
            sound[channel] = sine
            return integrated_lufs(Audio(sound, 48_000))

        assert alone(4) - alone(0) == pytest.approx(10 * math.log10(1.41), abs=0.01)
        assert alone(3) == -math.inf

    @pytest.mark.parametrize("frames", [1, 100, 17_000])
    def test_below_400_ms_nothing_is_gated(self, frames: int) -> None:
        sound = steps(44_100, (1, -20), hz=3000).samples[:, 100 : 100 + frames]
        assert math.isfinite(integrated_lufs(Audio(sound, 44_100)))

    def test_silence_is_minus_infinity(self) -> None:
        assert integrated_lufs(Audio(np.zeros((2, 44_100), np.float32), 44_100)) == -math.inf

    def test_the_size_of_the_blocks_makes_no_difference(self) -> None:
        audio = Audio(noise(44_100, 5.0, 2), 44_100)
        read = [meter_of(audio, block).integrated_lufs for block in (1_000, 44_101, 10**6)]
        assert max(read) - min(read) < 1e-9


class TestRange:
    """Minimum requirements test signals of EBU Tech 3342, ±1 LU."""

    @pytest.mark.parametrize(
        ("parts", "nominal_lu"),
        [
            ([(20, -20), (20, -30)], 10),
            ([(20, -20), (20, -15)], 5),
            ([(20, -40), (20, -20)], 20),
            ([(20, -50), (20, -35), (20, -20), (20, -35), (20, -50)], 15),
        ],
    )
    def test_ebu_3342_cases_1_to_4(self, parts: list[tuple[float, float]], nominal_lu: float) -> None:
        assert meter_of(steps(48_000, *parts)).range_lu == pytest.approx(nominal_lu, abs=1.0)

    def test_short_files_have_none(self) -> None:
        assert meter_of(steps(48_000, (1, -20))).range_lu == 0.0

    def test_short_term_and_momentary_follow_their_windows(self) -> None:
        meter = meter_of(steps(48_000, (4, -40), (4, -20)))

        assert meter.short_term_lufs()[[0, -1]] == pytest.approx([-40, -20], abs=0.1)
        assert meter.momentary_lufs()[[0, -1]] == pytest.approx([-40, -20], abs=0.1)
        assert meter.momentary_lufs().size == 77


class TestTruePeak:
    """EBU Tech 3341 cases 15 to 19: fs/4, fs/6 and fs/8 sines between samples, +0.2 / -0.4 dB."""

    @pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
    @pytest.mark.parametrize(("part", "degrees"), [(4, 0), (4, 45), (6, 60), (8, 67.5)])
    def test_sines_between_samples(self, rate_hz: int, part: int, degrees: float) -> None:
        n = np.arange(rate_hz // 2)
        fade = np.clip(np.minimum(n, n[::-1]) / 1000, 0, 1)
        sine = 0.5 * fade * np.sin(2 * np.pi * n / part + np.radians(degrees))

        read = true_peak_dbtp(Audio(sine[None].astype(np.float32), rate_hz))

        assert -6.4 < read < -5.8

    def test_a_single_sample_and_silence(self) -> None:
        assert true_peak_dbtp(Audio(np.array([[0.5]], np.float32), 8_000)) == pytest.approx(-6.02, abs=0.01)
        assert true_peak_dbtp(Audio(np.zeros((3, 10), np.float32), 8_000)) == -math.inf

    def test_the_size_of_the_blocks_makes_no_difference(self) -> None:
        sound = noise(48_000, 1.0, 2)
        read = []
        for block in (1, 997, 48_000):
            meter = TruePeakMeter(48_000, 2)
            for first in range(0, sound.shape[1] if block > 1 else 200, block):
                meter.add(sound[:, first : first + block])
            read.append(meter.true_peak_dbtp)

        assert read[0] <= read[1]
        assert read[1] == pytest.approx(read[2], abs=1e-5)
