"""An operator with an admin key, a model of his own on a web server here, and workers for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from app.jobs.keys import create_key
from models.catalogue import OWN, Engines
from models.room.pull import Puller
from models.room.store import Store
from models.tiny.deep_filter import deep_filter_networks
from tests.support.gateway import BASE, Gateway
from tests.support.hub import COMMIT, hub
from tests.support.receivers import Behaviour, Receiver
from workers.model_jobs import ModelJobs
from workers.residents import Residents

MODELS = f"{BASE}/admin/models"
WORKER = "gpu@studio/7"


def networks(folder: Path) -> dict[str, bytes]:
    """The files of a small model that really loads."""
    made = deep_filter_networks(folder, np.random.default_rng(5))
    return {path.name: path.read_bytes() for path in sorted(made.iterdir())}


def manifest_text(model_id: str, files: dict[str, bytes], source: str, licence: str = "{code: MIT}") -> str:
    listed = "".join(f"\n- {{path: {path}, size_bytes: {len(data)}}}" for path, data in files.items())
    return (
        f"id: {model_id}\ntasks: [denoise]\nengine: denoise.deepfilternet:DeepFilterNet3\n"
        f"licence: {licence}\nsource: {source}\nfiles:{listed}\n"
    )


@dataclass
class Operator:
    """`thing` comes from a hub, and somebody has to accept its licence; `free` comes from a web server."""

    gateway: Gateway
    files: dict[str, bytes]
    url: str
    key: str
    engines: Engines
    jobs: ModelJobs = field(init=False)
    residents: Residents = field(init=False)

    def __post_init__(self) -> None:
        services = self.gateway.services
        self.residents = Residents(
            settings=services.settings.jobs,
            clock=services.clock,
            db=services.db,
            room=self.engines.room,
            worker=WORKER,
        )
        self.jobs = self.worker()

    @property
    def store(self) -> Store:
        return self.engines.store

    def worker(self) -> ModelJobs:
        services = self.gateway.services
        return ModelJobs(
            settings=services.settings.jobs,
            clock=services.clock,
            db=services.db,
            engines=self.engines,
            worker=WORKER,
            tell_loaded=self.residents.look,
            puller=lambda store: Puller(store, endpoint=self.url),
        )

    def work(self) -> None:
        """Run what was announced."""
        while self.gateway.bell.model_jobs:
            self.jobs.run(self.gateway.bell.model_jobs.pop(0)[1])

    async def call(self, method: str, path: str, *, key: str | None = None, **request: Any) -> tuple[int, Any]:
        async with self.gateway.client(key or self.key) as client:
            answered = await client.request(method, f"{MODELS}{path}", **request)
            return answered.status_code, answered.json()

    async def job(self, model_id: str) -> dict[str, Any]:
        """The last job of a model, as a poll shows it."""
        status, shown = await self.call("GET", f"/{model_id}")
        assert status == 200, shown
        last: dict[str, Any] = shown["model"]["jobs"][0]
        return last

    async def done(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Ask for something, let a worker do it, and look at what came of it."""
        status, told = await self.call(method, path, **request)
        assert status == 202, told
        self.work()
        return await self.job(told["model_id"])


@contextmanager
def operator_of(gateway: Gateway, folder: Path, wrap: Any = lambda behave: behave) -> Iterator[Operator]:
    """`wrap` may change how the web server behaves."""
    files = networks(folder)
    behave: Behaviour = wrap(hub(files))
    own = gateway.services.settings.weights_dir / OWN
    own.mkdir(parents=True)
    with Receiver(behave) as receiver:
        hub_source = f"{{kind: hub, repo: owner/thing, revision: {COMMIT}}}"
        closed = '{code: MIT, weights: CC-BY-NC-4.0, commercial: "no"}'
        (own / "thing.yaml").write_text(manifest_text("thing", files, hub_source, closed))
        (own / "free.yaml").write_text(manifest_text("free", files, f"{{kind: http, url: '{receiver.url}'}}"))
        with gateway.services.db.transaction() as session:
            secret = create_key(session, "Ada", gateway.clock.now(), is_admin=True)[1]
        yield Operator(gateway, files, receiver.url, secret, Engines(gateway.services.settings.weights_dir))
