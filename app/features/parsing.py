"""From a caller's fields to an endpoint's parameters."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from app.contract.fields import Params
from app.errors import AppError, BadInput
from app.features._spec import Feature


class InvalidParams(AppError):
    """The fields do not fit the endpoint's parameters; `detail` lists why, as FastAPI would."""

    def __init__(self, status: int, message: str, detail: list[dict[str, Any]]) -> None:
        super().__init__(message, detail=detail)
        self.status = status


def parse_params(feature: Feature, fields: Mapping[str, Any]) -> Params:
    """Validated parameters, inputs not looked at. Raises InvalidParams, with the documented text where there is one."""
    try:
        return feature.params.model_validate(dict(fields))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
    first = problems[0]
    name = _field_name(feature, str(first["loc"][0]) if first["loc"] else "")
    where = ".".join(str(part) for part in first["loc"]) or "request"
    message = feature.errors.get(name, f"{where}: {first['msg']}")
    detail = [{"loc": ["body", *item["loc"]], "msg": item["msg"], "type": item["type"]} for item in problems]
    raise InvalidParams(feature.error_status.get(name, BadInput.status), message, detail)


def _field_name(feature: Feature, wire_name: str) -> str:
    """The parameter a name on the wire stands for; aliases are reported by pydantic under the name that was sent."""
    for name, info in feature.params.model_fields.items():
        choices = getattr(info.validation_alias, "choices", [])
        if wire_name == name or wire_name in choices:
            return name
    return wire_name
