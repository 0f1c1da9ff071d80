"""Rows of figures, printed and written between two marks of a Markdown page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One figure against its target."""

    what: str
    ours: str
    theirs: str
    figure: str
    target: str
    met: bool


HEAD = ("What", "Woodshed", "Instead", "Figure", "Target", "Met")


def cells(row: Row) -> tuple[str, ...]:
    return (row.what, row.ours, row.theirs, row.figure, row.target, "yes" if row.met else "**no**")


def show(rows: Sequence[Row]) -> None:
    table = Table(*HEAD)
    for row in rows:
        table.add_row(*cells(row))
    Console().print(table)


def markdown(rows: Sequence[Row]) -> str:
    lines = [HEAD, tuple("---" for _ in HEAD), *(cells(row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def section(page: Path, mark: str, rows: Sequence[Row], caption: str) -> None:
    """Replace what stands between `<!-- mark -->` and `<!-- /mark -->`, or add it at the end."""
    text = page.read_text(encoding="utf-8") if page.exists() else "# Benchmarks\n"
    block = f"<!-- {mark} -->\n{caption}\n\n{markdown(rows)}\n<!-- /{mark} -->"
    pattern = re.compile(rf"<!-- {mark} -->.*?<!-- /{mark} -->", re.DOTALL)
    text = pattern.sub(lambda _: block, text) if pattern.search(text) else f"{text.rstrip()}\n\n{block}\n"
    page.write_text(text, encoding="utf-8")
