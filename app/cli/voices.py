"""`woodshed voices`: voices of the operator, which every key of this server may use."""

import dataclasses
import re
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from app.cli.keys import database
from app.cli.terminal import DataDir, fail, out, say, settings_for
from app.contract.enums import Gender
from app.contract.voices import LANGUAGE, shipped_voices
from app.errors import AppError, JobFailed
from app.infra.clock import SystemClock
from app.infra.media import Media
from app.infra.storage import open_storage
from app.jobs.voices import NewVoice, operator_voices, reference_key, remove_voice, store_voice

MAX_NAME_CHARS = 200

voices = typer.Typer(no_args_is_help=True, help="The voice library: add, list and remove voices.")


@voices.command("add")
def add(
    name: Annotated[str, typer.Argument(help="How it is called in lists.")],
    recording: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="One voice alone, 3 seconds to 10 minutes.")
    ],
    consent: Annotated[
        str,
        typer.Option(help="Who agreed that this voice may be imitated, and when. Kept with the voice."),
    ],
    gender: Annotated[Gender, typer.Option(help="What it is found by.")] = Gender.NEUTRAL,
    language: Annotated[str, typer.Option(help="What it speaks, such as `en` or `pt-br`.")] = "en",
    data_dir: DataDir = None,
) -> None:
    """Add a voice for all keys. Its id goes to standard output."""
    if not name.strip() or len(name) > MAX_NAME_CHARS:
        fail(f"A name has 1 to {MAX_NAME_CHARS} characters")
    if not consent.strip():
        fail("Say who agreed that this voice may be imitated")
    if not _is_language(language.lower()):
        fail(f"A language is a code such as `en` or `pt-br`, not {language}")
    settings = settings_for(data_dir)
    storage = open_storage(settings.storage, settings.data_dir)
    try:
        info = Media(settings.media, settings.ffmpeg).probe(recording)
        new = NewVoice(
            name=name.strip(),
            gender=gender.value,
            language=language.lower(),
            consent=consent.strip(),
            duration_s=info.duration_s,
            file_name=recording.name[:MAX_NAME_CHARS],
            info=dataclasses.asdict(info),
        )
        with database(settings) as db, tempfile.TemporaryDirectory(dir=settings.data_dir) as folder:
            copy = Path(shutil.copyfile(recording, Path(folder) / "reference"))  # storage takes it away
            voice_id = store_voice(db, storage, new, copy, None, SystemClock().now()).id
    except (AppError, JobFailed) as error:
        fail(error.message)
    say(f"{name.strip()} can be used by every key of this server; its voice_id is")
    out.print(voice_id, markup=False)


@voices.command("list")
def list_all(data_dir: DataDir = None) -> None:
    """Show the operator's voices, and those that come with the server."""
    table = Table("voice_id", "name", "gender", "language", "from", "consent")
    with database(settings_for(data_dir)) as db, db.read() as session:
        for row in operator_voices(session):
            table.add_row(row.id, row.name, row.gender, row.language, f"{row.duration_s:.0f} s recording", row.consent)
    for voice in shipped_voices().values():
        table.add_row(voice.id, voice.name, voice.gender, voice.language, "comes with the server", "")
    out.print(table)


@voices.command("remove")
def remove(
    voice_id: Annotated[str, typer.Argument(metavar="ID", help="As `voices list` shows it.")], data_dir: DataDir = None
) -> None:
    """Remove one of the operator's voices, and its recording."""
    settings = settings_for(data_dir)
    try:
        with database(settings) as db, db.transaction() as session:
            remove_voice(session, voice_id, None)
        open_storage(settings.storage, settings.data_dir).delete(reference_key(voice_id))
    except AppError as error:
        fail(error.message)
    say(f"The voice {voice_id} is removed")


def _is_language(text: str) -> bool:
    return re.fullmatch(LANGUAGE, text) is not None
