"""Which model does a task: the best that can run, a pinned one or none. And the manifests that come with the project."""

import hashlib
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.catalogue import OWN, EngineMissing, Engines, built_in
from models.room import loading
from models.room.manifest import BUILT_IN, Manifest, ManifestError, read
from models.room.residency import Residency
from models.room.store import InUse

LABELS = b"[]"
OURS = """
id: my-separator
tasks: [denoise]
engine: denoise.embedded:EmbeddedDenoiser
rank: 99
licence: {code: MIT}
"""
# By espeak-ng, which is a program of its own, as ffmpeg is.
SPEAK_BY_ESPEAK = {"woodshed-speech", "kokoro-82m", "woodshed-singer", "woodshed-songs"}


def install(folder: Path, model_id: str) -> None:
    """Put files of any content where a model's are expected, as a pull does."""
    engines = Engines(folder)
    manifest = built_in()[model_id]
    loose = manifest.model_copy(update={"files": tuple(f.model_copy(update={"size_bytes": 0}) for f in manifest.files)})
    with engines.store.staging(model_id) as staged:
        for file in loose.files:
            (staged / file.path).write_bytes(LABELS)
        engines.store.publish(loose, staged, source="test")


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.yaml")), ids=lambda path: path.stem)
class TestBuiltIn:
    def test_is_named_like_its_file_and_tells_what_it_is(self, path: Path) -> None:
        manifest = read(path)

        assert manifest.id == path.stem
        assert manifest.about
        assert manifest.source_of_method

    def test_can_be_had_and_used(self, path: Path) -> None:
        manifest = read(path)

        assert manifest.licence.commercial == "yes" or manifest.licence.accept == "gated"  # its terms are shown first
        assert "GPL" not in manifest.licence.code or not manifest.engine or manifest.id in SPEAK_BY_ESPEAK
        assert bool(manifest.files) == bool(manifest.tiny)
        for place in filter(None, (manifest.engine, manifest.tiny)):
            module, _, name = place.partition(":")
            assert (Path(BUILT_IN).parent / f"{module.replace('.', '/')}.py").is_file()
            assert name

    def test_its_defaults_are_what_its_engine_is_made_with(self, path: Path) -> None:
        manifest = read(path)

        if manifest.defaults:
            known = inspect.signature(loading.factory_of(manifest)).parameters
            assert set(manifest.defaults) <= set(known)
            for name, value in manifest.defaults.items():
                assert known[name].default == value or _tells_apart(manifest, name)


def _tells_apart(manifest: Manifest, name: str) -> bool:
    """Whether the weights of one engine differ in a default, such as the size of a network."""
    twins = [other for other in map(read, Path(BUILT_IN).glob("*.yaml")) if other.engine == manifest.engine]
    return len({repr(other.defaults.get(name)) for other in twins}) > 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("id: UPPER", "id: String should match"),
        ("tasks: []", "tasks: Tuple should have at least 1 item"),
        ("files: [{path: ../x}]", "a path inside the model's folder"),
        ("files: [{path: /etc/x}]", "a path inside the model's folder"),
        ("files: [{path: a, sha256: xyz}]", "8 to 64 hexadecimal digits"),
        ("files: [{path: a}, {path: a}]", "a file is listed twice"),
        ("source: {kind: hub}", "needs repo: owner/name"),
        ("surprise: 1", "surprise: Extra inputs are not permitted"),
        ("engine: 'isolated:../x'", "isolated:NAME takes small letters"),
        ("tasks: [notes]\nengine: 'isolated:x'", "an isolated engine does one of denoise"),
        ("tasks: [denoise, deecho]\nengine: 'isolated:x'", "an isolated engine does one of denoise"),
        ("id: [", "thing.yaml: "),
    ],
)
def test_a_manifest_that_cannot_be_used_is_told_by_name_and_place(tmp_path: Path, change: str, told: str) -> None:
    lines = {"id": "id: thing", "tasks": "tasks: [denoise]", "licence": "licence: {code: MIT}"}
    lines[change.partition(":")[0]] = change
    (tmp_path / "thing.yaml").write_text("\n".join(lines.values()))

    with pytest.raises(ManifestError) as failure:
        read(tmp_path / "thing.yaml")
    assert "thing.yaml: " in str(failure.value)
    assert told in str(failure.value)


def test_without_weights_the_embedded_engine_is_taken(tmp_path: Path) -> None:
    assert Engines(tmp_path).choose("denoise").id == "woodshed-denoise"


def test_with_weights_theirs_is(tmp_path: Path) -> None:
    install(tmp_path, "deepfilternet3")

    assert Engines(tmp_path).choose("denoise").id == "deepfilternet3"


def test_files_that_were_only_laid_there_do_not_count(tmp_path: Path) -> None:
    folder = tmp_path / "deepfilternet3"
    folder.mkdir()
    for file in built_in()["deepfilternet3"].files:
        (folder / file.path).touch()

    assert Engines(tmp_path).choose("denoise").id == "woodshed-denoise"


