"""Tables of figures, printed and written between two marks of a Markdown page."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

Line = tuple[str, ...]


def met(is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def show(head: Line, lines: Sequence[Line]) -> None:
    table = Table(*head)
    for line in lines:
        table.add_row(*line)
    Console().print(table)


def section(page: Path, mark: str, caption: str, head: Line, lines: Sequence[Line]) -> None:
    """Replace what stands between `<!-- mark -->` and `<!-- /mark -->`, or add it at the end."""
    text = page.read_text(encoding="utf-8") if page.exists() else "# Benchmarks\n"
    table = "\n".join("| " + " | ".join(line) + " |" for line in (head, tuple("---" for _ in head), *lines))
    block = f"<!-- {mark} -->\n{caption}\n\n{table}\n<!-- /{mark} -->"
    pattern = re.compile(rf"<!-- {mark} -->.*?<!-- /{mark} -->", re.DOTALL)
    text = pattern.sub(lambda _: block, text) if pattern.search(text) else f"{text.rstrip()}\n\n{block}\n"
    page.write_text(text, encoding="utf-8")


def caption(command: str) -> str:
    """Date, machine and command of a run."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return f"{datetime.now(UTC):%Y-%m-%d}, {machine}, `{command}`"
