"""What routes are handed: built once in app.main, found on the application."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ParamSpec, TypeVar

import anyio.to_thread
from fastapi import Depends, Request

from app.http.limits import PollLimiter
from app.infra.clock import Clock
from app.infra.db import Database
from app.infra.egress import Egress
from app.infra.links import Links
from app.infra.media import Media
from app.infra.queue import Bell
from app.infra.storage import Storage
from app.jobs.credits import PriceList
from app.jobs.service import JobService
from app.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    clock: Clock
    db: Database
    storage: Storage
    bell: Bell
    egress: Egress
    media: Media
    links: Links
    prices: PriceList
    jobs: JobService
    polls: PollLimiter


async def get_services(request: Request) -> Services:
    """A coroutine, because FastAPI would give a plain function a thread."""
    services: Services = request.app.state.services
    return services


WithServices = Annotated[Services, Depends(get_services)]


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking work off the event loop."""
    return await anyio.to_thread.run_sync(functools.partial(function, *args, **kwargs))


def base_url(request: Request, settings: Settings) -> str:
    """How the caller reaches us: the setting, else the way this request came in."""
    return settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
