"""The OpenAPI document: every task endpoint with its parameters in all three content types, every error declared."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field

from app.features._spec import Body, Feature, Reply

Schema = dict[str, Any]


class ErrorBody(BaseModel):
    """Any failure. The text stands under `message`, `error` and `detail`; on 422 `detail` may be a list."""

    model_config = {"extra": "allow"}

    success: bool = Field(examples=[False])
    message: str
    error: str
    detail: str | list[dict[str, Any]]


class AcceptedOne(BaseModel):
    """A queued task with one output."""

    model_config = {"extra": "allow"}

    success: bool
    task_id: str
    conversion_id: str
    eta: int = Field(description="Seconds until it is done; -1: not known yet.")
    credit_estimate: float = Field(description="USD")
    message: str
    status: str


class Answered(BaseModel):
    """A task that has ended; its result stands beside these fields."""

    model_config = {"extra": "allow"}

    success: bool
    task_id: str
    message: str
    credit_estimate: float = Field(description="USD")


class AcceptedTwo(BaseModel):
    """A queued task with two outputs."""

    model_config = {"extra": "allow"}

    success: bool
    message: str
    task_id: str
    eta: int
    conversion_id_1: str
    conversion_id_2: str
    is_flagged: bool
    reason: str
    credit_estimate: float


ERRORS: dict[int, str] = {
    400: "A parameter or link cannot be used",
    401: "Authentication failed",
    402: "Insufficient credits",
    403: "Not an admin key",
    404: "Not found",
    409: "Idempotency-Key used with another request",
    413: "The request is too large",
    422: "A parameter is missing or out of range",
    429: "Too many tasks or requests at once; see Retry-After",
    500: "Internal Server Error",
    501: "This endpoint is not built yet",
    503: "A part of the server cannot be reached",
    504: "The result is not there yet; byId has it later, under `task_id`",
}
EVERYWHERE = (401, 422, 500, 503)
ON_TASKS = (400, 401, 402, 409, 413, 422, 429, 500, 503)


def error_responses(statuses: Iterable[int]) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ErrorBody, "description": ERRORS[status]} for status in statuses}


def task_responses(feature: Feature) -> dict[int | str, dict[str, Any]]:
    statuses = (*ON_TASKS, *(() if feature.ready else (501,)), *((504,) if feature.answers_directly else ()))
    answer = Answered if feature.answers_directly else AcceptedOne if feature.reply is Reply.A else AcceptedTwo
    told = "The result" if feature.answers_directly else "Queued"
    return {200: {"model": answer, "description": told}, **error_responses(sorted(statuses))}


def request_body(feature: Feature) -> Schema:
    """`requestBody` of a task endpoint; the content type the hosted documentation names comes first."""
    schema = feature.params.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    schema = _inlined(schema, definitions)
    schema["title"] = f"{feature.name} parameters"
    kinds = [feature.body, *(kind for kind in Body if kind is not feature.body)]
    return {
        "required": True,
        "content": {
            kind.value: {"schema": _for(kind, schema, feature), "example": dict(feature.sample)} for kind in kinds
        },
    }


def _for(kind: Body, schema: Schema, feature: Feature) -> Schema:
    """Files travel in multipart only; elsewhere the field takes a link or base64 text."""
    if kind is Body.MULTIPART:
        return schema
    files = {given.file_field for given in feature.inputs}
    text = {"type": "string", "description": "A link, or the file as base64 text."}
    properties = {name: (text if name in files else value) for name, value in schema["properties"].items()}
    return schema | {"properties": properties}


def _inlined(node: Any, definitions: Schema) -> Any:  # noqa: ANN401 - JSON
    """References replaced by what they point to, so that each content type stands alone."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            target = definitions[reference.rpartition("/")[2]]
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return _inlined(target, definitions) | rest
        return {key: _inlined(value, definitions) for key, value in node.items()}
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    return node
