"""The OpenAPI document, and schemathesis driving the gateway from it."""

from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from app.contract.enums import Lane
from app.features import ALL
from tests.support.clock import FakeClock
from tests.support.gateway import PREFIX, open_gateway

KINDS = {"application/json", "multipart/form-data", "application/x-www-form-urlencoded"}
EXAMPLES = 25


@pytest.fixture(scope="module")
def api_schema(tmp_path_factory: pytest.TempPathFactory) -> object:
    gateway = open_gateway(tmp_path_factory.mktemp("gateway"), FakeClock())
    gateway.services.settings.jobs.answer_within = timedelta(seconds=0.05)  # no worker runs here
    for lane in Lane:
        gateway.housekeeping.canary_seen(lane)  # else /readyz rightly answers 503
    schema = schemathesis.openapi.from_asgi("/openapi.json", gateway.app)
    schema.config.headers = {"Authorization": gateway.key}
    return schema


SCHEMA = schemathesis.pytest.from_fixture("api_schema")


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_undeclared_answer_and_no_5xx(case: schemathesis.Case) -> None:
    """501 is declared where a pipeline is still to come, 504 where a result is waited for; nothing else from 500 on."""
    response = case.call()
    case.validate_response(response, checks=[status_code_conformance, response_schema_conformance])
    if response.status_code not in {501, 504}:
        case.validate_response(response, checks=[not_a_server_error])


@pytest.mark.parametrize("feature", ALL, ids=lambda feature: feature.name)
def test_every_endpoint_shows_its_parameters_in_all_content_types(feature: object, gateway: object) -> None:
    operation = gateway.app.openapi()["paths"][PREFIX + feature.path][feature.method.lower()]  # type: ignore[attr-defined]
    names = set(feature.params.model_fields)  # type: ignore[attr-defined]

    if feature.method == "GET":  # type: ignore[attr-defined]
        assert {parameter["name"] for parameter in operation["parameters"]} >= names
        return
    content = operation["requestBody"]["content"]
    assert set(content) == KINDS
    for kind in KINDS:
        assert set(content[kind]["schema"]["properties"]) == names
    assert ("501" in operation["responses"]) != feature.ready  # type: ignore[attr-defined]
