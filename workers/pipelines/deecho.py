"""The recording without its echoes, and the echoes alone."""

from app.features._restoration import Params
from workers.context import Context
from workers.pipelines._restoration import restore

TASKS = ("deecho",)


def run(_params: Params, ctx: Context) -> None:
    restore("deecho", ctx)
