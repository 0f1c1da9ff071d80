"""Two songs that fit a picture: its mood joins the caller's words, and sets the tempo where nobody asked for one."""

from app.features._songs import TAKES
from app.features.image_to_song import Params
from models.pictures.mood import mood_of
from workers.context import Context
from workers.pipelines._songs import Order, make_songs

TASKS = ("song",)
OPTIONAL = ("lyrics", "pictures")


def run(params: Params, ctx: Context) -> None:
    mood = mood_of(ctx.read_image())
    ctx.set(picture=mood.description, picture_colours=list(mood.palette))
    told = params if params.prompt or params.music_style else params.model_copy(update={"music_style": mood.genres[0]})
    make_songs(told, Order(TAKES, cover=True, pictured=f"{mood.words}, {mood.mode} key", seed=params.seed), ctx)
