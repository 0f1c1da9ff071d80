"""Dockerfile, docker-compose.yml, Makefile and scripts: what can be seen of them without Docker."""

import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from app.cli import cli
from app.cli.roles import DRAIN_S
from app.cli.worker import lanes_of
from app.contract.enums import Lane
from app.settings import Settings
from scripts.settings_page import groups
from workers.celery_app import app as celery

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SETTINGS = {name for group in groups() for setting in group.settings for name in setting.names}
DOTENV = {
    "WOODSHED_PUBLIC_URL": "https://music.example.com",
    "WOODSHED_LINK_SECRET": "0123456789abcdef",
    "POSTGRES_PASSWORD": "abc",
    "REDIS_PASSWORD": "def",
}
WITH_GPU = {"CPU_LANES": "cpu", "COMPOSE_PROFILES": "gpu"}
VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<text>[^}]*))?\})")
SECONDS = re.compile(r"(?:(\d+)m)?(?:(\d+)s)?")


class Missing(Exception):
    """A variable that `.env` must hold."""


def interpolated(text: str, dotenv: dict[str, str]) -> str:
    """`${NAME}`, `${NAME:-default}`, `${NAME:?why}` and `$$` as compose reads them."""

    def value(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        found = dotenv.get(match["name"], "")
        if not found and match["kind"] == "?":
            raise Missing(match["name"])
        return found or (match["text"] if match["kind"] == "-" else "")

    return VARIABLE.sub(value, text)


def compose(**dotenv: str) -> dict[str, Any]:
    """The file with its variables filled in, without the services whose profile is off."""

    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: filled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [filled(value) for value in node]
        return interpolated(node, DOTENV | dotenv) if isinstance(node, str) else node

    project = filled(YAML(typ="safe").load(ROOT / "docker-compose.yml"))
    on = {(DOTENV | dotenv).get("COMPOSE_PROFILES", "")}
    project["services"] = {
        name: service
        for name, service in project["services"].items()
        if not service.get("profiles") or on & set(service["profiles"])
    }
    return project


PROJECT = compose(**WITH_GPU)
SERVICES: dict[str, dict[str, Any]] = PROJECT["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("woodshed-")}
THEIRS = {name: service for name, service in SERVICES.items() if name not in OURS}


def seconds(text: str) -> int:
    match = SECONDS.fullmatch(text)
    assert match, text
    return 60 * int(match[1] or 0) + int(match[2] or 0)


def served_lanes(project: dict[str, Any]) -> list[Lane]:
    commands = [
        service["command"] for service in project["services"].values() if service.get("command", [""])[0] == "worker"
    ]
    return [lane for command in commands for lane in lanes_of(command[command.index("--lanes") + 1])]


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120, **options)


class TestCompose:
    def test_fits_the_compose_specification(self) -> None:
        checked = run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")

        assert checked.returncode == 0, checked.stdout + checked.stderr

    def test_has_the_roles_of_a_cluster(self) -> None:
        assert set(OURS) == {"api", "worker-io", "worker-cpu", "worker-gpu", "beat"}
        assert set(THEIRS) == {"postgres", "redis"}

    @pytest.mark.parametrize("name", OURS)
    def test_a_role_is_a_command_of_ours_with_options_it_knows(self, name: str) -> None:
        shown = CliRunner().invoke(cli, [*OURS[name]["command"], "--help"])

        assert shown.exit_code == 0, shown.output
        assert f"woodshed {OURS[name]['command'][0]} [OPTIONS]" in shown.output

    @pytest.mark.parametrize("name", OURS)
    def test_a_role_sets_what_is_a_setting(self, name: str) -> None:
        assert set(OURS[name]["environment"]) <= SETTINGS

    def test_a_role_starts_in_production_with_what_is_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in OURS["api"]["environment"].items():
            monkeypatch.setenv(name, value)

        settings = Settings(_env_file=None)

        settings.check()
        assert settings.environment == "production"

    @pytest.mark.parametrize("name", DOTENV)
    def test_nothing_secret_has_a_default(self, name: str) -> None:
        with pytest.raises(Missing, match=name):
            compose(**{name: ""})

    @pytest.mark.parametrize("dotenv", [{}, WITH_GPU], ids=["without-gpu", "with-gpu"])
    def test_every_lane_is_served_once(self, dotenv: dict[str, str]) -> None:
        assert sorted(served_lanes(compose(**dotenv))) == sorted(Lane)

    @pytest.mark.parametrize("name", ["worker-io", "worker-cpu", "worker-gpu"])
    def test_a_worker_has_time_to_hand_back_what_it_runs(self, name: str) -> None:
        assert seconds(OURS[name]["stop_grace_period"]) >= celery.conf.worker_soft_shutdown_timeout + 10

    def test_the_gateway_has_time_to_finish_its_answers(self) -> None:
        assert seconds(OURS["api"]["stop_grace_period"]) >= DRAIN_S + 5

    @pytest.mark.parametrize("name", SERVICES)
    def test_a_service_is_watched_limited_and_comes_back(self, name: str) -> None:
        service = SERVICES[name]

        assert service["healthcheck"]["test"]
        assert service["restart"] == "unless-stopped"
        assert service["user"].split(":")[0] not in {"", "0", "root"}
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service.get("privileged")
        assert not service.get("cap_add")

    @pytest.mark.parametrize("name", OURS)
    def test_a_role_waits_for_database_and_queue(self, name: str) -> None:
        assert OURS[name]["depends_on"] == {
            "postgres": {"condition": "service_healthy"},
            "redis": {"condition": "service_healthy"},
        }

    @pytest.mark.parametrize("name", THEIRS)
    def test_database_and_queue_are_reached_from_inside_only(self, name: str) -> None:
        assert THEIRS[name]["networks"] == ["back"]
        assert PROJECT["networks"]["back"]["internal"] is True
        assert "ports" not in THEIRS[name]

    def test_only_the_gateway_is_published_and_only_to_this_machine_unless_told(self) -> None:
        assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
            "api": ["127.0.0.1:8000:8000"]
        }

    def test_the_queue_keeps_what_it_holds(self) -> None:
        command = " ".join(THEIRS["redis"]["command"])

        assert "--appendonly yes" in command
        assert "--maxmemory-policy noeviction" in command
        assert '--requirepass "$REDIS_PASSWORD"' in command

    def test_what_must_survive_lies_in_volumes(self) -> None:
        mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service["volumes"]}

        assert mounted == set(PROJECT["volumes"])
        assert all(service["volumes"] == ["data:/data"] for service in OURS.values())

    def test_foreign_images_have_a_version(self) -> None:
        assert all(re.search(r":\d", service["image"]) for service in THEIRS.values())


