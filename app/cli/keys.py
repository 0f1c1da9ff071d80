"""`woodshed keys`: who may call, how much, and how many tasks at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.cli.terminal import DataDir, fail, out, say, settings_for
from app.errors import NotFound
from app.infra.clock import SystemClock
from app.infra.db import Database
from app.jobs.credits import MICROS
from app.jobs.keys import change_balance, create_key, find_key, list_keys, revoke_key
from app.jobs.schema import upgrade
from app.jobs.tables import ApiKey
from app.settings import Settings

UNLIMITED = "unlimited"
MAX_NAME_CHARS = 200

keys = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")


@contextmanager
def database(settings: Settings) -> Iterator[Database]:
    """The migrated database, or an end of the command in plain words."""
    try:
        if not settings.database_url:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        db = Database(settings.resolved_database_url)
        upgrade(db)
    except (SQLAlchemyError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        fail(f"The database cannot be used: {str(cause).strip().splitlines()[0]}")
    try:
        yield db
    finally:
        db.close()


def first_key(db: Database, path: Path) -> str | None:
    """The text of the server's first key, kept in `path` (mode 0600) and made when there is no key at all.

    None when the text is not there, or no longer good: then keys are the operator's affair.
    """
    with db.transaction() as session:
        kept = path.read_text(encoding="ascii").strip() if path.exists() else ""
        if kept and find_key(session, kept) is not None:
            return kept
        if list_keys(session):
            return None
        _, secret = create_key(session, "first", SystemClock().now())
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"{secret}\n", encoding="ascii")  # before the commit: a key without its text would be lost
    return secret


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is; only shown in lists.")],
    balance: Annotated[
        float | None, typer.Option(min=0, help="Credit in USD. (default: unlimited)", show_default=False)
    ] = None,
    parallel: Annotated[
        int | None,
        typer.Option(min=1, help="Unfinished tasks per category. (default: the server's setting)", show_default=False),
    ] = None,
    admin: Annotated[bool, typer.Option("--admin", help="It may also manage models over HTTP.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Make a key. Its text goes to standard output and cannot be shown again."""
    if not name.strip() or len(name) > MAX_NAME_CHARS:
        fail(f"A name has 1 to {MAX_NAME_CHARS} characters")
    with _transaction(data_dir) as session:
        key, secret = create_key(
            session, name.strip(), SystemClock().now(), balance_usd=balance, parallel=parallel, is_admin=admin
        )
        key_id = key.id
    say(f"Key {key_id} for {name.strip()}. Keep its text; it is stored only as a hash:")
    out.print(secret, markup=False, soft_wrap=True)


@keys.command("list")
def list_all(data_dir: DataDir = None) -> None:
    """Show all keys, also revoked ones."""
    table = Table("id", "key", "name", "balance USD", "parallel", "admin", "created", "state")
    with _transaction(data_dir) as session:
        for key in list_keys(session):
            table.add_row(*_row(key))
    out.print(table)


@keys.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id, or first characters, as `keys list` shows them.")],
    data_dir: DataDir = None,
) -> None:
    """End a key at once. Its tasks finish."""
    with _transaction(data_dir) as session:
        revoke_key(session, key_id, SystemClock().now())
    say(f"Key {key_id} is revoked")


@keys.command("balance")
def balance(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id, or first characters, as `keys list` shows them.")],
    usd: Annotated[str, typer.Argument(metavar="USD", help="New credit, or `unlimited`.")],
    data_dir: DataDir = None,
) -> None:
    """Set a key's credit."""
    amount = _amount(usd)
    with _transaction(data_dir) as session:
        change_balance(session, key_id, amount)
    say(f"Key {key_id} now has {UNLIMITED if amount is None else f'{amount:.2f} USD'}")


@contextmanager
def _transaction(data_dir: DataDir) -> Iterator[Session]:
    try:
        with database(settings_for(data_dir)) as db, db.transaction() as session:
            yield session
    except NotFound as error:
        fail(error.message)


def _amount(text: str) -> float | None:
    if text.strip().lower() == UNLIMITED:
        return None
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= MICROS:  # also refuses nan
        fail(f"A credit is a number of USD from 0 to {MICROS:,}, or `{UNLIMITED}`; not {text}")
    return amount


def _row(key: ApiKey) -> tuple[str, ...]:
    return (
        key.id,
        f"{key.shown}…",
        key.name,
        UNLIMITED if key.balance_micros is None else f"{key.balance_micros / MICROS:.2f}",
        "" if key.parallel is None else str(key.parallel),
        "yes" if key.is_admin else "",
        f"{key.created_at:%Y-%m-%d %H:%M}",
        "active" if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d}",
    )
