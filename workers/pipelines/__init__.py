"""How each endpoint is done: one module per ready feature, same name as in app/features, with `run(params, ctx)`.

No try, no retry, no status, no database, no storage: the runner owns all that.
"""

import importlib
from typing import Any, Protocol, cast

from workers.context import Context


class Pipeline(Protocol):
    """A module of this package. `params` are the feature's own Params."""

    ENGINE: str

    def run(self, params: Any, ctx: Context) -> None: ...  # noqa: ANN401 - each takes its own kind


def load_pipeline(name: str) -> Pipeline:
    """The pipeline of the feature `name`."""
    return cast("Pipeline", importlib.import_module(f"workers.pipelines.{name}"))
