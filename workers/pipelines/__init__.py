"""How each endpoint is done: one module per ready feature, same name as in app/features, with `run(params, ctx)`.

No try, no retry, no status, no database, no storage: the runner owns all that.
"""

import importlib
import logging
from typing import Any, Protocol, cast

from app.errors import JobFailed
from models.catalogue import EngineMissing, Engines
from workers.context import Context

log = logging.getLogger(__name__)
NO_ENGINE = "The engine chosen for this on the server cannot run; `woodshed doctor` shows its operator why"


class Pipeline(Protocol):
    """A module of this package; `params` are the feature's own Params.

    TASKS: what it needs engines for. A module may also have OPTIONAL: tasks whose engines it uses where they are.
    """

    TASKS: tuple[str, ...]

    def run(self, params: Any, ctx: Context) -> None: ...  # noqa: ANN401 - each takes its own kind


def engine_names(pipeline: Pipeline, engines: Engines) -> str:
    """The engines a pipeline will use on this machine, as results tell them. Raises JobFailed when one is missing."""
    try:
        extra = [task for task in getattr(pipeline, "OPTIONAL", ()) if engines.can(task)]
        return " + ".join(engines.choose(task).name for task in (*pipeline.TASKS, *extra))
    except EngineMissing:
        log.exception("engine_missing pipeline=%s", pipeline)
        raise JobFailed("engine_missing", NO_ENGINE) from None


def load_pipeline(name: str) -> Pipeline:
    """The pipeline of the feature `name`."""
    return cast("Pipeline", importlib.import_module(f"workers.pipelines.{name}"))
