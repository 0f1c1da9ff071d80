"""The match equaliser: its meter, the curve it finds, and how far it lifts what may be hiss."""

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from models.base import Audio, Samples
from models.dsp.loudness import integrated_lufs
from models.dsp.third_octaves import CENTRES_HZ, TWELFTHS_HZ, Bands, SpectrumMeter, bands_within, thirds
from models.mastering.liveliness import liveliness_db
from models.mastering.reference import ReferenceMasterer
from models.mastering.tone import per_twelfth, smoothest
from tests.support.media import no_report

RATE_HZ = 44_100
EVERY = np.ones(CENTRES_HZ.size, np.bool_)
LIMITS_DB = np.full(TWELFTHS_HZ.size, -24.0), np.full(TWELFTHS_HZ.size, 24.0)
LEVEL_DB = np.zeros(TWELFTHS_HZ.size)


def levels_db(power: Bands, gains_db: Bands = LEVEL_DB) -> Bands:
    return 10 * np.log10(thirds(power * 10 ** (gains_db / 10)))


def meter_db(sound: Samples, centre_hz: float, rate_hz: int = RATE_HZ) -> float:
    """By a filter in time, as a meter does and our engine does not."""
    edges_hz = (centre_hz / 10**0.05, centre_hz * 10**0.05)
    filtered = sosfilt(butter(3, edges_hz, "bandpass", fs=rate_hz, output="sos"), sound.astype(np.float64), axis=-1)
    return float(10 * np.log10(np.square(filtered).mean(axis=-1).sum()))


def band(low_hz: float, high_hz: float, seconds: float, seed: int) -> Samples:
    """Noise of one channel between two frequencies, rms 1."""
    rng = np.random.default_rng(seed)
    filters = butter(8, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos")
    noise = sosfilt(filters, rng.normal(size=round(seconds * RATE_HZ)))
    return np.asarray(noise / noise.std())


def hits(seconds: float) -> Samples:
    """1 at the start of every quarter of a second, 65 dB less at its end."""
    return np.asarray(np.exp(-30 * (np.arange(round(seconds * RATE_HZ)) / RATE_HZ % 0.25)))


def master(audio: Audio, reference: Audio) -> Samples:
    return np.concatenate(list(ReferenceMasterer().master(audio, reference, report=no_report)), axis=1)


class TestSpectrumMeter:
    @pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000, 192_000])
    @pytest.mark.parametrize("hz", [100.0, 137.0, 1_000.0, 3_300.0])
    def test_a_sine_has_the_power_a_half_at_its_place(self, rate_hz: int, hz: float) -> None:
        t = np.arange(4 * rate_hz) / rate_hz
        steps = SpectrumMeter(rate_hz, 1).add(np.sin(2 * np.pi * hz * t)[None].astype(np.float32))

        power = steps[0, 1:].mean(axis=0)  # the first frame begins before the sound

        assert power.sum() == pytest.approx(0.5, rel=0.02)
        near = np.abs(np.log2(TWELFTHS_HZ / hz)) < 0.2
        assert power[near].sum() > 0.49

    @pytest.mark.parametrize("rate_hz", [16_000, 48_000])
    def test_thirds_are_those_of_filters(self, rate_hz: int) -> None:
        rng = np.random.default_rng(5)
        sound = np.cumsum(rng.normal(size=20 * rate_hz) * 0.01)
        sound = sosfilt(butter(1, 60, "highpass", fs=rate_hz, output="sos"), sound).astype(np.float32)

        ours = 10 * np.log10(thirds(SpectrumMeter(rate_hz, 1).add(sound[None]).mean(axis=(0, 1))))

        last = bands_within(rate_hz) - 2  # a filter near half the rate is bent
        theirs = np.array([meter_db(sound, centre, rate_hz) for centre in CENTRES_HZ[6:last]])
        assert np.abs(ours[6:last] - theirs).max() < 0.6


