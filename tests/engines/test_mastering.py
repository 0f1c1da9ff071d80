"""Mastering to a reference: loudness, spectrum, width and dynamics of the reference, true peaks below the ceiling."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.signal import butter, resample_poly, sosfilt

from models.base import Audio, Samples
from models.dsp.limiter import TruePeakLimiter
from models.dsp.loudness import LoudnessMeter, integrated_lufs
from models.dsp.third_octaves import TWELFTHS_HZ
from models.mastering.compressor import Compressor
from models.mastering.equaliser import Equaliser
from models.mastering.reference import ReferenceMasterer, SilentReferenceError
from tests.support.media import no_report

RATE_HZ = 44_100
THIRDS_HZ = 1000 * 10 ** (np.arange(-12, 13) / 10)  # 63 Hz to 16 kHz


def music(
    seed: int,
    seconds: float = 6.0,
    *,
    rate_hz: int = RATE_HZ,
    channels: int = 2,
    tilt_db: float = -4.0,
    side: float = 0.3,
) -> Audio:
    """Bursts of noise over a bed of it, its spectrum `tilt_db` per octave, `side` as loud as mid; peaks near 0.5."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    t = np.arange(frames) / rate_hz
    parts = rng.normal(size=(channels, frames)) * (0.25 + np.exp(-5 * ((t + 0.1 * seed) % 0.7)))
    hz = np.maximum(np.fft.rfftfreq(frames, 1 / rate_hz), 40)
    parts = np.fft.irfft(np.fft.rfft(parts) * (hz / 1000) ** (tilt_db / 6.02), frames)
    if channels > 1:
        parts[0], parts[1] = parts[0] + side * parts[1], parts[0] - side * parts[1]
    return Audio((0.5 * parts / np.abs(parts).max()).astype(np.float32), rate_hz)


def louder(audio: Audio, lufs: float) -> Audio:
    """Turned up and limited until it has this loudness, as a mastered recording is."""
    gain_db = lufs - integrated_lufs(audio)
    for _ in range(8):
        limiter = TruePeakLimiter(audio.rate_hz, audio.samples.shape[0], -1.0)
        blocks = limiter.process(iter([audio.samples * np.float32(10 ** (gain_db / 20))]))
        made = Audio(np.concatenate(list(blocks), axis=1), audio.rate_hz)
        gain_db += lufs - integrated_lufs(made)
    return made


def master(audio: Audio, reference: Audio, **options: float) -> Audio:
    blocks = ReferenceMasterer().master(audio, reference, report=no_report, **options)
    return Audio(np.concatenate(list(blocks), axis=1), audio.rate_hz)


def peak_dbtp(audio: Audio) -> float:
    """Eight times oversampled by another filter than ours."""
    return float(20 * np.log10(np.abs(resample_poly(audio.samples.astype(np.float64), 8, 1, axis=1)).max()))


def thirds_db(audio: Audio, channel: Callable[[Samples], Samples] | None = None) -> Samples:
    """Long-term power per third octave up to 16 kHz or half the rate, by one FFT of the whole: not as the engine does."""
    sound = audio.samples.astype(np.float64)
    sound = channel(sound)[None] if channel else sound
    power = np.square(np.abs(np.fft.rfft(sound, axis=1))).sum(axis=0)
    hz = np.fft.rfftfreq(sound.shape[1], 1 / audio.rate_hz)
    kept = [hz_ for hz_ in THIRDS_HZ if hz_ * 1.13 < audio.rate_hz / 2]
    bands = [power[(hz >= centre / 10**0.05) & (hz < centre * 10**0.05)].sum() for centre in kept]
    return 10 * np.log10(np.array(bands) / sound.shape[1] ** 2 + 1e-30)


def spectrum_error_db(audio: Audio, reference: Audio) -> Samples:
    """Per third octave, both equally loud."""
    ours, theirs = thirds_db(audio), thirds_db(reference)
    count = min(ours.size, theirs.size)
    return ours[:count] - integrated_lufs(audio) - theirs[:count] + integrated_lufs(reference)


def width_db(audio: Audio) -> Samples:
    return thirds_db(audio, lambda s: s[0] - s[1]) - thirds_db(audio, lambda s: s[0] + s[1])


