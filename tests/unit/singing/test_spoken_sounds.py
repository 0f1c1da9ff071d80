"""Which sound of the speech is which: kinds, words, borders."""

import numpy as np
import pytest

from models.singing.align import words_of
from models.singing.phones import Kind, Phone, arpa_kind, ipa
from models.singing.tract import FRAME_S, bordered, trimmed


def test_sounds_are_given_to_the_words_that_expect_them() -> None:
    expected = [("dh", 0), ("ax", 0), ("s", 1), ("k", 1), ("ay", 1), ("ih", 2), ("z", 2)]

    assert words_of(["dh", "ax", "s", "k", "ay", "ih", "z"], expected) == [0, 0, 1, 1, 1, 2, 2]


def test_other_vowels_and_extra_sounds_do_not_move_words() -> None:
    expected = [("w", 0), ("aa", 0), ("k", 0), ("ih", 1), ("n", 1), ("dh", 2), ("iy", 2)]

    found = words_of(["w", "ao", "k", "ih", "ng", "n", "dh", "ax"], expected)

    assert found == sorted(found)
    assert [found[0], found[1], found[3], found[-1]] == [0, 0, 1, 2]


def test_nothing_expected_is_refused() -> None:
    with pytest.raises(ValueError, match="No words"):
        words_of(["ah"], [])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("iy", Kind.VOWEL), ("m", Kind.SONORANT), ("z", Kind.VOICED), ("s", Kind.UNVOICED), ("pau", Kind.PAUSE)],
)
def test_kinds_of_flite(name: str, kind: Kind) -> None:
    assert arpa_kind(name) is kind


@pytest.mark.parametrize(
    ("name", "kind", "stress", "glides"),
    [
        ("ˈaɪ", Kind.VOWEL, 2, True),
        ("ə", Kind.VOWEL, 0, False),
        ("ˌɛ", Kind.VOWEL, 1, False),
        ("n̩", Kind.VOWEL, 0, False),
        ("ŋ", Kind.SONORANT, 0, False),
        ("tʃ", Kind.UNVOICED, 0, False),
        ("dʒ", Kind.VOICED, 0, False),
        ("", Kind.PAUSE, 0, False),
        ("(en)", Kind.PAUSE, 0, False),
    ],
)
def test_kinds_of_espeak(name: str, kind: Kind, stress: int, *, glides: bool) -> None:
    assert ipa(name)[1:] == (kind, stress, glides)


def test_borders_move_to_where_the_voice_begins_and_ends() -> None:
    sounds = [
        Phone("s", Kind.UNVOICED, 0, 0.0, 0.10),
        Phone("aa", Kind.VOWEL, 0, 0.10, 0.30),
        Phone("p", Kind.UNVOICED, 0, 0.30, 0.40),
    ]
    is_voiced = np.zeros(80, np.bool_)
    is_voiced[24:56] = True  # 0.12 to 0.28 s

    _, vowel, _ = bordered(sounds, is_voiced)

    assert vowel.start_s == pytest.approx(0.12)
    assert vowel.end_s == pytest.approx(0.28)


def test_the_silence_of_a_plosive_is_no_part_of_the_vowel() -> None:
    sounds = [
        Phone("p", Kind.UNVOICED, 0, 0.0, 0.10),
        Phone("aa", Kind.VOWEL, 0, 0.10, 0.40),
        Phone("t", Kind.UNVOICED, 0, 0.40, 0.45),
    ]
    level_db = np.full(100, -90.0)
    level_db[round(0.12 / FRAME_S) : round(0.33 / FRAME_S)] = -15.0

    before, vowel, after = trimmed(sounds, level_db)

    assert vowel.start_s == pytest.approx(0.12)
    assert vowel.end_s == pytest.approx(0.33)
    assert before.end_s == vowel.start_s
    assert after.start_s == vowel.end_s


def test_an_even_vowel_and_one_between_sonorants_stay() -> None:
    sounds = [
        Phone("m", Kind.SONORANT, 0, 0.0, 0.10),
        Phone("aa", Kind.VOWEL, 0, 0.10, 0.30),
        Phone("n", Kind.SONORANT, 0, 0.30, 0.40),
    ]
    level_db = np.full(80, -15.0)

    assert trimmed(sounds, level_db) == sounds
    level_db[60:] = -40.0
    assert trimmed(sounds, level_db)[:2] == sounds[:2]