class TestSmoothest:
    def bass(self) -> Bands:
        """Of pink sound with tones 20 dB above it, one next to the edge of 79 and 100 Hz."""
        power = np.full(TWELFTHS_HZ.size, 1e-4)
        for hz in (63.0, 92.0, 130.0, 185.0):
            power[np.argmin(np.abs(np.log(TWELFTHS_HZ / hz)))] = 1e-2
        return power

    def test_what_a_tone_leaks_into_the_next_band_is_reckoned_with(self) -> None:
        power = self.bass()
        asked = np.zeros(CENTRES_HZ.size)
        asked[4:9] = -8, -12, -4, -10, -3  # 63 to 158 Hz
        wanted = levels_db(power) + asked

        curve = smoothest(power, wanted, EVERY, LIMITS_DB, LEVEL_DB)

        per_third = levels_db(power, per_twelfth(asked))
        assert np.abs(per_third - wanted).max() > 2.5
        assert np.abs(levels_db(power, curve) - wanted).max() < 0.75

    def test_what_cannot_be_is_shared_between_the_bands(self) -> None:
        """One tone amid two bands, nothing else: one band wants 10 dB more of it, the other 10 dB less."""
        power = np.full(TWELFTHS_HZ.size, 1e-12)
        power[np.argmin(np.abs(np.log(TWELFTHS_HZ / 89.13)))] = 1.0
        lower, upper = np.argsort(np.abs(np.log(CENTRES_HZ / 89.13)))[:2]
        asks = np.zeros(CENTRES_HZ.size, np.bool_)
        asks[[lower, upper]] = True
        wanted = levels_db(power)
        wanted[lower] += 10
        wanted[upper] -= 10

        curve = smoothest(power, wanted, asks, LIMITS_DB, LEVEL_DB)

        error_db = levels_db(power, curve) - wanted
        assert error_db[lower] == pytest.approx(-error_db[upper], abs=0.5)
        assert np.abs(curve).max() < 2

    @pytest.mark.parametrize("tilt_db", [-2.0, 0.0, 3.0])
    def test_a_tilt_is_met_by_a_tilt_that_ends_with_the_bands_that_ask(self, tilt_db: float) -> None:
        power = np.full(TWELFTHS_HZ.size, 1e-3)
        octaves = np.log2(CENTRES_HZ / 1000)
        asks = np.abs(octaves) < 3.1
        wanted = levels_db(power, tilt_db * np.log2(TWELFTHS_HZ / 1000))

        curve = smoothest(power, wanted, asks, LIMITS_DB, LEVEL_DB)

        away = np.log2(TWELFTHS_HZ / 1000)
        assert curve[np.abs(away) < 3] == pytest.approx(tilt_db * away[np.abs(away) < 3], abs=0.5)
        assert np.ptp(curve[away > 3.3]) < 0.5
        assert np.ptp(curve[away < -3.3]) < 0.5

    def test_it_stays_within_its_limits(self) -> None:
        power = np.full(TWELFTHS_HZ.size, 1e-3)
        wanted = levels_db(power)
        wanted[10:14] += 60
        wanted[20:23] -= 60

        curve = smoothest(power, wanted, EVERY, LIMITS_DB, np.full(TWELFTHS_HZ.size, 99.0))

        assert curve.max() == pytest.approx(24, abs=0.1)
        assert curve.min() == pytest.approx(-24, abs=0.1)


