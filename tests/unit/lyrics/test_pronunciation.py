"""How words sound, known and unknown."""

import itertools
import string

import numpy as np
import pytest

from models.lyrics.grammar import article, gerund
from models.lyrics.pronunciation import DICTIONARY, is_known, onset, phonemes, rhyme_key, rhymes, stresses
from models.lyrics.spelling import spelled


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("cat", (1,)), ("Guitar", (0, 1)), ("heaven", (1, 0)), ("butterfly", (1, 0, 2)), ("every", (1, 0)),
        ("sailor's", (1, 0)), ("don\u2019t", (1,)), ("wishes", (1, 0)), ("moonbeam", (1, 2)), ("x-ray", (1, 1)),
        ("Beyoncé", (0, 2, 1)), ("naïve", (2, 1)), ("hmm", (1,)), ("shh", (1,)), ("TV", (1, 1)), ("7", (1, 0)),
        ("42", (1, 0, 1)), ("80s", (1, 0)), ("2nd", (1, 0)), ("", ()), ("!?", ()), ("\U0001f600", ()), ("-", ()),
    ],
)  # fmt: skip
def test_syllables_and_their_stress(word: str, expected: tuple[int, ...]) -> None:
    assert stresses(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("blorptastic", (0, 1, 0)), ("snorfed", (1,)), ("glimmerstone", (1, 0, 2)), ("flumed", (1,)),
        ("Zuckerino", (2, 0, 1, 0)), ("phlebology", (0, 1, 0, 0)), ("grumbletion", (0, 1, 0)),
    ],
)  # fmt: skip
def test_words_that_no_dictionary_has(word: str, expected: tuple[int, ...]) -> None:
    assert not is_known(word)
    assert stresses(word) == expected


def test_spelling_rules_count_the_syllables_of_known_words() -> None:
    """Nine of ten, without looking them up."""
    entries = ["sailor", "window", "table", "hoped", "wanted", "makes", "time", "nation", "beautiful", "letter",
               "garden", "music", "station", "little", "candle", "silence", "mountain", "picture", "breathless",
               "holding", "tomorrow", "banana", "forever", "whiskers", "kitchen", "paper", "river", "shadow",
               "winter", "friendship"]  # fmt: skip
    right = [sum(phoneme[-1].isdigit() for phoneme in spelled(word)) == len(stresses(word)) for word in entries]

    assert sum(right) >= 0.9 * len(right)


@pytest.mark.parametrize(
    ("word", "least", "most"),
    [
        ("猫", 1, 1),
        ("こんにちは", 4, 5),
        ("안녕", 2, 3),
        ("Москва", 2, 2),
        ("سلام", 1, 3),
        ("Ελλάδα", 3, 3),
        ("ไทย", 1, 3),
    ],
)
def test_other_scripts_have_syllables(word: str, least: int, most: int) -> None:
    assert least <= len(stresses(word)) <= most


def test_any_letters_can_be_said() -> None:
    rng = np.random.default_rng(1)
    for _ in range(500):
        word = "".join(rng.choice(list(string.ascii_letters + "éñçß'"), rng.integers(1, 20)))
        said = phonemes("a" + word)

        assert sum(phoneme[-1].isdigit() for phoneme in said) >= 1


def test_endless_words_are_cut() -> None:
    assert len(phonemes("an" * 50_000)) < 200
    assert len(phonemes("9" * 50_000)) < 400


def test_perfect_and_near_rhymes() -> None:
    assert rhymes("night", "light")
    assert rhymes("desire", "fire")
    assert rhymes("butterfly", "sky")
    assert not rhymes("sea", "see")  # the same sound is no rhyme
    assert not rhymes("light", "light")
    assert not rhymes("home", "stone")
    assert rhymes("home", "stone", near=True)
    assert not rhymes("home", "cat", near=True)
    assert not rhymes("", "")
    assert (rhyme_key("Remember"), onset("Remember")) == ("EH M B ER", "M")
    assert rhyme_key("!") == ""


def test_rhyming_is_mutual() -> None:
    words = ["night", "light", "home", "stone", "rain", "again", "blorp", "socks", "fire", "sea"]
    for near, (one, other) in itertools.product((False, True), itertools.product(words, words)):
        assert rhymes(one, other, near=near) == rhymes(other, one, near=near)


def test_the_dictionary_is_small_and_its_licence_lies_beside_it() -> None:
    assert DICTIONARY.stat().st_size < 1_000_000
    assert "Carnegie Mellon University" in (DICTIONARY.parent / "CMUDICT-LICENSE.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("apple", "an"),
        ("unicorn", "a"),
        ("hour", "an"),
        ("house", "a"),
        ("UFO", "a"),
        ("honest", "an"),
        ("xylophone", "a"),
    ],
)
def test_articles_go_by_the_sound(word: str, expected: str) -> None:
    assert article(word) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("run into the waves", "running into the waves"), ("make a wish", "making a wish"), ("lie down", "lying down"),
        ("see it", "seeing it"), ("open the door", "opening the door"), ("play on", "playing on"), ("sit", "sitting"),
    ],
)  # fmt: skip
def test_gerunds(phrase: str, expected: str) -> None:
    assert gerund(phrase) == expected
