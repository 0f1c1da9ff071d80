"""What pictures say about songs: synthetic pictures with a plain meaning."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.music.genre import genres
from models.pictures.mood import FASTEST_BPM, SLOWEST_BPM, PictureMood, mood_of

Picture = NDArray[np.uint8]


def gradient(*colours: tuple[int, int, int], height: int = 120, width: int = 160) -> Picture:
    t = np.linspace(0, len(colours) - 1, height)
    rows = np.stack([np.interp(t, np.arange(len(colours)), [c[n] for c in colours]) for n in range(3)], axis=1)
    return np.repeat(rows[:, None], width, axis=1).astype(np.uint8)


def flat(colour: tuple[int, int, int], height: int = 60, width: int = 60) -> Picture:
    return np.full((height, width, 3), colour, np.uint8)


def sunset() -> Picture:
    return gradient((60, 40, 110), (230, 110, 80), (255, 190, 90), (70, 50, 60))


def neon() -> Picture:
    picture = flat((12, 8, 25), 120, 160)
    picture[40:50, 20:140] = (255, 30, 150)
    picture[70:78, 10:150] = (0, 220, 255)
    return picture


def leaves() -> Picture:
    noise = np.random.default_rng(1).normal(0, 12, (120, 160, 1))
    return np.clip(np.array([62, 102, 44]) + noise, 0, 255).astype(np.uint8)


def fog() -> Picture:
    return gradient((150, 152, 155), (190, 192, 194))


def is_sound(mood: PictureMood) -> bool:
    measures = [mood.brightness, mood.contrast, mood.saturation, mood.detail, mood.energy, mood.horizon]
    inside = all(0 <= value <= 1 for value in measures) and -1 <= mood.warmth <= 1 and -1 <= mood.valence <= 1
    return inside and SLOWEST_BPM <= mood.bpm <= FASTEST_BPM and bool(mood.description and mood.words and mood.palette)


def test_a_sunset_is_warm_glad_and_orange() -> None:
    mood = mood_of(sunset())

    assert mood.warmth > 0.4
    assert mood.mode == "major"
    assert "orange" in mood.hues
    assert "warm" in mood.description
    assert "orange" in mood.description


def test_neon_in_the_dark_is_synthwave() -> None:
    mood = mood_of(neon())

    assert mood.genres[0] == "synthwave"
    assert mood.mode == "minor"
    assert mood.energy > 0.5
    assert mood.bpm > 100
    assert "pink" in mood.hues


def test_leaves_are_folk() -> None:
    mood = mood_of(leaves())

    assert mood.genres[0] == "folk"
    assert mood.hues[0] == "green"


def test_fog_is_slow_and_thin() -> None:
    mood = mood_of(fog())

    assert mood.genres[0] == "ambient"
    assert mood.energy < 0.2
    assert mood.bpm < 80
    assert mood.hues == ()
    assert "grey" in mood.description


def test_a_black_and_white_picture_of_hard_contrast_is_jazz() -> None:
    assert mood_of(gradient((5, 5, 5), (250, 250, 250), (20, 20, 20), (230, 230, 230))).genres[0] == "jazz"


def test_bright_colours_are_pop() -> None:
    squares = np.zeros((120, 160, 3), np.uint8)
    squares[:, :80], squares[:, 80:] = (250, 200, 40), (90, 190, 250)

    mood = mood_of(squares)

    assert "pop" in mood.genres[:2]
    assert mood.mode == "major"


def test_dark_is_sad_and_bright_is_glad() -> None:
    dark, bright = mood_of(flat((20, 22, 40))), mood_of(flat((250, 240, 180)))

    assert dark.valence < -0.3
    assert bright.valence > 0.3
    assert (dark.mode, bright.mode) == ("minor", "major")


def test_edges_give_energy() -> None:
    busy = np.kron(np.indices((15, 20)).sum(axis=0)[:, :, None] % 2, np.ones((8, 8, 1))).repeat(3, axis=2) * 180 + 30

    assert mood_of(busy.astype(np.uint8)).energy > mood_of(flat((120, 120, 120))).energy + 0.3


def test_a_horizon_is_seen() -> None:
    view = np.concatenate([flat((170, 205, 240), 60, 100), flat((40, 80, 50), 60, 100)])

    assert mood_of(view).horizon > 0.5
    assert mood_of(np.ascontiguousarray(view.transpose(1, 0, 2))).horizon < 0.2


@pytest.mark.parametrize(
    "picture",
    [flat((255, 255, 255)), flat((0, 0, 0)), flat((200, 40, 40), 1, 1), gradient((0, 0, 200), (255, 255, 0), width=1),
     flat((9, 200, 9), 1, 500), flat((10, 10, 10), 2, 2), flat((90, 20, 200), 3000, 2)],
    ids=["white", "black", "one pixel", "one column", "one row", "four pixels", "thin"],
)  # fmt: skip
def test_any_picture_has_a_mood(picture: Picture) -> None:
    assert is_sound(mood_of(picture))


def test_the_size_of_a_picture_does_not_matter() -> None:
    small, large = mood_of(sunset()), mood_of(np.kron(sunset(), np.ones((4, 4, 1), np.uint8)))

    assert small.genres == large.genres
    assert small.energy == pytest.approx(large.energy, abs=0.05)
    assert small.warmth == pytest.approx(large.warmth, abs=0.05)


def test_the_palette_holds_the_colours_that_are_there() -> None:
    assert set(mood_of(neon()).palette) == {"#0c0819", "#ff1e96", "#00dcff"}


def test_random_pictures_never_break_it() -> None:
    rng = np.random.default_rng(2)
    for _ in range(25):
        height, width = rng.integers(1, 40, 2)
        assert is_sound(mood_of(rng.integers(0, 256, (height, width, 3)).astype(np.uint8)))


@pytest.mark.parametrize("shape", [(5, 5), (5, 5, 4), (0, 5, 3), (5, 0, 3)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        mood_of(np.zeros(shape, np.uint8))


def test_every_genre_of_pictures_is_one_of_songs() -> None:
    known = set(genres())
    for picture in (sunset(), neon(), leaves(), fog(), flat((255, 255, 255))):
        assert set(mood_of(picture).genres) <= known
