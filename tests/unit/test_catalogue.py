"""Which engine does a task: the best that can run, a pinned one or none."""

from pathlib import Path

import pytest

from models.catalogue import DEEPFILTERNET3, ENGINES, EngineMissing, Engines


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "deepfilternet3"
    folder.mkdir()
    for name in DEEPFILTERNET3:
        (folder / name).touch()
    return tmp_path


def test_names_are_unique_and_each_licence_is_told() -> None:
    assert len({engine.name for engine in ENGINES}) == len(ENGINES)
    assert all(engine.licence and engine.source for engine in ENGINES)


def test_without_weights_the_embedded_engine_is_taken(tmp_path: Path) -> None:
    assert Engines(tmp_path).choose("denoise").name == "woodshed-denoise"


def test_with_weights_theirs_is(weights: Path) -> None:
    assert Engines(weights).choose("denoise").name == "deepfilternet3"


def test_one_missing_file_is_one_too_many(weights: Path) -> None:
    (weights / "deepfilternet3" / DEEPFILTERNET3[0]).unlink()

    assert Engines(weights).choose("denoise").name == "woodshed-denoise"


def test_a_pinned_engine_is_taken_though_a_better_one_is_there(weights: Path) -> None:
    assert Engines(weights, {"denoise": "woodshed-denoise"}).choose("denoise").name == "woodshed-denoise"


def test_a_pinned_engine_that_cannot_run_is_never_swapped(tmp_path: Path) -> None:
    engines = Engines(tmp_path, {"denoise": "deepfilternet3"})

    with pytest.raises(EngineMissing, match=r"enc\.onnx, .* missing in .*deepfilternet3"):
        engines.choose("denoise")


def test_a_pinned_name_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineMissing, match="no engine named nonsense for denoise"):
        Engines(tmp_path, {"denoise": "nonsense"}).choose("denoise")


def test_an_optional_task_is_left_out_unless_its_engine_is_pinned(tmp_path: Path) -> None:
    assert not Engines(tmp_path).can("beats")
    assert Engines(tmp_path).can("denoise")
    with pytest.raises(EngineMissing):
        Engines(tmp_path, {"beats": "beat-this"}).can("beats")


def test_a_loaded_engine_is_kept(tmp_path: Path) -> None:
    engines = Engines(tmp_path)

    assert engines.load("speed") is engines.load("speed")
    assert engines.load("files") is None
