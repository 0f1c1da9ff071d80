"""Files in a folder and in an S3-type store behave alike."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.errors import NotFound, Unavailable
from app.infra.storage import LocalStorage, S3Storage, Storage
from app.settings import StorageSettings
from tests.support.s3 import s3_settings

TASK = "0b5c7d3e-1111-4222-8333-123456789abc"
KEY = f"outputs/{TASK}/song.wav"


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    if request.param == "local":
        yield LocalStorage(tmp_path / "files")
        return
    with s3_settings() as settings:
        yield S3Storage(settings)


def put(storage: Storage, folder: Path, content: bytes, key: str = KEY) -> None:
    path = folder / f"upload{threading.get_ident()}"
    path.write_bytes(content)
    storage.put(key, path, "audio/wav")
    assert not path.exists()


def read(storage: Storage, start: int, end: int) -> bytes:
    return b"".join(storage.read(KEY, start, end))


def test_gives_back_what_was_put(storage: Storage, tmp_path: Path) -> None:
    content = os.urandom(700_000)
    put(storage, tmp_path, content)

    assert storage.size(KEY) == len(content)
    assert read(storage, 0, len(content)) == content
    assert read(storage, 1000, 1010) == content[1000:1010]
    assert read(storage, len(content) - 1, len(content)) == content[-1:]
    assert storage.fetch(KEY, tmp_path).read_bytes() == content


def test_a_missing_file_is_not_found(storage: Storage, tmp_path: Path) -> None:
    assert storage.size(KEY) is None
    with pytest.raises(NotFound):
        list(storage.read(KEY, 0, 10))
    with pytest.raises(NotFound):
        storage.fetch(KEY, tmp_path)


def test_deleting_twice_does_no_harm(storage: Storage, tmp_path: Path) -> None:
    put(storage, tmp_path, b"x")

    storage.delete(KEY)
    storage.delete(KEY)

    assert storage.size(KEY) is None


def test_putting_twice_keeps_the_later(storage: Storage, tmp_path: Path) -> None:
    put(storage, tmp_path, b"first")
    put(storage, tmp_path, b"second!")

    assert read(storage, 0, 7) == b"second!"


def test_lists_by_prefix(storage: Storage, tmp_path: Path) -> None:
    put(storage, tmp_path, b"x")
    put(storage, tmp_path, b"xyz", key=f"inputs/{TASK}/audio_file")

    (entry,) = storage.entries("inputs/")

    assert (entry.key, entry.size_bytes) == (f"inputs/{TASK}/audio_file", 3)
    assert entry.modified.tzinfo is not None


def test_is_ready(storage: Storage) -> None:
    storage.check()


@pytest.mark.parametrize(
    "key",
    [
        "../secret",
        f"outputs/{TASK}/../../../etc/passwd",
        f"outputs/{TASK}/..",
        f"outputs/{TASK}/.hidden",
        "/etc/passwd",
        f"outputs/{TASK}/a\0b",
        f"outputs/{TASK}/a/b",
        f"elsewhere/{TASK}/a",
        f"outputs/{TASK}/%2e%2e",
        "",
    ],
)
def test_keys_that_are_not_ours_are_refused(storage: Storage, tmp_path: Path, key: str) -> None:
    for act in (
        storage.size,
        storage.delete,
        lambda k: storage.fetch(k, tmp_path),
        lambda k: list(storage.read(k, 0, 1)),
    ):
        with pytest.raises(ValueError, match="not a storage key"):
            act(key)


def test_a_planted_symlink_is_not_followed(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "files")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    folder = storage.root / "outputs" / TASK
    folder.mkdir(parents=True)
    (folder / "song.wav").symlink_to(secret)

    with pytest.raises(NotFound):
        storage.size(KEY)


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "files")
    contents = [bytes([value]) * 300_000 for value in (1, 2)]
    put(storage, tmp_path, contents[0])
    stop = threading.Event()
    seen: list[bytes] = []

    def watch() -> None:
        while not stop.is_set():
            seen.append(b"".join(storage.read(KEY, 0, 300_000)))

    reader = threading.Thread(target=watch)
    reader.start()
    for turn in range(50):
        put(storage, tmp_path, contents[turn % 2])
    stop.set()
    reader.join()

    assert seen
    assert all(content in contents for content in seen)


def test_a_store_that_cannot_be_reached_says_so(tmp_path: Path) -> None:
    secret = SecretStr("x")
    nowhere = StorageSettings(
        kind="s3", bucket="b", endpoint_url="http://127.0.0.1:9", access_key_id=secret, secret_access_key=secret
    )
    storage = S3Storage(nowhere)
    path = tmp_path / "a"
    path.write_bytes(b"x")

    for call in (
        storage.check,
        lambda: storage.put(KEY, path, ""),
        lambda: storage.size(KEY),
        lambda: list(storage.read(KEY, 0, 1)),
        lambda: storage.delete(KEY),
        lambda: list(storage.entries("outputs/")),
    ):
        with pytest.raises(Unavailable):
            call()
    assert path.exists()
