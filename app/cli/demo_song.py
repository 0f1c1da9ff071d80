"""`woodshed demo song`: one song from a few words, without a server."""

import itertools
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.batch import WORKER, environment
from app.cli.batch_crew import CannotWork, Crew, Moved
from app.cli.batch_shown import printable
from app.cli.terminal import err, fail, out, say_error, settings_for
from app.errors import AppError
from app.features import by_name
from app.features.parsing import parse_params

FEATURE = "music_ai_batch"
KINDS = {"song_1": "mp3", "song_1_wav": "wav", "song_1_midi": "mid", "cover": "jpg"}
UNSAFE = re.compile(r"[^\w ,.()'-]+")
MOST_NAME_CHARS = 80
MOST_LYRICS_BYTES = 20_000  # 5,000 characters of up to four bytes


def song(
    prompt: Annotated[str, typer.Argument(help="What the song is about and how it sounds.")],
    to: Annotated[Path, typer.Option("--out", file_okay=False, help="Folder for its files.")] = Path(),
    style: Annotated[str, typer.Option(help="Style of the music.")] = "",
    lyrics: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A text file to sing.")] = None,
    instrumental: Annotated[bool, typer.Option("--instrumental", help="Nobody sings.")] = False,
    gender: Annotated[str, typer.Option(help="Voice: male, female or neutral.")] = "",
    key: Annotated[str, typer.Option(help="Key, such as `A minor`.")] = "",
    bpm: Annotated[float, typer.Option(help="Tempo.")] = 0.0,
    length_s: Annotated[int, typer.Option("--length", help="Length in seconds.")] = 0,
    seed: Annotated[str, typer.Option(help="The same number, the same song.")] = "",
) -> None:
    """Write, play and sing a song on this machine: MP3, WAV, MIDI, cover and lyrics."""
    asked = {
        "prompt": prompt, "music_style": style, "lyrics": _text(lyrics) if lyrics else "",
        "make_instrumental": instrumental, "gender": gender, "key": key, "bpm": bpm, "output_length": length_s,
        "seed": seed, "generate_album_cover": True,
    }  # fmt: skip
    feature = by_name(FEATURE)
    try:
        params = parse_params(feature, asked)
        feature.check(params)
    except AppError as error:
        fail(error.message, 2)
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="woodshed-song-") as folder:
        made = Path(folder) / "song"
        task = {"feature": FEATURE, "params": params.model_dump(mode="json"), "inputs": {}, "folder": str(made)}
        outcome = _made(task, Path(folder))
        if outcome["status"] != "ok":
            fail(str(outcome["error"]))
        _keep(outcome, made, to, time.monotonic() - began_s)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MOST_LYRICS_BYTES + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text", 2)
    if len(data) > MOST_LYRICS_BYTES:
        fail(f"{path} holds more than a song", 2)
    return text


def _free(to: Path, name: str) -> str:
    """A name none of whose files is there: a song made before is never replaced."""
    taken = {path.stem for path in to.iterdir()}
    names = itertools.chain([name], (f"{name} {number}" for number in itertools.count(2)))
    return next(one for one in names if one not in taken)


def _made(task: dict[str, Any], work: Path) -> dict[str, Any]:
    """What a worker makes of the task, under a bar."""
    (work / "tmp").mkdir()
    limit_s = settings_for(None).jobs.time_limit.total_seconds()
    crew = Crew(WORKER, environment(1, work), 1, lambda line: say_error(printable(line)), limit_s=limit_s)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        bar = progress.add_task("Making a song", total=1.0)
        try:
            for event in crew.work([task], lambda: False):
                if isinstance(event, Moved):
                    progress.update(bar, completed=event.fraction)
                else:
                    return dict(event.outcome) or {"status": "failed", "error": f"The worker is gone: {event.death}"}
        except CannotWork as error:
            fail(str(error))
    return {"status": "failed", "error": "Nothing was made"}


def _keep(outcome: dict[str, Any], made: Path, to: Path, took_s: float) -> None:
    about = outcome["values"]["songs"][0]
    name = UNSAFE.sub("", about["title"]).strip(" .")[:MOST_NAME_CHARS] or "song"
    to.mkdir(parents=True, exist_ok=True)
    name = _free(to, name)
    for output, extension in KINDS.items():
        if output in outcome["outputs"]:
            shutil.copyfile(made / outcome["outputs"][output], to / f"{name}.{extension}")
    (to / f"{name}.txt").write_text(f"{about['title']}\n\n{about['lyrics']}\n", encoding="utf-8")
    out.print(about["lyrics"], markup=False, highlight=False)
    out.print()
    facts = f"{about['genre']}, {about['key']}, {about['bpm']:g} BPM, {about['duration_s']:.0f} s"
    out.print(f"{about['title']}: {facts}; made in {took_s:.0f} s", style="bold", markup=False, highlight=False)
    out.print(str(to / f"{name}.mp3"), markup=False, highlight=False)
