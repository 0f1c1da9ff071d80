"""What all commands share: where they print, how they fail, the option that names the data folder."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from app.settings import Settings

PIPED_WIDTH = 160  # a pipe has no width of its own, and 80 columns would cut ids

out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
err = Console(stderr=True, highlight=False)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder of files, database and queue. (default: data)", show_default=False),
]


def fail(message: str, code: int = 1) -> NoReturn:
    """End the command with one line on standard error."""
    say_error(message)
    raise typer.Exit(code)


def say_error(message: str) -> None:
    err.print(f"woodshed: {message}", style="red", markup=False, soft_wrap=True)


def say(message: str) -> None:
    """A line for a person, beside what a program may read from standard output."""
    err.print(message, markup=False, soft_wrap=True)


def settings_for(data_dir: Path | None) -> Settings:
    """Settings from the environment; the option wins over `WOODSHED_DATA_DIR`."""
    try:
        settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
        settings.check()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = "__".join(str(part) for part in first["loc"]).upper()
        fail(f"The setting {where} is not usable: {first['msg']}")
    except ValueError as error:
        fail(str(error))
    return settings
