"""Songs by ACE-Step from folders in both of its formats: tiny random networks."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from models.base import SongWish, Voice, VoiceProfile
from models.catalogue import OWN, Engines, built_in
from models.dsp.loudness import integrated_lufs
from models.dsp.true_peak import true_peak_dbtp
from models.music.ace_step.places import PARTS
from models.music.ace_step.songs import AceStepSongs
from models.music.ace_step.sound import TILES, Sound
from models.room.pull import import_folder
from models.tiny import write_twin
from models.tiny.ace_step import LATENTS, published, saved
from tests.support.media import no_report

RATE_HZ = 48_000
LYRICS = "[Verse 1]\nthe rain is falling on the town\n[Chorus]\nand I am waiting for you"
SINGER = Voice("v", "Anna", "female", "en", VoiceProfile(210.0, 2.5, (500.0, 1600.0, 2700.0, 3900.0), (0.0,) * 40))


class Stopped(Exception):
    pass


class RecordingSound:
    """In place of the pipeline's half: remembers what it is asked, and hums."""

    def __init__(self, real: Sound) -> None:
        self.pipeline, self.rate_hz, self.asked = real.pipeline, real.rate_hz, {}

    def held(self, report: Any) -> Any:
        return nullcontext()

    def made(self, frames: int, *, seed: int, report: Any, **wanted: Any) -> Any:
        self.asked = {"frames": frames, "seed": seed, **wanted}
        return np.tile(np.sin(np.arange(frames, dtype=np.float32) / 50), (2, 1))


def _is_free(engine: AceStepSongs) -> bool:
    if found := engine._sound._turn.acquire(timeout=0):
        engine._sound._turn.release()
    return found


def _detail(mono: Any) -> Any:
    """What a random decoder does not make of every latent."""
    frames = mono.reshape(-1, 1920)
    return (frames - frames.mean(axis=0)).ravel()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("ace-step")
    published(built_in()["ace-step-1.5-turbo"], made)
    return made


@pytest.fixture(scope="module")
def engine(folder: Path) -> AceStepSongs:
    return AceStepSongs(folder)


@pytest.fixture
def asked(engine: AceStepSongs, monkeypatch: pytest.MonkeyPatch) -> RecordingSound:
    fake = RecordingSound(engine._sound)
    monkeypatch.setattr(engine, "_sound", fake)
    return fake


def test_a_song_through_the_catalogue(tmp_path: Path) -> None:
    twin = write_twin(built_in()["ace-step-1.5-turbo"], tmp_path)
    engines = Engines(tmp_path, {"song": twin.id})
    assert (tmp_path / OWN / f"{twin.id}.yaml").is_file()
    import_folder(engines.store, twin, tmp_path / twin.id)
    seen: list[float] = []

    with engines.borrow() as borrowed:
        song = borrowed.load("song").make(
            SongWish(prompt="rainy streets", style="slow jazz", lyrics=LYRICS, length_s=10.3, key="Bb minor", bpm=93.5),
            seed=1,
            report=seen.append,
        )

    assert song.audio.samples.shape == (2, round(10.3 * RATE_HZ))
    assert song.audio.rate_hz == RATE_HZ
    assert np.isfinite(song.audio.samples).all()
    assert integrated_lufs(song.audio) == pytest.approx(-14.0, abs=0.2)
    assert true_peak_dbtp(song.audio) <= -1.0
    assert (song.key, song.bpm, song.genre, song.lines) == ("A# minor", 94.0, "jazz", ())
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 60


def test_the_same_seed_gives_the_same_and_leaves_chance_alone(folder: Path, engine: AceStepSongs) -> None:
    wish = SongWish(prompt="calm piano", length_s=10)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()

    first = engine.make(wish, seed=3, report=no_report)
    after = torch.random.get_rng_state()
    torch.manual_seed(6)
    again = AceStepSongs(folder, offload=PARTS).make(wish, seed=3, report=no_report)
    other = engine.make(wish, seed=4, report=no_report)

    assert torch.equal(before, after)
    assert np.array_equal(first.audio.samples, again.audio.samples)
    assert (first.key, first.bpm) == (again.key, again.bpm)
    one, two = (_detail(song.audio.samples[0]) for song in (first, other))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.5


