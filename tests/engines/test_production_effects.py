"""Filters, amplifier, width, echoes, tape and the master's tone: each does what it is there for."""

import numpy as np
import pytest
from scipy.signal import sosfilt

from models.base import Audio, Samples
from models.dsp.loudness import integrated_lufs
from models.music.production.desk import Style
from models.music.production.echoes import Echo
from models.music.production.effects import Widener, amplify, chorus, tape, tremolo
from models.music.production.filters import Filter, bell, filtered, high_pass, high_shelf, low_pass
from models.music.production.finishing import mastered
from models.music.production.voice_chain import doubles, polished
from tests.support.scores import score

RATE_HZ = 44_100


def noise(seconds: float = 2.0, channels: int = 2, seed: int = 1) -> Samples:
    return 0.1 * np.random.default_rng(seed).standard_normal((channels, round(seconds * RATE_HZ)), np.float32)


def sine(hz: float, seconds: float = 1.0) -> Samples:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ).astype(np.float32)[None]


def level_db(samples: Samples, low_hz: float = 0.0, high_hz: float = 30_000.0) -> float:
    power = np.square(np.abs(np.fft.rfft(samples)))
    hz = np.fft.rfftfreq(samples.shape[-1], 1 / RATE_HZ)
    return float(10 * np.log10(power[..., (hz >= low_hz) & (hz < high_hz)].sum() + 1e-20))


def test_a_filter_is_that_of_scipy_whatever_the_blocks() -> None:
    sections = (high_pass(120.0, RATE_HZ), bell(900.0, 5.0, 1.0, RATE_HZ), high_shelf(8000.0, -3.0, RATE_HZ))
    sound = noise()
    wanted = sosfilt(np.concatenate(sections), sound.astype(np.float64), axis=1)

    inline = Filter(2, *sections)
    parts = [inline.process(part.copy()) for part in np.array_split(sound, [10, 11, 5000], axis=1)]

    assert np.allclose(filtered(sound, *sections), wanted, atol=1e-5)
    assert np.array_equal(np.concatenate(parts, axis=1), filtered(sound, *sections))


def test_an_amplifier_adds_overtones_and_evens_out_and_hardly_aliases() -> None:
    warm, sound = sine(1244.5), sine(1244.5)
    amplify(warm, 6.0, RATE_HZ)
    assert level_db(warm, 2400, 2600) > level_db(warm) - 30  # even ones, of unequal halves
    amplify(sound, 30.0, RATE_HZ)
    assert level_db(sound, 3600, 3850) > level_db(sound) - 15
    power = np.square(np.abs(np.fft.rfft(sound[0] * np.hanning(sound.shape[1]))))
    hz = np.fft.rfftfreq(sound.shape[1], 1 / RATE_HZ)
    away = np.abs(hz - 1244.5 * np.round(hz / 1244.5)) > 60
    assert 10 * np.log10(power[away & (hz > 200)].sum() / power.sum()) < -35
    swell = sine(220.0) * np.linspace(0.1, 1, RATE_HZ, dtype=np.float32)
    amplify(swell, 30.0, RATE_HZ)
    early, late = (np.square(part).mean() for part in (swell[:, 5000:9000], swell[:, -4000:]))
    assert 10 * np.log10(late / early) < 8  # it was 14 dB


def test_width_out_of_mono_is_gone_in_mono() -> None:
    sound = np.repeat(noise(channels=1), 2, axis=0)
    wide = sound.copy()
    Widener(0.4, RATE_HZ).widen(wide)

    assert np.allclose(wide.mean(axis=0), sound[0], atol=1e-6)
    assert -14 < level_db(wide[0] - wide[1]) - level_db(wide.sum(axis=0)) < -4
    assert level_db(wide[0] - wide[1], 20, 100) < level_db(wide[0] - wide[1]) - 25


def test_chorus_and_tremolo_move_sound_between_the_sides() -> None:
    sound = np.repeat(sine(440.0, 2.0), 2, axis=0)
    moved, turned = sound.copy(), sound.copy()
    chorus(moved, 0.4, RATE_HZ)
    tremolo(turned, 0.4, RATE_HZ)

    assert np.abs(moved[0] - moved[1]).max() > 0.1
    assert level_db(moved) == pytest.approx(level_db(sound), abs=3)
    balance = np.square(turned).reshape(2, -1, 2205).mean(axis=2)
    assert (balance[0] / balance[1]).max() > 2
    assert (balance[0] / balance[1]).min() < 0.5


