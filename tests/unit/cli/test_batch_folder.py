"""The output folder and its report: nothing half done is seen, nothing of others is replaced, nothing is forgotten."""

import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import lock
from app.cli.batch_files import Input
from app.cli.batch_folder import JOURNAL, WORK, OutputFolder, Refused, held
from app.cli.batch_report import FILE_NAME, Entry, Report

SONG = Input(Path("/in/song.wav"), "song.wav", "song", 10, 20, must_be_sound=True)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[OutputFolder]:
    with held(tmp_path / "out") as opened:
        yield opened


def made(folder: OutputFolder, content: str = "new", names: tuple[str, ...] = ("output",)) -> dict[str, Path]:
    paths = {name: folder.work / f"{name}.flac" for name in names}
    for path in paths.values():
        path.write_text(content)
    return paths


def entry(outputs: dict[str, str], source: Input = SONG, status: str = "ok", fingerprint: str = "f") -> Entry:
    return Entry(
        input=source.name, source=str(source.path), status=status, feature="file_convert", params={},  # type: ignore[arg-type]  # one of three
        fingerprint=fingerprint, size_bytes=source.size_bytes, mtime_ns=source.mtime_ns, outputs=outputs, error="",
        seconds=1.0, audio_s=2.0, engine="ffmpeg", values={"duration_s": 2.0}, ended_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip


KEY = entry({}).key


def publish(folder: OutputFolder, source: Input = SONG, *, force: bool = False, content: str = "new") -> dict[str, str]:
    """As a batch does it for one file that went well."""
    outputs = folder.publish(source, made(folder, content), force=force)
    folder.report.add(entry(outputs, source))
    folder.settled()
    return outputs


def test_an_output_is_named_after_its_input(folder: OutputFolder) -> None:
    assert publish(folder) == {"output": "song.flac"}
    assert (folder.path / "song.flac").read_text() == "new"


def test_several_outputs_add_their_names(folder: OutputFolder) -> None:
    outputs = folder.publish(SONG, made(folder, names=("vocals", "drums")), force=False)

    assert outputs == {"vocals": "song.vocals.flac", "drums": "song.drums.flac"}


def test_outputs_keep_the_folders_of_their_inputs(folder: OutputFolder) -> None:
    deep = dataclasses.replace(SONG, name="a/b/song.wav", stem="a/b/song")

    assert publish(folder, deep) == {"output": "a/b/song.flac"}
    assert (folder.path / "a/b/song.flac").is_file()


def test_where_an_input_is_in_the_way_the_output_takes_the_whole_name(folder: OutputFolder) -> None:
    folder.protect([folder.path / "SONG.flac"])  # the same file on some file systems

    assert publish(folder) == {"output": "song.wav.flac"}


def test_an_input_is_never_replaced_even_by_force(folder: OutputFolder) -> None:
    folder.protect([folder.path / "song.flac", folder.path / "song.wav.flac"])

    with pytest.raises(Refused, match=r"song\.wav\.flac would replace an input"):
        folder.publish(SONG, made(folder), force=True)


def test_a_file_that_no_batch_made_is_replaced_by_force_only(folder: OutputFolder) -> None:
    (folder.path / "song.flac").write_text("precious")

    with pytest.raises(Refused, match="was not made by woodshed"):
        folder.publish(SONG, made(folder), force=False)
    assert (folder.path / "song.flac").read_text() == "precious"

    publish(folder, force=True)
    assert (folder.path / "song.flac").read_text() == "new"


def test_an_output_of_another_input_of_the_same_name_is_not_replaced(folder: OutputFolder) -> None:
    publish(folder, content="first")
    other = dataclasses.replace(SONG, path=Path("/elsewhere/song.wav"))

    with pytest.raises(Refused, match=r"was made from /in/song\.wav"):
        folder.publish(other, made(folder), force=False)


def test_an_output_of_the_same_input_is_made_anew(folder: OutputFolder) -> None:
    publish(folder, content="first")
    publish(folder, content="second")

    assert (folder.path / "song.flac").read_text() == "second"


def test_what_was_published_but_never_reported_is_taken_away_by_the_next_batch(tmp_path: Path) -> None:
    with held(tmp_path) as folder:
        folder.publish(SONG, made(folder, names=("vocals", "drums")), force=False)
        left = {path.name: path.read_bytes() for path in folder.work.iterdir() if path.is_file()}
    (tmp_path / WORK).mkdir()  # the killed batch could not clear it
    (tmp_path / WORK / JOURNAL).write_bytes(left[JOURNAL])

    with held(tmp_path) as folder:
        assert sorted(path.name for path in tmp_path.iterdir()) == [WORK, FILE_NAME]
    assert sorted(path.name for path in tmp_path.iterdir()) == [FILE_NAME]


def test_what_cannot_be_published_whole_is_not_published_at_all(folder: OutputFolder) -> None:
    (folder.path / "song.vocals.flac").mkdir()
    (folder.path / "song.vocals.flac" / "in the way").touch()

    with pytest.raises(OSError):
        folder.publish(SONG, made(folder, names=("drums", "vocals")), force=True)
    assert not (folder.path / "song.drums.flac").exists()


def test_two_batches_do_not_share_a_folder(folder: OutputFolder) -> None:
    with pytest.raises(lock.Held), held(folder.path):
        pytest.fail("both had it")


def test_a_reported_file_is_done(folder: OutputFolder) -> None:
    publish(folder)

    again = Report(folder.path)
    assert again.is_done(KEY)
    assert again.made == {folder.path / "song.flac"}
    assert again.owner("song.flac") == "/in/song.wav"


@pytest.mark.parametrize("changed", [{"size_bytes": 11}, {"mtime_ns": 21}, {"fingerprint": "g"}, {"input": "b.wav"}])
def test_a_changed_file_or_option_is_not_done(folder: OutputFolder, changed: dict[str, str]) -> None:
    publish(folder)

    assert not folder.report.is_done(dataclasses.replace(entry({}), **changed).key)


def test_a_file_whose_output_is_gone_is_not_done(folder: OutputFolder) -> None:
    publish(folder)
    (folder.path / "song.flac").unlink()

    assert not folder.report.is_done(KEY)


def test_a_file_whose_output_was_since_made_with_other_options_is_not_done(folder: OutputFolder) -> None:
    publish(folder)
    folder.report.add(entry({"output": "song.flac"}, fingerprint="other"))

    assert not folder.report.is_done(KEY)


@pytest.mark.parametrize("status", ["failed", "skipped"])
def test_only_what_went_well_is_done(folder: OutputFolder, status: str) -> None:
    folder.report.add(entry({}, status=status))

    assert not folder.report.is_done(KEY)


def test_a_line_cut_off_by_a_power_cut_is_dropped_and_the_others_stay(folder: OutputFolder) -> None:
    publish(folder)
    path = folder.path / FILE_NAME
    with path.open("ab") as file:
        file.write(b'{"input": "half')

    again = Report(folder.path)
    again.add(entry({}, status="failed"))

    assert again.is_done(KEY)
    assert [json.loads(line)["status"] for line in path.read_text().splitlines()] == ["ok", "failed"]


@pytest.mark.parametrize("line", ["", "[]", "{}", "null", '{"input": 1}', "no json", '{"outputs": {"a": []}}'])
def test_lines_of_others_are_passed_over(folder: OutputFolder, line: str) -> None:
    publish(folder)
    with (folder.path / FILE_NAME).open("a") as file:
        file.write(f"{line}\n")

    assert Report(folder.path).is_done(KEY)


def test_names_that_are_no_utf8_survive_the_report(folder: OutputFolder) -> None:
    name = os.fsdecode(b"caf\xe9.wav")
    odd = dataclasses.replace(SONG, path=Path("/in") / name, name=name, stem=name.removesuffix(".wav"))
    publish(folder, odd)

    again = Report(folder.path)
    assert again.is_done(entry({}, odd).key)
    assert (folder.path / FILE_NAME).read_bytes().isascii()
