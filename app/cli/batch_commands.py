"""The commands of `woodshed batch`: one for each endpoint that is ready and works on sound files."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from app.cli.batch import USAGE, Order, perform
from app.cli.batch_options import Unusable, options_of, wanted, works_on_files
from app.cli.batch_report import FILE_NAME
from app.cli.terminal import fail
from app.features import ALL
from app.features._spec import Feature

HELP = f"""Run an endpoint on a file or a whole folder, without a server.

IN is a file, or a folder with all its subfolders. Hidden files and what is clearly not sound (.txt, .jpg, .json, …)
are passed over; files of unknown kinds are tried. OUT is a folder; it gets the same subfolders, and outputs are named
after their inputs: `song.flac`, or `song.vocals.flac` where there are several. Inputs that would share a name keep
their whole one: `a.wav.flac` and `a.mp3.flac`.

OUT/{FILE_NAME} tells in one line per file what became of it. Run the same command again after an interruption
(even a power cut) and only what is missing is done. A file that no batch made is never replaced without --force, an
input never at all.

Exit code: 0, or 1 when a file failed or OUT cannot be written, 2 for wrong usage, 130 after Ctrl-C.
"""


class Endpoints(TyperGroup):
    """Says of an endpoint that has no command here why it has none."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - types of Typer's private parts
        name = args[0]
        feature = next((feature for feature in ALL if feature.name == name), None)
        if feature is not None and not works_on_files(feature):
            fail(f"{name} does not work on sound files; use the server for it", USAGE)
        if feature is not None and not feature.ready:
            fail(f"{name} is not built yet; `woodshed batch --help` lists what is", USAGE)
        return super().resolve_command(ctx, args)


# Typer keeps line breaks within paragraphs.
_paragraphs = "\n\n".join(part.replace("\n", " ") for part in HELP.split("\n\n"))
batch = typer.Typer(cls=Endpoints, no_args_is_help=True, help=_paragraphs)


def command_for(feature: Feature) -> Callable[..., None]:
    """The function behind `woodshed batch <feature>`, with the parameters that Typer makes its options from."""

    def run(
        source: Annotated[Path, typer.Argument(metavar="IN", exists=True, help="A file or a folder.")],
        out: Annotated[Path, typer.Argument(metavar="OUT", file_okay=False, help="A folder, made if need be.")],
        jobs: Annotated[
            int | None,
            typer.Option(
                min=1, max=256, help="Files at once. (default: cores; 1 for heavy models)", show_default=False
            ),
        ] = None,
        force: Annotated[bool, typer.Option("--force", help="Do everything again, replace what is in OUT.")] = False,
        **options: Any,  # noqa: ANN401 - whatever the endpoint has
    ) -> None:
        try:
            order = Order(wanted(feature, options), source, out, jobs, force)
        except Unusable as error:
            fail(str(error), USAGE)
        code = perform(order)
        if code:
            raise typer.Exit(code)

    signature = inspect.signature(run)
    own = [parameter for parameter in signature.parameters.values() if parameter.kind is not parameter.VAR_KEYWORD]
    run.__signature__ = signature.replace(parameters=[*own, *options_of(feature)])  # type: ignore[attr-defined]  # as PEP 362 has it
    return run


for _feature in ALL:
    if _feature.ready and works_on_files(_feature):
        batch.command(_feature.name, help=f"{_feature.summary}\n\nSee `woodshed batch --help` for IN and OUT.")(
            command_for(_feature)
        )
