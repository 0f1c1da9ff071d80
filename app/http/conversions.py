"""Looking at tasks: byId, byUser, cancel, and the webhooks of a task."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from app.contract.conversion import Record, mirrored
from app.contract.enums import ConversionType, conversion_type
from app.errors import BadInput
from app.features import by_name
from app.http.auth import Caller
from app.http.deps import Services, WithServices, in_thread
from app.jobs.outbox import list_events, redeliver
from app.jobs.results import record_of
from app.jobs.state import WIRE, State
from app.jobs.store import Listing, find_job, list_jobs
from app.jobs.tables import ApiKey, Job

router = APIRouter(prefix="/v1", tags=["Tasks"])
ID_CHARS = r"^[0-9A-Za-z_-]*$"
Id = Annotated[str | None, Query(max_length=64, pattern=ID_CHARS)]
TaskId = Annotated[str, Path(max_length=64, pattern=ID_CHARS)]


class RecordReply(BaseModel):
    """`conversion` holds the record; a few of its fields stand at the top level too."""

    model_config = {"extra": "allow"}

    success: bool
    conversion: dict[str, Any]


class ListReply(BaseModel):
    success: bool
    conversions: list[dict[str, Any]]
    total: int
    LastEvaluatedKey: str | None


class CancelReply(BaseModel):
    success: bool
    task_id: str
    status: str
    message: str


class EventsReply(BaseModel):
    success: bool
    task_id: str
    webhooks: list[dict[str, Any]]


@router.get("/byId", response_model=RecordReply)
async def by_id(
    caller: Caller,
    services: WithServices,
    conversion_type_text: Annotated[str | None, Query(alias="conversionType", max_length=64)] = None,
    task_id: Id = None,
    conversion_id: Id = None,
) -> Record:
    """Status and result of a task, by its task id or by any of its conversion ids."""
    services.polls.take(caller.id)
    if services.settings.strict_conversion_type and not conversion_type_text:
        raise BadInput("conversionType is required")
    return await in_thread(_record, services, caller, task_id, conversion_id)


def _record(services: Services, caller: ApiKey, task_id: str | None, conversion_id: str | None) -> Record:
    with services.db.read() as session:
        job = find_job(session, caller.id, task_id=task_id or None, conversion_id=conversion_id or None)
        record = _shown(services, job)
    return {"success": True, "conversion": record, **mirrored(record)}


def _shown(services: Services, job: Job) -> Record:
    return record_of(job, by_name(job.feature), services.links, services.clock.now())


@router.get("/byUser", response_model=ListReply)
async def by_user(
    caller: Caller,
    services: WithServices,
    conversion_type_text: Annotated[str | None, Query(alias="conversionType", max_length=64)] = None,
    start: Annotated[datetime | None, Query(alias="startDate")] = None,
    end: Annotated[datetime | None, Query(alias="endDate")] = None,
    order: Annotated[Literal["ASC", "DESC", "asc", "desc"], Query(alias="sortOrder")] = "DESC",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    token: Annotated[str | None, Query(alias="LastEvaluatedKey", max_length=300)] = None,
) -> Record:
    """The caller's tasks, newest first."""
    kind: ConversionType | None = None
    if conversion_type_text:
        kind = conversion_type(conversion_type_text)
        if kind is None:
            raise BadInput("conversionType is not a known type")
    listing = Listing(
        kind=kind,
        start=_aware(start),
        end=_aware(end),
        newest_first=order.upper() == "DESC",
        limit=limit,
        token=token,
    )

    def look() -> Record:
        with services.db.read() as session:
            page = list_jobs(session, caller.id, listing)
            shown = [_shown(services, job) for job in page.jobs]
        return {"success": True, "conversions": shown, "total": page.total, "LastEvaluatedKey": page.next_token}

    return await in_thread(look)


@router.post("/tasks/{task_id}/cancel", response_model=CancelReply)
async def cancel(task_id: TaskId, caller: Caller, services: WithServices) -> Record:
    """Cancel a task: at once while it waits, at the next step while it runs; a finished task stays as it is."""

    def change() -> tuple[State, list[str]]:
        with services.db.transaction() as session:
            job = find_job(session, caller.id, task_id=task_id)
            events = services.jobs.cancel(session, job, services.clock.now())
            session.refresh(job)
            return State(job.state), events

    state, events = await in_thread(change)
    await in_thread(_announce, services, events)
    messages = {State.RUNNING: "The task will stop at its next step", State.CANCELLED: "The task was cancelled"}
    message = messages.get(state, "The task had already ended")
    return {"success": True, "task_id": task_id, "status": WIRE[state].value, "message": message}


@router.get("/tasks/{task_id}/webhooks", response_model=EventsReply)
async def webhooks(task_id: TaskId, caller: Caller, services: WithServices) -> Record:
    """Every webhook of a task with every try to deliver it."""

    def look() -> list[dict[str, Any]]:
        with services.db.read() as session:
            return list_events(session, find_job(session, caller.id, task_id=task_id).id)

    return {"success": True, "task_id": task_id, "webhooks": await in_thread(look)}


@router.post("/tasks/{task_id}/webhooks/redeliver", response_model=EventsReply)
async def redeliver_webhooks(task_id: TaskId, caller: Caller, services: WithServices, webhook_id: Id = None) -> Record:
    """Send the webhooks of a task again, or one of them."""

    def change() -> tuple[list[str], list[dict[str, Any]]]:
        with services.db.transaction() as session:
            job = find_job(session, caller.id, task_id=task_id)
            ids = redeliver(session, job.id, webhook_id, services.clock.now())
            return ids, list_events(session, job.id)

    ids, listed = await in_thread(change)
    await in_thread(_announce, services, ids)
    return {"success": True, "task_id": task_id, "webhooks": listed}


def _announce(services: Services, events: list[str]) -> None:
    for event_id in events:
        services.bell.event(event_id)


def _aware(at: datetime | None) -> datetime | None:
    """A time without a zone is taken for UTC. Raises BadInput for times that are none in UTC."""
    if at is None:
        return None
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        raise BadInput("startDate and endDate must be times of the calendar") from None
