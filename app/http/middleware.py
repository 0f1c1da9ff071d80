"""Around every request, as plain ASGI: paths in any case, request ids, safe headers."""

import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.infra.ids import new_id

PREFIX = "/api/public"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
TASK_PATH = re.compile(rf"{PREFIX}(/v1/tasks/)([^/]+)(/.*)", re.IGNORECASE)


class CanonicalPaths:
    """Finds routes whatever the case of the path and with or without a slash at its end."""

    def __init__(self, app: ASGIApp, paths: Iterable[str]) -> None:
        self._app = app
        self._canonical = {_folded(path): path for path in paths}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = self._canonical.get(_folded(scope["path"]))
            task = TASK_PATH.fullmatch(scope["path"])
            if path is None and task is not None:
                path = f"{PREFIX}{task[1].lower()}{task[2]}{task[3].lower().rstrip('/')}"
            if path is not None:
                scope = {**scope, "path": path, "raw_path": path.encode()}
        await self._app(scope, receive, send)


class RequestIds:
    """Gives every answer an `X-Request-ID`: the caller's own if it is harmless, else a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else new_id()
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        await self._app(scope, receive, send_with_id)


def _folded(path: str) -> str:
    return path.rstrip("/").lower()
