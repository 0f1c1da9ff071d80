"""Which files a batch works on, and how its outputs are called. Looks at names only; nothing is opened."""

import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

# Not being able to read these is an error; anything else in a folder is tried and passed over when it is not sound.
SOUND = {
    ".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".au", ".caf", ".eac3", ".flac", ".m4a", ".m4b", ".mka",
    ".mp2", ".mp3", ".mpc", ".mpga", ".oga", ".ogg", ".opus", ".ra", ".snd", ".tta", ".w64", ".wav", ".wave", ".weba",
    ".wma", ".wv",
}  # fmt: skip
# Never tried unless named on the command line: what lies beside music in the folders of studios and collectors.
NOT_SOUND = {
    ".7z", ".als", ".asd", ".avif", ".bak", ".bmp", ".csv", ".cue", ".db", ".doc", ".docx", ".flp", ".gif", ".gz",
    ".heic", ".htm", ".html", ".ini", ".jpeg", ".jpg", ".js", ".json", ".jsonl", ".log", ".lrc", ".m3u", ".m3u8", ".md",
    ".md5", ".mid", ".midi", ".nfo", ".part", ".pdf", ".pek", ".pls", ".png", ".psd", ".ptx", ".py", ".rar",
    ".reapeaks", ".rpp", ".rtf", ".sf2", ".sfv", ".sha256", ".sh", ".srt", ".svg", ".tar", ".tif", ".tiff", ".tmp",
    ".toml", ".torrent", ".txt", ".vtt", ".webp", ".xls", ".xlsx", ".xml", ".yaml", ".yml", ".zip",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """A file to work on.

    name           below the input folder, with `/` between
    stem           of its outputs, below the output folder
    must_be_sound  it is an error when it is not
    """

    path: Path
    name: str
    stem: str
    size_bytes: int
    mtime_ns: int
    must_be_sound: bool


def find(source: Path, out: Path, made: Collection[Path], on_error: Callable[[OSError], None]) -> list[Input]:
    """The files of `source` (a file or a folder) in the order of their names.

    Left out in a folder: hidden files, other kinds of files, the folder `out`, and the outputs `made` before, which
    lie in the input folder when both folders are the same. `out` and `made` are resolved.
    """
    if source.is_file():
        return [_input(source, source.name, PurePosixPath(source.name).stem, must_be_sound=True)]
    root = source.resolve()
    found = {
        path.relative_to(root).as_posix(): path
        for path in _walk(root, out if out != root else None, on_error)
        if path.suffix.lower() not in NOT_SOUND and path not in made
    }
    stems = stems_of(found)
    return [
        _input(path, name, stems[name], must_be_sound=path.suffix.lower() in SOUND)
        for name, path in sorted(found.items())
    ]


def stems_of(names: Iterable[str]) -> dict[str, str]:
    """Name → name of its outputs, without their extension.

    That is the name without its own extension, or the whole name for files that would share it: `a.wav` and `a.mp3`
    become `a.wav.flac` and `a.mp3.flac`. Case does not tell names apart, as on some file systems.
    """
    stems = {name: PurePosixPath(name).with_suffix("").as_posix() for name in names}
    while True:
        count = Counter(folded(stem) for stem in stems.values())
        shared = [name for name, stem in stems.items() if stem != name and count[folded(stem)] > 1]
        if not shared:
            return stems
        stems |= {name: name for name in shared}


def _walk(root: Path, left_out: Path | None, on_error: Callable[[OSError], None]) -> Iterator[Path]:
    for folder, folders, files in os.walk(root, onerror=on_error):
        here = Path(folder)
        folders[:] = [name for name in folders if not name.startswith(".") and here / name != left_out]
        yield from (here / name for name in files if not name.startswith(".") and (here / name).is_file())


def _input(path: Path, name: str, stem: str, *, must_be_sound: bool) -> Input:
    stat = path.stat()
    return Input(path.resolve(), name, stem, stat.st_size, stat.st_mtime_ns, must_be_sound)


def folded(name: str) -> str:
    """Equal for names that some file system takes for the same."""
    return unicodedata.normalize("NFC", name).casefold()
