"""`woodshed models` as an operator types it, against a hub on this machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from models.catalogue import OWN
from tests.support.hub import COMMIT, hub
from tests.support.receivers import Receiver

WOODSHED = str(Path(sys.executable).with_name("woodshed"))
FILES = {"net.onnx": b"weights" * 50_000, "labels.json": b"[]"}
MANIFEST = f"""
id: thing
tasks: [denoise]
engine: denoise.embedded:EmbeddedDenoiser
rank: 50
licence: {{code: MIT, weights: CC-BY-NC-4.0, commercial: "no"}}
source: {{kind: hub, repo: owner/thing, revision: {COMMIT}}}
files: [{{path: net.onnx, size_bytes: 350000}}, {{path: labels.json}}]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    own = tmp_path / "data" / "weights" / OWN
    own.mkdir(parents=True)
    (own / "thing.yaml").write_text(MANIFEST)
    return tmp_path / "data"


def models(data: Path, *arguments: str | Path) -> tuple[int, str, str]:
    command = [WOODSHED, "models", *map(str, arguments), "--data-dir", str(data)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=data.parent, env={"PATH": ""})
    return done.returncode, done.stdout, done.stderr


def test_from_pull_to_removal(data: Path) -> None:
    with Receiver(hub(FILES)) as receiver:
        code, _, told = models(data, "pull", "thing", "--hub", receiver.url)
        assert code == 1
        assert "--accept-licence thing" in told
        code, _, told = models(data, "pull", "thing", "--hub", receiver.url, "--accept-licence", "thing")
    assert (code, "thing is installed" in told) == (0, True), told

    shown = json.loads(models(data, "show", "thing")[1])
    assert (shown["state"], shown["installed"]["revision"]) == ("installed", COMMIT)
    assert shown["installed"]["accepted_by"]
    assert models(data, "verify")[:2] == (0, "thing: all files are as they were pulled\n")

    (data / "weights" / "thing" / "labels.json").write_bytes(b"[1]")
    code, said, _ = models(data, "verify", "thing")
    assert (code, said) == (1, "thing: labels.json has changed\n")

    code, _, told = models(data, "remove", "thing")
    assert (code, "0.3 MiB became free" in told) == (0, True)
    assert json.loads(models(data, "show", "thing")[1])["state"] == "absent"


def test_weights_come_from_a_folder_too(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "usb"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)

    code, _, told = models(data, "import", "thing", "--from", folder, "--accept-licence", "thing")

    assert (code, "thing is installed" in told) == (0, True), told


def test_lists_are_for_people_and_programs(data: Path) -> None:
    code, said, _ = models(data, "list")
    assert code == 0
    assert all(name in said for name in ("thing", "htdemucs_ft", "ffmpeg", "CC-BY-NC-4.0", "built in", "absent"))

    listed = json.loads(models(data, "list", "--task", "denoise", "--json")[1])
    assert {"thing", "woodshed-denoise"} <= {model["id"] for model in listed}
    assert models(data, "list", "--installed", "--json")[1] == "[]\n"
    assert "CC-BY-NC-4.0" in models(data, "licences")[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "nothing"), "There is no model nothing"),
        (("pull", "deepfilternet3"), "can only be imported from a folder"),
        (("pull", "thing", "--hub", "http://127.0.0.1:9", "--accept-licence", "thing"), "thing: net.onnx: "),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(data: Path, arguments: tuple[str, ...], told: str) -> None:
    code, _, said = models(data, *arguments)

    assert code == 1
    assert told in said
    assert len(said.strip().splitlines()) == 1


def test_a_broken_manifest_is_named(data: Path) -> None:
    (data / "weights" / OWN / "thing.yaml").write_text("id: [")

    code, _, said = models(data, "list")

    assert (code, "thing.yaml" in said) == (1, True)
