"""`woodshed models`: which engines there are, and the weights of those that need some."""

import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from app.cli.engine_room import one_of, open_engines
from app.cli.envs import envs
from app.cli.models_doctor import doctor
from app.cli.terminal import DataDir, err, fail, out, say
from models.room.manifest import Manifest
from models.room.pull import Puller, import_folder, needs_acceptance
from models.tiny import write_twin

models = typer.Typer(no_args_is_help=True, help="Engines, and the weights of those that need some.")
models.command("doctor")(doctor)
models.add_typer(envs, name="envs")

Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="As `models list` shows them.")]
Accept = Annotated[
    list[str] | None,
    typer.Option("--accept-licence", metavar="ID", help="Accept the licence of a model; kept with who and when."),
]


@models.command("list")
def list_all(
    task: Annotated[str, typer.Option(help="Only those that can do this task.")] = "",
    installed: Annotated[bool, typer.Option("--installed", help="Only those whose weights are here.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array, for programs.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Show all engines: what they do, their licences, and whether they can run here."""
    with open_engines(data_dir) as engines:
        found = [
            manifest
            for manifest in engines.manifests.values()
            if (not task or task in manifest.tasks)
            and (not installed or (manifest.files and engines.store.state(manifest) != "absent"))
        ]
        rows = [(manifest, engines.state(manifest)) for manifest in found]
    if as_json:
        print(json.dumps([{**manifest.model_dump(mode="json"), "state": state} for manifest, state in rows], indent=2))
        return
    table = Table("id", "tasks", "licence", "size", "here", "about", box=None, pad_edge=False, title_justify="left")
    for manifest, state in rows:
        licence = manifest.licence.weights or manifest.licence.code
        size = _size(manifest.size_bytes) if manifest.size_bytes else ""
        table.add_row(manifest.id, ", ".join(manifest.tasks), licence, size, state, manifest.about)
    out.print(table)


@models.command("show")
def show(model_id: Annotated[str, typer.Argument(metavar="ID")], data_dir: DataDir = None) -> None:
    """Show all that is known of one model, as JSON."""
    with open_engines(data_dir) as engines:
        manifest = one_of(engines, model_id)
        record = engines.store.record(model_id)
        shown = manifest.model_dump(mode="json") | {
            "state": engines.state(manifest),
            "installed": None if record is None else {
                "from": record.source, "revision": record.revision, "at": record.at, "accepted_by": record.accepted_by,
                "files": {stored.path: stored.sha256 for stored in record.files},
            },
        }  # fmt: skip
    print(json.dumps(shown, indent=2))


@models.command("pull")
def pull(
    ids: Ids,
    accept_licence: Accept = None,
    hub: Annotated[str, typer.Option(help="Address of another hub.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Fetch weights. Interrupted? The same command goes on where it stopped."""
    with open_engines(data_dir) as engines:
        for manifest in [one_of(engines, model_id) for model_id in ids]:
            with _shown(manifest) as progress:
                puller = Puller(engines.store, endpoint=hub or None)
                puller.pull(manifest, accepted_by=_accepted(manifest, accept_licence), progress=progress)
            say(f"{manifest.id} is installed")


@models.command("import")
def import_(
    model_id: Annotated[str, typer.Argument(metavar="ID")],
    source: Annotated[Path, typer.Option("--from", exists=True, file_okay=False, help="Folder with the files.")],
    accept_licence: Accept = None,
    data_dir: DataDir = None,
) -> None:
    """Take weights from a folder, for machines without a network. The folder stays as it is."""
    with open_engines(data_dir) as engines:
        manifest = one_of(engines, model_id)
        with _shown(manifest) as progress:
            accepted_by = _accepted(manifest, accept_licence)
            import_folder(engines.store, manifest, source, accepted_by=accepted_by, progress=progress)
    say(f"{model_id} is installed")


@models.command("verify")
def verify(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Default: all that are installed.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Hash all files again. Exit code 1 when one has changed."""
    is_good = True
    with open_engines(data_dir) as engines:
        installed = [name for name in engines.manifests if engines.store.record(name) is not None]
        for manifest in [one_of(engines, model_id) for model_id in ids or installed]:
            with _shown(manifest) as progress:
                wrong = engines.store.verify(manifest, progress)
            for line in wrong or ["all files are as they were pulled"]:
                out.print(f"{manifest.id}: {line}", markup=False, soft_wrap=True)
            is_good = is_good and not wrong
    if not is_good:
        raise typer.Exit(1)


@models.command("remove")
def remove(ids: Ids, data_dir: DataDir = None) -> None:
    """Remove weights, and free their disk space. Refused while a worker uses them."""
    with open_engines(data_dir) as engines:
        for model_id in ids:
            one_of(engines, model_id)
            engines.store.remove(model_id)
            say(f"{model_id} is removed")
        say(f"{_size(engines.store.gc())} became free")


@models.command("gc")
def gc(data_dir: DataDir = None) -> None:
    """Delete what no model needs any more, and pulls that were given up."""
    with open_engines(data_dir) as engines:
        say(f"{_size(engines.store.gc())} became free; {_size(engines.store.used_bytes())} are in use")


@models.command("tiny")
def tiny(
    folder: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="Made where it is not there.")],
    data_dir: DataDir = None,
) -> None:
    """Write tiny weights of random numbers, in the real formats, for everybody who wants to try the code.

    To use one: copy its manifest to `manifests` beside the weights, import its files, and pin it.
    """
    with open_engines(data_dir) as engines:
        for manifest in engines.manifests.values():
            if not manifest.tiny:
                continue
            try:
                twin = write_twin(manifest, folder)
            except ImportError as error:
                fail(f"{manifest.id}: a package of its engine is missing: {error}")
            say(f"{folder / twin.id}: {_size(twin.size_bytes)}")


@models.command("licences")
def licences(data_dir: DataDir = None) -> None:
    """Show the licences of code and weights, and who accepted those that ask for it."""
    table = Table("id", "code", "weights", "commercial use", "to accept", "accepted by", box=None, pad_edge=False)
    with open_engines(data_dir) as engines:
        for manifest in engines.manifests.values():
            record = engines.store.record(manifest.id)
            table.add_row(
                manifest.id,
                manifest.licence.code,
                manifest.licence.weights,
                manifest.licence.commercial,
                "yes" if needs_acceptance(manifest) else "",
                record.accepted_by if record else "",
            )
    out.print(table)


def _accepted(manifest: Manifest, ids: list[str] | None) -> str:
    return getpass.getuser() if manifest.id in (ids or []) else ""


@contextmanager
def _shown(manifest: Manifest) -> Iterator[Callable[[int], None]]:
    """A bar on standard error. Yields the function that takes numbers of bytes."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        bar = progress.add_task(manifest.id, total=manifest.size_bytes or None)
        yield lambda count: progress.update(bar, advance=count)


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"
