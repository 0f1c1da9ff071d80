"""Model jobs on a worker: stopped, silent, and in each other's way; and where models are loaded."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.contract.enums import Lane
from app.features import ALL
from app.jobs import model_jobs
from app.jobs.model_jobs import Action
from app.jobs.tables import ApiKey, ModelJob
from models.catalogue import built_in
from models.room.pull import Puller
from tests.support.gateway import Gateway
from tests.support.operator import Operator, operator_of
from tests.support.receivers import Behaviour, Line, Received
from workers.model_jobs import CPU_TASKS
from workers.pipelines import load_pipeline

FIRST = "config.ini"  # what a pull fetches first


@pytest.fixture
def operator(gateway: Gateway, tmp_path: Path) -> Iterator[Operator]:
    with operator_of(gateway, tmp_path / "made") as opened:
        opened.jobs.survey()
        yield opened


def asked(operator: Operator, model_id: str, action: Action = Action.PULL) -> str:
    services = operator.gateway.services
    with services.db.transaction() as session:
        key = session.get(ApiKey, operator.gateway.key_id)
        assert key is not None
        return model_jobs.ask(session, key, model_id, action, services.clock.now(), accepts_licence=True).id


def job(operator: Operator, job_id: str) -> ModelJob:
    with operator.gateway.services.db.read() as session:
        found = session.get(ModelJob, job_id)
        assert found is not None
        return found


def test_a_message_that_comes_twice_does_no_harm(operator: Operator) -> None:
    job_id = asked(operator, "free")
    operator.jobs.run(job_id)
    operator.jobs.run(job_id)
    operator.jobs.run("no such job")

    assert (job(operator, job_id).state, job(operator, job_id).attempts) == ("done", 1)


def test_a_worker_that_stops_hands_its_pull_back_and_the_next_goes_on(gateway: Gateway, tmp_path: Path) -> None:
    ranges: list[tuple[str, str]] = []
    stop: list[Operator] = []

    def stopping(behave: Behaviour) -> Behaviour:
        def counted(request: Received, line: Line) -> None:
            ranges.append((request.target, request.headers.get("range", "")))
            if request.target == "/erb_dec.onnx" and stop:
                stop.pop().jobs.stop()
            behave(request, line)

        return counted

    with operator_of(gateway, tmp_path / "made", stopping) as operator:
        operator.jobs.survey()
        job_id = asked(operator, "free")
        stop.append(operator)
        operator.jobs.run(job_id)
        handed_back = job(operator, job_id)
        fetched = sorted(path.name for path in (operator.store.root / ".staging" / "free").iterdir())
        operator.worker().run(job_id)

        assert (handed_back.state, handed_back.attempts) == ("queued", 0)
        assert FIRST in fetched
        assert job(operator, job_id).state == "done"
        assert [target for target, _ in ranges].count(f"/{FIRST}") == 1


def test_a_worker_that_was_taken_for_dead_stops_without_a_trace(gateway: Gateway, tmp_path: Path) -> None:
    reached, may_go_on = threading.Event(), threading.Event()

    def stuck(behave: Behaviour) -> Behaviour:
        def held(request: Received, line: Line) -> None:
            if request.target == "/erb_dec.onnx":
                reached.set()
                may_go_on.wait(30)
            behave(request, line)

        return held

    gateway.services.settings.jobs.heartbeat /= 500
    with operator_of(gateway, tmp_path / "made", stuck) as operator:
        operator.jobs.survey()
        job_id = asked(operator, "free")
        worker = threading.Thread(target=operator.jobs.run, args=(job_id,))
        worker.start()
        assert reached.wait(30)
        settings, db = gateway.services.settings.jobs, gateway.services.db
        settings.max_attempts = 1
        with db.transaction() as session:
            later = gateway.clock.now() + settings.lease * 2
            model_jobs.reap(session, settings, later)
        may_go_on.set()
        worker.join(30)

        assert not worker.is_alive()
        assert (job(operator, job_id).state, "lost" in job(operator, job_id).message) == ("failed", True)


def test_a_pull_of_the_command_line_is_waited_for(operator: Operator) -> None:
    job_id = asked(operator, "free")
    with operator.store.staging("free"):
        operator.jobs.run(job_id)
    assert (job(operator, job_id).state, "being pulled" in job(operator, job_id).message) == ("queued", True)

    operator.jobs.run(job_id)

    assert (job(operator, job_id).state, job(operator, job_id).message) == ("done", "installed")


def test_a_model_whose_manifest_has_gone_meanwhile_fails_in_words(operator: Operator) -> None:
    Puller(operator.store).pull(operator.engines.manifests["free"])
    operator.jobs.survey()
    job_id = asked(operator, "free", Action.VERIFY)
    (operator.store.root / "manifests" / "free.yaml").unlink()

    operator.jobs.run(job_id)

    assert (job(operator, job_id).state, job(operator, job_id).message) == ("failed", "There is no model free any more")


def test_housekeeping_announces_what_a_dead_worker_left(operator: Operator) -> None:
    gateway = operator.gateway
    job_id = asked(operator, "free")
    with gateway.services.db.transaction() as session:
        model_jobs.claim(session, job_id, gateway.clock.now(), gateway.services.settings.jobs)
    gateway.housekeeping.reap()
    gateway.clock.pass_s(31)

    gateway.housekeeping.reap()

    assert gateway.bell.model_jobs == [(Lane.IO, job_id)]
    operator.work()
    assert (job(operator, job_id).state, job(operator, job_id).attempts) == ("done", 2)


def test_an_unused_model_is_unloaded_when_its_time_is_over(operator: Operator) -> None:
    Puller(operator.store).pull(operator.engines.manifests["free"])
    operator.engines.room._ttl_s = 0.0
    with operator.engines.lent(operator.engines.manifests["free"]):
        operator.residents.look()
        assert operator.engines.room.loaded

    operator.residents.look()

    assert operator.engines.room.loaded == {}


@pytest.mark.parametrize("feature", [one for one in ALL if one.ready], ids=lambda feature: feature.name)
def test_models_are_loaded_in_the_lane_whose_tasks_use_them(feature: object) -> None:
    pipeline = load_pipeline(feature.name)  # type: ignore[attr-defined]
    tasks = set(pipeline.TASKS)
    used = tasks | set(getattr(pipeline, "OPTIONAL", ()))
    weighty = {task for manifest in built_in().values() if manifest.files for task in manifest.tasks}

    for task in tasks & weighty:
        assert (task in CPU_TASKS) == (feature.lane is Lane.CPU)  # type: ignore[attr-defined]
    assert feature.lane is Lane.GPU or used <= CPU_TASKS  # type: ignore[attr-defined]