def test_the_folder_of_diffusers_holds_the_same_model(folder: Path, engine: AceStepSongs, tmp_path: Path) -> None:
    saved(tmp_path, is_turbo=True)
    ours, theirs = engine._sound.pipeline, AceStepSongs(tmp_path)._sound.pipeline

    for part in (
        "transformer",
        "condition_encoder",
        "audio_tokenizer",
        "audio_token_detokenizer",
        "vae",
        "text_encoder",
    ):
        one, other = getattr(ours, part).state_dict(), getattr(theirs, part).state_dict()
        assert set(one) == set(other)
        assert [name for name in one if not torch.equal(one[name], other[name])] == []
        assert dict(getattr(ours, part).named_buffers()).keys() == dict(getattr(theirs, part).named_buffers()).keys()
    quantizer = ours.audio_tokenizer.quantizer
    assert quantizer.codebook_size == 64_000
    assert torch.equal(quantizer._levels, theirs.audio_tokenizer.quantizer._levels)


@pytest.mark.parametrize("stop_at", [0.02, 0.2, 0.5, 0.8])
def test_it_stops_anywhere_and_goes_on_as_if_nothing_was(engine: AceStepSongs, stop_at: float) -> None:
    def report(fraction: float) -> None:
        if fraction >= stop_at:
            raise Stopped

    with pytest.raises(Stopped):
        engine.make(SongWish(prompt="calm piano", length_s=10), seed=3, report=report)

    with ThreadPoolExecutor(1) as others:
        assert others.submit(_is_free, engine).result()


def test_what_is_wished_reaches_the_pipeline(engine: AceStepSongs, asked: RecordingSound) -> None:
    wish = SongWish(style="pop", lyrics=LYRICS, key="f# minor", bpm=121, length_s=31, voice=SINGER)

    song = engine.make(wish, seed=1, report=no_report)

    assert song.audio.samples.shape == (2, 31 * RATE_HZ)
    codes = asked.asked["audio_codes"].count("<|audio_code_")
    latents = asked.asked["frames"] / 1920
    assert codes == 156  # 31.2 s: the next even number of latents
    assert latents == codes * 5
    assert latents % 2 == 0
    assert asked.asked["bpm"] == 121
    assert asked.asked["keyscale"] == "F# minor"
    assert asked.asked["vocal_language"] == "en"
    assert asked.asked["timesignature"] in {"2", "3", "4", "6"}
    assert asked.asked["lyrics"] == LYRICS
    assert (song.key, song.bpm, song.genre) == ("F# minor", 121.0, "pop")


