"""Demucs from tiny random networks in its own formats: what comes out is what demucs itself computes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from demucs.api import Separator as Reference

from models.base import Audio, Samples
from models.room.ladder import Batches
from models.separation.demucs import DemucsSeparator
from models.separation.windows import Plan, mean_of, overlapped, triangle
from models.tiny.demucs import STEMS, save_bag, save_safetensors
from tests.support.demucs_models import save_th
from tests.support.media import no_report

RATE_HZ = 44_100
SEGMENT = 2 * RATE_HZ
ONE_EACH = np.eye(4).tolist()


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("single")
    save_th(folder, "aaaa", 1)
    save_bag(folder / "tiny.yaml", ["aaaa"])
    return folder


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bag")
    for seed, name in enumerate(("aaaa", "bbbb", "cccc", "dddd"), 1):
        save_th(folder, name, seed)
    save_bag(folder / "tiny_ft.yaml", ["aaaa", "bbbb", "cccc", "dddd"], ONE_EACH)
    return folder


def noise(frames: int, seed: int = 5) -> Audio:
    return Audio(np.random.default_rng(seed).normal(0, 0.1, (2, frames)).astype(np.float32), RATE_HZ)


def whole(separator: DemucsSeparator, audio: Audio, **options: object) -> Samples:
    return np.concatenate(list(separator.separate(audio, report=no_report, **options)), axis=-1)  # type: ignore[arg-type]


@pytest.mark.parametrize("frames", [1, 1000, SEGMENT, SEGMENT + 1, 3 * SEGMENT + 777])
@pytest.mark.parametrize("quality", ["draft", "high"])
def test_each_stem_is_as_long_as_the_mix(single: Path, frames: int, quality: str) -> None:
    out = whole(DemucsSeparator(single), noise(frames), quality=quality)

    assert out.shape == (4, 2, frames)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()


@pytest.mark.parametrize("kind", ["single", "bag"])
def test_one_segment_equals_what_demucs_computes(kind: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(kind)
    audio = noise(SEGMENT)

    out = whole(DemucsSeparator(folder), audio)

    name = "tiny" if kind == "single" else "tiny_ft"
    _, stems = Reference(name, repo=folder, shifts=0, overlap=0.0).separate_tensor(
        torch.from_numpy(audio.samples.copy())
    )
    for stem, ours in zip(STEMS, out, strict=True):
        # demucs adds the mean of the mix to every stem, so that their sum has it four times.
        theirs = stems[stem].numpy() - audio.samples.mean()
        assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


def test_both_formats_give_the_same(single: Path, tmp_path: Path) -> None:
    save_safetensors(tmp_path / "aaaa.safetensors", 1)

    ours = whole(DemucsSeparator(tmp_path), noise(SEGMENT))

    assert np.allclose(ours, whole(DemucsSeparator(single), noise(SEGMENT)), atol=1e-6)


def test_networks_that_speak_for_no_wanted_stem_are_not_run(bag: Path) -> None:
    separator = DemucsSeparator(bag)
    calls: list[int] = []
    for number, network in enumerate(separator._networks):
        network.register_forward_hook(lambda *_args, number=number: calls.append(number))
    audio = noise(SEGMENT)

    all_of_them = whole(separator, audio)
    assert calls == [0, 1, 2, 3]
    calls.clear()
    one = whole(separator, audio, wanted=["vocals"])

    assert calls == [3]
    assert np.allclose(one[3], all_of_them[3], atol=1e-6)
    assert not one[:3].any()


def test_a_seed_gives_the_same_shifts(single: Path) -> None:
    separator, audio = DemucsSeparator(single), noise(SEGMENT + 5000)

    first, again, other = (whole(separator, audio, quality="high", seed=seed) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_it_is_made_with_is_its_standard_quality(single: Path) -> None:
    audio = noise(SEGMENT + 5000)

    slow = whole(DemucsSeparator(single, shifts=2, overlap=0.5), audio, seed=3)

    assert np.array_equal(slow, whole(DemucsSeparator(single), audio, quality="high", seed=3))
    assert not np.array_equal(slow, whole(DemucsSeparator(single), audio, seed=3))
    with pytest.raises(ValueError, match="dtype is one of float16"):
        DemucsSeparator(single, dtype="fp16")


def test_progress_rises_and_stopping_stops(single: Path) -> None:
    seen: list[float] = []
    separator, audio = DemucsSeparator(single), noise(5 * SEGMENT)

    for _ in separator.separate(audio, report=seen.append):
        pass
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    class Cancelled(Exception): ...

    def cancel(fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(separator.separate(audio, report=cancel))


def test_memory_that_does_not_suffice_for_a_batch_suffices_for_less(single: Path) -> None:
    relieved: list[bool] = []
    separator = DemucsSeparator(single, relieve=lambda: relieved.append(True))
    network = separator._networks[0]
    sizes: list[int] = []

    batches = Batches((8, 4, 2, 1))

    def small(part: torch.Tensor) -> torch.Tensor:
        sizes.append(part.shape[0])
        if part.shape[0] > 2:
            raise RuntimeError("CUDA out of memory")
        return network(part)

    out = separator._forward(small, torch.zeros(4, 2, SEGMENT), batches)

    assert out.shape == (4, 4, 2, SEGMENT)
    assert sizes == [4, 2, 2]
    assert relieved == [True]

    separator._forward(small, torch.zeros(3, 2, SEGMENT), batches)
    assert sizes[3:] == [2, 1]  # what was too many is not tried again
    with pytest.raises(RuntimeError, match="out of memory"):
        separator._forward(lambda part: small(part.repeat(3, 1, 1)), torch.zeros(1, 2, SEGMENT), batches)


def test_a_class_that_is_none_of_demucs_is_never_imported(tmp_path: Path) -> None:
    save_safetensors(tmp_path / "evil.safetensors", 1, klass="subprocess.Popen")

    with pytest.raises(ValueError, match=r"subprocess\.Popen, which is no network of Demucs"):
        DemucsSeparator(tmp_path)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    save_th(tmp_path, "aaaa", 1)
    save_bag(tmp_path / "tiny.yaml", ["aaaa", "bbbb"])

    with pytest.raises(ValueError, match="lacks bbbb"):
        DemucsSeparator(tmp_path)


@pytest.mark.parametrize(
    "audio", [Audio(np.zeros((1, 100), np.float32), RATE_HZ), Audio(np.zeros((2, 100), np.float32), 48_000)]
)
def test_other_rates_and_channels_are_refused(single: Path, audio: Audio) -> None:
    with pytest.raises(ValueError, match="stereo at 44100 Hz"):
        whole(DemucsSeparator(single), audio)


@pytest.mark.parametrize("frames", [1, 99, 100, 101, 555, 1000])
@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("shift", [0, 30])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_network_that_changes_nothing_gives_the_mix_back(frames: int, overlap: float, shift: int, batch: int) -> None:
    mix = np.random.default_rng(frames).normal(0, 1, (2, frames)).astype(np.float32)
    plan = Plan.of(frames, segment=100, overlap=overlap, shift=shift)

    blocks = overlapped(mix, lambda x: np.stack([x, 2 * x], axis=1), plan, stems=2, batch=batch, report=no_report)
    out = np.concatenate(list(blocks), axis=-1)

    assert np.allclose(out, np.stack([mix, 2 * mix]), atol=1e-5)


def test_the_least_number_of_segments_covers_the_recording() -> None:
    assert Plan.of(30 * RATE_HZ, segment=343_980, overlap=0.25).starts[-1] + 343_980 == 30 * RATE_HZ
    assert len(Plan.of(30 * RATE_HZ, segment=343_980, overlap=0.25).starts) == 5  # demucs itself takes 6
    assert triangle(8).tolist() == [0.25, 0.5, 0.75, 1.0, 1.0, 0.75, 0.5, 0.25]


def test_runs_that_are_cut_differently_are_averaged_frame_by_frame() -> None:
    sound = np.arange(100, dtype=np.float32)[None]

    out = np.concatenate(
        list(mean_of([iter(np.split(sound, [10, 50], 1)), iter(np.split(3 * sound, [33], 1))])), axis=1
    )

    assert np.array_equal(out, 2 * sound)