class TestLiveliness:
    @pytest.mark.parametrize("rate_hz", [8_000, 44_100, 192_000])
    @pytest.mark.parametrize("channels", [1, 6])
    def test_steady_noise_has_little_of_it_and_hits_much(self, rate_hz: int, channels: int) -> None:
        rng = np.random.default_rng(4)
        noise = 1e-3 * rng.normal(size=(channels, 4 * rate_hz)).astype(np.float32)
        falls = np.exp(-30 * (np.arange(4 * rate_hz) / rate_hz % 0.25)).astype(np.float32)
        heard = slice(int(np.argmin(np.abs(CENTRES_HZ - 1000))), bands_within(rate_hz))

        steady, lively = (liveliness_db(Audio(s, rate_hz), no_report) for s in (noise, noise * falls))

        assert steady[heard].max() < 3
        assert lively[heard].min() > 12
        assert not steady[: heard.start].any()
        assert not steady[heard.stop :].any()

    @pytest.mark.parametrize("frames", [1, 100, 1_024, 44_100])
    def test_silence_and_the_shortest_sounds_have_none(self, frames: int) -> None:
        silence = Audio(np.zeros((2, frames), np.float32), RATE_HZ)
        click = Audio(np.eye(1, frames, frames // 2, dtype=np.float32), RATE_HZ)

        assert not liveliness_db(silence, no_report).any()
        assert np.isfinite(liveliness_db(click, no_report)).all()
        assert liveliness_db(click, no_report).max() < 3

    def test_pauses_of_digital_silence_do_not_make_hiss_lively(self) -> None:
        noise = 1e-3 * np.random.default_rng(4).normal(size=(1, 4 * RATE_HZ)).astype(np.float32)
        noise[:, RATE_HZ : 3 * RATE_HZ] = 0
        assert liveliness_db(Audio(noise, RATE_HZ), no_report)[16:].max() < 4

    def test_progress_rises_to_1(self) -> None:
        seen: list[float] = []
        liveliness_db(Audio(np.zeros((1, 5 * RATE_HZ), np.float32), RATE_HZ), seen.append)
        assert seen == sorted(seen)
        assert seen[-1] == 1.0
        assert len(seen) > 3


def test_bands_are_met_where_tones_lie_at_their_edges() -> None:
    """Two bass lines in other keys over noise alike."""
    seconds = 8.0
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ

    def song(notes_hz: tuple[float, ...], seed: int) -> Audio:
        notes: Bands = np.repeat(np.resize(notes_hz, 16), t.size // 16)
        bass = 0.3 * np.sin(2 * np.pi * np.cumsum(np.pad(notes, (0, t.size - notes.size), "edge")) / RATE_HZ)
        noise = 0.08 * band(40, 250, seconds, seed) + 0.04 * band(40, 8000, seconds, seed)
        return Audio((bass + noise)[None].astype(np.float32), RATE_HZ)

    audio, reference = song((92.0, 69.0, 138.0), 1), song((104.0, 78.0, 155.0), 2)
    centres = CENTRES_HZ[4:24]

    def unlike_db(sound: Samples) -> Samples:
        gap = np.array([meter_db(sound, hz) - meter_db(reference.samples, hz) for hz in centres])
        return np.asarray(np.abs(gap - np.median(gap)))

    assert unlike_db(audio.samples).max() > 6
    assert unlike_db(master(audio, reference)).max() < 1.5


@pytest.mark.parametrize(("is_lively", "lowest_db", "highest_db"), [(True, 21.0, 25.5), (False, 15.0, 19.5)])
def test_only_what_comes_and_goes_is_lifted_by_more_than_18_db(
    is_lively: bool,
    lowest_db: float,
    highest_db: float,
) -> None:
    seconds = 6.0
    low, high = band(60, 3000, seconds, 1), band(6000, 14_000, seconds, 2)
    audio = Audio((0.1 * low + 1e-3 * high * (hits(seconds) if is_lively else 1))[None].astype(np.float32), RATE_HZ)
    loud = 0.1 * band(6000, 14_000, seconds, 4)
    reference = Audio((0.1 * band(60, 3000, seconds, 3) + loud)[None].astype(np.float32), RATE_HZ)

    out = master(audio, reference)

    louder_db = integrated_lufs(Audio(out, RATE_HZ)) - integrated_lufs(audio)
    lifted_db = [meter_db(out, hz) - meter_db(audio.samples, hz) - louder_db for hz in (7943.0, 10_000.0)]
    assert lowest_db < min(lifted_db)
    assert max(lifted_db) < highest_db
