"""Which files a batch works on, and how their outputs are called."""

from collections.abc import Collection
from pathlib import Path

import pytest

from app.cli.batch_files import Input, find, stems_of


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(source: Path, out: Path, made: Collection[Path] = ()) -> list[str]:
    return [item.name for item in find(source, out.resolve(), made, _fail)]


def _fail(error: OSError) -> None:
    raise error


def test_finds_files_of_all_subfolders_in_the_order_of_their_names(tmp_path: Path) -> None:
    make(tmp_path / "in", "b.wav", "a.mp3", "sub/deeper/c.flac")

    assert names(tmp_path / "in", tmp_path / "out") == ["a.mp3", "b.wav", "sub/deeper/c.flac"]


def test_passes_over_hidden_files_and_what_is_clearly_not_sound(tmp_path: Path) -> None:
    make(tmp_path / "in", "a.wav", "cover.JPG", "notes.txt", "data.json", ".DS_Store", ".cache/b.wav", "no_extension")

    assert names(tmp_path / "in", tmp_path / "out") == ["a.wav", "no_extension"]


def test_a_file_named_on_the_command_line_is_always_tried_and_must_be_sound(tmp_path: Path) -> None:
    make(tmp_path, "notes.txt")

    (item,) = find(tmp_path / "notes.txt", tmp_path / "out", set(), _fail)

    assert (item.name, item.stem, item.must_be_sound) == ("notes.txt", "notes", True)


@pytest.mark.parametrize(("name", "must_be_sound"), [("a.WAV", True), ("a.mp4", False), ("a.xyz", False), ("a", False)])
def test_only_files_of_sound_must_be_sound(tmp_path: Path, name: str, must_be_sound: bool) -> None:
    make(tmp_path / "in", name)

    (item,) = find(tmp_path / "in", tmp_path / "out", set(), _fail)

    assert item.must_be_sound is must_be_sound


def test_an_output_folder_inside_the_input_folder_is_not_input(tmp_path: Path) -> None:
    make(tmp_path, "a.wav", "out/a.flac", "sub/out/b.wav")

    assert names(tmp_path, tmp_path / "out") == ["a.wav", "sub/out/b.wav"]


def test_outputs_in_the_input_folder_itself_are_not_input(tmp_path: Path) -> None:
    make(tmp_path, "a.wav", "a.flac", "b.flac")

    assert names(tmp_path, tmp_path, {tmp_path.resolve() / "a.flac"}) == ["a.wav", "b.flac"]


def test_links_in_circles_and_links_to_nothing_are_survived(tmp_path: Path) -> None:
    make(tmp_path / "in", "a.wav")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in" / "gone.wav").symlink_to(tmp_path / "nothing.wav")

    assert names(tmp_path / "in", tmp_path / "out") == ["a.wav"]


def test_tells_size_and_time(tmp_path: Path) -> None:
    make(tmp_path, "a.wav")
    stat = (tmp_path / "a.wav").stat()

    (item,) = find(tmp_path, tmp_path / "out", set(), _fail)

    assert item == Input((tmp_path / "a.wav").resolve(), "a.wav", "a", 1, stat.st_mtime_ns, must_be_sound=True)


@pytest.mark.parametrize(
    ("given", "stems"),
    [
        (["a.wav", "b.wav"], ["a", "b"]),
        (["a.wav", "a.mp3"], ["a.wav", "a.mp3"]),
        (["a.wav", "A.mp3"], ["a.wav", "A.mp3"]),
        (["a.wav", "sub/a.mp3"], ["a", "sub/a"]),
        (["a", "a.wav"], ["a", "a.wav"]),
        (["a.wav", "a.mp3", "a.wav.ogg"], ["a.wav", "a.mp3", "a.wav.ogg"]),
        (["x.live.wav", "x.studio.wav"], ["x.live", "x.studio"]),
        (["\u00e9.wav", "e\u0301.mp3"], ["\u00e9.wav", "e\u0301.mp3"]),
    ],
)
def test_files_that_would_share_a_name_keep_their_whole_one(given: list[str], stems: list[str]) -> None:
    assert stems_of(given) == dict(zip(given, stems, strict=True))
    assert stems_of(reversed(given)) == dict(zip(given, stems, strict=True))
