"""A bell that remembers who rang."""

from app.contract.enums import Lane
from app.errors import Unavailable


class FakeBell:
    def __init__(self) -> None:
        self.jobs: list[tuple[Lane, str]] = []
        self.events: list[str] = []
        self.model_jobs: list[tuple[Lane, str]] = []
        self.canaries: list[Lane] = []
        self.queued: dict[Lane, int] = {}
        self.down = False

    def job(self, lane: Lane, job_id: str) -> None:
        self.jobs.append((lane, job_id))

    def event(self, event_id: str) -> None:
        self.events.append(event_id)

    def model_job(self, lane: Lane, job_id: str) -> None:
        self.model_jobs.append((lane, job_id))

    def canary(self, lane: Lane) -> None:
        self.canaries.append(lane)

    def waiting(self, lane: Lane) -> int | None:
        return None if self.down else self.queued.get(lane, 0)

    def check(self) -> None:
        if self.down:
            raise Unavailable("The queue cannot be reached")

    def close(self) -> None: ...
