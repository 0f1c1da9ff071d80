"""Downloads from and posts to callers' URLs.

One connection per hop and nothing kept between calls, so every call is checked anew and threads may share the client.
"""

import logging
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import httpcore
import httpx

from app.errors import FetchFailed, Retryable
from app.infra.egress.bodies import PLAIN, header
from app.infra.egress.dial import Budget, Dialler
from app.infra.egress.files import Downloaded, Sink, shown_name
from app.infra.egress.names import Gate, Resolve, system_resolve
from app.infra.egress.urls import Refused, Url, masked, parse
from app.settings import EgressSettings

log = logging.getLogger(__name__)
# At DEBUG httpcore logs all headers of an answer; the Location of a redirect holds a signed query more often than not.
logging.getLogger("httpcore").setLevel(logging.WARNING)

OK = 200
REDIRECTS = {301, 302, 303, 307, 308}
SERVER_ERRORS = 500
TROUBLE = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)


@dataclass(frozen=True, slots=True)
class Posted:
    """An answer to a post. `retry_after` is that header as it came, or empty."""

    status: int
    retry_after: str
    body_excerpt: bytes
    elapsed_ms: int


class PostFailed(Exception):
    """No answer. `reason` is one of the texts below and safe to show."""

    REFUSED = "The URL is not allowed or its name does not resolve"
    TIMED_OUT = "No answer within the time limit"
    BROKEN = "The connection failed"

    def __init__(self, reason: str, elapsed_ms: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.elapsed_ms = elapsed_ms


class Egress:
    """Connections on behalf of callers: proxies of the environment, cookies and stored passwords play no part.

    `own_addresses` are the (host, port) pairs this server listens on; they are refused even where loopback is allowed.
    `tls` replaces the trust store (public roots, and what the system trusts besides).
    """

    def __init__(
        self,
        settings: EgressSettings,
        *,
        resolve: Resolve = system_resolve,
        own_addresses: Iterable[tuple[str, int]] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._gate = Gate(settings, resolve, own_addresses)
        self._tls = tls
        self._agent = f"Woodshed/{version('woodshed')}"

    def check(self, url: str) -> None:
        """Raise FetchFailed, always with the same text, unless the URL may be dialled now. Connects to nothing."""
        try:
            parsed = parse(url)
            self._gate.addresses(parsed.host, parsed.port, self._settings.connect_timeout.total_seconds())
        except (Refused, *TROUBLE) as error:
            _log("url_refused", url, error)
            raise FetchFailed from None

    def download(
        self, url: str, target: Path, *, max_bytes: int, on_progress: Callable[[int], None] | None = None
    ) -> Downloaded:
        """Stream the file behind `url` to `target`; on any failure there is no file.

        `on_progress` gets the bytes so far and may raise to stop. Raises FetchFailed for what the caller can cause,
        TooLarge above `max_bytes` (counted after decompression), Retryable when an allowed server failed.
        """
        ends_s = time.monotonic() + self._settings.download_timeout.total_seconds()
        try:
            return self._follow(parse(url), Sink(target, max_bytes, on_progress), ends_s)
        except BaseException as error:
            target.unlink(missing_ok=True)
            if isinstance(error, Refused):
                _log("download_refused", url, error)
                raise FetchFailed from None
            if isinstance(error, TROUBLE):
                _log("download_broke", url, error)
                raise Retryable(FetchFailed.TEXT) from error
            raise

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout_s: float,
        connect_timeout_s: float,
        max_response_bytes: int,
    ) -> Posted:
        """Post once and follow nothing. All steps together end after `timeout_s`. Raises PostFailed.

        Once a status line is in, it counts: what the receiver does to the rest of its answer is its own affair.
        """
        started_s = time.monotonic()
        try:
            with self._exchange(
                "POST", parse(url), headers, body,
                budget=Budget(started_s + timeout_s), connect_timeout_s=connect_timeout_s, read_timeout_s=timeout_s,
            ) as answer:  # fmt: skip
                excerpt = _excerpt(answer, max_response_bytes)
                return Posted(answer.status, header(answer, "retry-after"), excerpt, _since_ms(started_s))
        except (Refused, *TROUBLE) as error:
            _log("post_failed", url, error)
            raise PostFailed(_reason(error), _since_ms(started_s)) from None

    def _follow(self, url: Url, sink: Sink, ends_s: float) -> Downloaded:
        first = url
        for _ in range(self._settings.max_redirects + 1):
            with self._exchange(
                "GET", url, {"Accept": "*/*"}, None,
                budget=Budget(ends_s),
                connect_timeout_s=self._settings.connect_timeout.total_seconds(),
                read_timeout_s=self._settings.stall_timeout.total_seconds(),
            ) as answer:  # fmt: skip
                if answer.status == OK:
                    size_bytes = sink.fill(answer)
                    return Downloaded(
                        shown_name(header(answer, "content-disposition"), url, first),
                        size_bytes,
                        header(answer, "content-type").partition(";")[0].strip().lower(),
                    )
                url = _next_hop(url, answer)
        raise Refused("too many redirects")

    @contextmanager
    def _exchange(
        self,
        method: str,
        url: Url,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        budget: Budget,
        connect_timeout_s: float,
        read_timeout_s: float,
    ) -> Iterator[httpcore.Response]:
        """One request on one new connection; the answer's body is still to be read."""
        scheme, host = url.scheme.encode(), url.host.encode()
        sent = {
            "Host": url.authority,
            "User-Agent": self._agent,
            "Accept-Encoding": "identity",
            "Connection": "close",
            **headers,
        }
        timeouts = {"connect": connect_timeout_s, "read": read_timeout_s, "write": read_timeout_s}
        with (
            httpcore.HTTPConnection(
                httpcore.Origin(scheme, host, url.port),
                ssl_context=self._trust() if url.scheme == "https" else None,
                network_backend=Dialler(self._gate, budget),
            ) as connection,
            connection.stream(
                method,
                httpcore.URL(scheme=scheme, host=host, port=url.port, target=url.target.encode()),
                headers=list(sent.items()),
                content=body,
                extensions={"timeout": timeouts, "sni_hostname": url.host.rstrip(".")},
            ) as answer,
        ):
            budget.head_is_in()
            yield answer

    def _trust(self) -> ssl.SSLContext:
        """Reading all roots takes 40 ms, so only once, and not before it is needed."""
        if self._tls is None:
            self._tls = _default_tls()
        return self._tls


def _default_tls() -> ssl.SSLContext:
    tls = httpx.create_ssl_context(trust_env=False)
    tls.load_default_certs()  # a studio's own authority, where the system knows it
    return tls


def _next_hop(url: Url, answer: httpcore.Response) -> Url:
    location = header(answer, "location")
    if answer.status in REDIRECTS and location:
        return url.join(location)
    msg = f"answered {answer.status}"
    if answer.status >= SERVER_ERRORS:
        raise httpcore.NetworkError(msg)
    raise Refused(msg)


def _excerpt(answer: httpcore.Response, max_bytes: int) -> bytes:
    read = b""
    try:
        for piece in answer.iter_stream():
            read += piece
            if len(read) >= max_bytes:
                break
    except TROUBLE:
        pass  # cut off or out of time: what came so far is enough for an excerpt
    return read[:max_bytes] if header(answer, "content-encoding") in PLAIN else b""


def _reason(error: Exception) -> str:
    if isinstance(error, Refused):
        return PostFailed.REFUSED
    return PostFailed.TIMED_OUT if isinstance(error, httpcore.TimeoutException) else PostFailed.BROKEN


def _since_ms(started_s: float) -> int:
    return round((time.monotonic() - started_s) * 1000)


def _log(event: str, url: str, error: Exception) -> None:
    log.info("%s url=%s error=%s reason=%s", event, masked(url), type(error).__name__, error)
