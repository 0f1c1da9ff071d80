"""The voice library: getAllVoices and searchVoices as the vendor's SDKs insist, and adding voices of one's own."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.contract.enums import Gender
from app.contract.fields import GenderField, Uploaded
from app.contract.voices import LANGUAGE
from app.errors import BadInput, JobFailed
from app.http.auth import Caller
from app.http.body import Landing, read_body
from app.http.deps import Services, WithServices, in_thread
from app.infra.media import MediaInfo
from app.jobs.tables import ApiKey
from app.jobs.voices import Listed, NewVoice, list_voices, reference_key, remove_voice, store_voice

router = APIRouter(prefix="/v1", tags=["Voices"])
AGREED = "agreed by the caller of the API"


class Voice(BaseModel):
    voice_id: str
    voice_name: str
    tts_only: bool = Field(default=False, description="Whether it can only speak, not sing.")
    gender: str
    language: str
    owner: str = Field(description="woodshed: comes with the server; server: added by its operator; you: your own.")


class VoicesReply(BaseModel):
    success: bool
    voices: list[Voice]
    limit: int
    page: int
    total: int


class VoiceReply(BaseModel):
    success: bool
    message: str
    voice: Voice


class RemovedReply(BaseModel):
    success: bool
    message: str


class NewVoiceBody(BaseModel):
    """A recording of one voice alone, 3 seconds to 10 minutes, and that whose voice it is agrees to be imitated."""

    model_config = ConfigDict(str_strip_whitespace=True, populate_by_name=True)

    voice_name: Annotated[str, Field(min_length=1, max_length=200)]
    audio_file: Uploaded
    consent: bool
    gender: GenderField = Gender.NEUTRAL
    language: Annotated[str, BeforeValidator(lambda text: str(text).lower()), Field(pattern=f"^{LANGUAGE}$")] = "en"


FORM = {
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": NewVoiceBody.model_json_schema()}}}
}
Limit = Annotated[int, Query(ge=1, le=100)]
Page = Annotated[int, Query(ge=0, le=1_000_000, description="Pages count from 0.")]
Name = Annotated[str | None, Query(max_length=200, description="Part of a name.")]
VoiceId = Annotated[str, InPath(max_length=64, pattern=r"^[0-9A-Za-z_-]+$")]


@router.get("/getAllVoices")
async def get_all_voices(caller: Caller, services: WithServices, limit: Limit = 20, page: Page = 0) -> VoicesReply:
    """Voices this key may use, a page at a time: its own first, then the operator's, then those of the server."""
    return await in_thread(_page, services, caller, "", limit, page)


@router.get("/searchVoices")
async def search_voices(
    caller: Caller,
    services: WithServices,
    query: Name = None,
    voice_name: Name = None,
    limit: Limit = 20,
    page: Page = 0,
) -> VoicesReply:
    """Voices whose name contains the query, in any case. Some clients send it as `voice_name`."""
    wanted = (query or voice_name or "").strip()
    if not wanted:
        raise BadInput("query is required")
    return await in_thread(_page, services, caller, wanted, limit, page)


@router.post("/voices", openapi_extra=FORM)
async def add(request: Request, caller: Caller, services: WithServices) -> VoiceReply:
    """Add a voice, for this key alone. An extension: the hosted service has no such route."""
    landing = Landing(services.settings.data_dir / "uploads")
    try:
        body = await read_body(request, services.settings.uploads, landing)
        new = _checked({"audio_file": body.get("audio"), **body})
        return await in_thread(_add, services, caller, new)
    finally:
        if not landing.is_empty:
            await in_thread(landing.clear)


@router.delete("/voices/{voice_id}")
async def remove(voice_id: VoiceId, caller: Caller, services: WithServices) -> RemovedReply:
    """Remove one of this key's voices, and its recording. Tasks that still wait for it fail, and say so."""

    def forget() -> None:
        with services.db.transaction() as session:
            remove_voice(session, voice_id, caller.id)
        services.storage.delete(reference_key(voice_id))

    await in_thread(forget)
    return RemovedReply(success=True, message="The voice is removed")


def _page(services: Services, caller: ApiKey, query: str, limit: int, page: int) -> VoicesReply:
    with services.db.read() as session:
        found = list_voices(session, caller.id, query)
    shown = [_shown(voice) for voice in found[page * limit : (page + 1) * limit]]
    return VoicesReply(success=True, voices=shown, limit=limit, page=page, total=len(found))


def _shown(voice: Listed) -> Voice:
    return Voice(
        voice_id=voice.id, voice_name=voice.name, gender=voice.gender, language=voice.language, owner=voice.owner
    )


def _checked(body: dict[str, Any]) -> NewVoiceBody:
    try:
        new = NewVoiceBody.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        message = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        raise BadInput(message) from None
    if not new.consent:
        raise BadInput("consent must be true: whose voice it is must agree to be imitated")
    return new


def _add(services: Services, caller: ApiKey, body: NewVoiceBody) -> VoiceReply:
    info = probed(services, Path(body.audio_file.path))
    new = NewVoice(
        name=body.voice_name,
        gender=body.gender.value,
        language=body.language,
        consent=AGREED,
        duration_s=info.duration_s,
        file_name=body.audio_file.file_name,
        info=dataclasses.asdict(info),
    )
    path = Path(body.audio_file.path)
    voice = store_voice(services.db, services.storage, new, path, caller.id, services.clock.now())
    return VoiceReply(success=True, message="The voice is added", voice=_shown(voice))


def probed(services: Services, path: Path) -> MediaInfo:
    try:
        return services.media.probe(path)
    except JobFailed as error:
        raise BadInput(error.message) from None