@pytest.mark.parametrize("lufs", [-30.0, -20.0, -14.0, -11.0, -9.0, -8.0])
def test_loudness_true_peak_and_spectrum_become_those_of_the_reference(lufs: float) -> None:
    audio, reference = music(1, tilt_db=-4.5), louder(music(2, tilt_db=-3.0, side=0.5), lufs)
    before = np.abs(spectrum_error_db(audio, reference)).max()

    out = master(audio, reference)

    assert out.samples.shape == audio.samples.shape
    assert out.samples.dtype == np.float32
    assert integrated_lufs(out) == pytest.approx(integrated_lufs(reference), abs=0.3)
    assert peak_dbtp(out) <= -1.0
    assert before > 4
    assert np.abs(spectrum_error_db(out, reference)).max() < 1.5


@pytest.mark.parametrize(("given", "wanted"), [(0.2, 0.35), (0.5, 0.3)])
def test_width_becomes_that_of_the_reference(given: float, wanted: float) -> None:
    audio, reference = music(1, side=given), music(2, side=wanted)
    assert np.abs(width_db(audio) - width_db(reference)).mean() > 4

    assert np.abs(width_db(master(audio, reference)) - width_db(reference)).max() < 1.5


def test_width_moves_by_no_more_than_6_db_and_the_spectrum_still_fits() -> None:
    audio, reference = music(1, side=0.05), music(2, side=0.8)

    out = master(audio, reference)

    assert (width_db(out) - width_db(audio)).mean() == pytest.approx(6.0, abs=0.5)
    assert np.abs(spectrum_error_db(out, reference)).max() < 1.5


def test_a_mono_reference_says_nothing_of_width() -> None:
    audio = music(1, side=0.4)
    for reference in (music(2, channels=1), Audio(np.repeat(music(2, channels=1).samples, 2, axis=0), RATE_HZ)):
        out = master(audio, reference)
        assert np.abs(width_db(out) - width_db(audio)).max() < 0.5
        assert integrated_lufs(out) == pytest.approx(integrated_lufs(reference), abs=0.3)


def test_mono_stays_mono() -> None:
    mono = music(1, channels=1)
    twice = Audio(np.repeat(mono.samples, 2, axis=0), RATE_HZ)
    reference = music(2, side=0.6)

    out = master(twice, reference)

    assert np.abs(out.samples[0] - out.samples[1]).max() < 1e-6
    assert np.abs(spectrum_error_db(out, reference)).max() < 1.5
    assert integrated_lufs(master(mono, reference)) == pytest.approx(integrated_lufs(reference), abs=0.3)


def test_phrases_that_differ_too_much_are_drawn_together() -> None:
    """Loud and quiet seconds 12 dB apart, the reference's 4 dB apart."""
    rng = np.random.default_rng(3)

    def phrases(drop_db: float, seed: int) -> Audio:
        steady = rng.normal(size=(2, 20 * RATE_HZ)) * 0.05
        quiet = (np.arange(20 * RATE_HZ) // (2 * RATE_HZ)) % 2 == 1
        return Audio((steady * np.where(quiet, 10 ** (-drop_db / 20), 1)).astype(np.float32), RATE_HZ)

    def range_lu(audio: Audio) -> float:
        meter = LoudnessMeter(audio.rate_hz, 2)
        meter.add(audio.samples)
        return meter.momentary_range_lu

    audio, reference = phrases(12, 1), phrases(4, 2)
    out = master(audio, reference)

    assert range_lu(audio) == pytest.approx(12, abs=0.5)
    assert range_lu(out) == pytest.approx(range_lu(reference), abs=2.0)
    assert range_lu(master(reference, audio)) == pytest.approx(range_lu(reference), abs=0.5)  # never expanded


def test_an_equal_reference_changes_next_to_nothing() -> None:
    audio = music(1)
    out = master(audio, audio)
    assert np.abs(spectrum_error_db(out, audio)).max() < 0.3
    assert integrated_lufs(out) == pytest.approx(integrated_lufs(audio), abs=0.1)
    without_lows = butter(4, 80, "highpass", fs=RATE_HZ, output="sos")
    before, after = (sosfilt(without_lows, sound.samples[0]) for sound in (audio, out))
    assert np.corrcoef(before, after)[0, 1] > 0.995  # in place, to the sample


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (22_050, 2), (48_000, 6), (48_000, 1), (192_000, 2)])
@pytest.mark.parametrize("reference_shape", [(44_100, 2), (16_000, 1), (96_000, 6)])
def test_any_rate_and_channels_for_both(rate_hz: int, channels: int, reference_shape: tuple[int, int]) -> None:
    audio = music(1, 1.5, rate_hz=rate_hz, channels=channels)
    reference = louder(music(2, 1.5, rate_hz=reference_shape[0], channels=reference_shape[1], tilt_db=-3), -16)

    out = master(audio, reference)

    assert out.samples.shape == audio.samples.shape
    assert integrated_lufs(out) == pytest.approx(integrated_lufs(reference), abs=0.3)
    assert peak_dbtp(out) <= -1.0
    error_db = spectrum_error_db(out, reference)[2:]  # one of both may have loud highs that the other cannot hold
    assert np.abs(error_db - np.median(error_db)).max() < 2.0  # 1.5 s are few for a spectrum


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("frames", [1, 2, 100, 5_000, 20_000])
@pytest.mark.parametrize("rate_hz", [8_000, 44_100])
def test_the_shortest_files(channels: int, frames: int, rate_hz: int) -> None:
    audio = Audio(music(1, 1.0, rate_hz=rate_hz, channels=channels).samples[:, 50 : 50 + frames], rate_hz)
    short = Audio(music(2, 1.0).samples[:, :frames], RATE_HZ)

    for reference in (short, music(2, 1.0)):
        out = master(audio, reference)
        assert out.samples.shape == audio.samples.shape
        assert np.isfinite(out.samples).all()
        assert peak_dbtp(out) <= -1.0


