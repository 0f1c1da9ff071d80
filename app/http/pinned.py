"""A task whose pinned engine is known not to run is refused, instead of accepted and failed later.

The gateway knows what workers told of their models. While none has told, it accepts; the worker then decides.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.errors import NotFound, Unavailable
from app.features._spec import Feature
from app.jobs.inventory import known_model

AUTO = "auto"
CANNOT = {
    "absent": "is not installed",
    "changed": "has changed since it was verified",
}
TEXT = "The engine {engine}, chosen for {task} on this server, {why}; `woodshed models list` shows its operator more"


def check_pinned(session: Session, feature: Feature, params: Any, pinned: Mapping[str, str]) -> None:  # noqa: ANN401 - each feature has its own
    """Raise Unavailable when a task of the feature has a pinned engine that cannot run. `pinned`: task → engine."""
    for task in feature.tasks(params):
        engine = pinned.get(task, AUTO)
        if engine != AUTO and (why := _problem(session, task, engine)):
            raise Unavailable(TEXT.format(engine=engine, task=task, why=why))


def _problem(session: Session, task: str, engine: str) -> str:
    """Empty where it can run, or nobody knows."""
    try:
        known = known_model(session, engine)
    except NotFound:
        return "does not exist"
    except Unavailable:
        return ""
    return CANNOT.get(known["state"], "") if task in known["tasks"] else "cannot do that"
