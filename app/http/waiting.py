"""Answers that hold the result: the request waits until its task has ended.

The task is stored and run like any other, so that its limits, credits and record are the same; what waits here is the
request alone, without a thread and without a connection to the database between two looks.
"""

import anyio

from app.contract.envelope import Reply
from app.errors import NotInTime, TaskFailed
from app.features._spec import Feature
from app.http.deps import Services, in_thread
from app.jobs.results import done_of
from app.jobs.state import FINAL, State
from app.jobs.tables import Job

FIRST_LOOK_S, LOOKS_APART = 0.05, 1.5
SLOWEST_LOOK_S = 1.0
KEPT = ("success", "task_id", "message", "credit_estimate")
LATE = "The result is not there yet; ask byId for this task_id in a while"
FAILED = "The task could not be processed"


async def answered(services: Services, feature: Feature, accepted: Reply) -> Reply:
    """The answer with the result in it. Raises NotInTime and TaskFailed, which carry the task id."""
    task_id = str(accepted["task_id"])
    wait_s = FIRST_LOOK_S
    with anyio.move_on_after(services.settings.jobs.answer_within.total_seconds()):
        while True:
            await anyio.sleep(wait_s)
            found = await in_thread(_ended, services, feature, task_id)
            if found is not None:
                return {name: accepted[name] for name in KEPT} | found
            wait_s = min(LOOKS_APART * wait_s, SLOWEST_LOOK_S)
    raise NotInTime(LATE, task_id=task_id)


def _ended(services: Services, feature: Feature, task_id: str) -> Reply | None:
    """The feature's own fields of a task that has ended; None while it has not. Raises TaskFailed."""
    with services.db.read() as session:
        job = session.get(Job, task_id)
        if job is None:
            raise TaskFailed(FAILED, task_id=task_id)
        state = State(job.state)
        if state not in FINAL:
            return None
        if state is not State.COMPLETED:
            raise TaskFailed(job.error_text or FAILED, task_id=task_id)
        return dict(feature.record(done_of(job, services.links, services.clock.now())))
