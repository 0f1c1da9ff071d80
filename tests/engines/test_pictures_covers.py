"""Album covers: what is painted for which song, and titles that fit and can be read."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.pictures.cover import (
    CENTRE,
    CORNER,
    FOOT,
    LEAST_CONTRAST,
    NONE,
    TOP,
    VERTICAL,
    CoverPlan,
    drawable,
    lettered,
    names_colours,
    plan_cover,
    turned,
    with_pulse,
)  # fmt: skip
from models.pictures.scene import scene_of
from models.pictures.stage import STYLES

Picture = NDArray[np.uint8]
LAYOUTS = (CORNER, CENTRE, FOOT, TOP, VERTICAL)
SIDE = 384


def flat(value: int) -> Picture:
    return np.full((SIDE, SIDE, 3), value, np.uint8)


def checks() -> Picture:
    """Black and white: the worst to write on."""
    return (
        (np.kron(np.indices((24, 24)).sum(axis=0) % 2, np.ones((16, 16))) * 255)
        .astype(np.uint8)[:, :, None]
        .repeat(3, axis=2)
    )


def noise() -> Picture:
    return np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)


def luminance(pixels: NDArray[np.floating]) -> NDArray[np.floating]:
    rgb = pixels / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


TITLES = (
    "Hey",
    "Salt and Silver",
    "Midnight in the City That Never Sleeps Without You, Part Two",
    "Éclat d'été",
    "W" * 70,
    "Łódź – Müßiggang",
    "Ångström Æon ñ ç ő",
)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("title", TITLES)
def test_titles_stay_inside_the_margins(layout: str, title: str) -> None:
    changed = np.abs(lettered(flat(128), title, layout).astype(int) - 128).max(axis=2) > 60

    assert changed.any()
    edge = round(0.045 * SIDE)
    assert not changed[:edge].any()
    assert not changed[-edge:].any()
    assert not changed[:, :edge].any()
    assert not changed[:, -edge:].any()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "picture", [flat(0), flat(255), flat(128), checks(), noise()], ids=["black", "white", "grey", "checks", "noise"]
)
def test_titles_can_be_read_on_anything(layout: str, picture: Picture) -> None:
    """The letters against what is left of the picture right beside them."""
    out = lettered(picture, "Slow Rain", layout).astype(float)

    light = luminance(out)
    letters = np.abs(lettered(flat(0), "Slow Rain", layout).astype(int)).max(axis=2)
    inside, near = letters > 235, letters > 25
    assert inside.sum() > 20
    for _ in range(2):
        near |= np.roll(near, 1, 0) | np.roll(near, -1, 0) | np.roll(near, 1, 1) | np.roll(near, -1, 1)
    outer = near & ~np.roll(letters > 8, 0)
    ink, beside = float(np.median(light[inside])), float(np.median(light[outer]))
    assert (max(ink, beside) + 0.05) / (min(ink, beside) + 0.05) >= LEAST_CONTRAST


@pytest.mark.parametrize("title", ["夜の海", "ночь", "שלום", "🎸", "", "   ", "\x00", "a\u202eb", "ệ̲"])
def test_what_the_font_cannot_draw_is_left_off(title: str) -> None:
    picture = noise()

    assert not drawable(title) or not title.strip()
    assert np.array_equal(lettered(picture, title, CENTRE), picture)


def test_a_title_can_be_left_off() -> None:
    assert np.array_equal(lettered(flat(9), "Hello", NONE), flat(9))


def test_letters_are_as_large_as_fits() -> None:
    short, long_ = (
        (np.abs(lettered(flat(0), title, FOOT).astype(int)).max(axis=2) > 128).any(axis=1).sum()
        for title in ("Hey", "Thunderheart in June")
    )
    assert short > 14
    assert long_ > short * 0.8


def test_a_cover_shows_what_the_prompt_names_then_what_the_title_names_then_what_suits_the_genre() -> None:
    assert "sea" in plan_cover(title="Cat", prompt="a song about the sea", genre="jazz", seed=1).prompt
    assert "Black Cat" in plan_cover(title="Black Cat", prompt="something catchy", genre="jazz", seed=1).prompt
    assert (
        "grid" in plan_cover(title="Xyz", prompt="something catchy", genre="synthwave", seed=1).prompt
        or "city" in plan_cover(title="Xyz", prompt="something catchy", genre="synthwave", seed=1).prompt
    )


@pytest.mark.parametrize("genre", ["pop", "Latin", "R&B", "drum & bass", "metal", "something else", ""])
def test_plans_can_be_painted_and_are_the_same_for_the_same_seed(genre: str) -> None:
    for seed in range(8):
        plan = plan_cover(title="Qwx", prompt="", genre=genre, key="A minor", seed=seed)
        assert plan == plan_cover(title="Qwx", prompt="", genre=genre, key="A minor", seed=seed)
        assert plan.style in STYLES
        assert plan.layout in {*LAYOUTS, NONE}
    assert len({plan_cover(title="Qwx", prompt="", genre=genre, seed=seed) for seed in range(12)}) > 2


def test_metal_is_dark() -> None:
    assert {plan_cover(title="Q", prompt="", genre="metal", seed=seed).style for seed in range(6)} == {"dark"}


def test_keys_turn_colours_and_neighbours_turn_them_alike() -> None:
    picture = flat(0)
    picture[:] = (200, 60, 80)

    found = {key: turned(picture, key)[0, 0].astype(int) for key in ("C major", "G major", "D# minor", "A major")}

    assert np.abs(found["C major"] - (200, 60, 80)).max() <= 1
    assert np.abs(found["A major"] - found["D# minor"]).sum() > np.abs(found["C major"] - found["G major"]).sum()
    assert np.array_equal(turned(picture, "Eb minor"), turned(picture, "D# minor"))
    assert np.array_equal(turned(picture, "nonsense"), picture)


def test_colours_that_are_named_are_known() -> None:
    assert all(
        names_colours(text) for text in ("a red car", "green hills", "blue moon", "purple sky", "black and white")
    )
    assert not any(names_colours(text) for text in ("a car", "hills under the moon", ""))


def test_the_music_is_drawn_on_pictures_of_nothing_alone() -> None:
    nothing, something = CoverPlan("qwx", "abstract", NONE), CoverPlan("a cat", "abstract", NONE)
    assert scene_of(nothing.prompt).is_empty
    drawn = [seed for seed in range(20) if not np.array_equal(with_pulse(flat(90), 120, nothing, seed=seed), flat(90))]

    assert 5 < len(drawn) < 20
    assert all(np.array_equal(with_pulse(flat(90), 120, something, seed=seed), flat(90)) for seed in range(20))
    assert all(np.array_equal(with_pulse(flat(90), 0.0, nothing, seed=seed), flat(90)) for seed in range(20))
