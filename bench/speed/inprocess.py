"""A worker in this process: the real runner, database, storage and media layer, without a queue between."""

import dataclasses
import random
import shutil
from pathlib import Path
from typing import Any

from app.contract.enums import Lane
from app.features import by_name
from app.infra.clock import SystemClock
from app.infra.db import Database
from app.infra.egress import Egress
from app.infra.ids import new_id
from app.infra.links import Links
from app.infra.media import Media
from app.infra.storage import LocalStorage
from app.jobs.credits import PriceList
from app.jobs.files import input_key
from app.jobs.keys import create_key
from app.jobs.schema import upgrade
from app.jobs.service import JobService
from app.jobs.state import State
from app.jobs.submit import Submission, submit
from app.jobs.tables import Job
from app.settings import Settings
from workers.runner import Runner

random.seed(0)


class Silence:
    """A bell nobody hears."""

    def job(self, lane: Lane, job_id: str) -> None: ...

    def event(self, event_id: str) -> None: ...

    def model_job(self, lane: Lane, job_id: str) -> None: ...

    def canary(self, lane: Lane) -> None: ...

    def waiting(self, lane: Lane) -> int | None:  # noqa: ARG002
        return None

    def check(self) -> None: ...

    def close(self) -> None: ...


class Bench:
    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data_dir=folder / "data", _env_file=None)  # type: ignore[call-arg]  # pydantic-settings' own
        (self.settings.data_dir / "work").mkdir(parents=True)
        self.clock = SystemClock()
        self.db = Database(self.settings.resolved_database_url)
        upgrade(self.db)
        self.storage = LocalStorage(self.settings.data_dir / "files")
        self.links = Links("bench", self.settings.storage.link_ttl)
        self.prices = PriceList(self.settings.credits)
        self.jobs = JobService(self.settings.jobs, self.prices, self.links)
        self.media = Media(self.settings.media)
        self.runner = Runner(
            settings=self.settings,
            clock=self.clock,
            db=self.db,
            storage=self.storage,
            egress=Egress(self.settings.egress),
            media=self.media,
            bell=Silence(),
            jobs=self.jobs,
        )
        with self.db.transaction() as session:
            self.key_id = create_key(session, "bench", self.clock.now(), parallel=1_000_000)[0].id

    def submit(self, feature_name: str, params: dict[str, Any], source: Path) -> str:
        """Store a job for a copy of `source`, as the gateway does after an upload. It goes to every input there is."""
        task_id = new_id()
        upload = source.with_name(f"upload{source.suffix}")
        info = dataclasses.asdict(self.media.probe(source))
        inputs = []
        for slot in by_name(feature_name).inputs:
            shutil.copyfile(source, upload)
            key = input_key(task_id, slot.file_field)
            self.storage.put(key, upload, "")
            inputs.append({"slot": slot.file_field, "key": key, "file_name": source.name, "info": info})
        submission = Submission(
            task_id=task_id,
            conversion_ids=(new_id(),),
            feature=by_name(feature_name),
            params=params,
            inputs=inputs,
            audio_s=1.0,
            quantity=1.0,
            webhook_url="",
            base_url="http://bench",
            key_id=self.key_id,
        )
        with self.db.transaction() as session:
            submit(
                session,
                submission,
                settings=self.settings.jobs,
                prices=self.prices,
                links=self.links,
                now=self.clock.now(),
            )
        return task_id

    def run(self, job_id: str) -> Job:
        """One attempt; raises when it did not complete."""
        self.runner.run(job_id)
        with self.db.read() as session:
            job = session.get(Job, job_id)
        if job is None or job.state != State.COMPLETED:
            text = "no job" if job is None else f"{job.state}: {job.error_text}"
            raise RuntimeError(text)
        return job
