"""`woodshed doctor`: what works on this machine. It looks and changes nothing."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from app.cli.checks import Finding, State, look
from app.cli.terminal import DataDir, out, settings_for
from app.features import ALL
from app.features._spec import Feature
from app.settings import Settings

ASK_ENGINES = (sys.executable, "-P", "-m", "workers.engines")
ENGINES_TIMEOUT_S = 120  # the first load of the audio libraries from a slow disk
NOT_BUILT = "not built: answers 501"
STYLES = {State.OK: "green", State.NOTE: "yellow", State.BROKEN: "red"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`engine` is empty when it does not work; `problem` then says why."""

    method: str
    path: str
    lane: str
    is_built: bool
    engine: str
    problem: str


@dataclass(frozen=True, slots=True)
class Engine:
    """`is_chosen`: this one does its task here. `problem`: why it cannot run; empty when it can."""

    name: str
    task: str
    licence: str
    source: str
    is_chosen: bool
    problem: str


def doctor(
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Show what works on this machine, and what is missing. Changes nothing.

    Exit code 1 when something is broken that the server needs.
    """
    settings = settings_for(data_dir)
    findings = list(look(settings))
    endpoints, engines = look_at_endpoints(settings)
    is_good = all(finding.state is not State.BROKEN for finding in findings) and not any(
        endpoint.is_built and endpoint.problem for endpoint in endpoints
    )
    if as_json:
        shown = {
            "ok": is_good,
            "findings": [*map(asdict, findings)],
            "endpoints": [*map(asdict, endpoints)],
            "engines": [*map(asdict, engines)],
        }
        print(json.dumps(shown, indent=2))
    else:
        _show(findings, endpoints, engines)
    if not is_good:
        raise typer.Exit(1)


def look_at_endpoints(settings: Settings) -> tuple[list[Endpoint], list[Engine]]:
    """Every endpoint, also those that are not built, and every engine."""
    answer = _survey(settings)
    return (
        [_endpoint(feature, answer["endpoints"].get(feature.name, {})) for feature in ALL],
        [Engine(**engine) for engine in answer["engines"]],
    )


def _endpoint(feature: Feature, found: dict[str, str]) -> Endpoint:
    problem = found.get("problem", "") if feature.ready else NOT_BUILT
    return Endpoint(feature.method, feature.path, feature.lane.value, feature.ready, found.get("engine", ""), problem)


def _survey(settings: Settings) -> dict[str, Any]:
    """What `workers.engines` says, or its failure as every endpoint's problem."""
    try:
        answer: dict[str, Any] = json.loads(
            subprocess.run(  # noqa: S603 - our own interpreter
                ASK_ENGINES,
                capture_output=True,
                text=True,
                timeout=ENGINES_TIMEOUT_S,
                check=True,
                env=os.environ | {"WOODSHED_DATA_DIR": str(settings.data_dir)},
            ).stdout
        )
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        lines = str(getattr(error, "stderr", None) or error).strip().splitlines()
        problem = {"problem": lines[-1] if lines else "unknown"}
        return {"endpoints": {feature.name: problem for feature in ALL}, "engines": []}
    return answer


def _show(findings: list[Finding], endpoints: list[Endpoint], engines: list[Engine]) -> None:
    for finding in findings:
        mark = Text(f"{finding.state.value:<7}", STYLES[finding.state])
        out.print(Text.assemble(f"{finding.name:<9} ", mark, finding.text), soft_wrap=True)
    table = Table("endpoint", "lane", "engine", box=None, pad_edge=False, title_justify="left")
    for endpoint in endpoints:
        table.add_row(f"{endpoint.method:<4} {endpoint.path}", endpoint.lane, _engine_shown(endpoint))
    out.print()
    out.print(table)
    table = Table("engine", "task", "licence", "after", "here", box=None, pad_edge=False, title_justify="left")
    for engine in engines:
        state = Text("in use", "green") if engine.is_chosen else Text(engine.problem or "ready", "dim")
        table.add_row(engine.name, engine.task, engine.licence, engine.source, state)
    out.print()
    out.print(table)


def _engine_shown(endpoint: Endpoint) -> Text:
    if not endpoint.is_built:
        return Text(NOT_BUILT, "dim")
    return Text(f"broken: {endpoint.problem}", "red") if endpoint.problem else Text(endpoint.engine)
