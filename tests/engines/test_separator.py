"""The separator without weights: stems that add up to the mix, each holding what it is named after."""

import functools

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal

from models.base import Audio, Samples
from models.separation import embedded, medians
from models.separation.embedded import EmbeddedSeparator
from models.separation.pitch import Pitch, best_of, partials
from tests.support.media import no_report

RATE_HZ = 44_100
DRUMS, BASS, OTHER, VOCALS = range(4)
LEFT, RIGHT, CENTRE = (1.2, 0.4), (0.4, 1.2), (1.0, 1.0)


@functools.cache
def separator() -> EmbeddedSeparator:
    return EmbeddedSeparator()


def separated(samples: Samples, quality: str = "standard") -> Samples:
    audio = Audio(np.ascontiguousarray(samples, np.float32), RATE_HZ)
    return np.concatenate(list(separator().separate(audio, quality=quality, report=no_report)), axis=-1)


def sdr_db(estimate: Samples, truth: Samples) -> float:
    return float(10 * np.log10(np.sum(truth**2) / np.sum((estimate - truth) ** 2)))


def level_db(samples: Samples, reference: Samples) -> float:
    return float(10 * np.log10(np.mean(samples**2) / np.mean(reference**2) + 1e-12))


def voice(seconds: float) -> Samples:
    """A vowel that changes, with vibrato and glides, in phrases of 1.5 s with pauses."""
    rng = np.random.default_rng(3)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    notes = np.arange(0, seconds + 1, 0.4)
    pitch = np.interp(t, notes, rng.choice([45, 47, 48, 50, 52, 55], notes.size)) + 0.4 * np.sin(2 * np.pi * 5.5 * t)
    hz = 440 * 2 ** ((pitch - 57) / 12)
    phase = 2 * np.pi * np.cumsum(hz) / RATE_HZ
    formant = 700 + 250 * np.sin(2 * np.pi * 1.3 * t)
    out = np.zeros(t.size)
    for number in range(1, 21):
        gain = 1 / (1 + ((number * hz - formant) / 150) ** 2) + 0.3 / (1 + ((number * hz - 2500) / 300) ** 2) + 0.02
        out += gain * np.cos(number * phase)
    return out * np.clip(8 * np.sin(np.pi * t / 0.95), 0, 1)


def chords(seconds: float, lowest: int) -> Samples:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    out = np.zeros(t.size)
    for beat in range(int(np.ceil(seconds))):
        since = t - beat
        here = (since >= 0) & (since < 1)
        for note in (0, 4, 7):
            hz = 440 * 2 ** ((lowest + note + (0, 5, 7, 2)[beat % 4] - 69) / 12)
            for partial in range(1, 8):
                out += here * np.exp(-np.abs(since)) * np.sin(2 * np.pi * hz * partial * since) / partial
    return out


def bass(seconds: float) -> Samples:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    hz = np.array([55.0, 73.4, 82.4, 61.7])[t.astype(int) % 4]
    phase = 2 * np.pi * np.cumsum(hz) / RATE_HZ
    return sum(np.sin(n * phase) / n**2 for n in range(1, 6)) * np.exp(-0.8 * (t % 0.5))


def drums(seconds: float) -> Samples:
    """A kick that falls to 55 Hz and a snare of noise, in turns."""
    rng = np.random.default_rng(5)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    since, is_snare = t % 0.5, (t % 1.0) >= 0.5
    kick = np.sin(2 * np.pi * (55 * since + 4 * (1 - np.exp(-since / 0.03)))) * np.exp(-since / 0.06)
    snare = 0.6 * rng.standard_normal(t.size) * np.exp(-since / 0.05)
    return np.where(is_snare, snare, kick)


@functools.cache
def stems(seconds: float = 12.0) -> Samples:
    """(4, 2, frames)"""

    def placed(mono: Samples, rms: float, gains: tuple[float, float]) -> Samples:
        return np.outer(gains, rms * mono / np.sqrt(np.mean(mono**2)))

    return np.stack(
        [
            placed(drums(seconds), 0.09, CENTRE),
            placed(bass(seconds), 0.08, CENTRE),
            placed(chords(seconds, 57), 0.05, LEFT) + placed(chords(seconds, 69), 0.03, RIGHT),
            placed(voice(seconds), 0.085, CENTRE),
        ]
    ).astype(np.float32)


def mono(samples: Samples) -> Samples:
    return np.repeat(samples.mean(axis=-2, keepdims=True), 2, axis=-2)


@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_each_stem_holds_its_instrument(quality: str) -> None:
    truth = stems()
    mix = truth.sum(axis=0)

    out = separated(mix, quality)

    gains = [sdr_db(out[stem], truth[stem]) - sdr_db(mix, truth[stem]) for stem in range(4)]
    assert gains[DRUMS] > 8.0
    assert gains[BASS] > 8.0
    assert gains[OTHER] > 8.0
    assert gains[VOCALS] > 8.0
    assert level_db(out.sum(axis=0) - mix, mix) < -60


def test_mono_mix() -> None:
    truth = mono(stems())
    mix = truth.sum(axis=0)

    out = separated(mix)

    for stem, least in ((DRUMS, 7.0), (BASS, 7.0), (VOCALS, 6.0)):
        assert sdr_db(out[stem], truth[stem]) > sdr_db(mix, truth[stem]) + least
    assert np.allclose(out[:, 0], out[:, 1], atol=1e-6)


@pytest.mark.parametrize("shaped", [np.asarray, mono])
def test_song_without_voice_has_hardly_any(shaped) -> None:
    mix = shaped(stems()[:VOCALS]).sum(axis=0)

    assert level_db(separated(mix)[VOCALS], mix) < -25


