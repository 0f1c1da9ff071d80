"""The command `woodshed` as a whole: what it lists, how fast it starts, how it refuses."""

import io
import struct
import subprocess
import sys

import pytest
import soundfile
from typer.testing import CliRunner

from app.cli import COMMANDS, cli, load
from app.cli.demo_sound import LENGTH_S, Sound, melody, sound_of
from app.features import ALL

HEAVY = ("sqlalchemy", "celery", "fastapi", "httpx", "pydantic", "numpy", "torch")


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    own = load(name).help.partition("\n\n")[0]

    assert " ".join(own.split()) == COMMANDS[name][1]


def test_help_lists_every_command() -> None:
    code, text = run("--help")

    assert code == 0
    assert all(name in text for name in COMMANDS)


def test_help_starts_without_the_libraries_of_the_commands() -> None:
    program = f"import sys, app.cli; print([name for name in {HEAVY} if name in sys.modules])"

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    assert said.strip() == "[]"


def test_batch_starts_without_audio_libraries() -> None:
    program = "import sys, app.cli; app.cli.load('batch'); print([n for n in ('numpy', 'torch') if n in sys.modules])"

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    assert said.strip() == "[]"


@pytest.mark.parametrize("feature", [f for f in ALL if not f.ready], ids=lambda feature: feature.name)
def test_what_is_not_built_or_not_for_files_says_so_and_ends_with_2(feature: object) -> None:
    code, text = run("batch", feature.name, "in", "out")  # type: ignore[attr-defined]  # a Feature

    assert code == 2
    assert "not built" in text or "does not work on sound files" in text


def test_batch_lists_what_is_ready() -> None:
    _, text = run("batch", "--help")

    assert "file_convert" in text
    assert "denoise" not in text or any(feature.name == "denoise" and feature.ready for feature in ALL)


def test_the_melody_of_the_demo_is_a_sound_of_its_length() -> None:
    assert sound_of(melody()) == Sound("WAV", 48_000, 16, LENGTH_S)


def test_headers_are_read_as_libsndfile_wrote_them() -> None:
    file = io.BytesIO()
    samples, rate_hz = soundfile.read(io.BytesIO(melody()))
    soundfile.write(file, samples[:-7], rate_hz, format="FLAC", subtype="PCM_24")

    assert sound_of(file.getvalue()) == Sound("FLAC", 48_000, 24, (len(samples) - 7) / 48_000)


@pytest.mark.parametrize("content", [b"", b"fLaC", b"<html>", b"RIFF" + struct.pack("<I", 4) + b"WAVE"])
def test_what_is_no_sound_has_no_header(content: bytes) -> None:
    assert sound_of(content) is None
