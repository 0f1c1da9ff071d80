"""Two songs from a prompt, or from lyrics and a style."""

from app.features._songs import TAKES
from app.features.music_ai import Params
from workers.context import Context
from workers.pipelines._songs import Order, make_songs

TASKS = ("song",)
OPTIONAL = ("lyrics", "pictures")


def run(params: Params, ctx: Context) -> None:
    make_songs(params, Order(TAKES, params.generate_album_cover, seed=params.seed), ctx)