def test_voice_alone_stays_whole() -> None:
    alone = stems()[VOCALS]

    out = separated(alone)

    assert level_db(out[:VOCALS].sum(axis=0), alone) < -20
    assert sdr_db(out[VOCALS], alone) > 20


@pytest.mark.parametrize("instrument", [DRUMS, BASS, OTHER])
def test_instrument_alone_is_no_voice(instrument: int) -> None:
    alone = stems()[instrument]

    out = separated(alone)

    assert level_db(out[VOCALS], alone) < -20
    assert np.argmax([np.mean(stem**2) for stem in out]) == instrument


def test_one_sided_and_cancelling_mono_are_heard_as_mono() -> None:
    sound = stems()[:, 0].sum(axis=0)
    expected = separated(np.stack([sound, sound]))

    one_sided, cancelling = separated(np.stack([sound, 0 * sound])), separated(np.stack([sound, -sound]))

    assert np.allclose(one_sided[:, 0], expected[:, 0], atol=1e-4)
    assert not one_sided[:, 1].any()
    assert np.allclose(cancelling[:, 0], expected[:, 0], atol=1e-4)
    assert np.allclose(cancelling[:, 1], -expected[:, 0], atol=1e-4)


@pytest.mark.parametrize("frames", [1, 2, 777, 44_100, 100_001])
@pytest.mark.parametrize("kind", ["silence", "dc", "clipped", "apart"])
def test_any_length_and_finite(kind: str, frames: int) -> None:
    rng = np.random.default_rng(2)
    sound = {
        "silence": np.zeros((2, frames)),
        "dc": np.ones((2, frames)),
        "clipped": np.clip(rng.normal(0, 3, (2, frames)), -1, 1),
        "apart": rng.normal(0, 0.1, (1, frames)) * [[1.0], [-1.0]],
    }[kind].astype(np.float32)

    out = separated(sound)

    assert out.shape == (4, 2, frames)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert np.abs(out.sum(axis=0) - sound).max() < 1e-4


def test_chunks_join_without_a_seam(monkeypatch) -> None:
    mix = stems(9.0).sum(axis=0)
    monkeypatch.setattr(embedded, "CHUNK_S", 4.0)
    monkeypatch.setattr(embedded, "OVERLAP_S", 1.0)
    fractions = []
    audio = Audio(mix, RATE_HZ)

    blocks = list(separator().separate(audio, report=fractions.append))

    assert len(blocks) > 1
    out = np.concatenate(blocks, axis=-1)
    assert out.shape[-1] == mix.shape[1]
    assert level_db(out.sum(axis=0) - mix, mix) < -60
    steps = np.abs(np.diff(out[VOCALS, 0]))
    at = blocks[0].shape[-1]
    assert steps[at - 10 : at + 10].max() <= steps.max()
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_a_raising_report_stops_it() -> None:
    class Stopped(Exception):
        pass

    def report(_fraction: float) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        list(separator().separate(Audio(stems()[0, :, :RATE_HZ], RATE_HZ), report=report))


def test_the_same_again() -> None:
    mix = stems().sum(axis=0)[:, : 3 * RATE_HZ]

    assert np.array_equal(separated(mix), separated(mix))


@pytest.mark.parametrize(("rate_hz", "channels"), [(48_000, 2), (44_100, 1), (44_100, 6)])
def test_other_rates_and_channels_are_refused(rate_hz: int, channels: int) -> None:
    with pytest.raises(ValueError, match="stereo at 44100 Hz"):
        next(separator().separate(Audio(np.zeros((channels, 100), np.float32), rate_hz), report=no_report))


@pytest.mark.parametrize("width", [3, 11, 31])
def test_running_medians(width: int) -> None:
    values = np.random.default_rng(4).random((40, 57)).astype(np.float32)
    values[5:9] = 0.5  # ties

    # scipy's "mirror" is numpy's "reflect"
    assert np.array_equal(
        medians.along_frequency(values, width), scipy.ndimage.median_filter(values, (1, width), mode="mirror")
    )
    assert np.array_equal(
        medians.along_time(values, width), scipy.ndimage.median_filter(values, (width, 1), mode="mirror")
    )


@pytest.mark.parametrize("neighbours", [3, 8, 21])
def test_median_over_similar_frames(neighbours: int) -> None:
    rng = np.random.default_rng(4)
    values = rng.random((30, 20)).astype(np.float32)
    similar = rng.integers(0, 30, (30, neighbours))

    assert np.allclose(medians.over_similar(values, similar), np.median(values[similar], axis=1))


def test_best_track_does_not_leap() -> None:
    rng = np.random.default_rng(1)
    true_hz = 200 * 2 ** (np.arange(100) / 400)
    wrong = rng.random(100) < 0.3
    first = Pitch(np.where(wrong, true_hz * 2, true_hz).astype(np.float32), np.full(100, 0.8, np.float32))
    second = Pitch(np.where(wrong, true_hz, true_hz / 2).astype(np.float32), np.full(100, 0.7, np.float32))

    assert np.allclose(best_of([first, second]).hz, true_hz, rtol=1e-5)


def test_partials_lie_on_multiples() -> None:
    hz = np.arange(0, 1000, 10, dtype=np.float32)

    lobes = partials(np.array([100.0, 250.0], np.float32), hz, np.full(hz.size, 20, np.float32))

    assert np.array_equal(np.flatnonzero(lobes[0] > 0.99) * 10, np.arange(100, 1000, 100))
    assert np.array_equal(np.flatnonzero(lobes[1] > 0.99) * 10, np.arange(250, 1000, 250))
    assert lobes[:, 0].max() < 1e-6