@pytest.mark.parametrize("kind", ["silence", "constant", "clipped", "click", "tone", "hiss"])
def test_odd_recordings_stay_finite_and_below_the_ceiling(kind: str) -> None:
    t = np.arange(RATE_HZ) / RATE_HZ
    loud = music(1, 1.0).samples
    sounds = {
        "silence": np.zeros((2, RATE_HZ)),
        "constant": np.full((2, RATE_HZ), 0.5),
        "clipped": np.clip(40 * loud, -1, 1),
        "click": np.where(np.arange(RATE_HZ) == 20_000, 1.0, 0.0)[None].repeat(2, axis=0),
        "tone": 0.1 * np.sin(2 * np.pi * 440 * t)[None].repeat(2, axis=0),
        "hiss": 1e-4 * np.random.default_rng(1).normal(size=(2, RATE_HZ)),
    }
    audio = Audio(sounds[kind].astype(np.float32), RATE_HZ)

    out = master(audio, louder(music(2, 2.0), -12))

    assert np.isfinite(out.samples).all()
    if kind == "silence":
        assert not out.samples.any()
    else:
        assert peak_dbtp(out) <= -1.0


@pytest.mark.parametrize("level", [0.0, 1e-6])
def test_a_silent_reference_is_refused(level: float) -> None:
    reference = Audio(np.full((2, RATE_HZ), level, np.float32), RATE_HZ)
    with pytest.raises(SilentReferenceError, match="no sound to master to"):
        master(music(1, 1.0), reference)


def test_a_reference_beyond_what_the_ceiling_allows_ends_loud_and_safe() -> None:
    audio = music(1, 3.0)
    square = np.sign(np.sin(2 * np.pi * 200 * np.arange(3 * RATE_HZ) / RATE_HZ))
    reference = Audio(np.repeat(square[None], 2, axis=0).astype(np.float32), RATE_HZ)

    out = master(audio, reference)

    assert peak_dbtp(out) <= -1.0
    assert integrated_lufs(out) > integrated_lufs(audio) + 6


def test_bands_of_mere_noise_are_not_lifted() -> None:
    """Sound that comes and goes below 4 kHz over a steady hiss above; the reference is bright."""
    rng = np.random.default_rng(6)
    t = np.arange(8 * RATE_HZ) / RATE_HZ
    low = sosfilt(butter(8, 3500, fs=RATE_HZ, output="sos"), rng.normal(size=t.size)) * (np.sin(2 * np.pi * t / 4) > 0)
    hiss = sosfilt(butter(8, 5500, "highpass", fs=RATE_HZ, output="sos"), rng.normal(size=t.size))
    audio = Audio((0.1 * low + 0.0005 * hiss)[None].astype(np.float32), RATE_HZ)
    reference = music(2, channels=1, tilt_db=-1.0)

    out = master(audio, reference)

    lifted_db = thirds_db(out)[-3:] - thirds_db(audio)[-3:]
    assert (thirds_db(reference) - thirds_db(audio))[-3:].min() > 25
    assert lifted_db.max() < integrated_lufs(out) - integrated_lufs(audio) + 3


