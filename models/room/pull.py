"""Files from a hub or a web server into the store: resumed where a pull broke off, hashed before they count."""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from models.room.manifest import Manifest, WeightsFile
from models.room.store import BLOBS, HashMismatch, Progress, Record, Store, StoreError

TRIES = 4
TIMEOUT = httpx.Timeout(60.0, connect=15.0)
SPARE_BYTES = 1 << 30
PARTIAL, TAG = ".partial", ".tag"
FULL_DIGEST = re.compile(r"[0-9a-f]{64}")
RANGED, WHOLE, BEYOND = 206, 200, 416


class LicenceNotAccepted(StoreError):
    """Somebody has to say yes first."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A file as its server describes it. `sha256` and `size_bytes` where it says so."""

    url: str
    headers: dict[str, str]
    tag: str = ""
    sha256: str = ""
    size_bytes: int = 0


def needs_acceptance(manifest: Manifest) -> str:
    """Why a licence has to be accepted before the weights may be used; empty when it need not."""
    licence = manifest.licence
    if licence.accept != "none":
        return f"its licence ({licence.weights or licence.code}) must be accepted"
    if licence.commercial != "yes":
        return f"its weights ({licence.weights or licence.code}) are not for every commercial use"
    return ""


class Puller:
    """`endpoint`: a hub other than the usual one; `token`: for gated repositories. None: from the environment."""

    def __init__(
        self,
        store: Store,
        *,
        endpoint: str | None = None,
        token: str | None = None,
        client: httpx.Client | None = None,
        free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
    ) -> None:
        self._store = store
        self._endpoint = endpoint
        self._token = token
        self._client = client or httpx.Client(timeout=TIMEOUT, follow_redirects=True)
        self._free_bytes = free_bytes

    def pull(self, manifest: Manifest, *, accepted_by: str = "", progress: Progress = lambda _bytes: None) -> Record:
        """Fetch all files of a model and publish them.

        Raises LicenceNotAccepted, HashMismatch, InUse, or StoreError with what the server said. What was fetched so
        far stays for the next pull.
        """
        reason = needs_acceptance(manifest)
        if reason and not accepted_by:
            message = f"{manifest.id}: {reason}; `--accept-licence {manifest.id}` does"
            raise LicenceNotAccepted(message)
        if manifest.source.kind == "none":
            message = f"{manifest.id} can only be imported from a folder"
            raise StoreError(message)
        with self._client, self._store.staging(manifest.id) as folder:  # one pull for each puller
            remotes = {wanted.path: self._describe(manifest, wanted) for wanted in manifest.files}
            self._check_space(sum(remote.size_bytes for remote in remotes.values()), folder)
            for wanted in manifest.files:
                self._fetch(wanted, remotes[wanted.path], folder / wanted.path, progress)
            return self._store.publish(
                manifest,
                folder,
                source=manifest.source.repo or manifest.source.url,
                revision=manifest.source.revision if manifest.source.kind == "hub" else "",
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                accepted_by=accepted_by if reason else "",
            )

    def _describe(self, manifest: Manifest, wanted: WeightsFile) -> Remote:
        source = manifest.source
        if source.kind == "http":
            return Remote(
                f"{source.url.rstrip('/')}/{wanted.path}", {}, sha256=wanted.sha256, size_bytes=wanted.size_bytes
            )
        import httpx2  # what huggingface_hub speaks HTTP with
        from huggingface_hub import get_hf_file_metadata, hf_hub_url
        from huggingface_hub.utils._headers import build_hf_headers

        url = hf_hub_url(source.repo, wanted.path, revision=source.revision, endpoint=self._endpoint)
        headers = build_hf_headers(token=self._token)
        try:
            seen = get_hf_file_metadata(url, token=self._token, endpoint=self._endpoint)
        except (httpx2.HTTPError, OSError) as error:
            message = f"{manifest.id}: {wanted.path}: {str(error).strip().splitlines()[0]}"
            raise StoreError(message) from None
        tag = (seen.etag or "").strip('"')
        digest = tag if FULL_DIGEST.fullmatch(tag) else ""
        if digest and not digest.startswith(wanted.sha256):
            message = f"{manifest.id}: the hub has another {wanted.path} than the manifest"
            raise HashMismatch(message)
        return Remote(seen.location or url, headers, tag, digest or wanted.sha256, seen.size or wanted.size_bytes)

    def _check_space(self, size_bytes: int, folder: Path) -> None:
        free = self._free_bytes(folder)
        if size_bytes + SPARE_BYTES > free:
            message = f"{size_bytes / 2**30:.1f} GiB are needed and 1 GiB to spare; {free / 2**30:.1f} GiB are free"
            raise StoreError(message)

    def _fetch(self, wanted: WeightsFile, remote: Remote, target: Path, progress: Progress) -> None:
        if target.is_file():
            progress(target.stat().st_size)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        blob = self._store.root / BLOBS / remote.sha256
        if FULL_DIGEST.fullmatch(remote.sha256) and blob.is_file():  # another model has it
            os.link(blob, target)
            progress(blob.stat().st_size)
            return
        partial = target.with_name(target.name + PARTIAL)
        _forget_if_other(partial, remote.tag)
        if partial.is_file():
            progress(partial.stat().st_size)
        for attempt in range(1, TRIES + 1):
            try:
                self._download(remote, partial, progress)
                break
            except httpx.HTTPError as error:
                if attempt == TRIES:
                    message = (
                        f"{wanted.path}: {type(error).__name__} after {TRIES} tries; pull again to go on from there"
                    )
                    raise StoreError(message) from None
        partial.replace(target)
        partial.with_name(partial.name + TAG).unlink(missing_ok=True)

    def _download(self, remote: Remote, partial: Path, progress: Progress) -> None:
        done = partial.stat().st_size if partial.is_file() else 0
        if remote.size_bytes and done == remote.size_bytes:
            return
        headers = {**remote.headers, "Accept-Encoding": "identity", **({"Range": f"bytes={done}-"} if done else {})}
        most_bytes = done + max(self._free_bytes(partial.parent) - SPARE_BYTES, 0)  # where no size is known
        with self._client.stream("GET", remote.url, headers=headers) as answer:
            if answer.status_code == BEYOND and not remote.size_bytes:
                return  # all of it was there already
            if answer.status_code not in {RANGED, WHOLE}:
                message = f"{remote.url}: the server answers {answer.status_code}"
                raise StoreError(message)
            if answer.status_code == WHOLE and done:  # the server knows no ranges
                progress(-done)
                done = 0
            with partial.open("ab" if done else "wb") as file:
                for chunk in answer.iter_raw():  # as it comes: what a break would find in a buffer is lost
                    done += len(chunk)
                    if done > (remote.size_bytes or most_bytes):
                        message = f"{remote.url}: the server sends more than {remote.size_bytes or most_bytes} bytes"
                        raise HashMismatch(message)
                    file.write(chunk)
                    progress(len(chunk))
        if remote.size_bytes and done < remote.size_bytes:
            raise httpx.RemoteProtocolError("the answer ended early")


