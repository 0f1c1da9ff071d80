"""Is the process alive, can it serve, and the root that credential tests call."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.contract.enums import Lane
from app.errors import AppError
from app.features import ALL
from app.http.auth import Caller
from app.http.deps import Services, WithServices, in_thread
from app.jobs.state import State
from app.jobs.tables import Canary, Job

probes = APIRouter(tags=["Health"])
router = APIRouter(prefix="/v1", tags=["Health"])


@probes.get("/livez")
async def livez() -> dict[str, str]:
    """200 while the process can answer."""
    return {"status": "alive"}


@probes.get("/readyz", responses={503: {"description": "Something a task needs is missing"}})
async def readyz(services: WithServices) -> JSONResponse:
    """503 names what is missing: database, queue, storage, or a lane in which nothing consumes."""
    problems = await in_thread(_problems, services)
    state = "not ready" if problems else "ready"
    return JSONResponse({"status": state, "problems": problems}, 503 if problems else 200)


@router.get("/")
async def root(_caller: Caller) -> dict[str, Any]:
    """Answers 200 to a good key: the vendor's n8n node tests credentials here."""
    ready = [feature.path for feature in ALL if feature.ready]
    return {"success": True, "message": "Woodshed is running", "endpoints": ready}


def _problems(services: Services) -> list[str]:
    problems = []
    try:
        services.db.check()
        problems += _silent_lanes(services)
    except SQLAlchemyError:
        problems.append("database")
    for name, part in (("queue", services.bell), ("storage", services.storage)):
        try:
            part.check()
        except AppError:
            problems.append(name)
    return problems


def _silent_lanes(services: Services) -> list[str]:
    """Lanes whose canary did not come back, unless they are so busy that it has to wait: a job runs under its lease."""
    patience = services.settings.jobs.canary_every * 3
    now = services.clock.now()
    running = select(Job.lane).where(Job.state == State.RUNNING, Job.lease_until > now).distinct()
    with services.db.read() as session:
        seen = {canary.lane: canary.seen_at for canary in session.scalars(select(Canary))}
        busy = set(session.scalars(running))
    return [
        f"lane {lane.value}" for lane in Lane if lane.value not in busy and _silent(seen.get(lane.value), now, patience)
    ]


def _silent(seen_at: datetime | None, now: datetime, patience: timedelta) -> bool:
    return seen_at is None or now - seen_at > patience
