"""Models over HTTP: what an operator sees and may do, and what nobody else does."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from fastapi.routing import iter_route_contexts
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from app.contract.enums import Lane
from app.jobs.keys import create_key
from tests.support.clock import FakeClock
from tests.support.gateway import Gateway, open_gateway
from tests.support.operator import MODELS, WORKER, Operator, operator_of
from tests.support.receivers import Behaviour, Line, Received

ROUTES = [
    ("GET", ""),
    ("GET", "/licences"),
    ("GET", "/loaded"),
    ("GET", "/thing"),
    ("POST", "/thing/pull"),
    ("POST", "/thing/verify"),
    ("DELETE", "/thing"),
    ("POST", "/thing/load"),
    ("POST", "/thing/unload"),
]
ACCEPT = {"accept_licence": True}


@pytest.fixture
def operator(gateway: Gateway, tmp_path: Path) -> Iterator[Operator]:
    with operator_of(gateway, tmp_path / "made") as opened:
        opened.jobs.survey()
        yield opened


async def ids(operator: Operator, query: str = "") -> set[str]:
    status, told = await operator.call("GET", query)
    assert status == 200, told
    return {model["id"] for model in told["models"]}


@pytest.mark.asyncio
class TestKeys:
    async def test_every_route_is_tested_here(self, gateway: Gateway) -> None:
        known = {(method, f"{MODELS}{path}".replace("/thing", "/{model_id}")) for method, path in ROUTES}
        served = {
            (method, route.path)
            for route in iter_route_contexts(gateway.app.routes)
            if route.path and "/admin/" in route.path
            for method in route.methods or ()
        }

        assert served == known

    @pytest.mark.parametrize(("method", "path"), ROUTES)
    async def test_an_ordinary_key_learns_nothing(self, operator: Operator, method: str, path: str) -> None:
        for known in (path, path.replace("thing", "nonsense")):
            status, told = await operator.call(method, known, key=operator.gateway.key)

            assert status == 403
            assert told["success"] is False
            assert "admin key" in told["message"]
            assert "thing" not in str(told)
        assert operator.gateway.bell.model_jobs == []

    async def test_a_revoked_admin_key_is_no_key(self, operator: Operator) -> None:
        from app.jobs.keys import revoke_key

        with operator.gateway.services.db.transaction() as session:
            revoke_key(session, operator.key[:10], operator.gateway.clock.now())

        assert (await operator.call("GET", ""))[0] == 401

    async def test_an_admin_key_is_an_ordinary_key_too(self, operator: Operator) -> None:
        async with operator.gateway.client(operator.key) as client:
            assert (await client.get("/api/public/v1/byUser")).status_code == 200


@pytest.mark.asyncio
class TestLooking:
    async def test_before_a_worker_has_told_the_answer_is_503(self, gateway: Gateway, tmp_path: Path) -> None:
        with operator_of(gateway, tmp_path / "made") as operator:
            for path in ("", "/thing", "/licences"):
                status, told = await operator.call("GET", path)
                assert (status, "io worker" in told["message"]) == (503, True)

    async def test_the_list_shows_all_and_can_be_cut_down(self, operator: Operator) -> None:
        everything = await ids(operator)

        assert everything == set(operator.engines.manifests)
        assert await ids(operator, "?task=beats") == {"beat-this"}
        assert await ids(operator, "?task=nonsense") == set()
        assert await ids(operator, "?installed=true") == set()
        assert {"thing", "free", "beat-this"} <= await ids(operator, "?installed=false")
        assert "woodshed-denoise" not in await ids(operator, "?installed=false")

    async def test_a_model_is_shown_with_its_manifest_and_state(self, operator: Operator) -> None:
        status, told = await operator.call("GET", "/thing")
        shown = told["model"]

        assert status == 200
        assert shown["tasks"] == ["denoise"]
        assert (shown["state"], shown["installed"], shown["jobs"], shown["loaded"]) == ("absent", None, [], [])
        assert shown["size_bytes"] == sum(map(len, operator.files.values()))
        assert "CC-BY-NC-4.0" in shown["to_accept"]
        assert (await operator.call("GET", "/woodshed-denoise"))[1]["model"]["state"] == "built in"

    @pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if "thing" in route[1]])
    async def test_an_unknown_model_is_404_in_the_callers_words(
        self, operator: Operator, method: str, path: str
    ) -> None:
        status, told = await operator.call(method, path.replace("thing", "my.Model-2"))

        assert (status, told["message"]) == (404, "There is no model my.Model-2")

    @pytest.mark.parametrize("model_id", ["x" * 65, "a%00b", "a%20b", "%F0%9F%8E%B8"])
    async def test_what_cannot_be_a_name_is_422(self, operator: Operator, model_id: str) -> None:
        assert (await operator.call("GET", f"/{model_id}"))[0] == 422
        assert (await operator.call("GET", f"?task={model_id}"))[0] == 422

    async def test_what_the_command_line_changed_is_seen_with_the_next_survey(self, operator: Operator) -> None:
        (operator.store.root / "manifests" / "free.yaml").unlink()
        operator.jobs.survey()

        assert (await operator.call("GET", "/free"))[0] == 404

    async def test_a_manifest_that_cannot_be_read_hides_nothing(self, operator: Operator) -> None:
        (operator.store.root / "manifests" / "free.yaml").write_text("id: [")
        operator.jobs.survey()

        assert "free" in await ids(operator)


@pytest.mark.asyncio
class TestPull:
    async def test_without_the_licence_accepted_nothing_is_pulled(self, operator: Operator) -> None:
        for body in ({}, {"accept_licence": False}):
            status, told = await operator.call("POST", "/thing/pull", json=body)

            assert status == 422
            assert "CC-BY-NC-4.0" in told["message"]
            assert "accept_licence" in told["message"]
        assert operator.gateway.bell.model_jobs == []

    async def test_an_accepted_model_is_installed_and_it_is_kept_who_accepted(self, operator: Operator) -> None:
        status, told = await operator.call("POST", "/thing/pull", json=ACCEPT)
        assert (status, told["job"]["state"], told["job"]["asked_by"]) == (202, "queued", "Ada")
        assert operator.gateway.bell.model_jobs == [(Lane.IO, told["job"]["id"])]
        operator.work()

        job = await operator.job("thing")
        assert (job["id"], job["state"], job["message"]) == (told["job"]["id"], "done", "installed")
        assert job["done_bytes"] == job["total_bytes"] == sum(map(len, operator.files.values()))
        shown = (await operator.call("GET", "/thing"))[1]["model"]
        assert shown["state"] == "installed"
        assert shown["installed"]["accepted_by"].startswith("Ada (key ")
        assert await ids(operator, "?installed=true") == {"thing"}
        licences = (await operator.call("GET", "/licences"))[1]["licences"]
        (licence,) = [one for one in licences if one["id"] == "thing"]
        assert licence["accepted_by"] == shown["installed"]["accepted_by"]
        assert licence["accepted_at"] == shown["installed"]["at"]

    async def test_a_model_of_a_free_licence_needs_no_body(self, operator: Operator) -> None:
        job = await operator.done("POST", "/free/pull")

        assert job["state"] == "done"
        installed = (await operator.call("GET", "/free"))[1]["model"]["installed"]
        assert (installed["from"], installed["accepted_by"]) == (operator.url, "")

    async def test_two_pulls_at_once_are_one(self, operator: Operator) -> None:
        first = (await operator.call("POST", "/thing/pull", json=ACCEPT))[1]["job"]["id"]
        second = (await operator.call("POST", "/thing/pull", json=ACCEPT))[1]["job"]["id"]
        operator.work()

        assert first == second
        assert (await operator.job("thing"))["attempts"] == 1

    async def test_a_model_that_is_not_there_on_the_hub_fails_in_words(self, operator: Operator) -> None:
        operator.files.pop("config.ini")

        job = await operator.done("POST", "/thing/pull", json=ACCEPT)

        assert job["state"] == "failed"
        assert "config.ini" in job["message"]

    @pytest.mark.parametrize(
        ("model_id", "why"), [("woodshed-denoise", "built in"), ("deepfilternet3", "only be imported from a folder")]
    )
    async def test_what_cannot_be_pulled_is_409(self, operator: Operator, model_id: str, why: str) -> None:
        status, told = await operator.call("POST", f"/{model_id}/pull", json=ACCEPT)

        assert status == 409
        assert why in told["message"]

    @pytest.mark.parametrize("body", ["{", "[1]", '{"accept_licence": "perhaps"}', '{"accept_licence": {}}'])
    async def test_a_body_that_makes_no_sense_is_422(self, operator: Operator, body: str) -> None:
        assert (await operator.call("POST", "/thing/pull", content=body))[0] == 422

    async def test_a_large_body_is_413(self, operator: Operator) -> None:
        assert (await operator.call("POST", "/thing/pull", content=b" " * (9 * 2**20)))[0] == 413


@pytest.mark.asyncio
async def test_progress_can_be_read_while_it_runs(gateway: Gateway, tmp_path: Path) -> None:
    may_go_on, is_stuck = threading.Event(), threading.Event()

    def stuck(behave: Behaviour) -> Behaviour:
        def held(request: Received, line: Line) -> None:
            if request.target.endswith("erb_dec.onnx") and request.method == "GET":
                is_stuck.set()
                may_go_on.wait(30)
            behave(request, line)

        return held

    gateway.services.settings.jobs.heartbeat /= 500
    with operator_of(gateway, tmp_path / "made", stuck) as operator:
        operator.jobs.survey()
        await operator.call("POST", "/free/pull")
        thread = threading.Thread(target=operator.work)
        thread.start()
        assert is_stuck.wait(30)
        before = sum(len(data) for name, data in operator.files.items() if name < "erb_dec.onnx")
        job = await operator.job("free")
        while job["done_bytes"] < before:
            job = await operator.job("free")
        may_go_on.set()
        thread.join(30)

        assert (job["state"], job["done_bytes"], before > 0) == ("running", before, True)
        assert (await operator.job("free"))["state"] == "done"


@pytest.mark.asyncio
class TestWhatIsInstalled:
    @pytest.fixture
    def operator(self, operator: Operator) -> Operator:
        from models.room.pull import Puller

        Puller(operator.store).pull(operator.engines.manifests["free"])
        operator.jobs.survey()
        return operator

    async def test_verify_says_which_file_has_changed(self, operator: Operator) -> None:
        good = await operator.done("POST", "/free/verify")
        (operator.store.folder("free") / "config.ini").write_bytes(b"[df]")
        bad = await operator.done("POST", "/free/verify")

        assert (good["state"], good["done_bytes"]) == ("done", good["total_bytes"])
        assert (bad["state"], bad["message"]) == ("failed", "config.ini has changed")
        assert (await operator.call("GET", "/free"))[1]["model"]["state"] == "changed"
        assert (await operator.call("POST", "/free/load"))[0] == 409

    async def test_remove_frees_the_disk(self, operator: Operator) -> None:
        job = await operator.done("DELETE", "/free")

        assert job["state"] == "done"
        assert job["message"].endswith("MiB became free")
        assert operator.store.used_bytes() == 0
        assert (await operator.call("DELETE", "/free")) == (
            409,
            {
                "success": False,
                "message": "free is not installed",
                "error": "free is not installed",
                "detail": "free is not installed",
            },
        )

    async def test_a_removal_leaves_what_an_unfinished_pull_has_fetched(self, operator: Operator) -> None:
        await operator.call("POST", "/thing/pull", json=ACCEPT)
        fetched = operator.store.root / ".staging" / "thing" / "config.ini.partial"
        fetched.parent.mkdir(parents=True)
        fetched.write_bytes(b"[train]")
        pull = operator.gateway.bell.model_jobs.pop()

        job = await operator.done("DELETE", "/free")

        assert (job["state"], "a pull is under way" in job["message"]) == ("done", True)
        assert fetched.read_bytes() == b"[train]"
        operator.jobs.run(pull[1])
        assert (await operator.job("thing"))["state"] == "done"

    async def test_from_load_to_unload(self, operator: Operator) -> None:
        status, told = await operator.call("POST", "/free/load")
        assert (status, operator.gateway.bell.model_jobs) == (202, [(Lane.GPU, told["job"]["id"])])
        operator.work()
        assert (await operator.job("free"))["message"] == f"loaded by {WORKER}"

        (loaded,) = (await operator.call("GET", "/loaded"))[1]["loaded"]
        assert (loaded["model_id"], loaded["worker"], loaded["state"]) == ("free", WORKER, "idle")
        assert loaded["size_bytes"] == operator.engines.room.loaded["free"]
        assert (await operator.call("GET", "/free"))[1]["model"]["loaded"] == [loaded]
        status, told = await operator.call("DELETE", "/free")
        assert (status, told["message"]) == (409, f"free is in use by {WORKER}; unload it first")

        status, told = await operator.call("POST", "/free/unload")
        assert (status, told["loaded"][0]["is_unloading"]) == (202, True)
        operator.residents.look()

        assert (await operator.call("GET", "/loaded"))[1]["loaded"] == []
        assert operator.engines.room.loaded == {}
        assert (await operator.call("POST", "/free/unload"))[0] == 409
        assert (await operator.done("DELETE", "/free"))["state"] == "done"

    async def test_what_is_lent_is_not_unloaded(self, operator: Operator) -> None:
        manifest = operator.engines.manifests["free"]
        with operator.engines.lent(manifest):
            operator.residents.look()
            status, told = await operator.call("POST", "/free/unload")
            assert (status, told["message"]) == (409, f"free is in use by {WORKER}")
            assert (await operator.call("GET", "/loaded"))[1]["loaded"][0]["state"] == "lent"
        operator.residents.look()

        assert (await operator.call("POST", "/free/unload"))[0] == 202

    async def test_what_was_lent_again_meanwhile_goes_when_it_is_idle(self, operator: Operator) -> None:
        manifest = operator.engines.manifests["free"]
        with operator.engines.lent(manifest):
            pass
        operator.residents.look()
        await operator.call("POST", "/free/unload")
        with operator.engines.lent(manifest):
            operator.residents.look()
            assert "free" in operator.engines.room.loaded
        operator.residents.look()

        assert operator.engines.room.loaded == {}

    async def test_what_a_dead_worker_held_is_forgotten(self, operator: Operator) -> None:
        with operator.engines.lent(operator.engines.manifests["free"]):
            pass
        operator.residents.look()
        operator.gateway.clock.pass_s(31)

        assert (await operator.call("GET", "/loaded"))[1]["loaded"] == []
        assert (await operator.call("POST", "/free/unload"))[0] == 409
        assert (await operator.call("DELETE", "/free"))[0] == 202

    async def test_a_removal_that_meets_a_user_fails_in_words(self, operator: Operator) -> None:
        with operator.store.in_use("free"):
            job = await operator.done("DELETE", "/free")

        assert (job["state"], job["message"]) == ("failed", "free is in use")
        assert operator.store.record("free") is not None

    async def test_while_one_job_is_unfinished_another_has_to_wait(self, operator: Operator) -> None:
        await operator.call("POST", "/free/verify")

        status, told = await operator.call("DELETE", "/free")

        assert status == 409
        assert "unfinished verify" in told["message"]

    async def test_a_model_that_cannot_be_loaded_fails_in_words(self, operator: Operator) -> None:
        manifest = operator.store.root / "manifests" / "free.yaml"
        manifest.write_text(manifest.read_text().replace("DeepFilterNet3", "Nonsense"))

        job = await operator.done("POST", "/free/load")

        assert job["state"] == "failed"
        assert "Nonsense" in job["message"]


@pytest.fixture(scope="module")
def admin_schema(tmp_path_factory: pytest.TempPathFactory) -> object:
    gateway = open_gateway(tmp_path_factory.mktemp("gateway"), FakeClock())
    with gateway.services.db.transaction() as session:
        key = create_key(session, "Ada", gateway.clock.now(), is_admin=True)[1]
    with operator_of(gateway, tmp_path_factory.mktemp("made")) as operator:
        operator.jobs.survey()
    schema = schemathesis.openapi.from_asgi("/openapi.json", gateway.app)
    schema.config.headers = {"Authorization": key}
    return schema


SCHEMA = schemathesis.pytest.from_fixture("admin_schema").include(path_regex="/admin/")


@SCHEMA.parametrize()
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_undeclared_answer_and_no_5xx(case: schemathesis.Case) -> None:
    response = case.call()

    case.validate_response(response, checks=[status_code_conformance, response_schema_conformance, not_a_server_error])
