"""Whole songs: rhyme, metre, form, and that they are about what was asked for."""

import itertools
import re
import time
from collections import Counter

import numpy as np
import pytest

from models.base import Lyrics
from models.lyrics.embedded import EmbeddedLyrics
from models.lyrics.lines import SLOT
from models.lyrics.metre import Ear, last_word
from models.lyrics.prompt import read
from models.lyrics.pronunciation import phonemes, rhymes
from models.lyrics.vocabulary import forms, templates, themes, words
from tests.support.media import no_report

PROMPTS = (
    "my cat Whiskers who steals socks", "quarterly tax report", "A sailor who misses the sea", "summer in the city",
    "she left me yesterday", "hope", "a robot learns to dance", "losing my job", "unicorns and rainbows",
    "existential dread of a toaster", "my grandmother's kitchen", "blockchain", "Berlin",
)  # fmt: skip
GENRES = tuple(forms())
TAG = re.compile(r"\[(?:Verse(?: \d)?|Pre-Chorus|Chorus|Bridge|Outro)\]")


def write(prompt: str, genre: str = "", seed: int = 0) -> Lyrics:
    return EmbeddedLyrics().write(prompt, genre=genre, seed=seed, report=no_report)


def sections(lyrics: Lyrics) -> list[tuple[str, list[str]]]:
    parts = [part.splitlines() for part in lyrics.text.split("\n\n")]
    return [(lines[0][1:-1], lines[1:]) for lines in parts]


@pytest.fixture(scope="module")
def songs() -> list[tuple[str, str, Lyrics]]:
    cases = list(itertools.product(PROMPTS, GENRES))[::3]
    return [(prompt, genre, write(prompt, genre, seed)) for seed, (prompt, genre) in enumerate(cases)]


def test_sections_have_tags_and_lines_and_a_song_has_the_length_of_one(songs: list[tuple[str, str, Lyrics]]) -> None:
    for _prompt, genre, lyrics in songs:
        found = sections(lyrics)
        lines = [line for _tag, section in found for line in section]

        assert all(TAG.fullmatch(f"[{tag}]") and len(section) >= 2 for tag, section in found)
        assert (38 <= len(lines) <= 48) if genre == "rap" else (16 <= len(lines) <= 36)
        assert all(line == line.strip() and "{" not in line and "  " not in line for line in lines)
        assert all(line[0].isupper() or not line[0].isalpha() for line in lines)


def test_lines_rhyme(songs: list[tuple[str, str, Lyrics]]) -> None:
    """In every verse of four lines or more, the second rhymes with the fourth or with the first."""
    good = total = 0
    for _prompt, _genre, lyrics in songs:
        for tag, lines in sections(lyrics):
            if tag.startswith("Verse") and len(lines) >= 4:
                ends = [last_word(line) for line in lines]
                total += 1
                good += rhymes(ends[1], ends[3]) or rhymes(ends[1], ends[0])
    assert total > 90
    assert good >= 0.95 * total


def test_lines_that_answer_each_other_are_as_long(songs: list[tuple[str, str, Lyrics]]) -> None:
    """Line by line, the verses of a song stay within a syllable of what the form says."""
    good = total = 0
    ear = Ear()
    for _prompt, genre, lyrics in songs:
        wanted = {shape.syllables for name in ("verse", "verse2") for shape in forms()[genre][1].get(name, ())}
        if len(wanted) > 1 or genre == "blues":
            continue
        for tag, lines in sections(lyrics):
            if tag.startswith("Verse"):
                counts = next(iter(wanted))
                off = [abs(len(ear.syllables(line)) - count) for line, count in zip(lines, counts, strict=True)]
                good += sum(each <= 1 for each in off)
                total += len(off)
    assert total > 300
    assert good >= 0.95 * total


def test_no_line_comes_twice_outside_chorus_and_refrain(songs: list[tuple[str, str, Lyrics]]) -> None:
    for _prompt, _genre, lyrics in songs:
        lines = [line for tag, section in sections(lyrics) for line in section if tag.startswith(("Verse", "Bridge"))]
        title = lyrics.title.lower()

        assert max(Counter(line for line in lines if title not in line.lower()).values()) == 1


def test_the_title_is_sung_and_the_chorus_comes_back_word_for_word(songs: list[tuple[str, str, Lyrics]]) -> None:
    for _prompt, genre, lyrics in songs:
        choruses = [lines for tag, lines in sections(lyrics) if tag == "Chorus"]

        assert lyrics.title.lower() in lyrics.text.lower()
        if "chorus" in forms()[genre][0]:
            assert len(choruses) >= 2
            assert all(chorus == choruses[0] for chorus in choruses)
            assert any(lyrics.title.lower() in line.lower() for line in choruses[0])


