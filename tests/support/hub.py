"""A hub of model files as huggingface_hub talks to it: HEAD for what a file is, GET with ranges for its bytes."""

import hashlib
import re
from collections.abc import Callable, Mapping

from tests.support.receivers import Behaviour, Line, Received

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TARGET = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>[^?]+)")


def hub(files: Mapping[str, bytes], *, break_after: Callable[[], int | None] = lambda: None) -> Behaviour:
    """Serves `files` (path → content) of any repository. `break_after` says after how many bytes an answer breaks off."""

    def behave(request: Received, line: Line) -> None:
        match = TARGET.fullmatch(request.target)
        path = match["path"] if match else request.target.lstrip("/")
        content = files.get(path)
        if content is None:
            return line.send(b"HTTP/1.1 404 Not Found\r\nX-Error-Code: EntryNotFound\r\nContent-Length: 0\r\n\r\n")
        digest = hashlib.sha256(content).hexdigest()
        about = {
            "X-Repo-Commit": COMMIT,
            "X-Linked-Etag": f'"{digest}"',
            "X-Linked-Size": str(len(content)),
            "ETag": f'"{digest}"',
            "Accept-Ranges": "bytes",
            "Connection": "close",
        }
        first = _first(request)
        status = "206 Partial Content" if first else "200 OK"
        if first:
            about["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        about["Content-Length"] = str(len(content) - first)
        head = "".join(f"{name}: {value}\r\n" for name, value in about.items())
        line.send(f"HTTP/1.1 {status}\r\n{head}\r\n".encode())
        if request.method == "HEAD":
            return None
        cut = break_after()
        line.send(content[first:] if cut is None else content[first : first + cut])
        return None

    return behave


def _first(request: Received) -> int:
    match = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
    return int(match[1]) if match else 0
