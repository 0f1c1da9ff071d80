"""Finding jobs. Every query names the key that asks: other people's jobs do not exist."""

import base64
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import BindParameter, String, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from app.contract.enums import ConversionType
from app.errors import BadRange, NotFound
from app.infra.db import Utc
from app.jobs.tables import Conversion, Job

UNKNOWN = "No conversion with this id"


def find_job(session: Session, key_id: str, *, task_id: str | None = None, conversion_id: str | None = None) -> Job:
    """By task id, by any of its conversion ids, or by both if they belong together. Raises NotFound, BadRange."""
    if not task_id and not conversion_id:
        raise BadRange("Invalid request parameters")
    owner_id = (
        session.scalar(select(Conversion.job_id).where(Conversion.id == conversion_id)) if conversion_id else None
    )
    if conversion_id and owner_id is None:
        # Some clients poll with a task id under either name.
        owner_id = conversion_id
    job = session.get(Job, task_id or owner_id)
    if job is None or job.key_id != key_id:
        raise NotFound(UNKNOWN)
    if task_id and owner_id and task_id != owner_id:
        raise BadRange("Invalid request parameters")
    return job


@dataclass(frozen=True, slots=True)
class Page:
    jobs: Sequence[Job]
    total: int
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What byUser may be asked for."""

    kind: ConversionType | None = None
    start: datetime | None = None
    end: datetime | None = None
    newest_first: bool = True
    limit: int = 50
    token: str | None = None


def list_jobs(session: Session, key_id: str, listing: Listing) -> Page:
    """One page of a key's jobs in order of creation. Raises BadRange for a token we did not make."""
    chosen = select(Job).where(Job.key_id == key_id)
    if listing.kind is not None:
        chosen = chosen.where(Job.kind == listing.kind.value)
    if listing.start is not None:
        chosen = chosen.where(Job.created_at >= listing.start)
    if listing.end is not None:
        chosen = chosen.where(Job.created_at <= listing.end)
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    place = tuple_(Job.created_at, Job.id)
    if listing.token:
        at, job_id = _read_token(listing.token)
        here = tuple_(_literal_time(at), _literal_id(job_id))
        chosen = chosen.where(place < here if listing.newest_first else place > here)
    order = (Job.created_at.desc(), Job.id.desc()) if listing.newest_first else (Job.created_at, Job.id)
    jobs = session.scalars(chosen.order_by(*order).limit(listing.limit + 1)).all()
    page = jobs[: listing.limit]
    more = len(jobs) > listing.limit
    return Page(page, total, _token(page[-1]) if more else None)


def _token(job: Job) -> str:
    text = json.dumps([job.created_at.isoformat(), job.id])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_token(token: str) -> tuple[datetime, str]:
    try:
        at, job_id = json.loads(base64.urlsafe_b64decode(token.encode("ascii")))
        return datetime.fromisoformat(at).astimezone(UTC), str(uuid.UUID(job_id))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):  # ValueError: base64 and text too
        raise BadRange("LastEvaluatedKey is not one this server gave out") from None


def _literal_time(at: datetime) -> BindParameter[datetime]:
    return bindparam(None, at, type_=Utc())


def _literal_id(job_id: str) -> BindParameter[str]:
    return bindparam(None, job_id, type_=String())
