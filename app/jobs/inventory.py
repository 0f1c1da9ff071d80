"""Which models there are and which are loaded, as workers told: the gateway itself sees no weights and no engine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound, Unavailable
from app.jobs.tables import KnownModel, LoadedModel

Known = dict[str, Any]
"""A manifest's fields, and `size_bytes`, `state`, `to_accept`, `lane`, `installed` (None where it is not)."""
SILENT = "No worker has told yet which models there are; is an io worker running?"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in the memory of a worker process. `state`: loading, lent or idle."""

    model_id: str
    size_bytes: int
    state: str
    since: datetime


def note_known(session: Session, models: Mapping[str, Known], now: datetime) -> bool:
    """Store what a worker sees. Returns whether anything is new; if not, nothing is written."""
    there = {row.id: row for row in session.scalars(select(KnownModel))}
    new = {model_id: known for model_id, known in models.items() if _differs(there.get(model_id), known)}
    for model_id, known in new.items():
        session.merge(KnownModel(id=model_id, known=known, seen_at=now))
    gone = there.keys() - models.keys()
    for model_id in gone:
        session.delete(there[model_id])
    return bool(new or gone)


def _differs(row: KnownModel | None, known: Known) -> bool:
    return row is None or row.known != known


def known_models(session: Session) -> list[Known]:
    """All models in order of their ids. Raises Unavailable while no worker has told."""
    found = [row.known for row in session.scalars(select(KnownModel).order_by(KnownModel.id))]
    if not found:
        raise Unavailable(SILENT)
    return found


def known_model(session: Session, model_id: str) -> Known:
    """Raises NotFound, and Unavailable while no worker has told."""
    row = session.get(KnownModel, model_id)
    if row is None:
        if not session.scalar(select(func.count()).select_from(KnownModel)):
            raise Unavailable(SILENT)
        message = f"There is no model {model_id}"
        raise NotFound(message)
    return row.known


def loaded_models(session: Session, now: datetime, model_id: str | None = None) -> Sequence[LoadedModel]:
    """What living worker processes hold, of one model or of all."""
    living = select(LoadedModel).where(LoadedModel.lease_until > now)
    if model_id is not None:
        living = living.where(LoadedModel.model_id == model_id)
    return session.scalars(living.order_by(LoadedModel.worker, LoadedModel.model_id)).all()


def ask_unload(session: Session, model_id: str, now: datetime) -> Sequence[LoadedModel]:
    """Ask every process that holds a model to unload it; returns them. Raises Conflict when one is using it.

    A process that has just begun to use it unloads it when it is idle.
    """
    holders = loaded_models(session, now, model_id)
    if not holders:
        message = f"{model_id} is not loaded"
        raise Conflict(message)
    busy = [row.worker for row in holders if row.state != "idle"]
    if busy:
        message = f"{model_id} is in use by {', '.join(busy)}"
        raise Conflict(message)
    session.execute(
        update(LoadedModel)
        .where(LoadedModel.model_id == model_id, LoadedModel.lease_until > now)
        .values(unload_asked=True)
    )
    return loaded_models(session, now, model_id)


def asked_to_unload(session: Session, worker: str) -> Sequence[str]:
    """What one process has been asked to unload."""
    asked = select(LoadedModel.model_id).where(LoadedModel.worker == worker, LoadedModel.unload_asked)
    return session.scalars(asked).all()


def note_loaded(session: Session, worker: str, loaded: Iterable[Loaded], now: datetime, lease: timedelta) -> None:
    """Store what one process holds; it counts until `lease` has passed without another word."""
    there = {row.model_id: row for row in session.scalars(select(LoadedModel).where(LoadedModel.worker == worker))}
    for model in loaded:
        row = there.pop(model.model_id, None) or LoadedModel(
            worker=worker, model_id=model.model_id, since=model.since, unload_asked=False
        )
        row.size_bytes, row.state, row.lease_until = model.size_bytes, model.state, now + lease
        session.add(row)
    for row in there.values():
        session.delete(row)


def forget_worker(session: Session, worker: str) -> None:
    session.execute(delete(LoadedModel).where(LoadedModel.worker == worker))


def forget_silent_workers(session: Session, now: datetime) -> None:
    session.execute(delete(LoadedModel).where(LoadedModel.lease_until <= now))
