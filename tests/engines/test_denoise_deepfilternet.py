"""DeepFilterNet3 on networks of our own: nothing lost around them, and the same sound whatever the chunks."""

import numpy as np
import pytest

from models.base import Audio, Samples
from models.denoise import deepfilternet
from models.denoise.deepfilter_features import Features, Transform, band_widths
from models.denoise.deepfilternet import DeepFilterNet3
from models.tiny.deep_filter import deep_filter_networks
from tests.support.media import chirp, level_db, no_report


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> DeepFilterNet3:
    return DeepFilterNet3(deep_filter_networks(tmp_path_factory.mktemp("unit"), None))


@pytest.fixture(scope="module")
def random(tmp_path_factory: pytest.TempPathFactory) -> DeepFilterNet3:
    return DeepFilterNet3(deep_filter_networks(tmp_path_factory.mktemp("random"), np.random.default_rng(3)))


def cleaned(engine: DeepFilterNet3, samples: Samples, rate_hz: int) -> Samples:
    return np.concatenate(list(engine.clean(Audio(samples, rate_hz), report=no_report)), axis=1)


def voices(seconds: float, rate_hz: int, channels: int) -> Samples:
    rng = np.random.default_rng(9)
    return (chirp(seconds, rate_hz, channels) + 0.05 * rng.standard_normal((channels, 1))).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_networks_that_change_nothing_give_the_recording_back(
    unit: DeepFilterNet3, rate_hz: int, channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deepfilternet, "CHUNK_STEPS", 70)
    monkeypatch.setattr(deepfilternet, "WARM_STEPS", 40)
    sound = voices(2.5, rate_hz, channels)

    out = cleaned(unit, sound, rate_hz)

    assert out.shape == sound.shape
    inner = slice(rate_hz // 20, -rate_hz // 20)  # the resampler rings at the ends
    assert level_db((out - sound)[:, inner]) < level_db(sound) - (80 if rate_hz == 48_000 else 55)


def test_chunks_make_no_difference(random: DeepFilterNet3, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = voices(3.0, 48_000, 1)
    whole = cleaned(random, sound, 48_000)
    monkeypatch.setattr(deepfilternet, "CHUNK_STEPS", 50)
    monkeypatch.setattr(deepfilternet, "WARM_STEPS", 10)

    parts = cleaned(random, sound, 48_000)

    assert level_db(whole - sound) > level_db(sound) - 30  # random networks do change it
    assert level_db(parts - whole) < level_db(whole) - 80


@pytest.mark.parametrize("frames", [1, 479, 481, 5_000])
@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (22_050, 3), (48_000, 1), (96_000, 2)])
def test_shape_and_finite(random: DeepFilterNet3, frames: int, rate_hz: int, channels: int) -> None:
    for sound in (np.zeros((channels, frames), np.float32), np.ones((channels, frames), np.float32)):
        out = cleaned(random, sound, rate_hz)

        assert out.shape == (channels, frames)
        assert out.dtype == np.float32
        assert np.isfinite(out).all()


def test_progress_is_told_and_stops_the_engine(unit: DeepFilterNet3) -> None:
    told: list[float] = []

    def stop(fraction: float) -> None:
        told.append(fraction)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(unit.clean(Audio(voices(12.0, 48_000, 1), 48_000), report=stop))
    assert told == [pytest.approx(10 / 12)]


def test_bands_cover_all_bins() -> None:
    widths = band_widths(48_000, 960, 32, 2)

    assert widths.sum() == 481
    assert widths.min() == 2
    assert (np.diff(widths[8:]) >= 0).all()
    assert widths[-1] / widths[-2] == pytest.approx(
        np.exp(9.265 * np.log1p(24_000 / (24.7 * 9.265)) / 32 / 9.265), rel=0.05
    )


def test_the_transform_is_undone_in_any_pieces() -> None:
    sound = chirp(0.5, 48_000)[0]
    transform = Transform(960, 480)

    parts = [
        transform.inverse(transform.forward(part)) for part in np.split(np.pad(sound, (0, 2400)), [700, 701, 9000])
    ]

    assert np.allclose(np.concatenate(parts)[480:][: sound.size], sound, atol=1e-5)


def test_features_of_a_steady_sound_settle() -> None:
    """A tone as loud as its own mean has level 0, and the root of its magnitude in its bin."""
    tone = np.sin(2 * np.pi * 1000 * np.arange(48_000 * 8) / 48_000).astype(np.float32)
    spectra = Transform(960, 480).forward(tone)

    levels, scaled = Features(band_widths(48_000, 960, 32, 2), 96, 0.01, 1.0).of(spectra)

    assert np.abs(levels[-1]).max() < 0.01
    assert np.abs(scaled[-1, 20]) == pytest.approx(np.sqrt(np.abs(spectra[-1, 20])), rel=0.01)
