"""Jobs on models: one at a time per model, brought back when their worker falls silent, ended when that goes on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.contract.enums import Lane
from app.errors import BadInput, Conflict, LeaseLost, NotFound, Unavailable
from app.infra.db import Database
from app.jobs import model_jobs
from app.jobs.inventory import (
    Known,
    Loaded,
    forget_silent_workers,
    known_models,
    loaded_models,
    note_known,
    note_loaded,
)
from app.jobs.keys import create_key
from app.jobs.model_jobs import Action, Claim, ModelState
from app.jobs.tables import ApiKey, Base, LoadedModel, ModelJob
from app.settings import JobSettings
from tests.support.clock import FakeClock

SETTINGS = JobSettings()


def known(model_id: str, **changes: object) -> Known:
    given = {
        "id": model_id,
        "tasks": ["denoise"],
        "licence": {"code": "MIT"},
        "source": {"kind": "hub"},
        "files": [{"path": "a.onnx"}],
        "size_bytes": 100,
        "state": "absent",
        "to_accept": "",
        "lane": "gpu",
        "installed": None,
    }
    return {**given, **changes}


class Desk:
    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db = db
        self.clock = clock
        self.models = {
            "absent": known("absent"),
            "here": known("here", state="installed", installed={"at": "2026"}),
            "changed": known("changed", state="changed", installed={"at": "2026"}),
            "inside": known("inside", state="built in", files=[]),
            "apart": known("apart", files=[]),
            "unbuilt": known("unbuilt", installed={"at": "2026"}),
            "folder": known("folder", source={"kind": "none"}),
            "closed": known("closed", to_accept="its licence (NC) must be accepted"),
            **{f"m{number}": known(f"m{number}") for number in range(8)},
        }
        with db.transaction() as session:
            self.key: ApiKey = create_key(session, "Ada", clock.now(), is_admin=True)[0]
            note_known(session, self.models, clock.now())

    def ask(self, model_id: str, action: Action = Action.PULL, **options: bool) -> ModelJob:
        with self.db.transaction() as session:
            return model_jobs.ask(session, self.key, model_id, action, self.clock.now(), **options)

    def claim(self, job: ModelJob) -> Claim | None:
        with self.db.transaction() as session:
            claimed = model_jobs.claim(session, job.id, self.clock.now(), SETTINGS)
        return claimed and claimed[1]

    def started(self, job: ModelJob) -> Claim:
        held = self.claim(job)
        assert held is not None
        return held

    def job(self, job: ModelJob) -> ModelJob:
        with self.db.read() as session:
            found = session.get(ModelJob, job.id)
            assert found is not None
            return found

    def reap(self, *empty: Lane) -> list[tuple[Lane, str]]:
        with self.db.transaction() as session:
            model_jobs.reap(session, SETTINGS, self.clock.now())
            return model_jobs.unheard(session, SETTINGS, self.clock.now(), empty)

    def change(self, how: Callable[..., None], *arguments: object) -> None:
        with self.db.transaction() as session:
            how(session, *arguments)


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return Desk(db, clock)


def test_the_migrations_make_what_the_tables_say(db: Database) -> None:
    with db.engine.begin() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata)

    assert found == []


@pytest.mark.parametrize(
    ("model_id", "action", "error", "told"),
    [
        ("nonsense", Action.PULL, NotFound, "There is no model nonsense"),
        ("inside", Action.PULL, Conflict, "inside is built in: there is nothing to pull"),
        ("inside", Action.LOAD, Conflict, "inside is built in: there is nothing to load"),
        ("apart", Action.PULL, Conflict, "apart has no weights"),
        ("folder", Action.PULL, Conflict, "folder can only be imported"),
        ("closed", Action.PULL, BadInput, r"closed: its licence \(NC\) must be accepted; send accept_licence"),
        ("absent", Action.VERIFY, Conflict, "absent is not installed"),
        ("absent", Action.REMOVE, Conflict, "absent is not installed"),
        ("absent", Action.LOAD, Conflict, "absent cannot be loaded: it is not installed"),
        ("changed", Action.LOAD, Conflict, "changed cannot be loaded: its files are not what was verified"),
        ("unbuilt", Action.LOAD, Conflict, "unbuilt cannot be loaded: its environment is not built"),
        ("apart", Action.LOAD, Conflict, "apart cannot be loaded: its environment is not built"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    desk: Desk, model_id: str, action: Action, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        desk.ask(model_id, action)


def test_a_job_goes_to_its_lane_and_knows_who_asked(desk: Desk) -> None:
    pull = desk.ask("closed", accepts_licence=True)
    load = desk.ask("here", Action.LOAD)

    assert (pull.lane, pull.asked_by, pull.accepts_licence, pull.total_bytes) == (Lane.IO, "Ada", True, 100)
    assert load.lane == Lane.GPU


def test_requests_at_the_same_time_share_one_job(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as crowd:
        jobs = list(crowd.map(lambda _number: desk.ask("absent").id, range(8)))

    assert len(set(jobs)) == 1


def test_another_kind_of_job_has_to_wait_until_the_first_has_ended(desk: Desk) -> None:
    first = desk.ask("here", Action.VERIFY)
    with pytest.raises(Conflict, match="unfinished verify"):
        desk.ask("here", Action.REMOVE)
    desk.change(model_jobs.finish, desk.started(first), "good", 100, desk.clock.now())

    assert desk.ask("here", Action.REMOVE).id != first.id
    assert (desk.job(first).state, desk.job(first).message, desk.job(first).done_bytes) == ("done", "good", 100)


def test_what_is_loaded_is_not_removed(desk: Desk) -> None:
    loaded = [Loaded("here", 10, "idle", desk.clock.now())]
    desk.change(note_loaded, "gpu@a/1", loaded, desk.clock.now(), SETTINGS.lease)

    with pytest.raises(Conflict, match=r"in use by gpu@a/1; unload it first"):
        desk.ask("here", Action.REMOVE)


def test_a_job_is_claimed_once(desk: Desk) -> None:
    job = desk.ask("absent")

    assert desk.claim(job) is not None
    assert desk.claim(job) is None


def test_pulls_leave_room_for_webhooks_and_hold_up_no_load(desk: Desk) -> None:
    pulls = [desk.ask(f"m{number}") for number in range(5)]
    held = [desk.claim(job) for job in pulls]

    assert [one is not None for one in held] == [True] * 4 + [False]
    assert desk.claim(desk.ask("here", Action.LOAD)) is not None
    desk.change(model_jobs.fail, held[0], "no", desk.clock.now())
    assert desk.claim(pulls[4]) is not None


def test_a_silent_workers_job_is_queued_again_and_its_worker_learns_of_it(desk: Desk) -> None:
    job = desk.ask("absent")
    held = desk.started(job)
    desk.clock.pass_s(31)

    assert desk.reap() == [(Lane.IO, job.id)]

    assert desk.job(job).state == ModelState.QUEUED
    for late in (
        lambda: desk.change(model_jobs.beat, held, 5, desk.clock.now(), SETTINGS),
        lambda: desk.change(model_jobs.finish, held, "", 5, desk.clock.now()),
    ):
        with pytest.raises(LeaseLost):
            late()


def test_a_job_that_is_heard_of_is_left_alone(desk: Desk) -> None:
    job = desk.ask("absent")
    held = desk.started(job)
    for done in range(10):
        desk.clock.pass_s(20)
        desk.change(model_jobs.beat, held, done, desk.clock.now(), SETTINGS)

    assert desk.reap(*Lane) == []
    assert (desk.job(job).state, desk.job(job).done_bytes) == (ModelState.RUNNING, 9)


def test_a_job_whose_workers_keep_dying_ends_as_failed(desk: Desk) -> None:
    job = desk.ask("absent")
    for _ in range(SETTINGS.max_attempts):
        desk.started(job)
        desk.clock.pass_s(31)
        desk.reap()

    assert (desk.job(job).state, desk.job(job).message) == (ModelState.FAILED, "The worker was lost 3 times")
    assert desk.ask("absent").id != job.id


def test_a_worker_that_stops_gives_its_job_back_for_nothing(desk: Desk) -> None:
    job = desk.ask("absent")
    for _ in range(10):
        desk.change(model_jobs.give_back, desk.started(job), desk.clock.now())

    assert (desk.job(job).state, desk.job(job).attempts) == (ModelState.QUEUED, 0)


def test_what_another_process_holds_is_tried_again_until_the_last_attempt(desk: Desk) -> None:
    job = desk.ask("absent")
    for _ in range(SETTINGS.max_attempts):
        assert desk.job(job).state == ModelState.QUEUED
        desk.change(model_jobs.retry, desk.started(job), "it is being pulled", desk.clock.now(), SETTINGS)

    assert (desk.job(job).state, desk.job(job).message) == (ModelState.FAILED, "it is being pulled")


def test_a_waiting_job_is_announced_again_rarely_while_its_queue_holds_messages(desk: Desk) -> None:
    job = desk.ask("absent")

    assert desk.reap(*Lane) == []
    desk.clock.pass_s(16)
    assert desk.reap() == []
    assert desk.reap(Lane.IO) == [(Lane.IO, job.id)]
    assert desk.reap(Lane.IO) == []
    desk.clock.pass_s(151)
    assert desk.reap() == [(Lane.IO, job.id)]


class TestInventory:
    def test_nothing_is_written_while_nothing_changes(self, desk: Desk) -> None:
        with desk.db.transaction() as session:
            assert not note_known(session, desk.models, desk.clock.now())
            assert note_known(session, {"here": known("here")}, desk.clock.now())
        with desk.db.read() as session:
            assert [(model["id"], model["state"]) for model in known_models(session)] == [("here", "absent")]

    def test_before_a_worker_has_told_it_is_unavailable(self, desk: Desk) -> None:
        desk.change(note_known, {}, desk.clock.now())

        with pytest.raises(Unavailable), desk.db.read() as session:
            known_models(session)
        with pytest.raises(Unavailable):
            desk.ask("here", Action.VERIFY)

    def test_a_process_tells_what_it_holds_and_what_it_holds_no_more(self, desk: Desk) -> None:
        since = desk.clock.now() - timedelta(seconds=5)

        def held(*models: Loaded) -> list[tuple[str, str]]:
            desk.change(note_loaded, "gpu@a/1", models, desk.clock.now(), SETTINGS.lease)
            with desk.db.read() as session:
                return [(row.model_id, row.state) for row in loaded_models(session, desk.clock.now())]

        assert held(Loaded("a", 1, "lent", since), Loaded("b", 2, "idle", since)) == [("a", "lent"), ("b", "idle")]
        assert held(Loaded("a", 1, "idle", since)) == [("a", "idle")]
        desk.clock.pass_s(30)
        assert held(Loaded("a", 1, "idle", desk.clock.now())) == [("a", "idle")]
        with desk.db.read() as session:
            assert loaded_models(session, desk.clock.now())[0].since == since
        desk.clock.pass_s(31)
        with desk.db.transaction() as session:
            assert loaded_models(session, desk.clock.now()) == []
            forget_silent_workers(session, desk.clock.now())
            assert session.get(LoadedModel, ("gpu@a/1", "a")) is None
