"""create_app(): wiring only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.routing import Route

from app import __version__
from app.features import ALL
from app.features._spec import Feature
from app.http import conversions, downloads, health, models, streaming, voices
from app.http.deps import Services
from app.http.errors import add_error_handlers
from app.http.limits import PollLimiter
from app.http.middleware import PREFIX, CanonicalPaths, RequestIds
from app.http.openapi import EVERYWHERE, error_responses, request_body, task_responses
from app.http.submit import handler
from app.infra.clock import SystemClock
from app.infra.db import Database
from app.infra.egress import Egress
from app.infra.links import Links, link_secret
from app.infra.media import Media
from app.infra.queue import BackgroundBell, CeleryBell, celery_app
from app.infra.storage import open_storage
from app.infra.telemetry import set_up_logging
from app.jobs.credits import PriceList
from app.jobs.schema import upgrade
from app.jobs.service import JobService
from app.settings import Settings


def create_app(settings: Settings | None = None, services: Services | None = None) -> FastAPI:
    """The gateway. Everything it uses is built here and handed down; tests hand in their own."""
    settings = settings or (services.settings if services else Settings())
    services = services or build_services(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        services.bell.close()
        services.db.close()

    app = FastAPI(
        title="Woodshed",
        version=__version__,
        description="The MusicGPT API on your own hardware.",
        lifespan=lifespan,
        redirect_slashes=False,
        responses=error_responses(EVERYWHERE),
    )
    app.state.services = services
    tasks = APIRouter()
    for feature in ALL:
        _add_feature(tasks, feature)
    lookups = error_responses((400, 404, 429))
    for router in (tasks, downloads.router):
        app.include_router(router, prefix=PREFIX)
    for router in (conversions.router, streaming.router, voices.router, health.router):
        app.include_router(router, prefix=PREFIX, responses=lookups)
    app.include_router(models.router, prefix=PREFIX, responses=error_responses((403, 404, 409)))
    app.include_router(health.probes)
    add_error_handlers(app)
    under_prefix = (tasks, conversions.router, streaming.router, voices.router, models.router, health.router)
    paths = [PREFIX + route.path for router in under_prefix for route in router.routes if isinstance(route, Route)]
    app.add_middleware(CanonicalPaths, paths=[path for path in paths if "{" not in path])
    app.add_middleware(RequestIds)
    return app


def build_services(settings: Settings) -> Services:
    settings.check()
    set_up_logging(settings.log_level)
    for folder in ("uploads", "work"):
        (settings.data_dir / folder).mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    db = Database(settings.resolved_database_url)
    upgrade(db)
    links = Links(link_secret(settings), settings.storage.link_ttl)
    prices = PriceList(settings.credits)
    return Services(
        settings=settings,
        clock=clock,
        db=db,
        storage=open_storage(settings.storage, settings.data_dir),
        bell=BackgroundBell(CeleryBell(celery_app(settings), settings.broker_url)),
        egress=Egress(settings.egress),
        media=Media(settings.media, settings.ffmpeg),
        links=links,
        prices=prices,
        jobs=JobService(settings.jobs, prices, links),
        polls=PollLimiter(clock, settings.jobs.polls_per_minute),
    )


def _add_feature(router: APIRouter, feature: Feature) -> None:
    endpoint = handler(feature)
    extra = {"requestBody": request_body(feature)} if feature.method == "POST" else {"parameters": _query(feature)}
    for number, path in enumerate((feature.path, *feature.aliases)):
        router.add_api_route(
            path,
            endpoint,
            methods=[feature.method],
            summary=feature.summary,
            tags=["Conversions"],
            operation_id=feature.name if number == 0 else None,
            responses=task_responses(feature),
            openapi_extra=extra,
            include_in_schema=number == 0,
        )


def _query(feature: Feature) -> list[dict[str, object]]:
    schema = request_body(feature)["content"][feature.body.value]["schema"]
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": field}
        for name, field in schema["properties"].items()
    ]
