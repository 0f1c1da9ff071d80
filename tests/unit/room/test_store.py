"""Weights on disk: whole or not there, each content once, never removed while somebody works with them."""

import hashlib
import os
from pathlib import Path

import pytest

from models.room.manifest import Manifest
from models.room.store import HashMismatch, InUse, Store, StoreError

CONTENT = {"model.safetensors": b"weights" * 1000, "sub/config.json": b"{}"}


def manifest(model_id: str = "thing", content: dict[str, bytes] | None = None, **changes: object) -> Manifest:
    files = [
        {"path": path, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for path, data in (content or CONTENT).items()
    ]
    return Manifest.model_validate(
        {"id": model_id, "tasks": ["denoise"], "licence": {"code": "MIT"}, "files": files, **changes}
    )


def publish(store: Store, wanted: Manifest, content: dict[str, bytes] | None = None) -> None:
    with store.staging(wanted.id) as folder:
        for path, data in (content or CONTENT).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        store.publish(wanted, folder, source="test")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "weights")


def test_a_published_model_is_installed_and_its_files_are_the_given_ones(store: Store) -> None:
    assert store.state(manifest()) == "absent"

    publish(store, manifest())

    assert store.state(manifest()) == "installed"
    assert {path: (store.folder("thing") / path).read_bytes() for path in CONTENT} == CONTENT
    assert store.verify(manifest()) == []
    store.check_before_loading(manifest())


@pytest.mark.parametrize(
    "bad",
    [{"model.safetensors": b"other", "sub/config.json": b"{}"}, {"model.safetensors": CONTENT["model.safetensors"]}],
)
def test_wrong_or_missing_files_are_refused_and_what_was_there_stays(store: Store, bad: dict[str, bytes]) -> None:
    publish(store, manifest())

    with pytest.raises(StoreError):
        publish(store, manifest(), bad)

    assert store.state(manifest()) == "installed"
    assert store.verify(manifest()) == []


def test_a_beginning_of_the_hash_is_enough(store: Store) -> None:
    digest = hashlib.sha256(b"abc").hexdigest()
    wanted = manifest(content={"a.th": b"abc"})
    short = wanted.model_copy(update={"files": (wanted.files[0].model_copy(update={"sha256": digest[:8]}),)})

    publish(store, short, {"a.th": b"abc"})
    with pytest.raises(HashMismatch, match="not the file that was asked for"):
        publish(store, short, {"a.th": b"abd"})


def test_equal_contents_of_two_models_lie_there_once(store: Store) -> None:
    publish(store, manifest("one"))
    publish(store, manifest("two"))

    assert store.used_bytes() == sum(map(len, CONTENT.values()))
    store.remove("one")
    assert store.gc() == 0
    assert store.verify(manifest("two")) == []
    store.remove("two")
    assert store.gc() == sum(map(len, CONTENT.values()))
    assert store.used_bytes() == 0


def test_a_changed_file_is_noticed_and_never_loaded(store: Store) -> None:
    publish(store, manifest())
    path = store.folder("thing") / "model.safetensors"
    path.unlink()
    path.write_bytes(b"x" * len(CONTENT["model.safetensors"]))

    assert store.state(manifest()) == "changed"
    assert store.verify(manifest()) == ["model.safetensors has changed"]
    with pytest.raises(HashMismatch):
        store.check_before_loading(manifest())


def test_a_pickle_is_hashed_before_each_load_even_when_it_looks_untouched(store: Store) -> None:
    content = {"a.th": b"pickle"}
    publish(store, manifest(content=content), content)
    path = store.folder("thing") / "a.th"
    seen = path.stat()
    with path.open("r+b") as file:
        file.write(b"picklE")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    assert store.state(manifest(content=content)) == "installed"  # as far as a look can tell
    with pytest.raises(HashMismatch):
        store.check_before_loading(manifest(content=content))


def test_what_only_was_touched_is_hashed_and_loaded(store: Store) -> None:
    publish(store, manifest())
    os.utime(store.folder("thing") / "model.safetensors")

    assert store.state(manifest()) == "changed"
    store.check_before_loading(manifest())


def test_a_model_in_use_is_neither_removed_nor_replaced(store: Store) -> None:
    publish(store, manifest())

    with store.in_use("thing"), store.in_use("thing"):
        with pytest.raises(InUse, match="thing is in use"):
            store.remove("thing")
        with pytest.raises(InUse):
            publish(store, manifest())

    store.remove("thing")
    assert store.state(manifest()) == "absent"


def test_two_pulls_of_a_model_do_not_meet(store: Store) -> None:
    with store.staging("thing"), pytest.raises(InUse, match="pulled by another process"), store.staging("thing"):
        pass


def test_a_broken_record_means_absent(store: Store) -> None:
    publish(store, manifest())
    (store.folder("thing") / ".record").write_text("{")

    assert store.state(manifest()) == "absent"


def test_removing_what_is_not_there_does_nothing(store: Store) -> None:
    store.remove("nothing")
    assert store.gc() == 0
