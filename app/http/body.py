"""JSON, urlencoded and multipart bodies become one dict; uploads land on disk, everything is counted on the way."""

import base64
import binascii
import json
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from app.contract.fields import Uploaded
from app.errors import BadInput, TooLarge
from app.features._spec import AudioInput
from app.http.deps import in_thread
from app.settings import UploadLimits

Body = dict[str, Any]
MAX_NAME_CHARS = 200
FORM = "multipart/form-data"
DATA_URI = re.compile(r"data:[\w.+/-]*(;[\w=.+-]+)*;base64,")


class Landing:
    """Where the files of one request land; the folder is made when the first one does."""

    def __init__(self, room: Path) -> None:
        self._room = room
        self._folder: Path | None = None

    def place(self, name: str) -> Path:
        self._folder = self._folder or Path(tempfile.mkdtemp(dir=self._room))
        return self._folder / name

    def clear(self) -> None:
        """Delete what is still there."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def is_empty(self) -> bool:
        return self._folder is None


def content_kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(request: Request, limits: UploadLimits, landing: Landing) -> Body:
    """The fields of a request; files of a form are written to `landing` and stand for themselves as Uploaded.

    Raises BadInput for what cannot be read, TooLarge above a limit.
    """
    kind = content_kind(request)
    try:
        if kind == FORM:
            return await _read_form(request, limits, landing)
        raw = b"".join([chunk async for chunk in _counted(request, limits.body_bytes)])
    except ClientDisconnect:
        raise BadInput("The request ended early") from None
    if kind == "application/x-www-form-urlencoded":
        return _urlencoded(raw, limits)
    # Clients that send JSON sometimes forget to say so.
    return _json(raw)


def file_names(given: AudioInput) -> tuple[str, ...]:
    """The names an upload may come under."""
    return (given.file_field, "audio") if given.file_field == "audio_file" else (given.file_field,)


def take_text_files(body: Body, inputs: Sequence[AudioInput], limits: UploadLimits, landing: Landing) -> Body:
    """A file field that holds text: a link is a link, base64 (or a data URI) is the file itself."""
    for number, given in enumerate(inputs):
        for name in file_names(given):
            text = body.get(name)
            if not isinstance(text, str) or not text.strip():
                continue
            del body[name]
            if text.strip().lower().startswith(("http://", "https://")):
                body.setdefault(given.url_field, text.strip())
                continue
            try:
                content = base64.b64decode(DATA_URI.sub("", text.strip(), count=1), validate=True)
            except (binascii.Error, ValueError):
                message = f"{name} must be a file, a link or base64 data"
                raise BadInput(message) from None
            if len(content) > limits.file_bytes:
                raise TooLarge(_too_large(limits.file_bytes))
            path = landing.place(f"text{number}")
            path.write_bytes(content)
            body[name] = Uploaded(str(path), "", len(content))
    return body


def _json(raw: bytes) -> Body:
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadInput("The request body is neither JSON nor a form") from None
    if not isinstance(body, dict):
        raise BadInput("The request body must be a JSON object")
    return body


def _urlencoded(raw: bytes, limits: UploadLimits) -> Body:
    try:
        pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=limits.fields)
    except ValueError:
        raise BadInput("The form cannot be read") from None
    return dict(pairs)


async def _read_form(request: Request, limits: UploadLimits, landing: Landing) -> Body:
    most = limits.file_bytes * limits.files + limits.body_bytes
    stream = _counted(request, most)
    parser = MultiPartParser(
        request.headers, stream, max_files=limits.files, max_fields=limits.fields, max_part_size=limits.field_bytes
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        message = f"The form cannot be read: {error.message}"
        raise BadInput(message) from None
    except (KeyError, UnicodeDecodeError):
        raise BadInput("The form cannot be read") from None
    body: Body = {}
    try:
        for number, (name, value) in enumerate(form.multi_items()):
            if not isinstance(value, UploadFile):
                body[name] = value
                continue
            if isinstance(body.get(name), Uploaded):
                message = f"Send one file as {name}, not several"
                raise BadInput(message)
            if value.size is not None and value.size > limits.file_bytes:
                raise TooLarge(_too_large(limits.file_bytes))
            if not value.size and not value.filename:
                continue  # an empty file input of a browser form
            body[name] = await in_thread(_keep, value, landing.place(f"upload{number}"))
    finally:
        await form.close()
    return body


def _keep(upload: UploadFile, path: Path) -> Uploaded:
    with path.open("wb") as file:
        shutil.copyfileobj(upload.file, file, 1024 * 1024)
    return Uploaded(str(path), shown_name(upload.filename or ""), path.stat().st_size)


def shown_name(name: str) -> str:
    """A caller's file name without path and control characters; only ever shown, never opened."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(c for c in last if c.isprintable())[:MAX_NAME_CHARS]


def _too_large(limit: int) -> str:
    return f"The file is larger than {limit // 1024**2} MiB"


async def _counted(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body in chunks; stops at the limit, whatever the declared length says."""
    declared = request.headers.get("content-length", "")
    text = f"The request is larger than {limit // 1024**2} MiB"
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge(text)
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > limit:
            raise TooLarge(text)
        yield chunk
