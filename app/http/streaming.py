"""Listening to a song as soon as it is there, while the other take is still made."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.contract.enums import ConversionType
from app.errors import NotFound
from app.http.auth import Caller
from app.http.conversions import Id
from app.http.deps import Services, WithServices, in_thread
from app.http.downloads import stored_file
from app.jobs.store import find_job
from app.jobs.tables import ApiKey

router = APIRouter(tags=["Files"])
SONGS = {ConversionType.MUSIC_AI, ConversionType.IMAGE_TO_SONG}
MP3 = {200: {"content": {"audio/mpeg": {}}, "description": "The song as MP3; ranges are served"}}


@router.get("/v2/MusicAI/stream", response_class=Response, responses=MP3)  # type: ignore[arg-type]  # FastAPI wants any keys
async def stream_song(
    request: Request,
    caller: Caller,
    services: WithServices,
    task_id: Id = None,
    conversion_id: Id = None,
) -> Response:
    """The MP3 of a song, by its conversion id; by the task id alone the first that is there. 404 until then."""
    services.polls.take(caller.id)
    key = await in_thread(_song, services, caller, task_id, conversion_id)
    return await stored_file(request, services, key)


def _song(services: Services, caller: ApiKey, task_id: str | None, conversion_id: str | None) -> str:
    with services.db.read() as session:
        job = find_job(session, caller.id, task_id=task_id or None, conversion_id=conversion_id or None)
        if job.kind not in SONGS:
            raise NotFound("This task makes no songs")
        takes = range(len(job.conversion_ids))
        wanted = [take for take in takes if conversion_id in {None, "", job.conversion_ids[take]}]
        for take in wanted:
            if output := job.outputs.get(f"song_{take + 1}"):
                return str(output["key"])
    raise NotFound("The song is not there yet")