LINES = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()


def stages() -> dict[str, list[str]]:
    """Every stage with its instructions, the FROM line first."""
    found: dict[str, list[str]] = {}
    for line in LINES:
        match = re.fullmatch(r"FROM \S+ AS (\S+)", line)
        if match:
            found[match[1]] = []
        if found and line and not line.startswith("#"):
            found[list(found)[-1]].append(line)
    return found


STAGES = stages()
TARGETS = ("api", "worker-cpu", "worker-gpu")


def whole(stage: str) -> list[str]:
    """A stage's instructions after those of the stages it is built on."""
    base = STAGES[stage][0].split()[1]
    return [*(whole(base) if base in STAGES else []), *STAGES[stage]]


def builder(target: str) -> str:
    """All instructions behind the environment that `target` runs."""
    (source,) = re.findall(r"COPY --from=(\S+) /opt/venv", "\n".join(STAGES[target]))
    return "\n".join(whole(source))


class TestDockerfile:
    def test_passes_the_linter(self) -> None:
        checked = run(BIN / "hadolint", "--no-color", "Dockerfile")

        assert checked.returncode == 0, checked.stdout

    def test_builds_what_compose_asks_for(self) -> None:
        asked = {service["build"]["target"] for service in OURS.values() if "build" in service}

        assert asked == set(TARGETS)
        assert all(f"woodshed-{target}" in {service["image"] for service in OURS.values()} for target in asked)

    def test_images_from_elsewhere_have_a_version(self) -> None:
        defaults = dict(re.findall(r"ARG (\w+)=(\S+)", "\n".join(LINES)))
        images = {interpolated(stage[0].split()[1], defaults) for stage in STAGES.values()} - set(STAGES)

        assert images
        assert all(re.search(r":\d", image) for image in images)

    @pytest.mark.parametrize("target", TARGETS)
    def test_an_image_runs_unprivileged_is_watched_and_has_no_build_tools(self, target: str) -> None:
        instructions = whole(target)
        users = [line.removeprefix("USER ") for line in instructions if line.startswith("USER ")]

        assert users[-1] == OURS[target]["user"]
        assert any(line.startswith("HEALTHCHECK") for line in instructions)
        assert not re.search(r"\bpip\b|gcc|build-essential|make\b", "\n".join(instructions))

    def test_the_gateway_holds_its_own_packages_only(self) -> None:
        text = builder("api")

        assert "-r requirements-api.lock" in text
        assert "torch" not in text
        assert "requirements.lock" not in text

    @pytest.mark.parametrize("target", ["worker-cpu", "worker-gpu"])
    def test_a_worker_gets_torch_with_its_libraries_and_then_the_pins_alone(self, target: str) -> None:
        steps = re.findall(r"pip install (.+)", builder(target))

        assert [step.split("==")[0] for step in steps] == ["torch", "--no-deps -r requirements.lock", "--no-deps ."]

    def test_everything_copied_is_let_through_to_the_builder(self) -> None:
        let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
        copies = [line.split()[1:-1] for line in LINES if line.startswith("COPY ") and "--from" not in line]

        assert {name for names in copies for name in names} == let_through
        assert all((ROOT / name).exists() for name in let_through)

    @pytest.mark.parametrize("service", OURS)
    def test_a_health_check_asks_for_the_role_that_runs(self, service: str) -> None:
        role = OURS[service]["command"][0]

        assert OURS[service]["healthcheck"]["test"] == ["CMD", "python", "/opt/healthy.py", role]


