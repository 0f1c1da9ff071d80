"""Recordings made over by ACE-Step: what changes, and what stays as it was, bit by bit."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch

from models.base import Audio, Samples, SongWish
from models.catalogue import built_in
from models.dsp.loudness import integrated_lufs
from models.music.ace_step.edits import FADE_S, _windows, repainted
from models.music.ace_step.quiet import quiet
from models.music.ace_step.songs import AceStepSongs
from models.music.ace_step.splice import faded, level_of, spliced
from models.tiny.ace_step import published
from tests.support.media import chirp, no_report

WISH = SongWish(prompt="calm piano", lyrics="[Verse]\nhello there", bpm=100, key="A minor")


def _engine(folder: Path, model_id: str) -> AceStepSongs:
    manifest = built_in()[model_id]
    with quiet():
        published(manifest, folder)
    return AceStepSongs(folder, **{**manifest.defaults, **({"steps": 2} if "base" in model_id else {})})


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> AceStepSongs:
    return _engine(tmp_path_factory.mktemp("turbo"), "ace-step-1.5-turbo")


def recording(seconds: float, rate_hz: int, channels: int) -> Audio:
    noise = np.random.default_rng(1).normal(0, 0.02, (channels, round(seconds * rate_hz)))
    return Audio((chirp(seconds, rate_hz, channels, 0.3) + noise).astype(np.float32), rate_hz)


def changed(before: Samples, after: Samples) -> tuple[int, int]:
    places = np.flatnonzero((before != after).any(axis=0))
    return int(places[0]), int(places[-1])


@pytest.mark.parametrize(("rate_hz", "channels"), [(44_100, 1), (48_000, 2)])
def test_a_part_is_new_and_nothing_else_is(engine: AceStepSongs, rate_hz: int, channels: int) -> None:
    audio = recording(7.3, rate_hz, channels)
    before = audio.samples.copy()
    seen: list[float] = []
    chance = torch.random.get_rng_state()

    found = engine.repaint(audio, 2.0, 5.5, WISH, seed=1, report=seen.append)

    assert found.rate_hz == rate_hz
    assert found.samples.shape == before.shape
    assert np.array_equal(audio.samples, before)
    assert torch.equal(chance, torch.random.get_rng_state())
    first, last = changed(before, found.samples)
    fade = round(FADE_S * rate_hz)
    assert 2 * rate_hz - fade <= first <= 2 * rate_hz
    assert 5.5 * rate_hz - 2 <= last <= 5.5 * rate_hz + fade
    inside = slice(2 * rate_hz, round(5.5 * rate_hz))
    assert (found.samples[:, inside] != before[:, inside]).mean() > 0.99
    assert np.isfinite(found.samples).all()
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_same_seed_paints_the_same(engine: AceStepSongs) -> None:
    audio = recording(4.0, 48_000, 2)

    torch.manual_seed(1)
    first = engine.repaint(audio, 0.0, 1.0, WISH, seed=5, report=no_report)
    torch.manual_seed(2)
    again = engine.repaint(audio, 0.0, 1.0, WISH, seed=5, report=no_report)

    assert np.array_equal(first.samples, again.samples)
    assert changed(audio.samples, first.samples)[0] == 0


def test_a_recording_goes_on(engine: AceStepSongs) -> None:
    audio = recording(6.0, 44_100, 2)

    found = engine.extend(audio, 2.5, WISH, after_s=5.0, seed=1, report=no_report)

    assert found.samples.shape == (2, round(7.5 * 44_100))
    assert np.array_equal(found.samples[:, : 4 * 44_100], audio.samples[:, : 4 * 44_100])
    assert (found.samples[:, 5 * 44_100 :] != 0).mean() > 0.99


def test_a_cover_is_as_long_and_as_loud_as_a_song(engine: AceStepSongs) -> None:
    audio = recording(4.1, 44_100, 1)

    found = engine.cover(audio, WISH, strength=0.5, seed=1, report=no_report)

    assert found.samples.shape == (2, round(4.1 * 48_000))
    assert integrated_lufs(found) == pytest.approx(-14.0, abs=0.2)


def test_a_base_model_adds_a_track(engine: AceStepSongs, tmp_path: Path) -> None:
    base = _engine(tmp_path, "ace-step-1.5-base")
    audio = recording(3.0, 48_000, 2)

    found = base.lego(audio, "vocals", WISH, seed=1, report=no_report)

    assert found.samples.shape == (2, 3 * 48_000)
    assert np.abs(found.samples).max() > 0
    with pytest.raises(ValueError, match="Tracks are vocals, backing_vocals"):
        base.lego(audio, "kazoo", WISH, seed=1, report=no_report)
    with pytest.raises(ValueError, match="Turbo models add no tracks"):
        engine.lego(audio, "vocals", WISH, seed=1, report=no_report)


@pytest.mark.parametrize(("start_s", "end_s"), [(-1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (1.0, 9.0), (float("nan"), 2.0)])
def test_parts_that_are_none(engine: AceStepSongs, start_s: float, end_s: float) -> None:
    with pytest.raises(ValueError, match=r"within the 4\.0 s of the recording"):
        engine.repaint(recording(4.0, 8_000, 1), start_s, end_s, WISH, seed=1, report=no_report)


def test_what_cannot_be_made_over(engine: AceStepSongs) -> None:
    short, many = recording(4.0, 8_000, 1), recording(4.0, 8_000, 3)

    with pytest.raises(ValueError, match=r"at least 0\.1 s long"):
        engine.repaint(short, 1.0, 1.05, WISH, seed=1, report=no_report)
    with pytest.raises(ValueError, match="mono or stereo"):
        engine.repaint(many, 1.0, 2.0, WISH, seed=1, report=no_report)
    with pytest.raises(ValueError, match="recording is empty"):
        engine.cover(Audio(np.zeros((2, 0), np.float32), 8_000), WISH, seed=1, report=no_report)
    with pytest.raises(ValueError, match="may be 600 s long"):
        engine.extend(short, 597.0, WISH, seed=1, report=no_report)
    with pytest.raises(ValueError, match="goes on after 1 s at the earliest"):
        engine.extend(short, 5.0, WISH, after_s=0.5, seed=1, report=no_report)
    with pytest.raises(ValueError, match="strength is from 0 to 1"):
        engine.cover(short, WISH, strength=1.1, seed=1, report=no_report)
    with pytest.raises(ValueError, match="must not be longer than 600 s"):
        engine.cover(Audio(np.zeros((1, 601 * 8_000), np.float32), 8_000), WISH, seed=1, report=no_report)


class FakeSound:
    """Answers with what it hears, and remembers what it was asked."""

    rate_hz, hop = 8_000, 320

    def __init__(self) -> None:
        self.pipeline = SimpleNamespace(tokenizer=lambda text: {"input_ids": text.split()}, is_turbo=True)
        self.asked: list[dict[str, Any]] = []

    def made(self, frames: int, **wanted: Any) -> Samples:
        self.asked.append(wanted)
        assert wanted["src_audio"].shape == (2, frames)
        return wanted["src_audio"].numpy().copy()


def test_of_a_long_recording_ten_minutes_are_heard() -> None:
    audio = Audio(np.random.default_rng(4).normal(0, 0.1, (1, 1_000 * 8_000)).astype(np.float32), 8_000)
    sound: Any = FakeSound()

    found = repainted(sound, audio, 700.0, 701.0, WISH, seed=1, report=no_report)

    (asked,) = sound.asked
    assert asked["src_audio"].shape[1] == 600 * 8_000
    assert (asked["repainting_start"], asked["repainting_end"]) == (pytest.approx(299.0), pytest.approx(302.0))
    assert (asked["task_type"], asked["bpm"], asked["keyscale"]) == ("repaint", 100, "A minor")
    assert np.allclose(found.samples, audio.samples, atol=1e-6)


def test_what_is_no_number_is_silence_to_the_model() -> None:
    samples = recording(4.0, 8_000, 1).samples.copy()
    samples[0, 100] = np.nan

    found = repainted(cast("Any", FakeSound()), Audio(samples, 8_000), 1.0, 2.0, WISH, seed=1, report=no_report)

    assert np.isfinite(found.samples).all()


def test_long_parts_are_made_in_pieces() -> None:
    assert list(_windows(10.0, 100.0)) == [(10.0, 100.0)]
    pieces = list(_windows(0.0, 200.0))
    assert len(pieces) == 3
    assert pieces[0][0] == 0.0
    assert pieces[-1][1] == pytest.approx(200.0)
    assert [last for _, last in pieces[:-1]] == [first for first, _ in pieces[1:]]


def test_fades_keep_the_power_of_what_differs_and_the_shape_of_what_is_alike() -> None:
    rng = np.random.default_rng(2)
    one, other = rng.normal(0, 0.1, (2, 1, 20_000)).astype(np.float32)
    share = np.linspace(0, 1, 20_000, dtype=np.float32)

    apart, alike = faded(one, other, share), faded(one, one, share)

    power = np.square(apart).reshape(20, -1).mean(axis=1)
    assert np.all(np.abs(10 * np.log10(power / 0.01)) < 0.7)
    assert np.allclose(alike, one, atol=1e-6)
    silence = np.zeros_like(one)
    assert np.array_equal(faded(silence, silence, share), silence)


def test_a_splice_at_the_ends_has_no_fade_there() -> None:
    old, new = np.zeros((1, 100), np.float32), np.ones((1, 100), np.float32)

    assert np.array_equal(spliced(old, new, 0, 100, 10), new)
    found = spliced(old, new, 4, 90, 10)
    assert np.array_equal(found[:, 4:90], new[:, 4:90])
    assert np.all(np.diff(found[0, :5]) > 0)
    assert np.all(np.diff(found[0, 89:]) < 0)
    middle = spliced(old, new, 40, 60, 10)
    assert changed(old, middle) == (30, 69)
    assert np.array_equal(old, np.zeros((1, 100), np.float32))


def test_levels_are_those_beside_the_part() -> None:
    rng = np.random.default_rng(3)
    old = rng.normal(0, 0.1, (2, 8_000)).astype(np.float32)
    new = old * np.float32(0.8)
    new[:, 3_000:5_000] *= 7

    assert level_of(old, new, 3_000, 5_000, 1_000) == pytest.approx(1.25, rel=1e-5)
    assert level_of(old, old * np.float32(0.1), 3_000, 5_000, 1_000) == pytest.approx(10 ** (6 / 20))
    assert level_of(np.zeros_like(old), new, 3_000, 5_000, 1_000) == 1.0
    assert level_of(old, new, 0, 8_000, 1_000) == 1.0
