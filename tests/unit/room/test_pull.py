"""Pulling from a hub and from a web server that break off, lie, or have other files than the manifest says."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.room.manifest import Manifest
from models.room.pull import LicenceNotAccepted, Puller, import_folder
from models.room.store import HashMismatch, Store, StoreError
from tests.support.hub import COMMIT, hub
from tests.support.receivers import Receiver, answer, endless, routes

BIG = bytes(range(256)) * 8192  # 2 MiB
FILES = {"model.safetensors": BIG, "config.json": b'{"a": 1}'}


def manifest(kind: str = "hub", url: str = "http://127.0.0.1", **changes: object) -> Manifest:
    source = (
        {"kind": "hub", "repo": "owner/thing", "revision": COMMIT} if kind == "hub" else {"kind": "http", "url": url}
    )
    files = [
        {"path": path, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for path, data in FILES.items()
    ]
    given = {"id": "thing", "tasks": ["denoise"], "licence": {"code": "MIT"}, "source": source, "files": files}
    return Manifest.model_validate({**given, **changes})


def breaking(*lengths: int | None) -> Callable[[], int | None]:
    left = iter(lengths)
    return lambda: next(left, None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    return Store(tmp_path / "weights")


def gets(receiver: Receiver, path: str) -> list[str]:
    """The ranges asked for in each GET of a file."""
    return [
        request.headers.get("range", "")
        for request in receiver.requests
        if request.method == "GET" and request.target.endswith(path)
    ]


def test_a_model_comes_from_the_hub_with_its_revision(store: Store) -> None:
    done: list[int] = []
    with Receiver(hub(FILES)) as receiver:
        record = Puller(store, endpoint=receiver.url).pull(manifest(), progress=done.append)

    assert store.state(manifest()) == "installed"
    assert (record.source, record.revision) == ("owner/thing", COMMIT)
    assert sum(done) == sum(map(len, FILES.values()))


def test_a_pull_that_breaks_off_goes_on_within_itself(store: Store) -> None:
    with Receiver(hub(FILES, break_after=breaking(500_000, 600_000))) as receiver:
        Puller(store, endpoint=receiver.url).pull(manifest())

    assert gets(receiver, "model.safetensors") == ["", "bytes=500000-", "bytes=1100000-"]
    assert store.verify(manifest()) == []


def test_a_pull_that_fails_goes_on_in_the_next_one(store: Store) -> None:
    told = pytest.raises(StoreError, match="after 4 tries; pull again to go on from there")
    with Receiver(hub(FILES, break_after=lambda: 100_000)) as receiver, told:
        Puller(store, endpoint=receiver.url).pull(manifest())
    assert store.state(manifest()) == "absent"

    with Receiver(hub(FILES)) as receiver:
        Puller(store, endpoint=receiver.url).pull(manifest())

    assert gets(receiver, "model.safetensors") == ["bytes=400000-"]
    assert store.verify(manifest()) == []


def test_a_file_that_changed_on_the_hub_is_not_continued(store: Store) -> None:
    other = {**FILES, "model.safetensors": BIG[::-1]}
    loose = manifest(files=[{"path": path} for path in FILES])
    with Receiver(hub(other, break_after=lambda: 100_000)) as receiver, pytest.raises(StoreError):
        Puller(store, endpoint=receiver.url).pull(loose)

    with Receiver(hub(FILES)) as receiver:
        Puller(store, endpoint=receiver.url).pull(loose)

    assert gets(receiver, "model.safetensors") == [""]
    assert (store.folder("thing") / "model.safetensors").read_bytes() == BIG


def test_another_file_than_the_manifest_says_is_refused_before_its_bytes_are_fetched(store: Store) -> None:
    told = pytest.raises(HashMismatch, match=r"the hub has another model\.safetensors")
    with Receiver(hub({**FILES, "model.safetensors": BIG[::-1]})) as receiver, told:
        Puller(store, endpoint=receiver.url).pull(manifest())

    assert gets(receiver, "model.safetensors") == []
    assert store.state(manifest()) == "absent"


def test_a_web_server_that_serves_something_else_is_found_out(store: Store) -> None:
    served = {"/model.safetensors": answer(200, BIG[::-1]), "/config.json": answer(200, FILES["config.json"])}
    with Receiver(routes(served)) as receiver, pytest.raises(HashMismatch, match="not the file that was asked for"):
        Puller(store).pull(manifest("http", receiver.url))

    assert store.state(manifest("http")) == "absent"


def test_a_server_that_sends_too_much_is_cut_off(store: Store) -> None:
    served = {"/model.safetensors": answer(200, BIG + b"more"), "/config.json": answer(200, FILES["config.json"])}
    with Receiver(routes(served)) as receiver, pytest.raises(HashMismatch, match="sends more than"):
        Puller(store).pull(manifest("http", receiver.url))


def test_where_no_size_is_known_the_disk_is_not_filled(store: Store) -> None:
    loose = manifest("http", files=[{"path": "model.safetensors"}])
    puller = Puller(store, free_bytes=lambda _path: 2**30 + 2**20)
    with Receiver(endless()) as receiver:
        source = loose.source.model_copy(update={"url": receiver.url})
        served = loose.model_copy(update={"source": source})
        with pytest.raises(HashMismatch, match="sends more than"):
            puller.pull(served)


def test_a_server_without_ranges_starts_again(store: Store) -> None:
    def no_ranges(request, line):
        cut.append(len(cut))
        content = BIG if request.target == "/model.safetensors" else FILES["config.json"]
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        line.send(head.encode() + (content[:1000] if len(cut) == 1 else content))

    cut: list[int] = []
    done: list[int] = []
    with Receiver(no_ranges) as receiver:
        Puller(store).pull(manifest("http", receiver.url), progress=done.append)

    assert store.verify(manifest("http")) == []
    assert sum(done) == sum(map(len, FILES.values()))


def test_a_missing_file_is_told_in_the_words_of_the_hub(store: Store) -> None:
    with (
        Receiver(hub({"config.json": b""})) as receiver,
        pytest.raises(StoreError, match=r"thing: model\.safetensors: 404"),
    ):
        Puller(store, endpoint=receiver.url).pull(manifest())


def test_a_full_disk_is_told_before_the_first_byte(store: Store) -> None:
    with Receiver(hub(FILES)) as receiver:
        puller = Puller(store, endpoint=receiver.url, free_bytes=lambda _path: 2**20)
        with pytest.raises(StoreError, match="GiB are needed"):
            puller.pull(manifest())

    assert gets(receiver, "model.safetensors") == []


@pytest.mark.parametrize(
    "licence",
    [
        {"code": "MIT", "weights": "CC-BY-NC-4.0", "commercial": "no"},
        {"code": "MIT", "weights": "X", "accept": "click"},
    ],
)
def test_a_licence_that_asks_for_it_is_accepted_by_somebody_first(store: Store, licence: dict[str, str]) -> None:
    wanted = manifest(licence=licence)
    with Receiver(hub(FILES)) as receiver:
        with pytest.raises(LicenceNotAccepted, match=r"--accept-licence thing"):
            Puller(store, endpoint=receiver.url).pull(wanted)
        assert receiver.requests == []
        record = Puller(store, endpoint=receiver.url).pull(wanted, accepted_by="ann")

    assert record.accepted_by == "ann"


def test_what_another_model_has_is_not_fetched_again(store: Store) -> None:
    with Receiver(hub(FILES)) as receiver:
        Puller(store, endpoint=receiver.url).pull(manifest())
        receiver.requests.clear()
        Puller(store, endpoint=receiver.url).pull(manifest(id="twin"))

    assert gets(receiver, "model.safetensors") == []
    assert store.verify(manifest(id="twin")) == []


def test_a_folder_is_imported_with_the_same_checks(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "usb"
    folder.mkdir()
    with pytest.raises(StoreError, match=r"lacks model\.safetensors, config\.json"):
        import_folder(store, manifest(), folder)
    for path, data in FILES.items():
        (folder / path).write_bytes(data)

    import_folder(store, manifest(), folder)

    assert store.verify(manifest()) == []
    assert (folder / "config.json").is_file()
    (folder / "config.json").write_bytes(b"{}")
    with pytest.raises(HashMismatch):
        import_folder(store, manifest(), folder)