class TestPackages:
    def test_torch_has_one_version(self) -> None:
        files = ("Makefile", "Dockerfile", "scripts/lock")
        texts = [(ROOT / name).read_text(encoding="utf-8") for name in files]
        named = [set(re.findall(r"(?:TORCH :?= ?|TORCH=|torch==)(\d[\d.]*)", text)) for text in texts]

        assert all(len(versions) == 1 for versions in named)
        assert len(set.union(*named)) == 1

    @pytest.mark.parametrize("name", ["requirements.lock", "requirements-api.lock", "requirements-dev.lock"])
    def test_a_lock_holds_pins_and_neither_torch_nor_addresses(self, name: str) -> None:
        pins = (ROOT / name).read_text(encoding="utf-8").splitlines()

        assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.+]*", pin) for pin in pins)
        assert not [pin for pin in pins if re.match(r"(torch|triton|nvidia|cuda|tensorflow)", pin)]

    def test_the_locks_agree(self) -> None:
        pins = dict(pin.split("==") for pin in (ROOT / "requirements.lock").read_text().splitlines())
        api = dict(pin.split("==") for pin in (ROOT / "requirements-api.lock").read_text().splitlines())

        assert api.items() <= pins.items()

    def test_early_patch_releases_of_python_are_served_too(self) -> None:
        """redis needs async-timeout below Python 3.11.3; the Python of Debian 12 is 3.11.2."""
        for name in ("requirements.lock", "requirements-api.lock"):
            assert "\nasync-timeout==" in (ROOT / name).read_text()

    def test_the_gateway_and_the_command_start_without_the_workers_packages(self) -> None:
        api = {pin.split("==")[0] for pin in (ROOT / "requirements-api.lock").read_text().splitlines()}
        pins = {pin.split("==")[0] for pin in (ROOT / "requirements.lock").read_text().splitlines()}
        absent = {"torch", *pins} - api
        modules = sorted(
            module
            for module, names in packages_distributions().items()
            if {re.sub(r"[-_.]+", "-", name).lower() for name in names} <= absent
        )
        code = (
            f"import sys; sys.modules.update(dict.fromkeys({modules!r})); import app.main, app.cli.keys, app.cli.worker"
        )

        started = run(sys.executable, "-c", code)

        assert {"torch", "numpy", "librosa", "soundfile"} <= set(modules)
        assert started.returncode == 0, started.stderr


def make(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return run("make", *arguments, env=environment, **options)


class TestMakefile:
    def test_serve_installs_torch_first_then_the_pins_alone_then_runs(self, tmp_path: Path) -> None:
        shown = make("-n", "serve", f"VENV={tmp_path / 'venv'}", "ARGS=--port 9000").stdout
        steps = [line for line in shown.splitlines() if "install --quiet" in line or "woodshed serve" in line]

        torch, pins, own, serve = steps
        assert re.search(r'install --quiet "torch==[\d.]+"$', torch)
        assert pins.endswith("--no-deps -r requirements.lock")
        assert "--no-deps" in own
        assert own.endswith("-e .")
        assert serve.endswith("bin/woodshed serve --port 9000")
        assert not re.search(r"https?:|index-url|find-links", shown)

    def test_what_is_installed_is_not_installed_again_until_the_pins_change(self, tmp_path: Path) -> None:
        stamps = [tmp_path / name for name in ("pyvenv.cfg", ".serve-installed")]
        for stamp in stamps:
            stamp.touch()

        fresh = make("-n", "install", f"VENV={tmp_path}").stdout
        os.utime(stamps[1], (1, 1))
        old = make("-n", "install", f"VENV={tmp_path}").stdout

        assert "pip" not in fresh
        assert "requirements.lock" in old

    def test_another_python_is_refused_in_one_line_and_leaves_nothing(self, tmp_path: Path) -> None:
        refused = make("install", f"VENV={tmp_path / 'venv'}", "PYTHON=false")

        assert refused.returncode != 0
        assert "Woodshed needs Python 3.11" in refused.stderr
        assert not (tmp_path / "venv").exists()

    def test_help_names_every_target_a_person_may_want(self) -> None:
        shown = make("help").stdout

        assert {"serve", "test", "check", "fix", "bench", "clean"} <= {line.split()[1] for line in shown.splitlines()}


@pytest.mark.parametrize("name", ["check", "fix", "test", "pages"])
def test_scripts_are_short_and_can_be_run(name: str) -> None:
    script = ROOT / "scripts" / name

    assert os.access(script, os.X_OK)
    assert len(script.read_text(encoding="utf-8").splitlines()) < 15


def test_the_pipeline_runs_what_a_person_runs() -> None:
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8")
