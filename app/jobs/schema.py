"""Brings the database to the newest schema; safe when several processes start at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.infra.db import Database

UPGRADE_LOCK = 7_266_001  # any fixed number: PostgreSQL's advisory lock of this upgrade


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def upgrade(db: Database) -> None:
    """Run the migrations that are still missing. One process at a time: the others wait and find nothing to do."""
    config = alembic_config()
    with db.engine.begin() as connection:  # SQLite: BEGIN IMMEDIATE keeps other writers out
        if not db.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
