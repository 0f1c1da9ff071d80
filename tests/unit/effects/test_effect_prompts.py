"""How prompts are read: names, other words for them, what describes them, what is not known."""

import pytest

from models.effects.catalogue import lexicon, recipe_of, sounds
from models.effects.prompt import Wish, understood
from models.effects.stems import plain, stem


def only(prompt: str) -> Wish:
    (wish,) = understood(prompt).wishes
    return wish


def names(prompt: str) -> list[str]:
    return [wish.sound.name for wish in understood(prompt).wishes]


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("thunderclap", "thunder"),
        ("motorcycle", "motorbike"),
        ("lightsaber", "saber"),
        ("dogs barking", "dog"),
        ("the bark of a dog", "dog"),
        ("a creaking door", "creak"),
        ("knocking on the old wooden door", "knock"),
        ("car alarm", "car_alarm"),
        ("fire alarm", "smoke_alarm"),
        ("campfire crackling", "fire"),
        ("waves crashing", "waves"),
        ("wind howling", "wind"),
        ("crickets chirping", "crickets"),
        ("engine roaring", "car_idle"),
        ("train whistle", "steam_whistle"),
        ("sports whistle", "referee"),
        ("8-bit coin", "game_coin"),
        ("power up", "power_up"),
        ("forest", "birdsong"),
        ("city ambience", "traffic"),
        ("underwater", "underwater"),
        ("Regen", "rain"),
        ("Hundegebell", "dog"),
        ("Donnerschlag", "thunder"),
        ("tonnerre lointain", "thunder"),
        ("un perro ladrando", "dog"),
        ("Kirchenglocken", "church_bell"),
        ("pas dans la neige", "footsteps"),
        ("🐶", "dog"),
        ("🔥", "fire"),
        ("🚁", "helicopter"),
    ],
)
def test_many_words_for_one_sound(prompt: str, name: str) -> None:
    assert names(prompt) == [name]


def test_what_describes_goes_to_its_sound() -> None:
    rain, thunder = understood("heavy rain on a tin roof with distant thunder").wishes

    assert (rain.sound.name, rain.force, rain.material, rain.distance) == ("rain", 1.0, "metal", 0.0)
    assert (thunder.sound.name, thunder.force, thunder.distance) == ("thunder", 0.0, 1.0)


def test_a_word_after_the_sound_describes_it_too() -> None:
    assert only("thunder, far away").distance == 1.0
    assert only("rain, gentle").force == -1.0
    assert only("a bell in a cathedral").spaces == ["cathedral"]


def test_places_and_order() -> None:
    dog, door = understood("a dog barking twice in a cave, then a door slams").wishes

    assert (dog.sound.name, dog.count, dog.spaces, dog.step) == ("dog", 2, ["cave"], 0)
    assert (door.sound.name, door.spaces, door.step, door.several) == ("slam", [], 1, False)


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("three knocks", 3),
        ("knock twice", 2),
        ("7 knocks", 7),
        ("dreimal klopfen", 3),
        ("5 seconds of knocking", 0),
        ("999999 knocks", 0),
        ("100 knocks", 64),
    ],
)
def test_counts(prompt: str, count: int) -> None:
    assert only(prompt).count == count


@pytest.mark.parametrize(
    ("prompt", "material"),
    [
        ("footsteps on gravel", "gravel"),
        ("walking in snow", "snow"),
        ("footsteps through dry leaves", "leaves"),
        ("rain on a window", "glass"),
        ("rain on a tent", "tent"),
    ],
)
def test_materials(prompt: str, material: str) -> None:
    assert only(prompt).material == material


def test_what_is_refused_is_not_heard() -> None:
    assert names("wind without rain") == ["wind"]
    assert names("thunderstorm without thunder") == ["thunderstorm"]
    assert names("thunderstorm") == ["thunderstorm", "thunder"]


def test_unknown_words_are_told_and_the_nearest_is_taken() -> None:
    piano = understood("piano")
    assert [wish.sound.name for wish in piano.wishes] == ["music_box"]
    assert piano.unknown == ("piano",)
    slip = understood("thundre")
    assert [wish.sound.name for wish in slip.wishes] == ["thunder"]
    assert slip.unknown == ("thundre",)
    nonsense = understood("qwrtz plmkn")
    assert len(nonsense.wishes) == 1
    assert nonsense.unknown == ("qwrtz", "plmkn")
    assert understood("a loud dog in the rain").unknown == ()


def test_every_sound_can_be_named_and_has_a_recipe() -> None:
    for name, sound in sounds().items():
        assert callable(recipe_of(sound)), name
        firm = [" ".join(phrase) for phrase, (found, _) in lexicon().sounds.items() if found == name]
        assert any(name in names(phrase) for phrase in firm), name
        assert all(other in sounds() for other in sound.also), name
    assert {*lexicon().like.values()} <= {*sounds()}


def test_every_label_means_its_sound() -> None:
    """What a message calls a sound can be asked for."""
    for name, sound in sounds().items():
        assert names(sound.label)[0] == name, sound.label


@pytest.mark.parametrize(
    ("words", "same"),
    [
        ("barking barks barked", "bark"),
        ("buzzes buzzing", "buz"),
        ("cries cry crying", "cry"),
        ("running runs", "run"),
        ("slide sliding", "slid"),
    ],
)
def test_endings_do_not_matter(words: str, same: str) -> None:
    assert {stem(word) for word in words.split()} == {same}


def test_accents_and_signs_do_not_matter() -> None:
    assert plain("Tür-Öffnen!").split() == ["tur", "offnen"]
    assert "dog face" in plain("🐶")
