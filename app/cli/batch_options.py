"""Options of a command from the parameters of an endpoint, and back."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from app.contract.fields import Params
from app.errors import AppError
from app.features._spec import AudioInput, Feature
from app.features.parsing import parse_params

Schema = Mapping[str, Any]
MAX_CHOICES_SHOWN = 8
LINKS = set(Params.model_fields)


class Unusable(Exception):
    """The options do not fit the endpoint; the text says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do with every file. `more_inputs`: upload field → file, for what an endpoint takes beside its sound."""

    feature: Feature
    params: dict[str, Any]
    more_inputs: dict[str, Path]


def works_on_files(feature: Feature) -> bool:
    """True for endpoints that need a sound file."""
    return bool(feature.inputs) and feature.inputs[0].media == "audio" and feature.inputs[0].required


def options_of(feature: Feature) -> Iterator[inspect.Parameter]:
    """One keyword parameter for each field of `feature.params`; links, uploads and webhooks are none."""
    schema = feature.params.model_json_schema(by_alias=False)
    links = {spec.url_field for spec in feature.inputs} | LINKS
    uploads = {spec.file_field: spec for spec in feature.inputs}
    required = schema.get("required", [])
    for name, outer in schema["properties"].items():
        if name in uploads and uploads[name] is not feature.inputs[0]:
            yield _file_option(name, uploads[name])
        elif name not in links and name not in uploads:
            yield _option(name, outer, schema.get("$defs", {}), is_required=name in required)


def wanted(feature: Feature, options: Mapping[str, Any]) -> Wanted:
    """Checked as the server checks a request. Raises Unusable in the words of the command line."""
    _, *others = feature.inputs
    files = {spec.file_field: Path(options[spec.file_field]) for spec in others if options.get(spec.file_field)}
    given = {name: value for name, value in options.items() if value is not None and name not in files}
    try:
        params = parse_params(feature, given)
        feature.check(params)
    except AppError as error:
        raise Unusable(in_words_of_options(error.message, feature)) from None
    inputs = {name for spec in feature.inputs for name in (spec.url_field, spec.file_field)}
    return Wanted(feature, params.model_dump(mode="json", exclude={*inputs, *LINKS}), files)


def in_words_of_options(message: str, feature: Feature) -> str:
    """`target_sr` → `--target-sr`. A name that is also a word counts only where a message begins with it."""
    for name in sorted(feature.params.model_fields, key=len, reverse=True):
        pattern = rf"(?<![\w-]){name}(?!\w)" if "_" in name else rf"^{name}(?=[:.])"
        message = re.sub(pattern, _flag(name), message)
    return message


def _file_option(name: str, spec: AudioInput) -> inspect.Parameter:
    option = typer.Option(_flag(name), help="A file that goes with every input.", exists=True, dir_okay=False)
    default = inspect.Parameter.empty if spec.required else None
    kind = Annotated[Path, option] if spec.required else Annotated[Path | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _option(name: str, outer: Schema, definitions: Schema, *, is_required: bool) -> inspect.Parameter:
    schema = _resolved(outer, definitions)
    is_switch = schema.get("type") == "boolean"
    option = typer.Option(
        f"{_flag(name)}/--no-{_flag(name)[2:]}" if is_switch else _flag(name),
        help=escape(_help(outer, schema)),
        metavar=None if is_switch else _metavar(schema),
        show_default=False,
    )
    kind = Annotated[bool | None, option] if is_switch else Annotated[str | None, option]
    default = inspect.Parameter.empty if is_required else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    """The schema that says which values are good: behind references, and without null."""
    if "$ref" in schema:
        return _resolved(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    for choice in schema.get("anyOf", []):
        if choice.get("type") != "null":
            return _resolved(choice, definitions)
    if schema.get("type") == "array":
        return {**schema, "items": _resolved(schema.get("items", {}), definitions)}
    return schema


def _metavar(schema: Schema) -> str:
    if schema.get("type") == "array":
        return f"{_metavar(schema['items'])},…"
    choices = schema.get("enum", [])
    if choices and len(choices) <= MAX_CHOICES_SHOWN:
        return "|".join(map(str, choices))
    bounds = [schema.get("minimum"), schema.get("maximum")]
    if None not in bounds:
        return "..".join(f"{bound:g}" for bound in bounds)
    return {"integer": "NUMBER", "number": "NUMBER"}.get(str(schema.get("type")), "TEXT")


def _help(outer: Schema, schema: Schema) -> str:
    lines = [str(outer.get("description", ""))]
    choices = schema.get("items", schema).get("enum", [])
    if len(choices) > MAX_CHOICES_SHOWN:
        lines.append(f"One of {', '.join(map(str, choices))}.")
    default = outer.get("default")
    if default not in (None, "", []):
        shown = ",".join(map(str, default)) if isinstance(default, list) else str(default)
        lines.append(f"(default: {shown.lower() if isinstance(default, bool) else shown})")
    return " ".join(line for line in lines if line)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
