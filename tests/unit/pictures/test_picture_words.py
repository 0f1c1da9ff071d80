"""What a prompt means for a picture."""

import pytest

from models.pictures.colour import lch_of
from models.pictures.palette import told as palettes
from models.pictures.scene import Subject, scene_of, told
from models.pictures.shapes import BOX, things


def names(prompt: str) -> list[str]:
    return [subject.name for subject in scene_of(prompt).subjects]


@pytest.mark.parametrize(
    ("prompt", "settings", "sky", "subjects", "time"),
    [
        ("The sea at night", {"sea"}, set(), set(), "night"),
        ("a red car on a desert road at sunset", {"desert", "road"}, {"sun"}, {"car"}, "sunset"),
        ("Hot air balloons over rolling hills", {"hills"}, set(), {"balloon"}, ""),
        ("a WOLF howling at the full moon", set(), {"moon", "full"}, {"wolf"}, "night"),
        ("lonely robot in neon Tokyo, rain", {"city"}, set(), {"robot"}, "neon"),
        ("Eiffel Tower, Paris", set(), set(), {"tower"}, ""),
        ("a field of sunflowers", {"field", "flowers"}, set(), set(), ""),
        ("winter street", {"snow", "street"}, set(), set(), ""),
        ("zxcv qwer", set(), set(), set(), ""),
        ("", set(), set(), set(), ""),
    ],
)
def test_words_become_a_scene(prompt: str, settings: set[str], sky: set[str], subjects: set[str], time: str) -> None:
    scene = scene_of(prompt)

    assert set(scene.settings) == settings
    assert set(scene.sky) == sky
    assert {subject.name for subject in scene.subjects} == subjects
    assert scene.time == time


def test_what_is_excluded_is_left_out() -> None:
    scene = scene_of("mountains without snow, no birds")

    assert scene.settings == ("mountains",)
    assert not scene.sky
    assert not scene.weather


def test_a_colour_belongs_to_what_follows_it() -> None:
    scene = scene_of("a red car under a blue moon by the green sea, everything in purple")

    (car,) = scene.subjects
    assert car.colour is not None
    assert lch_of(car.colour)[2] == pytest.approx(27, abs=4)
    assert scene.light is not None
    assert lch_of(scene.light)[2] == pytest.approx(258, abs=6)
    assert scene.ground is not None
    assert lch_of(scene.ground)[2] == pytest.approx(145, abs=4)
    assert [round(lch_of(colour)[2]) for colour in scene.colours] == [pytest.approx(305, abs=6)]


def test_words_that_are_in_every_song_prompt_name_a_thing_only_alone() -> None:
    assert names("a song about the sea") == []
    assert names("music") == ["note"]
    assert names("a song about a cat") == ["cat"]


def test_longer_names_go_before_the_words_in_them() -> None:
    assert names("an electric guitar") == ["electric_guitar"]
    assert names("broken heart") == ["broken_heart"]


def test_several_are_drawn_where_several_are_named() -> None:
    assert scene_of("cats").subjects == (Subject("cat", None, 2),)
    assert scene_of("two cats").subjects[0].count == 2
    assert scene_of("a cat").subjects[0].count == 1


def test_a_very_long_prompt_is_read_to_a_limit() -> None:
    assert names("x " * 5000 + "cat") == []


@pytest.mark.parametrize("name", list(things()))
def test_every_drawing_lies_in_its_box_and_has_a_home_that_can_be_painted(name: str) -> None:
    thing = things()[name]

    assert thing.words
    assert thing.home in {"", *told()["settings"]}
    assert thing.place in {"ground", "water", "sky", "under", "centre"}
    assert 0.1 <= thing.size <= 1
    for part in thing.parts:
        for points in part.polygons:
            assert abs(points - BOX / 2).max() < 1.5 * BOX, part.tone


def test_there_are_at_least_thirty_motifs_each_found_by_its_first_word() -> None:
    assert len(things()) + len(told()["settings"]) + len(told()["sky"]) >= 100
    plurals = set(told()["plurals"])
    for thing in things().values():
        word = next(word for word in thing.words if word not in plurals)
        assert thing.name in names(f"{word}"), word


def test_every_mood_and_time_of_the_words_has_colours() -> None:
    assert set(told()["moods"]) <= set(palettes()["moods"])
    assert set(told()["times"]) <= set(palettes()["times"])
    for mood in palettes()["moods"]:
        assert any(mood in chosen["moods"] for chosen in palettes()["sets"]), mood
