"""Signed links to files, with range requests. Public routes: the signature is the permission."""

import re
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from app.contract.media_types import content_type
from app.errors import NotFound
from app.http.deps import Services, WithServices, in_thread
from app.infra.links import ROUTE
from app.infra.storage import KEY
from app.jobs.tables import Job

router = APIRouter(tags=["Files"])
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@router.api_route(f"{ROUTE}/{{key:path}}", methods=["GET", "HEAD"], response_class=Response, include_in_schema=False)
async def download(
    request: Request,
    services: WithServices,
    key: Annotated[str, Path(max_length=300)],
    expires: Annotated[str, Query(max_length=20)] = "",
    signature: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """A stored file. 403 for a changed or old link, 404 while the file is not there (yet, or any more)."""
    services.links.verify(key, expires, signature, services.clock.now())
    if not KEY.fullmatch(key):
        raise NotFound("No such file")
    return await stored_file(request, services, key)


async def stored_file(request: Request, services: Services, key: str) -> Response:
    """A stored file or the range of it that was asked for. Raises NotFound while it is not there."""
    size = await in_thread(services.storage.size, key)
    if size is None:
        raise NotFound("The file is not ready yet, or no longer kept")
    name = await in_thread(_file_name, services, key)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=3600",
        "Access-Control-Allow-Origin": "*",  # browsers may play and draw what a link holds
    }
    start, end, status = 0, size, 200
    asked = request.headers.get("range")
    if asked and RANGE.fullmatch(asked.strip()):  # other forms may be ignored (RFC 9110, 14.2)
        found = parse_range(asked, size)
        if found is None:
            return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{size}"})
        start, end, status = *found, 206
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    kind = content_type(key)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=kind)
    return StreamingResponse(_chunks(services, key, start, end), status, headers, media_type=kind)


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of a single byte range of a file of `size` bytes; None: it cannot be satisfied."""
    match = RANGE.fullmatch(header.strip())
    if match is None:
        return None
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
    elif last:
        start, end = max(0, size - int(last)), size
    else:
        return None
    return (start, end) if start < end else None


def _chunks(services: Services, key: str, start: int, end: int) -> Iterator[bytes]:
    return services.storage.read(key, start, end)


def _file_name(services: Services, key: str) -> str:
    """What the file is saved as: named after the caller's own file where that is known."""
    task_id, last = key.split("/")[1:3]
    with services.db.read() as session:
        job = session.get(Job, task_id)
    if job is not None:
        for output in job.outputs.values():
            if output["key"] == key:
                return str(output["file_name"])
        for given in job.inputs:
            if given.get("key") == key and given.get("file_name"):
                return str(given["file_name"])
    return last
