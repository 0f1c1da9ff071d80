"""`woodshed models` as an operator types it, against a hub on this machine."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.cli.models_doctor import check_all
from app.settings import Settings
from models.catalogue import OWN
from tests.support.hub import COMMIT, hub
from tests.support.receivers import Receiver
from tests.support.recipes import recipe

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


def doctor(data: Path, *arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
    code, said, told = models(data, "doctor", *arguments, "--json")
    assert said, told
    return code, {one["id"]: one for one in json.loads(said)["engines"]}


def test_twins_are_written_imported_and_tried(data: Path, tmp_path: Path) -> None:
    code, _, told = models(data, "tiny", tmp_path / "tiny")
    assert (code, "tiny-htdemucs_ft: 5.9 MiB" in told) == (0, True), told

    (data / "weights" / OWN / "thing.yaml").unlink()
    for twin in ("tiny-s-key", "tiny-deepfilternet3"):
        shutil.copy(tmp_path / "tiny" / "manifests" / f"{twin}.yaml", data / "weights" / OWN)
        code, _, told = models(data, "import", twin, "--from", tmp_path / "tiny" / twin)
        assert code == 0, told
    (data / "weights" / "tiny-deepfilternet3" / "enc.onnx").write_bytes(b"")

    code, found = doctor(data, "tiny-s-key", "tiny-deepfilternet3", "signalsmith-stretch", "beat-this", "ffmpeg")

    assert code == 1
    assert {name: one["state"] for name, one in found.items()} == {
        "tiny-s-key": "works", "tiny-deepfilternet3": "broken", "signalsmith-stretch": "works", "beat-this": "skipped",
        "ffmpeg": "skipped",
    }  # fmt: skip
    assert found["tiny-s-key"]["packages"]["onnxruntime"]
    assert doctor(data, "tiny-s-key")[0] == 0
    code, said, _ = models(data, "doctor", "tiny-deepfilternet3")
    assert (code, "broken: it is not what was verified" in " ".join(said.split())) == (1, True)


def test_an_engine_that_takes_its_process_down_is_broken_and_the_others_go_on(tmp_path: Path) -> None:
    program = tmp_path / "checkup.py"
    program.write_text(
        "import json, os, sys\n"
        "for name in sys.argv[3:]:\n"
        "    if name == 'bad': os.kill(os.getpid(), 11)\n"
        "    if name == 'worse': sys.exit('no such library')\n"
        "    print(json.dumps({'id': name, 'state': 'works'}), flush=True)\n"
    )

    found = check_all(
        Settings(data_dir=tmp_path, _env_file=None),  # type: ignore[call-arg]  # pydantic-settings' own
        ["a", "bad", "b", "worse", "c"],
        (sys.executable, str(program)),
    )

    assert [(one["id"], one["state"], one.get("text")) for one in found] == [
        ("a", "works", None),
        ("bad", "broken", "its process ended by signal 11"),
        ("b", "works", None),
        ("worse", "broken", "its process ended with the code 1: no such library"),
        ("c", "works", None),
    ]


def test_environments_are_built_listed_tried_and_removed(data: Path, tmp_path: Path) -> None:
    (data / "weights" / OWN / "thing.yaml").write_text(
        "id: half\ntasks: [denoise]\nengine: isolated:stub\nlicence: {code: MIT}\n"
    )
    code, _, told = models(data, "envs", "build", "stub", "--from", recipe(tmp_path / "recipe"))
    assert (code, "stub is built, with 0 packages" in told) == (0, True), told

    (listed,) = json.loads(models(data, "envs", "list", "--json")[1])
    assert (listed["name"], listed["models"]) == ("stub", ["half"])
    assert doctor(data, "half")[1]["half"]["state"] == "works"

    assert models(data, "envs", "remove", "stub")[0] == 0
    assert json.loads(models(data, "show", "half")[1])["state"] == "absent"
    assert models(data, "envs", "list", "--json")[1] == "[]\n"


def test_an_environment_that_cannot_be_built_is_told_in_a_line(data: Path, tmp_path: Path) -> None:
    lock = f"woodshed-no-such-package==1.0 --hash=sha256:{'0' * 64}\n"
    folder = recipe(tmp_path / "recipe", lock)
    build = ("envs", "build", "stub", "--from", folder, "--python")

    code, _, said = models(data, *build, tmp_path / "python")
    assert (code, len(said.strip().splitlines())) == (1, 1), said
    assert "cannot be started: No such file" in said
    code, _, said = models(data, *build, shutil.which("false"))
    assert (code, "The environment cannot be built: " in said) == (1, True), said
    assert models(data, "envs", "list", "--json")[1] == "[]\n"
