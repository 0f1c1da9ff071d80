"""Deletes files when their time is over. Safe to stop anywhere: deleting twice does no harm."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.infra.storage import Storage
from app.jobs.files import manifest_key, outputs_prefix
from app.jobs.state import FINAL, State
from app.jobs.tables import IdempotentReply, Job
from app.settings import StorageSettings

BATCH = 200


def keep(key: str, settings: StorageSettings) -> timedelta:
    """How long a stored file is kept after its job ended."""
    if key.startswith("inputs/"):
        return settings.keep_inputs
    return settings.keep_wav if key.endswith(".wav") else settings.keep_mp3


def files_of(job: Job) -> list[str]:
    """Storage keys of a job's inputs and outputs, the manifest last."""
    inputs = [str(given["key"]) for given in job.inputs if given.get("key")]
    outputs = [str(output["key"]) for output in job.outputs.values()]
    return [*inputs, *outputs, *([manifest_key(job.id)] if outputs else [])]


def was_delivered(job: Job) -> bool:
    """Whether a job that failed has given a part to its caller."""
    return bool(job.outputs) and job.state in {State.FAILED, State.ERROR}


def next_sweep(job: Job, settings: StorageSettings, ended: datetime, after: datetime) -> datetime | None:
    """When the next of the job's files is due for deletion; None when nothing is left."""
    due = [ended + keep(key, settings) for key in files_of(job)]
    return min((at for at in due if at > after), default=None)


@dataclass(frozen=True, slots=True)
class Due:
    """Files of one job to delete now, and when to come back for the rest.

    `stray_prefix`: what else to delete lies there, such as outputs that were stored before a cancel was noticed.
    """

    job_id: str
    keys: list[str]
    next_at: datetime | None
    stray_prefix: str = ""


def due_files(session: Session, settings: StorageSettings, now: datetime) -> list[Due]:
    """What is due of up to 200 jobs.

    A job that did not complete keeps what it delivered before, unless the caller cancelled it, and nothing else.
    """
    found = []
    due = select(Job).where(Job.sweep_at <= now, Job.state.in_(FINAL)).order_by(Job.sweep_at).limit(BATCH)
    for job in session.scalars(due):
        ended = job.finished_at or now
        if job.state == State.COMPLETED or was_delivered(job):
            keys = [key for key in files_of(job) if ended + keep(key, settings) <= now]
            found.append(Due(job.id, keys, next_sweep(job, settings, ended, now)))
        else:
            found.append(Due(job.id, files_of(job), None, outputs_prefix(job.id)))
    return found


def swept(session: Session, due: Due) -> None:
    """Note that the files of `due` are gone."""
    session.execute(update(Job).where(Job.id == due.job_id).values(sweep_at=due.next_at))


def orphans(session: Session, storage: Storage, settings: StorageSettings, now: datetime) -> list[str]:
    """Keys of uploads without a job: the process died between storing the file and storing the job."""
    old = [stored.key for stored in storage.entries("inputs/") if stored.modified < now - settings.keep_inputs]
    owners = sorted({key.split("/")[1] for key in old})
    known: set[str] = set()
    for first in range(0, len(owners), BATCH):  # databases limit the length of a list
        known |= set(session.scalars(select(Job.id).where(Job.id.in_(owners[first : first + BATCH]))))
    return [key for key in old if key.split("/")[1] not in known]


def forget_replies(session: Session, older_than: datetime) -> None:
    for reply in session.scalars(select(IdempotentReply).where(IdempotentReply.created_at < older_than).limit(1000)):
        session.delete(reply)
