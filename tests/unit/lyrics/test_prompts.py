"""What is read from a caller's prompt."""

import pytest

from models.lyrics.prompt import Brief, read


def forms(brief: Brief) -> list[tuple[str, ...]]:
    return [subject.forms for subject in brief.subjects]


@pytest.mark.parametrize(
    ("prompt", "first"),
    [
        ("my cat Whiskers who steals socks", ("my cat Whiskers", "Whiskers")),
        ("A sailor who misses the sea", ("the sailor",)),
        ("quarterly tax report", ("the quarterly tax report", "the report")),
        (
            "write me a sad song about the last train to Berlin",
            ("the last train to Berlin", "the last train", "the train"),
        ),
        ("An upbeat dance track about Friday night", ("Friday night", "the night")),
        ("a birthday song for Anna", ("the birthday",)),
        ("losing my job", ("losing my job",)),
        ("Grandpa's fishing boat", ("Grandpa's fishing boat", "the boat")),
        ("coffee", ("coffee",)),
        ("I LOVE MY CAT", ("my cat",)),
        ("\U0001f431", ("the cat",)),
        ("una canción sobre mi gato", ("mi gato",)),
        ("Ein Lied über meinen Hund", ("meinen Hund",)),
        ("猫についての歌", ("猫についての歌",)),
        ("x", ("X",)),
    ],
)
def test_the_subject_is_called_as_it_should_be_in_a_sentence(prompt: str, first: tuple[str, ...]) -> None:
    found = forms(read(prompt))
    if prompt == "I LOVE MY CAT":
        assert first in found
    else:
        assert found[0] == first


@pytest.mark.parametrize(
    ("prompt", "deed", "is_many"),
    [
        ("my cat Whiskers who steals socks", "steals socks", False),
        ("a robot learns to dance", "learns to dance", False),
        ("friends who never call", "never call", True),
        ("a girl dancing in the rain", "is dancing in the rain", False),
        ("two brothers fighting in a war", "are fighting in a war", True),
        ("my mother who worked two jobs", "worked two jobs", False),
        ("the smell of old books", "", False),
    ],
)
def test_what_it_does_agrees_with_it(prompt: str, deed: str, *, is_many: bool) -> None:
    subject = read(prompt).subjects[0]

    assert (subject.deed, subject.is_many) == (deed, is_many)


@pytest.mark.parametrize(
    ("prompt", "statement"),
    [
        ("I miss my old dog", "I miss my old dog"),
        ("she left me yesterday", "she left me yesterday"),
        ("God is good", "God is good"),
        ("I want a song about rain", ""),
        ("the sea", ""),
    ],
)
def test_short_sentences_of_the_callers_can_be_sung(prompt: str, statement: str) -> None:
    assert read(prompt).statement == statement


@pytest.mark.parametrize(
    ("prompt", "given", "genre"),
    [
        ("a blues about rain", "", "blues"),
        ("upbeat pop song about summer", "", "pop"),
        ("a robot learns to dance", "", ""),
        ("an upbeat dance track about love", "", "dance"),
        ("the rock in my shoe", "", ""),
        ("rain", "Hip-Hop", "rap"),
        ("rain", "Heavy Metal", "rock"),
        ("rain", "unheard-of", ""),
    ],
)
def test_genres(prompt: str, given: str, genre: str) -> None:
    assert read(prompt, given).genre == genre


@pytest.mark.parametrize(
    ("prompt", "mood"),
    [
        ("a sad song about summer", "dark"),
        ("a happy song about rain", "bright"),
        ("love", "bright"),
        ("I miss my dog", "dark"),
    ],
)
def test_moods(prompt: str, mood: str) -> None:
    assert read(prompt).mood == mood


@pytest.mark.parametrize(
    ("prompt", "theme"),
    [
        ("sailors", "sea"), ("my kittens", "cat"), ("tax report", "work"), ("driving home", "road"), ("the exams", "school"),
        ("our wedding", "love"), ("pancakes", "food"), ("Friday night", "party"), ("astronauts", "space"),
    ],
)  # fmt: skip
def test_themes_are_known_by_many_words(prompt: str, theme: str) -> None:
    assert theme in read(prompt).themes


@pytest.mark.parametrize("prompt", ["", " ", "the of and", "!!!", "\x00\x01", "\u200d\ufe0f", "and", "a"])
def test_nothing_to_sing_about_is_no_error(prompt: str) -> None:
    assert read(prompt).subjects == ()


def test_rude_words_are_left_out() -> None:
    assert [word for subject in read("my fucking boss").subjects for word in subject.words] == ["boss"]


def test_what_is_too_long_is_refused() -> None:
    assert read("word " * 200).subjects
    for prompt, genre in (("x" * 1001, ""), ("x", "x" * 1001)):
        with pytest.raises(ValueError, match="1000 characters"):
            read(prompt, genre)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("my old guitar", "my old guitar"),
        ("female vocals, guitar solo, about my dog", "my dog"),
        ("depression", "depression"),
    ],
)
def test_wishes_for_the_sound_are_no_subjects(prompt: str, words: str) -> None:
    assert [subject.forms[0] for subject in read(prompt).subjects] == [words]


def test_a_verb_in_the_past_is_what_the_subject_did() -> None:
    subject = read("my best friend moved away").subjects[0]

    assert (subject.forms[0], subject.deed) == ("my best friend", "moved away")


def test_long_prompts_of_nested_clauses_are_read() -> None:
    assert read("the cat who saw the dog who " * 35).subjects
    assert read("dogs sing cats dance birds fly " * 32).subjects
