"""Jobs for tests: a key, a submission, and the service around them."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from app.features import by_name
from app.infra.db import Database
from app.infra.ids import new_id
from app.infra.links import Links
from app.jobs.credits import PriceList
from app.jobs.keys import create_key
from app.jobs.service import JobService
from app.jobs.submit import Accepted, Submission, submit
from app.jobs.tables import Job
from app.settings import CreditSettings, JobSettings
from tests.support.clock import FakeClock

LINKS = Links("test secret", timedelta(days=1))
PRICES = PriceList(CreditSettings())


class Desk:
    """Submits and moves jobs as the gateway and the workers do, on a clock of its own."""

    def __init__(self, db: Database, clock: FakeClock, settings: JobSettings | None = None) -> None:
        self.db = db
        self.clock = clock
        self.settings = settings or JobSettings()
        self.service = JobService(self.settings, PRICES, LINKS)
        with db.transaction() as session:
            key, self.secret = create_key(session, "test", clock.now())
            self.key_id = key.id

    def set_balance(self, usd: float | None, parallel: int | None = None) -> None:
        with self.db.transaction() as session:
            key, self.secret = create_key(session, "other", self.clock.now(), balance_usd=usd, parallel=parallel)
            self.key_id = key.id

    def submission(self, **changes: object) -> Submission:
        feature = by_name(str(changes.pop("feature", "file_convert")))
        base = Submission(
            task_id=new_id(),
            conversion_ids=(new_id(),),
            feature=feature,
            params=dict(feature.sample),
            inputs=[{"slot": "audio_file", "url": "https://example.com/a.mp3"}],
            audio_s=60.0,
            quantity=1.0,
            webhook_url="https://receiver.example/hook?token=1",
            base_url="https://studio.example/api/public",
            key_id=self.key_id,
        )
        return replace(base, **changes)  # type: ignore[arg-type]  # tests name real fields

    def submit(self, **changes: object) -> Accepted:
        with self.db.transaction() as session:
            return self.submit_in(session, self.submission(**changes))

    def submit_in(self, session: Session, submission: Submission) -> Accepted:
        return submit(session, submission, settings=self.settings, prices=PRICES, links=LINKS, now=self.clock.now())

    def job(self, task_id: str) -> Job:
        with self.db.read() as session:
            job = session.get(Job, task_id)
            assert job is not None
            return job
