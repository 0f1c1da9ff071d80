"""`woodshed voices`: the operator's voices."""

from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from app.cli.voices import voices
from tests.support.media import chirp, write

RUNNER = CliRunner()


def run(folder: Path, *arguments: str) -> Result:
    return RUNNER.invoke(voices, [*arguments, "--data-dir", str(folder / "data")])


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write(tmp_path / "me.wav", chirp(4.0, 16_000), 16_000)


def test_a_voice_is_added_listed_and_removed(tmp_path: Path, recording: Path) -> None:
    added = run(tmp_path, "add", "House", str(recording), "--gender", "female", "--consent", "A. Singer, in writing")

    assert added.exit_code == 0, added.output
    voice_id = added.stdout.strip()
    listed = run(tmp_path, "list").stdout
    assert voice_id in listed
    assert "A. Singer, in writing" in listed
    assert "linnea" in listed
    assert recording.exists()
    assert [path.name for path in (tmp_path / "data").rglob("reference")] == ["reference"]

    assert run(tmp_path, "remove", voice_id).exit_code == 0
    assert voice_id not in run(tmp_path, "list").stdout
    assert list((tmp_path / "data").rglob("reference")) == []
    assert run(tmp_path, "remove", voice_id).exit_code == 1


@pytest.mark.parametrize(("options", "text"), [
    (("--consent", " "), "who agreed"),
    (("--consent", "yes", "--language", "../x"), "language"),
])  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, recording: Path, options: tuple[str, ...], text: str) -> None:
    failed = run(tmp_path, "add", "House", str(recording), *options)

    assert failed.exit_code == 1
    assert text in failed.stderr


def test_consent_has_no_default() -> None:
    (consent,) = [option for option in get_command(voices).commands["add"].params if option.name == "consent"]  # type: ignore[attr-defined]

    assert consent.required


def test_a_recording_that_is_too_short_or_no_sound_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "b.wav"
    broken.write_bytes(b"nothing" * 100)

    for path in (write(tmp_path / "a.wav", chirp(0.5, 8_000), 8_000), broken):
        failed = run(tmp_path, "add", "House", str(path), "--consent", "yes")
        assert failed.exit_code == 1
        assert failed.stderr.startswith("woodshed: ")
    assert list((tmp_path / "data").rglob("reference")) == []
