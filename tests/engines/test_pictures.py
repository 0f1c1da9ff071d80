"""The painter: sizes, seeds, styles, and whether the words can be seen in the colours."""

import itertools
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from models.pictures.colour import to_oklab
from models.pictures.painter import EmbeddedPainter
from models.pictures.stage import STYLES

Picture = NDArray[np.uint8]


def paint(prompt: str, style: str = "standard", width: int = 128, height: int = 128, seed: int = 1) -> Picture:
    return EmbeddedPainter().paint(prompt, style=style, width=width, height=height, seed=seed, report=lambda _: None)


def mean_lab(picture: Picture) -> NDArray[np.float64]:
    return np.asarray(to_oklab(picture.astype(np.float32) / 255).mean(axis=(0, 1)))


def small(picture: Picture) -> NDArray[np.float64]:
    """Eight by eight blocks: the composition without its details."""
    rows, columns = picture.shape[0] // 8, picture.shape[1] // 8
    return picture[: rows * 8, : columns * 8].reshape(8, rows, 8, columns, 3).mean(axis=(1, 3))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("width", "height"), [(64, 64), (64, 256), (256, 64), (16, 16), (144, 80)])
def test_every_style_paints_every_size(style: str, width: int, height: int) -> None:
    for prompt in ("mountains, sea, a cat and a boat at sunset", "nothing known"):
        picture = paint(prompt, style, width, height)

        assert picture.shape == (height, width, 3)
        assert picture.dtype == np.uint8
        assert picture.std() > 3


PROMPTS = (
    "The sea at night", "snowy mountains", "city skyline", "forest", "desert with cactus", "river and hills", "road with a car",
    "a street in the rain", "volcano", "waterfall", "lighthouse in a storm", "palm beach", "space with planets", "astronaut",
    "whale underwater", "synthwave grid", "rain on a window, coffee", "field of flowers and a house", "northern lights",
    "rainbow over a field", "fireworks over a city", "birds, clouds", "lightning", "shooting star over hills", "paper lanterns, lake",
    "foggy forest", "cherry blossoms", "bridge", "fireflies in a forest", "snow", "heart", "three cats", "ufo over a farm",
)  # fmt: skip


@pytest.mark.parametrize(("number", "prompt"), list(enumerate(PROMPTS)))
def test_every_motif_is_painted(number: int, prompt: str) -> None:
    """Each in two styles; together the prompts go through all of them."""
    for style in (STYLES[number % 6], STYLES[(number + 2) % 6]):
        picture = paint(prompt, style, 96, 64, seed=number)

        assert picture.shape == (64, 96, 3)
        assert picture.std() > 3, style


def test_the_same_seed_gives_the_same_picture_and_another_does_not() -> None:
    for style in STYLES:
        first, again, other = (paint("mountains and a lake", style, seed=seed) for seed in (5, 5, 6))

        assert np.array_equal(first, again)
        assert np.abs(small(first) - small(other)).mean() > 5, style


def test_seeds_give_compositions_that_clearly_differ() -> None:
    pictures = [small(paint("a forest", seed=seed)) for seed in range(6)]

    apart = [np.abs(a - b).mean() for a, b in itertools.combinations(pictures, 2)]
    assert np.mean(apart) > 18
    assert min(apart) > 4


def test_styles_differ() -> None:
    pictures = [small(paint("the sea and a boat", style, seed=3)) for style in STYLES]

    assert min(np.abs(a - b).mean() for a, b in itertools.combinations(pictures, 2)) > 4


def test_night_is_darker_than_day() -> None:
    for seed in range(4):
        night, day = (mean_lab(paint(f"the sea {when}", seed=seed))[0] for when in ("at night", "on a sunny day"))
        assert night < day - 0.2


def test_dark_is_darker_than_anime() -> None:
    for seed in range(3):
        assert mean_lab(paint("hills", "dark", seed=seed))[0] < mean_lab(paint("hills", "anime", seed=seed))[0] - 0.1


@pytest.mark.parametrize(
    ("colour", "axis", "sign"), [("red", 1, 1), ("green", 1, -1), ("yellow", 2, 1), ("blue", 2, -1)]
)
def test_a_named_colour_rules_the_sky(colour: str, axis: int, sign: int) -> None:
    for seed in range(3):
        top = paint(f"{colour} sky over hills", seed=seed)[:40]
        assert sign * mean_lab(top)[axis] > 0.03


def test_a_thing_has_the_colour_it_is_given() -> None:
    """The middle of a heart, where nothing else is."""
    for colour, axis, sign in (("green", 1, -1), ("blue", 2, -1), ("yellow", 2, 1)):
        middle = paint(f"a {colour} heart", seed=2)[50:66, 56:72]
        assert sign * mean_lab(middle)[axis] > 0.04, colour


def test_black_and_white_has_no_colour() -> None:
    for prompt in ("black and white mountains and a lake", "noir city at night", "monochrome desert"):
        lab = to_oklab(paint(prompt, seed=4).astype(np.float32) / 255)
        assert np.hypot(lab[:, :, 1], lab[:, :, 2]).mean() < 0.035, prompt


def test_snow_is_white_and_sand_is_warm() -> None:
    snow, sand = paint("snow field by day", seed=1)[-40:], paint("desert dunes by day", seed=1)[-40:]

    assert mean_lab(snow)[0] > 0.7
    assert mean_lab(sand)[2] > 0.04


def test_a_gradient_has_no_bands() -> None:
    """Of a bare sky: neighbouring pixels differ by grain, and no row is one flat colour."""
    sky = paint("the calm sea on a clear day", "minimal", 256, 256, seed=1)[20:60]

    assert (np.diff(sky.astype(int), axis=1) != 0).mean() > 0.2


def test_progress_rises_and_can_stop_it() -> None:
    told: list[float] = []
    EmbeddedPainter().paint("hills", style="standard", width=64, height=64, seed=1, report=told.append)

    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)
    assert len(told) >= 6

    def stop(fraction: float) -> None:
        if fraction > 0.2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        EmbeddedPainter().paint("hills", style="standard", width=64, height=64, seed=1, report=stop)


@pytest.mark.parametrize(
    ("prompt", "style", "width", "height", "said"),
    [("x", "cubist", 64, 64, "No style"), ("x", "dark", 8, 64, "pixels"), ("x", "dark", 64, 8192, "pixels")],
)
def test_wrong_wishes_are_refused(prompt: str, style: str, width: int, height: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        paint(prompt, style, width, height)


@pytest.mark.parametrize(
    "prompt", ["", "🎸🔥", "夜の海", "'; DROP TABLE", "a\x00b", "[" * 500, "cat " * 400, "💔 ÄÖÜ ñ"]
)
def test_odd_prompts_are_painted_too(prompt: str) -> None:
    assert paint(prompt, width=64, height=64).std() > 3


def test_huge_seeds_are_seeds() -> None:
    assert not np.array_equal(paint("hills", seed=2**63 - 1), paint("hills", seed=2**63 - 2))


def test_a_cover_takes_seconds() -> None:
    began_s = time.process_time()
    paint("mountains and a lake at sunset", width=1024, height=1024)
    assert time.process_time() - began_s < 8
