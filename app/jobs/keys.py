"""API keys: stored hashed, shown once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.infra.ids import key_hash, new_api_key, new_id
from app.jobs.credits import MICROS
from app.jobs.tables import ApiKey

SHOWN = 10
_FIND = select(ApiKey).where(ApiKey.key_hash == bindparam("key_hash"), ApiKey.revoked_at.is_(None))


def create_key(
    session: Session,
    name: str,
    now: datetime,
    *,
    balance_usd: float | None = None,
    parallel: int | None = None,
    is_admin: bool = False,
) -> tuple[ApiKey, str]:
    """A new key and its secret text, which cannot be read again later."""
    secret = new_api_key()
    key = ApiKey(
        id=new_id(),
        name=name,
        key_hash=key_hash(secret),
        shown=secret[:SHOWN],
        balance_micros=None if balance_usd is None else round(balance_usd * MICROS),
        parallel=parallel,
        is_admin=is_admin,
        created_at=now,
    )
    session.add(key)
    session.flush()
    return key, secret


def find_key(session: Session, secret: str) -> ApiKey | None:
    """The key with this text, unless revoked. The look-up compares hashes, so its time tells nothing about the key."""
    return session.scalar(_FIND, {"key_hash": key_hash(secret)})


def list_keys(session: Session) -> Sequence[ApiKey]:
    return session.scalars(select(ApiKey).order_by(ApiKey.created_at)).all()


def revoke_key(session: Session, key_id: str, now: datetime) -> None:
    """Revoke by id or by the characters shown in lists."""
    found = session.scalars(
        update(ApiKey)
        .where((ApiKey.id == key_id) | (ApiKey.shown == key_id), ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiKey.id)
    ).all()
    if not found:
        msg = f"No active key {key_id}"
        raise NotFound(msg)


def change_balance(session: Session, key_id: str, balance_usd: float | None) -> None:
    found = session.scalars(
        update(ApiKey)
        .where((ApiKey.id == key_id) | (ApiKey.shown == key_id))
        .values(balance_micros=None if balance_usd is None else round(balance_usd * MICROS))
        .returning(ApiKey.id)
    ).all()
    if not found:
        msg = f"No key {key_id}"
        raise NotFound(msg)