def test_echoes_come_in_time_from_side_to_side_ever_quieter() -> None:
    click = np.zeros((2, 2 * RATE_HZ), np.float32)
    click[:, 0] = 1.0
    echo = Echo(0.25, 0.5, RATE_HZ)

    out = np.concatenate([echo.of(part) for part in np.array_split(click, 7, axis=1)], axis=1)

    steps = np.square(out.reshape(2, 8, -1)).sum(axis=2)
    assert steps[:, 0].sum() < 1e-9
    assert steps[0, 1] > 100 * steps[1, 1]
    assert steps[1, 2] > 100 * steps[0, 2]
    assert steps[0, 1] > 2 * steps[1, 2] > 0


def test_a_tape_wavers_loses_highs_and_hisses() -> None:
    sound = np.repeat(sine(1000.0, 3.0), 2, axis=0)
    sound[:, 2 * RATE_HZ :] = 0
    bright = noise()
    tape(sound, RATE_HZ, np.random.default_rng(1))
    tape(bright, RATE_HZ, np.random.default_rng(1))

    crossings = np.flatnonzero(np.diff(np.signbit(sound[0, : 2 * RATE_HZ])))
    waver = np.diff(crossings[:: RATE_HZ // 1000 // 4])
    assert np.isfinite(sound).all()
    assert waver.max() > waver.min()
    assert level_db(bright, 12_000, 20_000) < level_db(noise(), 12_000, 20_000) - 8
    assert -70 < 10 * np.log10(np.square(sound[:, -RATE_HZ // 2 :]).mean()) < -20


def test_a_master_corrects_a_dull_mix_a_little_and_is_loud_enough() -> None:
    dull = filtered(noise(6.0), low_pass(500.0, RATE_HZ))
    before = level_db(dull, 2000, 8000) - level_db(dull, 200, 500)
    audio = Audio(dull.copy(), RATE_HZ)

    mastered(audio, Style(), lambda _fraction: None)

    gained = level_db(audio.samples, 2000, 8000) - level_db(audio.samples, 200, 500) - before
    assert 1.0 < gained < 8.5  # four up, four down
    assert integrated_lufs(audio) == pytest.approx(-14.0, abs=0.3)
    silent = Audio(np.full((2, RATE_HZ), 1e-9, np.float32), RATE_HZ)
    mastered(silent, Style(), lambda _fraction: None)
    assert not silent.samples.any()


def test_a_voice_becomes_even_and_hisses_less() -> None:
    loud, quiet = sine(300.0, 1.5) * 0.3, sine(300.0, 1.5) * 0.05
    even = polished(np.concatenate([loud, quiet], axis=1), 4 * RATE_HZ)
    assert even.shape == (1, 4 * RATE_HZ)
    assert not np.abs(even[:, round(3.2 * RATE_HZ) :]).max() > 1e-4
    ratio_db = level_db(even[:, RATE_HZ : round(1.4 * RATE_HZ)]) - level_db(
        even[:, round(2.5 * RATE_HZ) : round(2.9 * RATE_HZ)]
    )
    assert ratio_db < 11  # it was 15.6 dB
    hiss = filtered(noise(2.0, 1), high_pass(5500.0, RATE_HZ, 4), low_pass(9000.0, RATE_HZ, 4))
    words = filtered(noise(2.0, 1, 2), low_pass(2000.0, RATE_HZ))
    words[:, RATE_HZ:] = 0  # a vowel, then a sibilant
    hiss[:, :RATE_HZ] = 0
    given = words + hiss
    calm = polished(given, 2 * RATE_HZ)
    vowel, sibilant = (
        level_db(calm[:, part]) - level_db(given[:, part]) for part in (slice(0, RATE_HZ), slice(RATE_HZ, None))
    )
    assert sibilant < vowel - 2


def test_only_choruses_are_doubled_quietly_on_both_sides() -> None:
    written = score()  # a verse of four seconds, then a chorus
    voice = sine(300.0, written.duration_s) * 0.2

    ((first, wide),) = doubles(voice, written)

    assert first == 4 * RATE_HZ
    assert -16 < level_db(wide) - 3 - level_db(voice[:, first:]) < -8
    assert np.corrcoef(wide)[0, 1] < 0.99
