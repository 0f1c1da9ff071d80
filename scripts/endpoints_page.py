"""Prints docs/endpoints.md from app/features: `python -m scripts.endpoints_page > docs/endpoints.md`."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, get_args

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from app.contract.fields import Params
from app.features import ALL
from app.features._spec import Done, Feature
from app.jobs.credits import PriceList
from app.settings import CreditSettings

HEAD = """\
# Endpoints

Written by `scripts/endpoints_page.py` from `app/features`; change it there. The same, for programs, is
[openapi.json](openapi.json); a running server shows it at `/docs`.

Paths follow `/api/public`. They match in any case and with or without a slash at the end. Every request carries a key:
`Authorization: KEY`, `Authorization: Bearer KEY` or `x-api-key: KEY`.

## What all endpoints share

**Body.** Every `POST` takes `multipart/form-data`, `application/json` and `application/x-www-form-urlencoded`; the one
named below is what the hosted documentation names. Yes and no are `true`, `false`, `1`, `0`, `yes`, `no` in any case;
numbers may be text; an empty text counts as absent; unknown fields are ignored. A file is an upload of a form, or its
link or base64 text where files cannot travel. Exactly one of link and file is needed.

**`webhook_url`** is taken by every endpoint: [where the result is sent](webhooks.md).

**`Idempotency-Key`**, a header of your choice: the same key with the same request gives the first answer again instead
of a second task; with another request, 409.

**Answer.** HTTP 200 with one of these shapes. `eta` is whole seconds, -1 while it is not known; `credit_estimate` is
USD.

| Shape | Fields |
|---|---|
| A | `success`, `task_id`, `conversion_id`, `eta`, `credit_estimate`, `message`, `status` |
| B | `success`, `message`, `task_id`, `eta`, `conversion_id_1`, `conversion_id_2`, `is_flagged`, `reason`, \
`credit_estimate` |
| B+ | those of B, `status`, `error_message`, `error_message_detail`, `missing_input_fields`, `predicted_user_intent` |

**Errors** are `{"success": false, "message": …, "error": …, "detail": …}` with the text three times; `detail` lists the
parameters on 422. 400 and 422: something about the request; 401: no good key; 402: not enough credit (with
`required_credits` and `available_credits`); 409: see above; 413: too large; 429: too much at once (with `Retry-After`);
501: not built yet; 503: a part of the server cannot be reached.

**Record.** `byId` and `byUser` show `task_id`, `conversion_id` (or `_1` and `_2`), `feature`, `status`, `status_msg`,
`message`, `audio_url`, `conversion_path`, `conversion_duration`, `conversion_cost`, `webhook_url`, `createdAt`,
`updatedAt`, `progress`, `eta`, `engine`, and the fields named below. `status` is `IN_QUEUE`, `IN_PROGRESS`,
`COMPLETED`, `FAILED` or `ERROR`.

