"""Form: any lyrics, any length."""

from itertools import pairwise

import numpy as np
import pytest

from models.base import SongWish
from models.music.compose import compose
from models.music.composing.words import blocks_of
from models.music.score import Score

LYRICS = """[Intro]
[Verse 1]
The morning light is falling on the floor
I hear a gentle knocking at the door
[Pre-Chorus]
And I know, and I know
[Chorus]
We are the river running to the sea
We are the river, you and me
[Guitar Solo]
[Verse 2]
The evening wind is singing in the trees
I fall down slowly on my knees
[Chorus]
We are the river running to the sea
We are the river, you and me
[Outro]
You and me
"""


def texts(score: Score) -> list[str]:
    return [word.text for line in score.lines for word in line.words]


def bar_s(score: Score) -> float:
    return score.beats_per_bar * 60 / score.bpm


@pytest.mark.parametrize("style", ["pop", "blues", "trap", "jazz waltz"])
@pytest.mark.parametrize("lyrics", ["", LYRICS], ids=["instrumental", "sung"])
@pytest.mark.parametrize("length_s", [6, 15, 30, 61.5, 120, 250])
def test_the_length_is_met_within_half_a_bar(style: str, lyrics: str, length_s: float) -> None:
    score = compose(SongWish(style=style, lyrics=lyrics, length_s=length_s), seed=4)

    assert abs(score.duration_s - length_s) <= 0.5 * bar_s(score) + 1e-6
    assert all(section.length > 0 for section in score.sections)
    lines = {" ".join(words.split()) for words in LYRICS.splitlines() if not words.startswith("[")}
    assert {" ".join(word.text for word in line.words) for line in score.lines} <= lines  # no line is cut
    if length_s >= 200 and lyrics:
        assert {" ".join(word.text for word in line.words) for line in score.lines} == lines


@pytest.mark.parametrize("bpm", [40, 63.5, 120, 173.3, 240])
@pytest.mark.parametrize("key", ["F# minor", "Eb"])
def test_tempo_and_key_are_as_asked(bpm: float, key: str) -> None:
    score = compose(SongWish(style="rock", lyrics=LYRICS, key=key, bpm=bpm), seed=1)

    assert score.bpm == bpm
    assert score.key.name == {"F# minor": "F# minor", "Eb": "D# major"}[key]
    shortest_s = min(note.length for line in score.lines for word in line.words for note in word.notes) * 60 / bpm
    assert shortest_s > 0.1


def test_sections_are_those_of_the_tags_in_order() -> None:
    score = compose(SongWish(style="rock", lyrics=LYRICS), seed=2)

    tags = [section.tag for section in score.sections if section.tag not in {"Interlude", "Instrumental"}]
    assert tags == ["Intro", "Verse 1", "Pre-Chorus", "Chorus", "Guitar Solo", "Verse 2", "Chorus", "Outro"]
    kinds = {section.tag: section.kind for section in score.sections}
    assert kinds["Guitar Solo"] == "solo"
    assert kinds["Pre-Chorus"] == "prechorus"
    assert [line.text for line in score.timed_lines() if line.text.startswith("[")] == [
        "[Verse 1]", "[Pre-Chorus]", "[Chorus]", "[Verse 2]", "[Chorus]", "[Outro]",
    ]  # fmt: skip


@pytest.mark.parametrize(("tag", "family"), [("Guitar Solo", "guitar"), ("Sax Solo", "sax"), ("Piano Solo", "piano")])
@pytest.mark.parametrize("style", ["pop", "jazz", "house"])
def test_a_solo_is_played_by_the_instrument_of_its_tag_alone(tag: str, family: str, style: str) -> None:
    lyrics = f"[Verse]\nWe are the river\nrunning to the sea\n[{tag}]\n[Chorus]\nYou and me\nyou and me"
    score = compose(SongWish(style=style, lyrics=lyrics), seed=3)

    solo = next(section for section in score.sections if section.tag == tag)
    leads = [
        track.sound
        for track in score.tracks
        if track.role == "lead"
        and sum(solo.start <= note.start < solo.start + solo.length for note in track.notes) > solo.length / 4
    ]
    assert len(leads) == 1
    assert family in leads[0]


