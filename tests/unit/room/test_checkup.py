"""Every engine is tried with a second of sound, and what is wrong with it told in plain words."""

from pathlib import Path

import numpy as np
import pytest

from models.base import Audio
from models.catalogue import Engines, built_in
from models.room import loading
from models.room.checkup import check
from models.room.packages import versions
from models.room.pull import import_folder
from models.room.residency import Residency
from models.room.trials import TRIALS, TrialFailed, chord
from models.tiny import write_twin
from tests.support.recipes import isolated


@pytest.fixture
def twin(tmp_path: Path) -> Engines:
    """With a twin of deepfilternet3 under its own name."""
    engines = Engines(tmp_path)
    made = write_twin(built_in()["deepfilternet3"], tmp_path / "out")
    import_folder(engines.store, built_in()["deepfilternet3"], tmp_path / "out" / made.id)
    return engines


def test_there_is_a_trial_for_every_task() -> None:
    assert {task for manifest in built_in().values() for task in manifest.tasks} - {"files"} <= set(TRIALS)


def test_what_is_built_in_works_and_tells_its_packages(tmp_path: Path) -> None:
    found = check(Engines(tmp_path), built_in()["signalsmith-stretch"])

    assert (found.state, found.text, found.files) == ("works", "", "built in")
    assert found.packages["python-stretch"]
    assert found.device == "CPU"


def test_weights_are_loaded_tried_and_unloaded(twin: Engines) -> None:
    found = check(twin, built_in()["deepfilternet3"])

    assert (found.state, found.text, found.files) == ("works", "", "installed")
    assert twin.room.loaded == {}


def test_what_is_not_there_is_skipped_unless_it_is_pinned(tmp_path: Path) -> None:
    manifest = built_in()["beat-this"]

    skipped, broken = check(Engines(tmp_path), manifest), check(Engines(tmp_path, {"beats": "beat-this"}), manifest)

    assert (skipped.state, broken.state) == ("skipped", "broken")
    assert skipped.text == broken.text == "it is not installed: `woodshed models pull beat-this`"
    assert check(Engines(tmp_path), built_in()["ffmpeg"]).text.startswith("it is a program of its own")


def test_changed_files_are_broken(twin: Engines) -> None:
    (twin.weights_dir / "deepfilternet3" / "enc.onnx").write_bytes(b"")

    found = check(twin, built_in()["deepfilternet3"])

    assert (found.state, found.files) == ("broken", "changed")
    assert "`woodshed models verify deepfilternet3`" in found.text


def test_too_little_memory_is_broken(twin: Engines) -> None:
    twin.room = Residency(budget_bytes=1)

    found = check(twin, built_in()["deepfilternet3"])

    assert found.state == "broken"
    assert found.text.startswith("deepfilternet3 needs 0.1 GiB")


class Nan:
    def clean(self, audio: Audio, *, report: object) -> list[np.ndarray]:
        return [np.full_like(audio.samples, np.nan)]


class Short:
    def clean(self, audio: Audio, *, report: object) -> list[np.ndarray]:
        return [audio.samples[:, 1:]]


@pytest.mark.parametrize(("engine", "told"), [(Nan(), "holds NaN"), (Short(), r"\(2, 44099\) instead of \(2, 44100\)")])
def test_a_wrong_result_fails_its_trial(engine: object, told: str) -> None:
    with pytest.raises(TrialFailed, match=told):
        TRIALS["denoise"](engine)


def test_a_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_name: str) -> None:
        raise ModuleNotFoundError("No module named 'python_stretch'")

    monkeypatch.setattr(loading.importlib, "import_module", nothing)

    found = check(Engines(tmp_path), built_in()["signalsmith-stretch"])

    assert found.state == "broken"
    assert found.text == "signalsmith-stretch cannot be loaded: No module named 'python_stretch'"


def test_an_isolated_engine_is_tried_in_its_process(tmp_path: Path) -> None:
    engines = isolated(tmp_path, "half")
    manifest = engines.manifests["half"]

    assert check(engines, manifest).state == "works"
    assert not engines._processes["stub"].is_running
    engines.environments.remove("stub")
    assert "without its environment" in check(engines, manifest).text


def test_packages_are_read_off_the_source() -> None:
    assert {"torch", "demucs", "safetensors", "numpy"} <= versions("separation.demucs:DemucsSeparator").keys()
    assert {"torch", "librosa", "beat-this"} <= versions("analysis.beat_this:BeatThisTracker").keys()
    assert versions("no.such:Engine") == {}


def test_the_chord_is_the_same_each_time() -> None:
    assert np.array_equal(chord(8_000, 2).samples, chord(8_000, 2).samples)