def test_the_callers_words_are_in_title_and_verses(songs: list[tuple[str, str, Lyrics]]) -> None:
    missing = []
    for prompt, genre, lyrics in songs:
        subjects = read(prompt, genre).subjects
        verses = " ".join(line for tag, section in sections(lyrics) for line in section if "Verse" in tag).lower()
        if subjects and not any(word in verses for subject in subjects for word in subject.words):
            missing.append((prompt, genre))
        if subjects and not any(word in lyrics.title.lower() for word in subjects[0].words):
            assert prompt == "she left me yesterday", lyrics.title
    assert len(missing) <= 0.02 * len(songs), missing


def test_articles_agree_with_the_next_word(songs: list[tuple[str, str, Lyrics]]) -> None:
    for _prompt, _genre, lyrics in songs:
        for article, word in re.findall(r"\b([Aa]n?) ([\w'-]+)", lyrics.text):
            assert (article.lower() == "an") == (phonemes(word)[0][-1].isdigit()), (article, word)


def test_the_same_seed_is_the_same_song_and_others_are_not() -> None:
    texts = [write("the sea", "pop", seed) for seed in (1, 1, 2, 3, 4)]

    assert texts[0] == texts[1]
    assert len({lyrics.text for lyrics in texts}) == 4


def test_genres_have_their_forms() -> None:
    blues = sections(write("the rain", "blues"))[0][1]
    assert len(blues) == 3
    assert blues[1].lower().endswith(blues[0].lower().removeprefix("well, "))  # AAB: the line is sung again
    assert len(sections(write("the rain", "rap"))[0][1]) == 12
    assert [tag for tag, _ in sections(write("the rain", "jazz"))][2] == "Bridge"


@pytest.mark.parametrize(
    "prompt",
    ["x", "", "!!!", "the of and", "\U0001f431", "\U0001f600" * 300, "a" * 1000, "word " * 199, "قطتي الجميلة", "猫についての歌",
     "1234567890 42", "{event} {subject} [a|b]", '<b>bold</b> & "quotes"', "na\u00efve caf\u00e9 \u0130stanbul", "\x00\x07"],
)  # fmt: skip
def test_any_prompt_becomes_a_song(prompt: str) -> None:
    lyrics = write(prompt, seed=3)

    assert lyrics.title
    assert len(sections(lyrics)) >= 4
    assert lyrics.text.isprintable() or "\x00" not in lyrics.text


def test_words_of_other_scripts_are_sung_as_they_are() -> None:
    assert "قطتي الجميلة" in write("قطتي الجميلة").title


def test_what_is_rude_is_never_sung() -> None:
    assert not set(re.findall(r"\w+", write("my fucking boss").text.lower())) & words("rude")


def test_it_is_quick() -> None:
    write("the sea", "rap")
    started_s = time.process_time()
    for seed in range(3):
        write("the sea", "rap", seed)
    assert (time.process_time() - started_s) / 3 < 0.5


def test_it_can_be_stopped() -> None:
    def report(fraction: float) -> None:
        if fraction > 0.4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        EmbeddedLyrics().write("the sea", seed=1, report=report)


def test_nothing_global_is_touched() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - that is what must stay as it is
    write("the sea")
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


class TestLexicon:
    def test_is_large(self) -> None:
        assert len(themes()) >= 40
        assert len({template.text for template in templates()}) >= 150

    def test_every_slot_is_known(self) -> None:
        known = {"event", "where", "place", "thing", "a_thing", "things", "bare", "act", "acting", "now", "often", "when",
                 "like", "line", "subject", "one", "deed"}  # fmt: skip
        for template in templates():
            assert {match[1] for match in SLOT.finditer(template.text) if match[1]} <= known, template.text

    @pytest.mark.parametrize("theme", themes().values(), ids=lambda theme: theme.name)
    def test_every_theme_has_phrases_of_every_kind(self, theme: object) -> None:
        assert min(len(phrases) for phrases in theme.phrases.values()) >= 3  # type: ignore[attr-defined]
        for phrases in theme.phrases.values():  # type: ignore[attr-defined]
            assert len(set(phrases)) == len(phrases)
            for phrase in phrases:
                assert all(phonemes(word) for word in re.findall(r"[\w']+", phrase)), phrase
        for line in theme.phrases["line"]:  # type: ignore[attr-defined]
            assert 7 <= len(Ear().syllables(line)) <= 10, line

    def test_nothing_rude_in_it(self) -> None:
        texts = [template.text for template in templates()]
        texts += [phrase for theme in themes().values() for phrases in theme.phrases.values() for phrase in phrases]
        assert not {word for text in texts for word in text.split()} & words("rude")
