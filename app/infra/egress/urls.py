"""URLs as callers write them: taken apart strictly, sent on unchanged, masked for logs."""

import re
from dataclasses import dataclass
from string import punctuation
from urllib.parse import quote, unquote, urljoin

import httpx

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL_CHARS = 8192
MAX_PORT = 65535
MAX_LOGGED_CHARS = 200


class Refused(Exception):
    """A URL that will not be fetched. The text is for the log, never for the caller."""


@dataclass(frozen=True, slots=True)
class Url:
    """A checked URL. `host` has no brackets; `target` is path and query as the caller wrote them."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host, and the port where it is not the scheme's own: what the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def file_name(self) -> str:
        """Last part of the path, decoded; may be empty."""
        return unquote(self.target.partition("?")[0].rpartition("/")[2])

    def join(self, location: str) -> "Url":
        """Where a redirect leads. Raises Refused."""
        _refuse_control_characters(location)
        try:
            return parse(urljoin(f"{self.scheme}://{self.authority}{self.target}", location))
        except ValueError:
            raise Refused("redirect to a malformed URL") from None


def parse(text: str) -> Url:
    """Take a URL apart: http or https, no user info, a port a connection can have. Raises Refused.

    What lies between the slashes of the host is read by httpx (IDNA 2008); the rest is passed on byte by byte, because
    receivers keep signed queries in it. Only spaces and non-ASCII characters are percent-encoded.
    """
    text = text.strip(" \t\r\n")
    _refuse_control_characters(text)
    if len(text) > MAX_URL_CHARS:
        raise Refused("URL too long")
    scheme, _, rest = text.partition("://")
    scheme = scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise Refused("scheme is neither http nor https")
    rest = rest.partition("#")[0]
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    if re.search(r"[@%\\\s]", authority):
        raise Refused("user info or odd characters before the path")
    try:
        parsed = httpx.URL(f"{scheme}://{authority}")
        target = quote(rest[len(authority) :], safe=punctuation)
    except (httpx.InvalidURL, ValueError):
        raise Refused("malformed host, port or characters") from None
    port = DEFAULT_PORTS[scheme] if parsed.port is None else parsed.port
    if not parsed.host or not 0 < port <= MAX_PORT:
        raise Refused("no host, or no such port")
    return Url(scheme, parsed.raw_host.decode("ascii"), port, target if target.startswith("/") else f"/{target}")


def masked(url: str) -> str:
    """The URL as logs may show it: no user info, query or fragment, one line, not endless."""
    before_query = re.split(r"[?#]", url, maxsplit=1)[0]
    shown = "/".join(part.rpartition("@")[2] for part in before_query.split("/"))
    shown = "".join(char if char.isprintable() else "�" for char in shown[:MAX_LOGGED_CHARS])
    return f"{shown}?…" if "?" in url else shown


def _refuse_control_characters(text: str) -> None:
    if any(char < " " or char == "\x7f" for char in text):
        raise Refused("control characters in the URL")