def test_nothing_to_sing_is_an_instrumental_of_a_length_of_its_own(engine: AceStepSongs, asked: RecordingSound) -> None:
    song = engine.make(SongWish(prompt="calm piano"), seed=2, report=no_report)

    assert asked.asked["lyrics"] == "[Instrumental]"
    assert asked.asked["vocal_language"] == "unknown"
    assert 60 <= song.audio.duration_s <= 180


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (SongWish(length_s=9), "from 10 s to 600 s long, not 9 s"),
        (SongWish(length_s=601), "not 601 s"),
        (SongWish(length_s=float("nan")), "not nan s"),
        (SongWish(bpm=29), "from 30 to 300 bpm, not 29"),
        (SongWish(key="H"), "'H' is not a key"),
        (SongWish(prompt="a" * 2001), "must not be longer than 2000 characters"),
        (SongWish(lyrics="la " * 7000), "must not be longer than 20000 characters"),
        (SongWish(lyrics="la " * 800), "it sings about 20[0-9][0-9] of their 2399 characters"),
    ],
)
def test_what_it_cannot_make_is_told(engine: AceStepSongs, wish: SongWish, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        engine.make(wish, seed=1, report=no_report)


def test_tiles_join_to_the_sound_of_the_whole(engine: AceStepSongs) -> None:
    latent = torch.randn((1, LATENTS, 430), generator=torch.Generator().manual_seed(1))
    seen: list[float] = []

    whole = engine._sound._decoded(latent, TILES[0], no_report)
    parts = engine._sound._decoded(latent, TILES[-1], seen.append)

    assert whole.shape == (2, 430 * 1920)
    assert np.allclose(whole, parts, atol=1e-5)
    assert len(seen) == 7
    assert seen[-1] == 1.0


def test_a_full_memory_is_met_with_smaller_tiles(engine: AceStepSongs, monkeypatch: pytest.MonkeyPatch) -> None:
    vae, freed = engine._sound.pipeline.vae, []
    real = vae.decode

    def decode(latent: torch.Tensor) -> Any:
        if latent.shape[2] > 320:
            message = "CUDA out of memory"
            raise RuntimeError(message)
        return real(latent)

    sound = engine._sound
    monkeypatch.setattr(vae, "decode", decode)
    monkeypatch.setattr(sound, "_relieve", lambda: freed.append(True))

    made = sound.made(400 * 1920, seed=1, report=no_report, prompt="x", lyrics="y", audio_duration=16.0)

    assert made.shape == (2, 400 * 1920)
    assert freed == [True]


def test_a_model_that_gives_no_numbers_is_told(engine: AceStepSongs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        engine._sound,
        "_decoded",
        lambda latent, _tile, _report: np.full((2, 1920 * latent.shape[2]), np.nan, np.float32),
    )

    with pytest.raises(ValueError, match="another seed may help"):
        engine._sound.made(4 * 1920, seed=1, report=no_report, prompt="x", lyrics="y", audio_duration=0.16)


def test_the_larger_one_comes_in_several_files_and_has_narrower_encoders(tmp_path: Path) -> None:
    manifest = built_in()["ace-step-1.5-xl-turbo"]
    published(manifest, tmp_path)
    pipeline = AceStepSongs(tmp_path)._sound.pipeline

    assert len(list((tmp_path / "acestep-v15-xl-turbo").glob("*.safetensors"))) == 4
    assert pipeline.transformer.config.hidden_size == 48
    assert pipeline.transformer.condition_embedder.weight.shape == (48, 32)
    assert pipeline.condition_encoder.config.hidden_size == pipeline.audio_tokenizer.config.fsq_dim == 32
    assert pipeline.is_turbo


def test_a_pipeline_without_its_audio_tokenizer_is_refused(tmp_path: Path) -> None:
    saved(tmp_path, is_turbo=True)
    index = json.loads((tmp_path / "model_index.json").read_text())
    index["audio_tokenizer"] = [None, None]
    (tmp_path / "model_index.json").write_text(json.dumps(index))

    with pytest.raises(ValueError, match="saved without its audio tokenizer"):
        AceStepSongs(tmp_path)


def test_folders_that_are_no_ace_step(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds 0 folders named acestep-v15"):
        AceStepSongs(tmp_path)
    for name in ("vae", "Qwen3-Embedding-0.6B", "acestep-v15-turbo"):
        (tmp_path / name).mkdir()
        for path in (folder / name).iterdir():
            (tmp_path / name / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match=r"holds 0 folders named acestep-5Hz"):
        AceStepSongs(tmp_path)
    place = tmp_path / "acestep-v15-turbo" / "model.safetensors"
    weights = load_file(place)
    name = "decoder.layers.0.self_attn.q_proj.weight"
    assert name in weights  # the authors' name
    save_file({key: value for key, value in weights.items() if key != name}, place)
    with pytest.raises(ValueError, match=r"transformer does not fit: .*layers.0.self_attn.to_q.weight"):
        AceStepSongs(tmp_path)
