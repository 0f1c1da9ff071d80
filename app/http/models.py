"""Models over HTTP, for admin keys: what there is, what is installed, what is loaded, and changing it.

The gateway sees neither weights nor engines: it shows what workers told, and stores jobs for them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field, ValidationError

from app.contract.enums import Lane
from app.errors import BadInput
from app.http.auth import Admin
from app.http.body import Landing, read_body
from app.http.deps import Services, WithServices, in_thread
from app.http.openapi import error_responses
from app.jobs.inventory import Known, ask_unload, known_model, known_models, loaded_models
from app.jobs.model_jobs import Action, ModelState, ask, last_jobs
from app.jobs.tables import ApiKey, LoadedModel, ModelJob

router = APIRouter(prefix="/v1/admin/models", tags=["Models (admin keys)"])
SHOWN_JOBS = 5
NAME_CHARS = r"^[0-9A-Za-z._-]*$"
ModelId = Annotated[str, Path(max_length=64, pattern=NAME_CHARS)]
Task = Annotated[str, Query(max_length=64, pattern=NAME_CHARS, description="Only those that can do this task.")]
Installed = Annotated[
    bool | None, Query(description="true: those whose weights are here; false: those that can be pulled or imported.")
]


class Job(BaseModel):
    """Work on a model. `message`: why it failed, or what came of it; `total_bytes` is null while nobody knows it."""

    id: str
    action: Action
    state: ModelState
    done_bytes: int
    total_bytes: int | None
    message: str
    attempts: int
    asked_by: str
    accepts_licence: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Loaded(BaseModel):
    """A model in the memory of a worker process. `state`: loading, lent (in use) or idle."""

    model_id: str
    worker: str
    size_bytes: int = Field(description="As reserved for it.")
    state: str
    since: datetime
    is_unloading: bool


class Model(BaseModel):
    """What the manifest says, and `state`: built in, absent, installed or changed."""

    model_config = {"extra": "allow"}

    id: str
    tasks: list[str]
    state: str
    size_bytes: int
    to_accept: str = Field(description="Why its licence must be accepted before a pull; empty when it need not be.")
    lane: Lane = Field(description="Where it is loaded.")
    installed: dict[str, Any] | None


class Details(Model):
    jobs: list[Job] = Field(description="The last ones, newest first.")
    loaded: list[Loaded]


class Licence(BaseModel):
    id: str
    code: str
    weights: str
    commercial: str
    attribution: str
    to_accept: str
    accepted_by: str
    accepted_at: str


class ModelsReply(BaseModel):
    success: bool
    models: list[Model]


class ModelReply(BaseModel):
    success: bool
    model: Details


class JobReply(BaseModel):
    success: bool
    message: str
    model_id: str
    job: Job


class LicencesReply(BaseModel):
    success: bool
    licences: list[Licence]


class LoadedReply(BaseModel):
    success: bool
    loaded: list[Loaded]


class PullBody(BaseModel):
    accept_licence: bool = Field(
        default=False, description="The licence of the weights is accepted; kept with who and when."
    )


PULL_BODY = {"requestBody": {"content": {"application/json": {"schema": PullBody.model_json_schema()}}}}


@router.get("")
async def list_models(
    _admin: Admin, services: WithServices, task: Task = "", installed: Installed = None
) -> ModelsReply:
    """All engines: what they do, their licences, and whether their weights are installed."""

    def look() -> list[Known]:
        with services.db.read() as session:
            return known_models(session)

    found = [
        known
        for known in await in_thread(look)
        if (not task or task in known["tasks"])
        and (installed is None or (known["files"] and (known["state"] != "absent") == installed))
    ]
    return ModelsReply(success=True, models=[Model.model_validate(known) for known in found])


@router.get("/licences")
async def licences(_admin: Admin, services: WithServices) -> LicencesReply:
    """Licences of code and weights, and who accepted those that ask for it."""

    def look() -> list[Known]:
        with services.db.read() as session:
            return known_models(session)

    return LicencesReply(success=True, licences=[_licence(known) for known in await in_thread(look)])


@router.get("/loaded")
async def loaded_now(_admin: Admin, services: WithServices) -> LoadedReply:
    """What living worker processes hold in memory. Built-in engines need no loading and are not listed."""

    def look() -> list[Loaded]:
        with services.db.read() as session:
            return _loaded(loaded_models(session, services.clock.now()))

    return LoadedReply(success=True, loaded=await in_thread(look))


@router.get("/{model_id}")
async def show_model(model_id: ModelId, _admin: Admin, services: WithServices) -> ModelReply:
    """All that is known of one model, with its last jobs and their progress."""

    def look() -> Details:
        with services.db.read() as session:
            known = known_model(session, model_id)
            jobs = [_job(job) for job in last_jobs(session, model_id, SHOWN_JOBS)]
            holders = _loaded(loaded_models(session, services.clock.now(), model_id))
        return Details.model_validate({**known, "jobs": jobs, "loaded": holders})

    return ModelReply(success=True, model=await in_thread(look))


@router.post("/{model_id}/pull", status_code=202, openapi_extra=PULL_BODY, responses=error_responses((413,)))
async def pull(model_id: ModelId, admin: Admin, request: Request, services: WithServices) -> JobReply:
    """Fetch the weights. A pull that is under way already is joined; one that broke off goes on where it stopped."""
    body = await _pull_body(request, services)
    return await in_thread(_start, services, admin, model_id, Action.PULL, accepts_licence=body.accept_licence)


@router.post("/{model_id}/verify", status_code=202)
async def verify(model_id: ModelId, admin: Admin, services: WithServices) -> JobReply:
    """Hash all files again. The job fails when one has changed, and says which."""
    return await in_thread(_start, services, admin, model_id, Action.VERIFY)


@router.delete("/{model_id}", status_code=202)
async def remove(model_id: ModelId, admin: Admin, services: WithServices) -> JobReply:
    """Remove the weights, and free their disk space. Refused while a worker holds the model."""
    return await in_thread(_start, services, admin, model_id, Action.REMOVE)


@router.post("/{model_id}/load", status_code=202)
async def load(model_id: ModelId, admin: Admin, services: WithServices) -> JobReply:
    """Load the model into a worker process of its lane, ahead of the first task that needs it."""
    return await in_thread(_start, services, admin, model_id, Action.LOAD)


@router.post("/{model_id}/unload", status_code=202)
async def unload(model_id: ModelId, _admin: Admin, services: WithServices) -> LoadedReply:
    """Have every process that holds the model unload it. Refused while a task uses it."""

    def change() -> list[Loaded]:
        with services.db.transaction() as session:
            known_model(session, model_id)
            return _loaded(ask_unload(session, model_id, services.clock.now()))

    return LoadedReply(success=True, loaded=await in_thread(change))


async def _pull_body(request: Request, services: Services) -> PullBody:
    landing = Landing(services.settings.data_dir / "uploads")
    try:
        body = await read_body(request, services.settings.uploads, landing)
    finally:
        if not landing.is_empty:
            await in_thread(landing.clear)
    try:
        return PullBody.model_validate(body)
    except ValidationError:
        raise BadInput("accept_licence must be true or false") from None


def _start(
    services: Services, admin: ApiKey, model_id: str, action: Action, *, accepts_licence: bool = False
) -> JobReply:
    with services.db.transaction() as session:
        job = ask(session, admin, model_id, action, services.clock.now(), accepts_licence=accepts_licence)
        shown = _job(job)
    if job.state == ModelState.QUEUED:
        services.bell.model_job(Lane(job.lane), job.id)
    message = f"The {action} of {model_id} is {job.state}"
    return JobReply(success=True, message=message, model_id=model_id, job=shown)


def _job(job: ModelJob) -> Job:
    return Job(
        id=job.id,
        action=Action(job.action),
        state=ModelState(job.state),
        done_bytes=job.done_bytes,
        total_bytes=job.total_bytes or None,
        message=job.message,
        attempts=job.attempts,
        asked_by=job.asked_by,
        accepts_licence=job.accepts_licence,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def _loaded(rows: Sequence[LoadedModel]) -> list[Loaded]:
    return [
        Loaded(
            model_id=row.model_id,
            worker=row.worker,
            size_bytes=row.size_bytes,
            state=row.state,
            since=row.since,
            is_unloading=row.unload_asked,
        )
        for row in rows
    ]


def _licence(known: Known) -> Licence:
    licence, installed = known["licence"], known["installed"] or {}
    accepted_by = installed.get("accepted_by", "")
    return Licence(
        id=known["id"],
        code=licence["code"],
        weights=licence["weights"],
        commercial=licence["commercial"],
        attribution=licence["attribution"],
        to_accept=known["to_accept"],
        accepted_by=accepted_by,
        accepted_at=installed.get("at", "") if accepted_by else "",
    )