@pytest.mark.parametrize(
    "lyrics",
    [
        "Hello",
        "one two three\n\nfour five six\n\nseven eight nine",
        "la " * 1600,
        "a" * 5000,
        "x" * 40 + " " + "supercalifragilisticexpialidocious",
        "🎉 🎉\n12 34 56\n--- !!!\nand one word",
        "12345\n🎉",
        "ich gehe über die brücke\n\nÜber den wolken muss die freiheit wohl grenzenlos sein",
        "春の海 ひねもすのたり\nのたりかな",
        "Привет мой друг\nкак дела",
        "[Verse 1\nbroken [tag] here\n]",
        "[]\n[ ]\n[Chorus]\n[Chorus]",
        "[Solo]\n" * 700,
        "[Verse]\n\n\n\n",
        "(Chorus)\nsing it with me\n\nVerse 2:\nand again",
        "\u0000\u200b\ufeff text \u0301\u0301 é",
        "word\r\nword\r\n\r\nword",
        "no-no-no 'cause I'm don't oh-oh-oh... well—yes",
    ],
    ids=lambda lyrics: ascii(lyrics[:12]),
)
@pytest.mark.parametrize("style", ["pop", "hip-hop"])
def test_wild_lyrics_become_songs(lyrics: str, style: str) -> None:
    score = compose(SongWish(style=style, lyrics=lyrics), seed=0)

    assert 5 <= score.duration_s <= 600 + bar_s(score)
    assert all(any(char.isalpha() for char in text) for text in texts(score))
    notes = [note for line in score.lines for word in line.words for note in word.notes]
    assert all(after.start >= note.start + note.length - 1e-6 for note, after in pairwise(notes))
    assert all(word.notes for line in score.lines for word in line.words)
    assert all(np.isfinite([note.start, note.length]).all() and note.length > 0 for note in notes)


def test_too_long_lyrics_are_refused() -> None:
    with pytest.raises(ValueError, match="5000"):
        compose(SongWish(lyrics="a " * 2501), seed=0)


def test_paragraphs_without_tags_are_verses_and_choruses() -> None:
    plain = blocks_of("a b c\nd e f\n\nhey hey hey\n\ng h i\nj k l\n\nhey hey hey")

    assert [block.kind for block in plain] == ["verse", "chorus", "verse", "chorus"]
    assert [block.tag for block in plain] == ["Verse 1", "Chorus", "Verse 2", "Chorus"]


def test_a_chorus_tag_alone_repeats_the_chorus() -> None:
    found = blocks_of("[Chorus]\nsing it loud\n[Verse]\nsome words\n[Chorus]")

    assert found[0].lines == found[2].lines


@pytest.mark.parametrize("style", ["pop", "rap", "jazz"])
def test_vocal_only_has_a_tune_and_no_tracks(style: str) -> None:
    score = compose(SongWish(style=style, lyrics=LYRICS, vocal_only=True), seed=0)

    assert not score.tracks
    assert score.lines
    assert score.lines[0].words[0].notes[0].start < 8
    with pytest.raises(ValueError, match="nothing to sing"):
        compose(SongWish(style=style, lyrics="[Intro]\n123", vocal_only=True), seed=0)


def test_rap_moves_on_few_pitches_and_fast() -> None:
    rap = compose(SongWish(style="hip-hop", lyrics=LYRICS), seed=3)
    pop = compose(SongWish(style="pop", lyrics=LYRICS), seed=3)

    def verse(score: Score) -> tuple[int, float]:
        notes = [
            note
            for line in score.lines
            if score.sections[line.section].kind == "verse"
            for word in line.words
            for note in word.notes
        ]
        return len({note.pitch for note in notes}), float(np.median([note.length for note in notes])) * 60 / score.bpm

    assert verse(rap)[0] <= 4
    assert verse(pop)[0] >= 5
    assert verse(rap)[1] < 0.75 * verse(pop)[1]


def test_the_longest_song_is_as_long_as_asked() -> None:
    score = compose(SongWish(style="drum & bass", lyrics=LYRICS, length_s=600), seed=4)

    assert abs(score.duration_s - 600) <= 0.5 * bar_s(score) + 1e-6


def test_a_long_song_takes_little_time() -> None:
    import time

    before = time.process_time()
    compose(SongWish(style="pop", lyrics=LYRICS, length_s=180), seed=9)
    assert time.process_time() - before < 1.0
