"""How each endpoint is done: one module per ready feature, same name as in app/features, with `run(params, ctx)`.

No try, no retry, no status, no database, no storage: the runner owns all that.
"""

import importlib
from typing import Any, Protocol, cast

from models.catalogue import Engines
from workers.context import Context


class Pipeline(Protocol):
    """A module of this package; `params` are the feature's own Params.

    TASKS: what it needs engines for. A module may also have OPTIONAL: tasks whose engines it uses where they are.
    """

    TASKS: tuple[str, ...]

    def run(self, params: Any, ctx: Context) -> None: ...  # noqa: ANN401 - each takes its own kind


def engine_names(pipeline: Pipeline, engines: Engines) -> str:
    """The engines a pipeline will use on this machine, as results tell them. Raises EngineMissing."""
    extra = [task for task in getattr(pipeline, "OPTIONAL", ()) if engines.can(task)]
    return " + ".join(engines.choose(task).id for task in (*pipeline.TASKS, *extra))


def load_pipeline(name: str) -> Pipeline:
    """The pipeline of the feature `name`."""
    return cast("Pipeline", importlib.import_module(f"workers.pipelines.{name}"))
