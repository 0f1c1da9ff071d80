"""The command `woodshed`. Owns what a person types and reads; everything else belongs to the layers below.

Only `batch` reaches into the workers' rooms and `models` into the engine room, and no module here loads an audio
library. A command's module is loaded when the command is used: what one needs must not make the others, or the help,
start slowly.
"""

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from app import __version__

# Command → its module, the first line of its help.
COMMANDS = {
    "serve": ("app.cli.serve", "Run everything: queue, API, workers, scheduler. Ctrl-C stops it all."),
    "batch": ("app.cli.batch_commands", "Run an endpoint on a file or a whole folder, without a server."),
    "demo": (
        "app.cli.demo",
        "Play the documentation's sample request against a running server; `demo song` makes a song.",
    ),
    "doctor": ("app.cli.doctor", "Show what works on this machine, and what is missing. Changes nothing."),
    "models": ("app.cli.models", "Engines, and the weights of those that need some."),
    "voices": ("app.cli.voices", "The voice library: add, list and remove voices."),
    "keys": ("app.cli.keys", "Create, list and revoke API keys."),
    "api": ("app.cli.worker", "Run the HTTP gateway alone."),
    "worker": ("app.cli.worker", "Run a worker alone."),
    "beat": ("app.cli.worker", "Run the scheduler alone: lost jobs, due webhooks, old files."),
}


class Commands(TyperGroup):
    """Holds names and help; loads a command when it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - types of Typer's private parts
        name, _, rest = super().resolve_command(ctx, args)
        return name, load(str(name)), rest


cli = typer.Typer(
    cls=Commands,
    name="woodshed",
    help="The MusicGPT API on your own hardware.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def load(name: str) -> Any:  # noqa: ANN401 - types of Typer's private parts
    """The command itself, a function or a group of commands."""
    found = getattr(import_module(COMMANDS[name][0]), name)
    if isinstance(found, typer.Typer):
        return get_group(found)
    holder = typer.Typer(add_completion=False)
    holder.command(name)(found)
    return get_command(holder)


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


for _name, (_, _help) in COMMANDS.items():
    cli.command(_name, help=_help)(lambda: None)


def main() -> None:
    cli()
