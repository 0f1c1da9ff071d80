"""What a download leaves behind: a file within its limit, and the name it is shown by."""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import httpcore

from app.errors import TooLarge
from app.infra.egress.bodies import PLAIN, decoded, header
from app.infra.egress.urls import Url

MAX_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class Downloaded:
    """`file_name` is what the other side called the file: shown, never used as a path; may be empty."""

    file_name: str
    size_bytes: int
    content_type: str


class Sink:
    """The file being written, and the limit it must not pass."""

    def __init__(self, target: Path, max_bytes: int, on_progress: Callable[[int], None] | None) -> None:
        self._target = target
        self._max_bytes = max_bytes
        self._on_progress = on_progress

    def fill(self, answer: httpcore.Response) -> int:
        """Size in bytes."""
        encoding = header(answer, "content-encoding")
        announced = header(answer, "content-length")
        if encoding in PLAIN and announced:
            self._check(int(announced))
        size_bytes = 0
        with self._target.open("wb") as file:
            for piece in decoded(answer.iter_stream(), encoding):
                size_bytes += len(piece)
                self._check(size_bytes)
                file.write(piece)
                if self._on_progress is not None:
                    self._on_progress(size_bytes)
        return size_bytes

    def _check(self, size_bytes: int) -> None:
        if size_bytes > self._max_bytes:
            msg = f"The file behind the URL is larger than {self._max_bytes} bytes"
            raise TooLarge(msg)


def shown_name(disposition: str, last: Url, first: Url) -> str:
    """RFC 6266 `filename`, else the name in the path; no folders, one line."""
    message = Message()
    message["Content-Disposition"] = disposition
    name = (message.get_filename() or last.file_name or first.file_name).replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in name if char.isprintable())[:MAX_NAME_CHARS]
