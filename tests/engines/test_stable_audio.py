"""Sound effects by Stable Audio 3 from a folder as diffusers saves it: a tiny random one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.catalogue import EngineMissing, Engines, built_in
from models.effects.stable_audio import SEAM, StableAudioEffects
from models.room.pull import LicenceNotAccepted, import_folder
from models.tiny import write_twin
from models.tiny.stable_audio import LATENTS, write
from tests.support.media import no_report

RATE_HZ, HOP = 44_100, 4096
MANIFEST = built_in()["stable-audio-3-small-sfx"]


class Stopped(Exception):
    pass


def _detail(mono: Any) -> Any:
    """What a random decoder does not make of every latent."""
    hops = mono[: mono.size // HOP * HOP].reshape(-1, HOP)
    return (hops - hops.mean(axis=0)).ravel()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stable-audio")
    write(MANIFEST, made)
    return made


@pytest.fixture(scope="module")
def engine(folder: Path) -> StableAudioEffects:
    return StableAudioEffects(folder)


def test_an_effect_through_the_catalogue(tmp_path: Path) -> None:
    twin = write_twin(MANIFEST, tmp_path)
    engines = Engines(tmp_path, {"effects": twin.id})
    import_folder(engines.store, twin, tmp_path / twin.id)

    with engines.borrow() as borrowed:
        found = borrowed.load("effects").make("rain  on a\ntin roof", duration_s=1.0, seed=1, report=no_report)

    assert (found.audio.rate_hz, found.audio.samples.shape) == (RATE_HZ, (2, RATE_HZ))
    assert (found.heard, found.unknown) == (("rain on a tin roof",), ())


def test_nobody_has_it_who_has_not_accepted_its_licence(folder: Path, tmp_path: Path) -> None:
    engines = Engines(tmp_path, {"effects": MANIFEST.id})

    with pytest.raises(LicenceNotAccepted, match="must be accepted"):
        import_folder(engines.store, MANIFEST, folder)
    with pytest.raises(EngineMissing, match="is not installed"):
        engines.choose("effects")
    record = import_folder(engines.store, MANIFEST, folder, accepted_by="Ann")
    assert record.accepted_by == "Ann"
    assert engines.choose("effects").id == MANIFEST.id


@pytest.mark.parametrize("duration_s", [1.0, 1.2345, 12.0])
def test_it_lasts_as_long_as_was_asked(engine: StableAudioEffects, duration_s: float) -> None:
    seen: list[float] = []

    samples = engine.make("a door slams", duration_s=duration_s, seed=2, report=seen.append).audio.samples

    assert samples.shape == (2, round(duration_s * RATE_HZ))
    assert np.isfinite(samples).all()
    assert 0.5 < np.abs(samples).max() <= 10 ** (-1 / 20) + 1e-6
    assert np.abs(samples[:, -1]).max() < 1e-6
    assert seen == sorted(seen)
    assert len(seen) >= 9
    assert seen[-1] == 1.0


def test_the_same_seed_gives_the_same_and_leaves_chance_alone(folder: Path, engine: StableAudioEffects) -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()

    first = engine.make("rain", duration_s=3.0, seed=7, report=no_report)
    after = torch.random.get_rng_state()
    torch.manual_seed(2)
    again = StableAudioEffects(folder).make("rain", duration_s=3.0, seed=7, report=no_report)
    other = engine.make("rain", duration_s=3.0, seed=8, report=no_report)
    elsewhere = engine.make("a dog barks", duration_s=3.0, seed=7, report=no_report)

    assert torch.equal(before, after)
    assert np.array_equal(first.audio.samples, again.audio.samples)
    one, two = (_detail(made.audio.samples[0]) for made in (first, other))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.5
    assert not np.array_equal(first.audio.samples, elsewhere.audio.samples)


@pytest.mark.parametrize("stop_at", [0.05, 0.5, 0.9])
def test_it_stops_anywhere(engine: StableAudioEffects, stop_at: float) -> None:
    def report(fraction: float) -> None:
        if fraction >= stop_at:
            raise Stopped

    with pytest.raises(Stopped):
        engine.make("rain", duration_s=1.0, seed=1, report=report)
    assert engine.make("rain", duration_s=1.0, seed=1, report=no_report).audio.duration_s == 1.0


@pytest.mark.parametrize(
    ("prompt", "duration_s", "seed", "message"),
    [
        (" \n", 2.0, 1, "prompt is empty"),
        ("a" * 2001, 2.0, 1, "too long for this model: it reads 256 tokens"),
        ("rain " * 60, 2.0, 1, "too long for this model"),
        ("rain", 0.9, 1, "is 1 to 120 seconds long"),
        ("rain", 120.5, 1, "is 1 to 120 seconds long"),
        ("rain", float("nan"), 1, "is 1 to 120 seconds long"),
        ("rain", 2.0, -1, "seed may not be negative"),
    ],
)
def test_what_it_cannot_make_is_told(
    engine: StableAudioEffects, prompt: str, duration_s: float, seed: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        engine.make(prompt, duration_s=duration_s, seed=seed, report=no_report)


def test_tiles_join_to_the_sound_of_the_whole(engine: StableAudioEffects) -> None:
    latent = torch.randn((1, LATENTS, 150), generator=torch.Generator().manual_seed(1))

    whole = engine._decoded(latent, 150, no_report)
    parts = engine._decoded(latent, 64, no_report)
    short = engine._decoded(latent[:, :, : 64 - SEAM], 64, no_report)

    assert whole.shape == (2, 150 * HOP)
    assert np.abs(whole).max() > 0.01
    assert np.allclose(whole, parts, atol=1e-5)
    assert np.allclose(whole[:, : short.shape[1] // 2], short[:, : short.shape[1] // 2], atol=1e-5)


def test_a_full_memory_is_met_with_smaller_tiles(engine: StableAudioEffects, monkeypatch: pytest.MonkeyPatch) -> None:
    vae, freed = engine._pipeline.vae, []
    real = vae.decode

    def decode(latent: torch.Tensor) -> Any:
        if latent.shape[2] > 128:
            message = "CUDA out of memory"
            raise RuntimeError(message)
        return real(latent)

    monkeypatch.setattr(vae, "decode", decode)
    monkeypatch.setattr(engine, "_relieve", lambda: freed.append(True))

    found = engine.make("rain", duration_s=16.0, seed=1, report=no_report)

    assert found.audio.duration_s == 16.0
    assert freed == [True]


def test_published_files_have_to_be_converted(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no pipeline of diffusers: the published files have to be converted"):
        StableAudioEffects(tmp_path)
