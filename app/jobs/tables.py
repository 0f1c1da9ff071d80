"""The tables. Times are UTC; money is whole micro-dollars, so that sums stay exact."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, MetaData, String, Text, false, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.infra.db import Utc

Json = dict[str, Any]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Utc, Json: JSON, list[Json]: JSON, list[str]: JSON}  # noqa: RUF012 - SQLAlchemy's own form


class ApiKey(Base):
    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    shown: Mapped[str] = mapped_column(String(16))  # first characters, to tell keys apart in lists
    balance_micros: Mapped[int | None] = mapped_column(BigInteger)  # None: unlimited
    parallel: Mapped[int | None]  # unfinished tasks per category; None: the setting
    is_admin: Mapped[bool] = mapped_column(default=False, server_default=false())  # may manage models
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Job(Base):
    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_queue", "state", "lane", "due_at"),
        Index("ix_jobs_key", "key_id", "created_at"),
        Index("ix_jobs_parallel", "key_id", "category", "state"),
        Index("ix_jobs_ahead", "lane", "state", "expected_s"),
        Index("ix_jobs_sweep", "sweep_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"))
    feature: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(64))
    category: Mapped[str] = mapped_column(String(32))
    lane: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    params: Mapped[Json]
    inputs: Mapped[list[Json]]
    conversion_ids: Mapped[list[str]]
    webhook_url: Mapped[str] = mapped_column(Text, default="")
    base_url: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(String(64), default="")

    progress: Mapped[float] = mapped_column(default=0.0)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime]  # not to be started earlier
    rung_at: Mapped[datetime | None]  # last announced; None: never

    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    eta_s: Mapped[int] = mapped_column(default=-1)
    expected_s: Mapped[float | None]  # run time alone, without the wait before it
    reserved_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_micros: Mapped[int] = mapped_column(BigInteger, default=0)

    duration_s: Mapped[float | None]
    values: Mapped[Json] = mapped_column(default=dict)
    outputs: Mapped[Json] = mapped_column(default=dict)  # name → {key, file_name, content_type, size_bytes}
    error_code: Mapped[str] = mapped_column(String(64), default="")
    error_text: Mapped[str] = mapped_column(Text, default="")
    sweep_at: Mapped[datetime | None]  # when the next of its files is due for deletion


class Conversion(Base):
    """Finds a task by the id of one of its conversions."""

    __tablename__ = "conversions"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)


class OutboxEvent(Base):
    """A webhook to be delivered; `id` is the `webhook-id` of every try."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_due", "state", "next_try_at"),
        Index("uq_events_position", "job_id", "position", unique=True),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    position: Mapped[int]
    url: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(String(255))
    payload: Mapped[Json]
    state: Mapped[str] = mapped_column(String(16))  # waiting, delivered, exhausted, gone
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    rung_at: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Attempt(Base):
    """One try of one event."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), index=True)
    number: Mapped[int]
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16))
    status: Mapped[int | None]
    error: Mapped[str] = mapped_column(Text, default="")
    response: Mapped[str] = mapped_column(Text, default="")
    elapsed_ms: Mapped[int] = mapped_column(default=0)


class IdempotentReply(Base):
    """What a request with an Idempotency-Key was answered."""

    __tablename__ = "idempotent_replies"

    key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    reply: Mapped[Json]
    created_at: Mapped[datetime]


class Speed(Base):
    """Running sums behind the ETA of one feature; older runs fade."""

    __tablename__ = "speeds"

    feature: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[float]
    x: Mapped[float]
    y: Mapped[float]
    xx: Mapped[float]
    xy: Mapped[float]


class Canary(Base):
    """Proof that a lane consumes."""

    __tablename__ = "canaries"

    lane: Mapped[str] = mapped_column(String(8), primary_key=True)
    sent_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]


class KnownModel(Base):
    """A model as a worker saw it last: what its manifest says, and what of it is installed."""

    __tablename__ = "known_models"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    known: Mapped[Json]
    seen_at: Mapped[datetime]


class ModelJob(Base):
    """Something to be done to a model, asked for by an admin key. One unfinished job per model."""

    __tablename__ = "model_jobs"
    __table_args__ = (
        Index("ix_model_jobs_model", "model_id", "created_at"),
        Index("ix_model_jobs_state", "state"),
        Index(
            "uq_model_jobs_unfinished",
            "model_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    model_id: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(8))  # pull, verify, remove, load
    lane: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))  # queued, running, done, failed
    key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"))
    asked_by: Mapped[str] = mapped_column(String(200))  # the key's name
    accepts_licence: Mapped[bool] = mapped_column(default=False)
    done_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    total_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # 0: not known
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[datetime | None]
    rung_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    message: Mapped[str] = mapped_column(Text, default="")  # what came of it, or why it failed


class LoadedModel(Base):
    """A model that a worker process holds in memory. Rows of a dead process run out."""

    __tablename__ = "loaded_models"

    worker: Mapped[str] = mapped_column(String(300), primary_key=True)
    model_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)  # as reserved
    state: Mapped[str] = mapped_column(String(8))  # loading, lent, idle
    since: Mapped[datetime]
    lease_until: Mapped[datetime]
    unload_asked: Mapped[bool] = mapped_column(default=False)


class VoiceRow(Base):
    """A voice that was added. Its recording is in storage."""

    __tablename__ = "voices"
    __table_args__ = (Index("ix_voices_key", "key_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key_id: Mapped[str | None] = mapped_column(ForeignKey("api_keys.id"))  # None: the operator's, for all
    name: Mapped[str] = mapped_column(String(200))
    gender: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(16))
    consent: Mapped[str] = mapped_column(Text)
    duration_s: Mapped[float]
    file_name: Mapped[str] = mapped_column(String(200))
    info: Mapped[Json]  # of the recording, as it was probed
    profile: Mapped[Json | None]  # measured when it is first used
    created_at: Mapped[datetime]
