"""Folders that killed processes left behind."""

import shutil
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from app.infra.db import Database
from app.jobs.state import FINAL
from app.jobs.tables import Job


def clear_ended(db: Database, room: Path) -> None:
    """Delete work folders of jobs that have ended. Folders are called by the job's id."""
    if not room.is_dir():
        return
    names = [folder.name for folder in room.iterdir()]
    if not names:
        return
    with db.read() as session:
        ended = session.scalars(select(Job.id).where(Job.id.in_(names), Job.state.in_(FINAL))).all()
    for name in ended:
        shutil.rmtree(room / name, ignore_errors=True)


def clear_old(room: Path, age: timedelta) -> None:
    """Delete folders nobody has touched for `age`: of requests and attempts that were killed and never came back."""
    if not room.is_dir():
        return
    before_s = time.time() - age.total_seconds()
    for folder in room.iterdir():
        if folder.is_dir() and folder.stat().st_mtime < before_s:
            shutil.rmtree(folder, ignore_errors=True)
