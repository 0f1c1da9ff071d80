"""The recording without its noise, and the noise alone."""

from app.features._restoration import Params
from workers.context import Context
from workers.pipelines._restoration import restore

TASKS = ("denoise",)


def run(_params: Params, ctx: Context) -> None:
    restore("denoise", ctx)
