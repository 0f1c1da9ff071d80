"""The recording without its reverberation, and the reverberation alone."""

from app.features._restoration import Params
from workers.context import Context
from workers.pipelines._restoration import restore

TASKS = ("dereverb",)


def run(_params: Params, ctx: Context) -> None:
    restore("dereverb", ctx)
