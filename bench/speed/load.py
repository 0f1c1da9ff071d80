"""A small HTTP load: keep-alive connections, each sending one prepared request again as soon as it is answered."""

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under load."""

    requests: int
    errors: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def prepared(host: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(port: int, request: bytes, *, connections: int, seconds: float) -> Load:
    return asyncio.run(_run(port, request, connections, seconds))


async def _run(port: int, request: bytes, connections: int, seconds: float) -> Load:
    started_s = time.monotonic()
    ends_s = started_s + seconds
    counts = await asyncio.gather(*(_one(port, request, ends_s) for _ in range(connections)))
    return Load(sum(good for good, _ in counts), sum(bad for _, bad in counts), time.monotonic() - started_s)


async def _one(port: int, request: bytes, ends_s: float) -> tuple[int, int]:
    good = bad = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < ends_s:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        if head.startswith(b"HTTP/1.1 200"):
            good += 1
        else:
            bad += 1
    writer.close()
    return good, bad
