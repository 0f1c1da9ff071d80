"""getAllVoices and searchVoices: every number an integer, as the vendor's SDKs insist."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.errors import BadInput
from app.http.auth import Caller

router = APIRouter(prefix="/v1", tags=["Voices"])


class Voice(BaseModel):
    voice_id: str
    voice_name: str
    tts_only: bool = False


class VoicesReply(BaseModel):
    success: bool
    voices: list[Voice]
    limit: int
    page: int
    total: int


Limit = Annotated[int, Query(ge=1, le=100)]
Page = Annotated[int, Query(ge=0, le=1_000_000, description="Pages count from 0.")]
Name = Annotated[str | None, Query(max_length=200, description="Part of a name.")]

# The voice library is still to come: there are no voices yet, and this says so.
LIBRARY: tuple[Voice, ...] = ()


@router.get("/getAllVoices")
async def get_all_voices(_caller: Caller, limit: Limit = 20, page: Page = 0) -> VoicesReply:
    """Voices of this server, a page at a time."""
    return _page(LIBRARY, limit, page)


@router.get("/searchVoices")
async def search_voices(
    _caller: Caller, query: Name = None, voice_name: Name = None, limit: Limit = 20, page: Page = 0
) -> VoicesReply:
    """Voices whose name contains the query, in any case. Some clients send it as `voice_name`."""
    wanted = (query or voice_name or "").strip().casefold()
    if not wanted:
        raise BadInput("query is required")
    return _page(tuple(voice for voice in LIBRARY if wanted in voice.voice_name.casefold()), limit, page)


def _page(voices: tuple[Voice, ...], limit: int, page: int) -> VoicesReply:
    first = page * limit
    return VoicesReply(
        success=True, voices=list(voices[first : first + limit]), limit=limit, page=page, total=len(voices)
    )
