"""The command `woodshed`. Owns what a person types and reads; everything else belongs to the layers below.

Only `batch` reaches into the workers' rooms, and no module here loads an audio library.
"""

from typing import Annotated

import typer

from app import __version__
from app.cli.keys import keys
from app.cli.serve import serve
from app.cli.worker import api, beat, worker

cli = typer.Typer(
    name="woodshed",
    help="The MusicGPT API on your own hardware.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"woodshed {__version__}")
        raise typer.Exit


@cli.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    return


cli.command()(serve)
cli.command()(api)
cli.command()(worker)
cli.command()(beat)
cli.add_typer(keys, name="keys")


def main() -> None:
    cli()