**Price.** A minute is counted when it begins. Prices are those of the hosted service; a key without a balance pays
nothing ([keys and credits](deploy.md#keys-and-credits)).

## Looking at tasks

| Request | What it does |
|---|---|
| `GET /v1/byId?conversionType=…&task_id=…` | Status and result, by `task_id` or `conversion_id`. |
| `GET /v1/byUser` | The key's tasks: `conversionType`, `startDate`, `endDate`, `sortOrder`, `limit`, \
`LastEvaluatedKey`. |
| `POST /v1/tasks/{task_id}/cancel` | Cancels: at once while the task waits, at its next step while it runs. |
| `GET /v1/tasks/{task_id}/webhooks` | Every webhook of the task with every try. |
| `POST /v1/tasks/{task_id}/webhooks/redeliver` | Sends them again; one of them with `?webhook_id=…`. |
| `GET /v1/getAllVoices`, `GET /v1/searchVoices` | The voice library; empty so far. |
| `GET /v1/` | Tests a key; lists the endpoints that work. |
| `GET /livez`, `GET /readyz` | Without a key and without `/api/public`: [health](deploy.md#health). |
"""
PLANS: tuple[Literal["payg", "plus", "pro"], ...] = ("payg", "plus", "pro")
UNITS = {"minute": "task", "song": "song", "words100": "100 words", "request": "task"}
SHARED = frozenset(Params.model_fields)


class Anything(dict[str, Any]):
    """Stands for what a pipeline would have written: every name is there."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"

    def __contains__(self, key: object) -> bool:
        return True


def page() -> str:
    built = [feature for feature in ALL if feature.ready]
    to_come = [feature for feature in ALL if not feature.ready]
    return "\n".join([
        HEAD,
        "## Endpoints that work\n",
        *map(_section, built),
        "## Endpoints still to come\n\nThey check their parameters and answer 501.\n",
        *map(_section, to_come),
    ])  # fmt: skip


def _section(feature: Feature) -> str:
    lines = [f"### {feature.method} {feature.path}\n", f"{feature.summary}\n", *_facts(feature), "", *_table(feature)]
    return "\n".join([*lines, f"\nExample: `{json.dumps(dict(feature.sample), ensure_ascii=False)}`\n"])


def _facts(feature: Feature) -> Iterator[str]:
    if feature.aliases:
        yield f"- Also answers at {_names(feature.aliases)}"
    if feature.method == "POST":
        yield f"- Body: `{feature.body.value}`"
    answer = "waits for the result and holds it" if feature.answers_directly else f"shape {feature.reply.value}"
    yield f"- Answer: {answer}; `conversionType` {_names([feature.kind.value])}"
    yield f"- Lane: {feature.lane.value}; counted among {feature.category.value}"
    yield f"- Price in USD: {_price(feature)}"
    done = _done(feature)
    for (subtype, fields), count in _events(feature, done).items():
        times = f"{count} webhooks" if count > 1 else "Webhook"
        kind = f" with the subtype `{subtype}`" if subtype else ""
        yield f"- {times} `{feature.display_name}`{kind}: {_names(fields)}"
    own = list(feature.record(done))
    if own:
        yield f"- Record: {_names(own)}"


def _events(feature: Feature, done: Done) -> Counter[tuple[str, tuple[str, ...]]]:
    return Counter((event.subtype, tuple(event.fields(done))) for event in feature.events)


def _done(feature: Feature) -> Done:
    count = feature.takes(feature.params.model_validate(dict(feature.sample)))
    return Done(
        task_id="task",
        conversion_ids=tuple(f"conversion_{number}" for number in range(1, count + 1)),
        links=Anything(),
        values=Anything(),
        params=feature.sample,
        duration_s=1.0,
        cost=0.0,
        input_link="",
    )


def _price(feature: Feature) -> str:
    plans = []
    for plan in PLANS:
        rate = PriceList(CreditSettings(plan=plan)).rate(feature.price.row)
        minute = f" + {_number(rate.minute)} per minute" if rate.minute else ""
        plans.append(f"{_number(rate.start)}{minute} ({plan})")
    return f"per {UNITS[feature.price.unit]} {', '.join(plans)}"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _table(feature: Feature) -> Iterator[str]:
    yield "| Parameter | Value | Default | Meaning |"
    yield "|---|---|---|---|"
    schema = feature.params.model_json_schema(by_alias=False)
    definitions = schema.get("$defs", {})
    for name, field in feature.params.model_fields.items():
        if name not in SHARED:
            value = _value(schema["properties"][name], definitions)
            yield f"| {_named(name, field)} | {value} | {_default(field)} | {field.description} |"


def _named(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    others = [str(other) for other in alias.choices if other != name] if isinstance(alias, AliasChoices) else []
    return f"`{name}`" + (f", also {_names(others)}" if others else "")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    if field.default is None:
        return ""
    value = field.default
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value) or "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _value(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """What a parameter may hold, in words."""
    if "$ref" in schema:
        return _value(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return " or ".join(_value(kind, definitions) for kind in schema["anyOf"] if kind.get("type") != "null")
    if "enum" in schema:
        return _names(schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_value(schema['items'], definitions)}"
    return _plain(schema)


def _plain(schema: dict[str, Any]) -> str:
    kinds = {"boolean": "yes or no", "integer": f"whole number{_range(schema)}", "number": f"number{_range(schema)}"}
    if schema["type"] in kinds:
        return kinds[schema["type"]]
    if schema.get("format") == "binary":
        return "file"
    return f"text of up to {schema['maxLength']} characters" if "maxLength" in schema else "text"


def _range(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    return f" from {low:g} to {high:.15g}" if low is not None and high is not None else ""


def _names(names: Any) -> str:  # noqa: ANN401 - texts or numbers
    return ", ".join(f"`{name}`" for name in names)


assert get_args(CreditSettings.model_fields["plan"].annotation) == PLANS[::-1], "a new plan: add its column"

if __name__ == "__main__":
    sys.stdout.write(page())
