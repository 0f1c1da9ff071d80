"""The gateway and a worker in this process: real database, storage, media and egress; the bell only remembers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from app.http.deps import Services
from app.http.limits import PollLimiter
from app.infra.db import Database
from app.infra.egress import Egress
from app.infra.links import Links
from app.infra.media import Media
from app.infra.storage import LocalStorage
from app.infra.webhooks import WebhookSender
from app.jobs.credits import PriceList
from app.jobs.keys import create_key
from app.jobs.schema import upgrade
from app.jobs.service import JobService
from app.main import create_app
from app.settings import Settings
from tests.support.bell import FakeBell
from tests.support.clock import FakeClock
from workers.delivery import Delivery
from workers.housekeeping import Housekeeping
from workers.runner import Runner

PREFIX = "/api/public"
BASE = f"{PREFIX}/v1"


@dataclass
class Gateway:
    """`await client.post(...)`, then `work()` runs what was queued and `deliver()` sends what came of it."""

    services: Services
    app: FastAPI
    bell: FakeBell
    clock: FakeClock
    key: str
    key_id: str
    runner: Runner
    delivery: Delivery
    housekeeping: Housekeeping

    @asynccontextmanager
    async def client(self, key: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        headers = {"Authorization": key or self.key}
        async with httpx.AsyncClient(transport=transport, base_url="http://studio.test", headers=headers) as client:
            yield client

    def work(self) -> None:
        while self.bell.jobs:
            _, job_id = self.bell.jobs.pop(0)
            self.runner.run(job_id)

    def deliver(self) -> None:
        while self.bell.events:
            self.delivery.deliver(self.bell.events.pop(0))

    def files(self) -> list[str]:
        """Everything on disk that belongs to tasks."""
        rooms = [self.services.settings.data_dir / room for room in ("files", "work", "uploads")]
        return sorted(str(path) for room in rooms for path in room.rglob("*") if path.is_file())

    def new_key(self, **options: Any) -> str:
        with self.services.db.transaction() as session:
            return create_key(session, "another", self.clock.now(), **options)[1]


def open_gateway(folder: Path, clock: FakeClock, change: Callable[[Settings], None] | None = None) -> Gateway:
    settings = Settings(data_dir=folder / "data", _env_file=None)  # type: ignore[call-arg]  # pydantic-settings' own
    settings.egress.allow_loopback = True
    settings.jobs.polls_per_minute = 100_000
    if change is not None:
        change(settings)
    for room in ("uploads", "work"):
        (settings.data_dir / room).mkdir(parents=True)
    db = Database(settings.resolved_database_url)
    upgrade(db)
    storage = LocalStorage(settings.data_dir / "files")
    links = Links("secret", settings.storage.link_ttl)
    prices = PriceList(settings.credits)
    jobs = JobService(settings.jobs, prices, links)
    egress = Egress(settings.egress)
    media = Media(settings.media)
    bell = FakeBell()
    services = Services(
        settings=settings,
        clock=clock,
        db=db,
        storage=storage,
        bell=bell,
        egress=egress,
        media=media,
        links=links,
        prices=prices,
        jobs=jobs,
        polls=PollLimiter(clock, settings.jobs.polls_per_minute),
    )
    with db.transaction() as session:
        key, secret = create_key(session, "test", clock.now())
    return Gateway(
        services=services,
        app=create_app(services=services),
        bell=bell,
        clock=clock,
        key=secret,
        key_id=key.id,
        runner=Runner(
            settings=settings, clock=clock, db=db, storage=storage, egress=egress, media=media, bell=bell, jobs=jobs
        ),
        delivery=Delivery(
            settings=settings.webhooks,
            clock=clock,
            db=db,
            sender=WebhookSender(egress, settings.webhooks),
            bell=bell,
            chance=lambda: 0.5,
        ),
        housekeeping=Housekeeping(settings=settings, clock=clock, db=db, storage=storage, bell=bell, jobs=jobs),
    )
