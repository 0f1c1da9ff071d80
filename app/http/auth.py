"""Who is calling: `Authorization: <key>`, `Authorization: Bearer <key>` or `x-api-key: <key>`."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader

from app.errors import NotAdmin, NotAllowed
from app.http.deps import WithServices, in_thread
from app.jobs.keys import find_key
from app.jobs.tables import ApiKey

# Declares the scheme in the OpenAPI document; the reading is done below, as there are three forms.
SCHEME = APIKeyHeader(name="Authorization", scheme_name="ApiKeyAuth", auto_error=False)
MAX_KEY_CHARS = 200


def presented_key(request: Request) -> str:
    """The key text of a request, empty if there is none."""
    text = request.headers.get("authorization", "").strip()
    if text[:7].lower() == "bearer ":
        text = text[7:].strip()
    return text or request.headers.get("x-api-key", "").strip()


async def require_key(request: Request, services: WithServices, _scheme: Annotated[str, Depends(SCHEME)]) -> ApiKey:
    secret = presented_key(request)
    if not secret or len(secret) > MAX_KEY_CHARS:
        raise NotAllowed

    def look_up() -> ApiKey | None:
        with services.db.read() as session:
            return find_key(session, secret)

    key = await in_thread(look_up)
    if key is None:
        raise NotAllowed
    return key


Caller = Annotated[ApiKey, Depends(require_key)]


async def require_admin(caller: Caller) -> ApiKey:
    if not caller.is_admin:
        raise NotAdmin
    return caller


Admin = Annotated[ApiKey, Depends(require_admin)]
