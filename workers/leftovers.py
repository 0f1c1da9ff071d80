"""Folders that killed processes left behind."""

import shutil
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from app.infra.db import Database
from app.jobs.state import FINAL
from app.jobs.tables import Job

MOST = 500  # looked at in one go


def clear_ended(db: Database, room: Path) -> None:
    """Delete work folders of jobs that have ended. Folders are called `<job id>.<attempt>`."""
    if not room.is_dir():
        return
    owners = {folder: folder.name.partition(".")[0] for folder in list(room.iterdir())[:MOST]}
    if not owners:
        return
    with db.read() as session:
        ended = set(session.scalars(select(Job.id).where(Job.id.in_(set(owners.values())), Job.state.in_(FINAL))))
    for folder, owner in owners.items():
        if owner in ended:
            shutil.rmtree(folder, ignore_errors=True)


def clear_old(room: Path, age: timedelta) -> None:
    """Delete folders nobody has touched for `age`: of requests and attempts that were killed and never came back."""
    if not room.is_dir():
        return
    before_s = time.time() - age.total_seconds()
    for folder in room.iterdir():
        if folder.is_dir() and folder.stat().st_mtime < before_s:
            shutil.rmtree(folder, ignore_errors=True)
