"""Random twins: the files their manifests say, and every engine loads and runs its own."""

from pathlib import Path

import pytest

from models.catalogue import OWN, EngineMissing, Engines, built_in
from models.room.manifest import read
from models.room.pull import import_folder
from models.room.trials import TRIALS
from models.tiny import write_twin

WITH_WEIGHTS = [manifest.id for manifest in built_in().values() if manifest.files]


@pytest.mark.parametrize("model_id", WITH_WEIGHTS)
def test_a_twin_is_imported_lent_and_run(tmp_path: Path, model_id: str) -> None:
    original = built_in()[model_id]
    twin = write_twin(original, tmp_path)
    engines = Engines(tmp_path, dict.fromkeys(original.tasks, twin.id))

    assert read(tmp_path / OWN / f"{twin.id}.yaml") == twin
    assert [file.path for file in twin.files] == [file.path for file in original.files]
    import_folder(engines.store, twin, tmp_path / twin.id)
    with engines.borrow() as borrowed:
        for task in original.tasks:
            TRIALS[task](borrowed.load(task))
    assert borrowed.names == f"tiny-{model_id}"


def test_nobody_gets_noise_who_has_not_pinned_it(tmp_path: Path) -> None:
    twin = write_twin(built_in()["s-key"], tmp_path / "out")
    engines = Engines(tmp_path)
    (tmp_path / OWN).mkdir()
    (tmp_path / OWN / "twin.yaml").write_text((tmp_path / "out" / "manifests" / f"{twin.id}.yaml").read_text())
    import_folder(engines.store, twin, tmp_path / "out" / twin.id)

    assert not engines.can("key")
    with pytest.raises(EngineMissing):
        engines.choose("key")
    assert Engines(tmp_path, {"key": twin.id}).can("key")


def test_what_has_no_twin_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ffmpeg has no twin"):
        write_twin(built_in()["ffmpeg"], tmp_path)
