"""Files are deleted on time, and nothing younger."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.infra.db import Database
from app.infra.storage import LocalStorage
from app.jobs.files import input_key, manifest_key
from app.jobs.retention import due_files, next_sweep, orphans, swept
from app.jobs.service import Finished
from app.jobs.state import State
from app.jobs.tables import Job
from app.settings import StorageSettings
from tests.support.clock import FakeClock
from tests.support.jobs import Desk

SETTINGS = StorageSettings()


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return Desk(db, clock)


def finished_job(desk: Desk) -> str:
    """A task with an upload, an MP3 and a WAV."""
    task_id = desk.submit().reply["task_id"]
    outputs = {name: {"key": f"outputs/{task_id}/x.{name}", "file_name": "x"} for name in ("mp3", "wav")}
    outputs["output"] = outputs["wav"]  # the name features link to
    with desk.db.transaction() as session:
        job = session.get(Job, task_id)
        assert job is not None
        job.inputs = [{"slot": "audio_file", "key": input_key(task_id, "audio_file")}]
        claimed = desk.service.claim(session, task_id, desk.clock.now())
        assert claimed is not None
        job.outputs = outputs
        sweep_at = next_sweep(job, SETTINGS, desk.clock.now(), desk.clock.now())
        assert sweep_at is not None
        result = Finished(outputs=outputs, values={}, audio_s=1.0, duration_s=1.0, run_s=1.0)
        desk.service.finish(session, claimed[1], result, desk.clock.now(), sweep_at)
    return task_id


def sweep(desk: Desk) -> set[str]:
    deleted: set[str] = set()
    with desk.db.transaction() as session:
        for due in due_files(session, SETTINGS, desk.clock.now()):
            deleted |= set(due.keys)
            swept(session, due)
    return deleted


def test_each_kind_of_file_goes_on_its_own_day(desk: Desk) -> None:
    task_id = finished_job(desk)
    gone: dict[int, set[str]] = {}

    for day in range(1, 100):
        desk.clock.pass_s(86_400)
        if deleted := sweep(desk):
            gone[day] = deleted

    by_day = {day: {key.rpartition("/")[2] for key in keys} for day, keys in gone.items()}
    assert by_day[1] == {"audio_file"}
    assert "x.wav" in by_day[7]
    assert {"x.mp3", manifest_key(task_id).rpartition("/")[2]} <= by_day[90]
    assert set(by_day) == {1, 7, 90}
    assert desk.job(task_id).sweep_at is None


def test_a_stop_in_the_middle_is_made_up_for(desk: Desk) -> None:
    finished_job(desk)
    desk.clock.pass_s(86_400)
    with desk.db.read() as session:
        first = due_files(session, SETTINGS, desk.clock.now())  # killed before the result was noted

    assert sweep(desk) == {key for due in first for key in due.keys}


def test_a_failed_job_keeps_nothing(desk: Desk) -> None:
    task_id = desk.submit(inputs=[{"slot": "audio_file", "key": "inputs/0/audio_file"}]).reply["task_id"]
    with desk.db.transaction() as session:
        claimed = desk.service.claim(session, task_id, desk.clock.now())
        assert claimed is not None
        desk.service.fail(session, claimed[1], State.ERROR, "x", "x", desk.clock.now())

    assert sweep(desk) == {"inputs/0/audio_file"}


def test_a_queued_jobs_input_is_kept_however_old(desk: Desk) -> None:
    desk.submit(inputs=[{"slot": "audio_file", "key": "inputs/0/audio_file"}])
    desk.clock.pass_s(10 * 86_400)

    assert sweep(desk) == set()


def test_uploads_without_a_job_are_orphans_after_a_day(desk: Desk, tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "files")
    known = desk.submit().reply["task_id"]
    for owner in (known, "00000000-0000-0000-0000-000000000000"):
        upload = tmp_path / "upload"
        upload.write_bytes(b"x")
        storage.put(input_key(owner, "audio_file"), upload, "")
    stored_at = next(iter(storage.entries("inputs/"))).modified

    with desk.db.read() as session:
        early = orphans(session, storage, SETTINGS, stored_at + timedelta(hours=23))
        late = orphans(session, storage, SETTINGS, stored_at + timedelta(hours=25))

    assert early == []
    assert late == ["inputs/00000000-0000-0000-0000-000000000000/audio_file"]
