"""Each rule of scripts/lint_rules.py finds what it is there for, where it is forbidden, and nothing else."""

from pathlib import Path, PurePosixPath

import pytest

from scripts.lint_rules import RULES, main, violations

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = "workers/pipelines/example.py"

# Rule, a line that breaks it, a file in which the same line is in its place.
PLANTED = [
    ("child-process", "import subprocess", "app/infra/media/ffmpeg.py"),
    ("child-process", "import subprocess as sp", "app/cli/serve.py"),
    ("child-process", "from subprocess import run", "app/infra/media.py"),
    ("child-process", "import os\nos.system('ls')", "app/cli/serve.py"),
    ("child-process", "import os\nos.execvp('ls', ['ls'])", "app/cli/serve.py"),
    ("child-process", "from os import posix_spawn", "app/infra/media/ffmpeg.py"),
    ("child-process", "import asyncio\nasyncio.create_subprocess_exec('ls')", "app/cli/serve.py"),
    ("child-process", "import importlib\nimportlib.import_module('subprocess')", "app/cli/serve.py"),
    ("child-process", "__import__('subprocess').run(['ls'])", "app/cli/serve.py"),
    ("connection", "import httpx", "app/infra/egress/client.py"),
    ("connection", "def load():\n    import requests", "models/room/pull.py"),
    ("connection", "from requests import adapters", "app/cli/demo.py"),
    ("connection", "import urllib.request", "models/room/pull.py"),
    ("connection", "from urllib import request", "models/room/pull.py"),
    ("connection", "from urllib.request import urlopen", "app/infra/egress.py"),
    ("connection", "import http.client as web", "app/infra/egress/client.py"),
    ("connection", "import socket", "app/infra/egress/dial.py"),
    ("connection", "from huggingface_hub import hf_hub_download", "models/room/pull.py"),
    ("connection", "import torch\ntorch.hub.load('a', 'b')", "models/room/pull.py"),
    ("connection", "import asyncio as aio\naio.open_connection('host', 80)", "app/infra/egress/client.py"),
    ("commit", "session.commit()", "app/infra/db.py"),
    ("commit", "end = self.session.commit", "app/infra/db.py"),
    ("print", "print('done')", "app/cli/batch.py"),
    ("print", "report = print", "scripts/settings_page.py"),
    ("print", "print('done')", "bench/speed/run.py"),
    ("environment", "import os\nname = os.environ['NAME']", "app/settings.py"),
    ("environment", "import os as system\nname = system.getenv('NAME')", "app/cli/serve.py"),
    ("environment", "from os import environ", "app/settings.py"),
    ("environment", "import os\nos.environ.setdefault('A', 'b')", "tests/conftest.py"),
]
SHELL = [
    "run('ls', shell=True)",
    "run('ls', shell=1)",
    "run('ls', shell=by_shell)",
]
HARMLESS = [
    "import os\nos.path.join('a', 'b')\nos.replace('a', 'b')",
    "from urllib.parse import quote",
    "import urllib.parse\nurllib.parse.quote('a')",
    "from app.http import client",
    "from app.infra.egress import Egress",
    "import http\nhttp.HTTPStatus.OK",
    "from . import subprocess",
    "import subprocesses_of_sound",
    "run(['ls'], shell=False)",
    "store.committed(1)",
    "printer.print_page()",
    "environ = {}\nenviron['A']",
    "# os.environ, subprocess\ntext = 'print(os.environ)'",
]


def broken(place: str, source: str) -> list[str]:
    return [violation.rule for violation in violations(PurePosixPath(place), source)]


@pytest.mark.parametrize(("rule", "source", "place"), PLANTED)
class TestEveryRule:
    def test_finds_a_planted_violation_once(self, rule: str, source: str, place: str) -> None:
        assert broken(ELSEWHERE, source) == [rule]

    def test_leaves_the_place_it_belongs_to_alone(self, rule: str, source: str, place: str) -> None:
        assert broken(place, source) == []


@pytest.mark.parametrize("source", SHELL)
@pytest.mark.parametrize("place", ["app/cli/serve.py", "app/infra/media/ffmpeg.py", "bench/speed/run.py", "tests/a.py"])
def test_a_shell_is_allowed_nowhere(place: str, source: str) -> None:
    assert broken(place, source) == ["shell"]


@pytest.mark.parametrize("source", HARMLESS)
def test_harmless_code_passes(source: str) -> None:
    assert broken(ELSEWHERE, source) == []


def test_no_rule_is_without_a_planted_violation() -> None:
    assert {rule.name for rule in RULES} == {rule for rule, _, _ in PLANTED} | {"shell"}


def test_a_place_is_no_prefix_of_another_name() -> None:
    assert broken("app/client/web.py", "print('done')") == ["print"]
    assert broken("app/infra/db_more.py", "session.commit()") == ["commit"]


def test_a_message_names_file_line_rule_and_reason() -> None:
    found = violations(PurePosixPath(ELSEWHERE), "\n\nimport subprocess\n")

    reason = next(rule.reason for rule in RULES if rule.name == "child-process")
    assert [str(violation) for violation in found] == [f"{ELSEWHERE}:3: child-process: subprocess – {reason}"]


def test_the_program_ends_with_0_or_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, source in (("workers/clean.py", "x = 1\n"), ("app/bad.py", "y = 2\nprint(y)\n")):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text(source, encoding="utf-8")

    assert main(["workers"], root=tmp_path) == 0
    assert main([], root=tmp_path) == 1
    assert capsys.readouterr().out.startswith("app/bad.py:2: print: ")


def test_this_repository_keeps_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], root=ROOT) == 0, capsys.readouterr().out