def test_progress_rises_from_0_to_1_and_its_error_stops_the_work() -> None:
    seen: list[float] = []
    audio = music(1, 4.0)
    list(ReferenceMasterer().master(audio, music(2, 2.0), report=seen.append))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    assert len(seen) > 10

    class Stopped(Exception): ...

    def stop(fraction: float) -> None:
        if fraction > 0.3:
            raise Stopped

    with pytest.raises(Stopped):
        list(ReferenceMasterer().master(audio, music(2, 2.0), report=stop))


def test_the_same_twice_and_nothing_of_the_input_changes() -> None:
    audio, reference = music(1, 2.0), music(2, 2.0)
    kept = audio.samples.copy()

    first, second = master(audio, reference), master(audio, reference)

    assert np.array_equal(first.samples, second.samples)
    assert np.array_equal(audio.samples, kept)


def test_another_ceiling() -> None:
    out = master(music(1), louder(music(2), -10), ceiling_dbtp=-3.0)
    assert -3.5 < peak_dbtp(out) <= -3.0


class TestEqualiser:
    def test_gains_are_those_asked_for_and_nothing_is_late(self) -> None:
        mid_db = np.where(TWELFTHS_HZ >= 1000, 6.0, 0.0)
        side_db = np.full(TWELFTHS_HZ.size, -20.0)
        impulse = np.zeros((2, 70_001), np.float32)
        impulse[:, 50_000] = 0.5

        out = np.concatenate(list(Equaliser(RATE_HZ, mid_db, side_db).process(iter([impulse]), 2)), axis=1)

        assert out.shape == impulse.shape
        assert np.abs(out[0]).argmax() == 50_000
        gains_db = 20 * np.log10(
            np.abs(np.fft.rfft(2 * out[0]))[np.round(np.array([200, 4_000]) * 70_001 / RATE_HZ).astype(int)]
        )
        assert gains_db == pytest.approx([0.0, 6.0], abs=0.1)

    def test_side_has_its_own_and_direct_current_has_none(self) -> None:
        rng = np.random.default_rng(0)
        side = rng.normal(size=30_000) * 0.1
        sound = (np.stack([side, -side]) + 0.5).astype(np.float32)

        flat_db = np.zeros(TWELFTHS_HZ.size)

        out = np.concatenate(list(Equaliser(RATE_HZ, flat_db, flat_db - 6.0).process(iter([sound]), 2)), axis=1)

        middle = out[:, 12_000:-12_000]
        assert np.std(middle[0] - middle[1]) == pytest.approx(2 * np.std(side) * 10 ** (-6 / 20), rel=0.05)
        assert abs(middle.mean()) < 0.02


class TestCompressor:
    def test_levels_move_towards_the_middle_by_the_ratio(self) -> None:
        t = np.arange(4 * RATE_HZ) / RATE_HZ
        sine = np.sin(2 * np.pi * 1000 * t) * np.where(t < 2, 10 ** (-30 / 20), 10 ** (-20 / 20))
        sound = np.stack([sine, sine]).astype(np.float32)

        out = np.concatenate(list(Compressor(RATE_HZ, 2, 2.0, -24.0).process(iter([sound]))), axis=1)

        def at(second: float) -> float:
            first = round(second * RATE_HZ)
            return integrated_lufs(Audio(out[:, first : first + RATE_HZ // 2], RATE_HZ))

        assert at(1.4) == pytest.approx(-27, abs=0.2)  # 3 up
        assert at(3.4) == pytest.approx(-22, abs=0.2)  # 2 down

    def test_silence_is_not_lifted(self) -> None:
        hiss = 1e-4 * np.random.default_rng(2).normal(size=(1, RATE_HZ))
        out = np.concatenate(list(Compressor(RATE_HZ, 1, 2.5, -20.0).process(iter([hiss.astype(np.float32)]))), axis=1)
        assert out.shape == hiss.shape
        assert np.std(out[:, RATE_HZ // 2 :]) == pytest.approx(1e-4, rel=0.05)