def test_one_missing_file_is_one_too_many(tmp_path: Path) -> None:
    install(tmp_path, "deepfilternet3")
    (tmp_path / "deepfilternet3" / "enc.onnx").unlink()

    engines = Engines(tmp_path)
    assert engines.choose("denoise").id == "woodshed-denoise"
    assert engines.problem(built_in()["deepfilternet3"]).startswith("not what was verified")


def test_a_pinned_engine_is_taken_though_a_better_one_is_there(tmp_path: Path) -> None:
    install(tmp_path, "deepfilternet3")

    assert Engines(tmp_path, {"denoise": "woodshed-denoise"}).choose("denoise").id == "woodshed-denoise"


def test_a_pinned_engine_that_cannot_run_is_never_swapped(tmp_path: Path) -> None:
    engines = Engines(tmp_path, {"denoise": "deepfilternet3"})

    with pytest.raises(EngineMissing, match="deepfilternet3 is not installed: `woodshed models import deepfilternet3`"):
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


def test_weights_that_changed_after_they_were_chosen_are_not_loaded(tmp_path: Path) -> None:
    install(tmp_path, "beat-this")
    path = tmp_path / "beat-this" / "final0.ckpt"
    seen = path.stat()
    with path.open("r+b") as file:
        file.write(b"{")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    with Engines(tmp_path).borrow() as borrowed, pytest.raises(EngineMissing, match="not the file that was verified"):
        borrowed.load("beats")


class Fake:
    """An engine made from its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder


def test_weights_are_loaded_once_held_while_in_use_and_kept_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "s-key")
    monkeypatch.setattr(loading, "factory_of", lambda _manifest: Fake)
    engines = Engines(tmp_path)

    with engines.borrow() as first:
        engine = first.load("key")
        assert first.load("key") is engine
        with pytest.raises(InUse):
            engines.store.remove("s-key")
        assert not engines.room.unload("s-key")
    with engines.borrow() as second:
        assert second.load("key") is engine

    assert engines.room.unload("s-key")
    engines.store.remove("s-key")
    assert not engines.can("key")


def test_a_model_larger_than_the_room_is_told(tmp_path: Path) -> None:
    install(tmp_path, "beat-this")
    engines = Engines(tmp_path, room=Residency(budget_bytes=2**20))

    with engines.borrow() as borrowed, pytest.raises(EngineMissing, match=r"beat-this needs 1\.0 GiB"):
        borrowed.load("beats")


class Picky:
    """An engine with parameters of its own."""

    def __init__(self, folder: Path, *, overlap: float = 0.25, relieve: Callable[[], None] = lambda: None) -> None:
        if overlap > 1:
            raise ValueError("overlap must be 0 to 1")
        self.overlap = overlap
        self.relieve = relieve


def with_defaults(folder: Path, monkeypatch: pytest.MonkeyPatch, **defaults: object) -> Any:
    install(folder, "s-key")
    monkeypatch.setattr(loading, "factory_of", lambda _manifest: Picky)
    engines = Engines(folder)
    manifest = built_in()["s-key"].model_copy(update={"defaults": defaults})
    with engines.lent(manifest) as engine:
        return engine, engines


def test_defaults_of_the_manifest_reach_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, engines = with_defaults(tmp_path, monkeypatch, overlap=0.5)

    assert engine.overlap == 0.5
    assert engines.room.loaded
    engine.relieve()  # nobody uses it any more
    assert engines.room.loaded == {}


@pytest.mark.parametrize(
    ("defaults", "told"),
    [
        ({"overlapp": 0.5}, "its engine has no overlapp"),
        ({"relieve": 1}, "its engine has no relieve"),
        ({"overlap": 2}, "s-key cannot be loaded: overlap must be 0 to 1"),
    ],
)
def test_defaults_that_do_not_fit_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defaults: dict[str, object], told: str
) -> None:
    with pytest.raises(EngineMissing, match=told):
        with_defaults(tmp_path, monkeypatch, **defaults)


def test_the_operators_manifests_come_beside_ours_and_before_them(tmp_path: Path) -> None:
    (tmp_path / OWN).mkdir()
    (tmp_path / OWN / "my.yaml").write_text(OURS)

    assert Engines(tmp_path).choose("denoise").id == "my-separator"


def test_work_tells_what_it_used_and_where_its_weights_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "s-key")
    monkeypatch.setattr(loading, "factory_of", lambda _manifest: Fake)
    engines = Engines(tmp_path)

    with engines.borrow("files") as borrowed:
        assert borrowed.load("key").folder == tmp_path / "s-key"

    assert borrowed.names == "ffmpeg + s-key"
    ffmpeg, key = borrowed.provenance
    assert ffmpeg == {"id": "ffmpeg", "licence": "GPL-3.0-or-later"}
    assert (key["source"], key["sha256"]) == ("test", {"skey.onnx": hashlib.sha256(LABELS).hexdigest()})
    with pytest.raises(EngineMissing):
        engines.borrow("beats")
