"""The caller's side of the demo: a web site on this machine, which also receives webhooks."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

MAX_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Posted:
    """A webhook as it came. Header names in lower case."""

    headers: dict[str, str]
    body: bytes


class Site:
    """Serves `content` at `/audio.wav`, and keeps what is posted to `/callback`."""

    def __init__(self, content: bytes) -> None:
        self._posted: list[Posted] = []
        self._arrived = threading.Condition()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "audio/wav")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_POST(self) -> None:
                length = min(int(self.headers.get("content-length", "0")), MAX_BODY_BYTES)
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.take(Posted(headers, self.rfile.read(length)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the name it is called by

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="demo-site", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, posted: Posted) -> None:
        with self._arrived:
            self._posted.append(posted)
            self._arrived.notify_all()

    def webhook(self, task_id: str, wait_s: float) -> Posted | None:
        """The webhook of a task; None when it does not come in time."""

        def found() -> Posted | None:
            return next((posted for posted in self._posted if task_id.encode() in posted.body), None)

        with self._arrived:
            return self._arrived.wait_for(found, wait_s)