def _forget_if_other(partial: Path, tag: str) -> None:
    """Bytes of another version of the file cannot be continued."""
    note = partial.with_name(partial.name + TAG)
    known = json.loads(note.read_text()) if note.is_file() else None
    if partial.is_file() and known != tag:
        partial.unlink()
    note.write_text(json.dumps(tag))


def import_folder(
    store: Store, manifest: Manifest, folder: Path, *, accepted_by: str = "", progress: Progress = lambda _bytes: None
) -> Record:
    """Take a model's files from a folder, for machines without a network. The folder is left as it is.

    Raises LicenceNotAccepted, HashMismatch, InUse, StoreError.
    """
    reason = needs_acceptance(manifest)
    if reason and not accepted_by:
        message = f"{manifest.id}: {reason}; `--accept-licence {manifest.id}` does"
        raise LicenceNotAccepted(message)
    missing = [wanted.path for wanted in manifest.files if not (folder / wanted.path).is_file()]
    if missing:
        message = f"{folder} lacks {', '.join(missing)}"
        raise StoreError(message)
    with store.staging(manifest.id) as staged:
        for wanted in manifest.files:
            target = staged / wanted.path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / wanted.path, target)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return store.publish(
            manifest, staged, progress, source="folder", at=at, accepted_by=accepted_by if reason else ""
        )
