"""Alembic's entry: runs on the connection it is handed by app.jobs.schema."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from app.infra.db import Utc
from app.jobs.tables import Base


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:  # noqa: ANN401 - Alembic's type
    """Migrations name plain types, so that they stay readable when our own change."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Utc) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
