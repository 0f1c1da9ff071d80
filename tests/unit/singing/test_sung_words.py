"""Lyrics as they are written become words that can be spoken; sounds find their words again."""

import pytest

from models.singing.align import spread, words_of
from models.singing.phones import Kind, Phone, arpa_kind, ipa
from models.singing.words import joined, language_of, spoken


@pytest.mark.parametrize(
    ("written", "sung"),
    [
        ("yeah-eah", "yeah"), ("lo-o-ove", "love"), ("ni-i-ight", "night"), ("so-o-o", "so"), ("hey-ey", "hey"),
        ("no-no", "no-no"), ("oh-oh-oh", "oh-oh-oh"), ("la-la-la", "la-la-la"), ("co-operate", "co-operate"),
        ("re-elect", "re-elect"), ("merry-go-round", "merry-go-round"), ("-", "-"), ("a--b", "a--b"), ("", ""),
    ],
)  # fmt: skip
def test_vowels_written_again_for_each_note_are_one_word(written: str, sung: str) -> None:
    assert joined(written) == sung


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Ooooooh!", "ooh"), ("1999", "nineteen ninety-nine"), ("2nd", "second"), ("7", "seven"), ("goin'", "goin"),
        ("don\u2019t", "don't"), ("“quoted”", "quoted"), ("TV", "T V"), ("LOVE", "love"), ("hmm", "hum"),
        ("shh", "shuh"), ("…", ""), ("♪", ""), ("", ""), ("   ", ""), ("[xylo]", "xylo"), ("\ud800", ""), ("\x00", ""),
    ],
)  # fmt: skip
def test_what_is_said_for_a_word(written: str, said: str) -> None:
    assert spoken([written, "and"], "en")[0].replace("-", " ") == said.replace("-", " ")


def test_a_shouted_line_is_not_spelled() -> None:
    assert spoken(["LOVE", "US"], "en") == ["love", "us"]
    assert spoken(["they", "love", "TV"], "en") == ["they", "love", "T V"]


def test_no_word_is_endless() -> None:
    assert len(spoken(["ab" * 5000], "en")[0]) < 200


@pytest.mark.parametrize(
    ("word", "voice", "read_by"),
    [
        ("hello", "en", "en"), ("мир", "en", "ru"), ("мир", "uk", "uk"), ("你好", "en", "zh"), ("さくら", "en", "ja"),
        ("안녕", "en", "ko"), ("γειά", "en", "el"), ("hello", "ru", "en"), ("olá", "pt", "pt"), ("123", "de", "de"),
        ("", "en", "en"), ("♪", "fr", "fr"),
    ],
)  # fmt: skip
def test_a_word_is_read_by_the_rules_of_its_script(word: str, voice: str, read_by: str) -> None:
    assert language_of(word, voice) == read_by


def test_sounds_find_their_words_also_where_the_dictionary_says_it_otherwise() -> None:
    expected = [("w", 0), ("ao", 0), ("k", 0), ("ih", 0), ("ng", 0), ("ih", 1), ("n", 1), ("dh", 2), ("ax", 2)]

    assert words_of(["w", "aa", "k", "ix", "ng", "ih", "n", "dh", "iy"], expected) == [0, 0, 0, 0, 0, 1, 1, 2, 2]
    assert words_of(["w", "ao", "k", "ih", "n", "dh", "ax"], expected)[-2:] == [2, 2]
    assert words_of([], expected) == []
    with pytest.raises(ValueError, match="No words"):
        words_of(["a"], [])


def test_an_unexpected_sound_does_not_go_back_to_an_earlier_word() -> None:
    found = words_of(
        ["l", "aa", "l", "aa", "t", "ax", "s", "iy"], [("l", 0), ("aa", 0), ("l", 1), ("aa", 1), ("s", 2), ("iy", 2)]
    )

    assert found == sorted(found)
    assert found[0] == 0
    assert found[-1] == 2


def test_words_that_are_run_together_share_their_sounds() -> None:
    sounds = [Phone(name, ipa(name)[1], 0, 0.1 * at, 0.1 * at + 0.1) for at, name in enumerate(("n", "i", "x", "a"))]
    other = [Phone("s", Kind.UNVOICED, 2, 0.4, 0.5), Phone("i", Kind.VOWEL, 2, 0.5, 0.6)]

    assert [phone.word for phone in spread([*sounds, *other], 3)] == [0, 0, 1, 1, 2, 2]
    assert [phone.word for phone in spread(other, 5)] == [2, 2]  # one vowel is not enough for three words
    assert spread([], 3) == []


@pytest.mark.parametrize(
    ("name", "kind", "stress", "glides"),
    [
        ("ˈaɪ", Kind.VOWEL, 2, True), ("ˌuː", Kind.VOWEL, 1, False), ("n̩", Kind.VOWEL, 0, False),
        ("ɹ", Kind.SONORANT, 0, False), ("tʃ", Kind.UNVOICED, 0, False), ("dʒ", Kind.VOICED, 0, False),
        ("", Kind.PAUSE, 0, False), ("(en)", Kind.PAUSE, 0, False),
    ],
)  # fmt: skip
def test_phonemes_of_espeak_are_understood(name: str, kind: Kind, stress: int, glides: bool) -> None:
    assert ipa(name)[1:] == (kind, stress, glides)


def test_phones_of_flite_are_understood() -> None:
    assert [arpa_kind(name) for name in ("ay", "ng", "z", "hh", "pau")] == [
        Kind.VOWEL, Kind.SONORANT, Kind.VOICED, Kind.UNVOICED, Kind.PAUSE,
    ]  # fmt: skip
