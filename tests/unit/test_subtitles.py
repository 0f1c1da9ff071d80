"""Transcripts as text, SubRip and WebVTT."""

import html
import re
from itertools import pairwise

import pytest

from models.base import Segment, Word
from models.transcription.subtitles import cues, formatted_text, plain_text, srt, vtt

SRT_TIME = re.compile(r"(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})")


def spoken(text: str, start_s: float = 0.0, word_s: float = 0.4) -> Segment:
    """A segment whose words follow each other closely."""
    words = tuple(Word(word, start_s + n * word_s, start_s + (n + 1) * word_s) for n, word in enumerate(text.split()))
    return Segment(text, start_s, start_s + len(words) * word_s, words)


def untimed(segment: Segment) -> Segment:
    return Segment(segment.text, segment.start_s, segment.end_s)


LONG = spoken(" ".join(f"word{number}" for number in range(120)), 3.0)
FAST = spoken(" ".join(f"word{number}" for number in range(120)), 3.0, 0.05)
SLOW = spoken("one two three four five six", 0.0, 3.0)
CHINESE = Segment("春" * 130, 1.0, 20.0)


@pytest.mark.parametrize("segment", [LONG, FAST, SLOW, untimed(LONG), untimed(FAST), CHINESE])
def test_cues_are_short_and_follow_each_other_and_lose_nothing(segment: Segment) -> None:
    found = cues([segment])

    assert "".join("".join(cue.lines) for cue in found).replace(" ", "") == segment.text.replace(" ", "")
    for cue in found:
        assert len(cue.lines) in {1, 2}
        assert all(0 < len(line) <= 42 for line in cue.lines)
        assert 0 < cue.end_s - cue.start_s <= 7.0 + 1e-6
    for cue, after in pairwise(found):
        assert after.start_s >= cue.end_s - 1e-9


def test_cues_are_cut_where_words_are() -> None:
    times = {word.text: word for word in LONG.words}

    for cue in cues([LONG]):
        words = " ".join(cue.lines).split()
        assert cue.start_s == pytest.approx(times[words[0]].start_s)
        assert cue.end_s == pytest.approx(times[words[-1]].end_s)


def test_a_pause_ends_a_cue() -> None:
    words = (Word("before", 0.0, 0.5), Word("after", 3.0, 3.5))

    assert [cue.lines for cue in cues([Segment("before after", 0.0, 3.5, words)])] == [("before",), ("after",)]


def test_subrip_is_numbered_and_timed_with_commas() -> None:
    text = srt([spoken("Hello there.", 3661.5), spoken("Good bye.", 3670.0)])

    assert text == ("1\n01:01:01,500 --> 01:01:02,300\nHello there.\n\n2\n01:01:10,000 --> 01:01:10,800\nGood bye.\n")
    assert len(SRT_TIME.findall(text)) == 2


def test_webvtt_has_its_head_and_is_escaped() -> None:
    text = vtt([Segment("a <b> & --> c", 0.9996, 2.0)])

    head, cue = text.split("\n\n")
    assert head == "WEBVTT"
    times, line = cue.strip().split("\n")
    assert times == "00:00:01.000 --> 00:00:02.000"
    assert "-->" not in line
    assert html.unescape(line) == "a <b> & --> c"


def test_subrip_shows_no_markup() -> None:
    (_, _, line) = srt([Segment("a <i>b</i> --> {c}", 0.0, 2.0)]).strip().split("\n")

    assert not set("<>{}") & set(line)


def test_nothing_said_is_nothing_written() -> None:
    assert (plain_text([]), formatted_text([]), srt([]), vtt([])) == ("", "", "", "WEBVTT\n")
    assert plain_text([Segment(" ", 0.0, 1.0)]) == srt([Segment(" ", 0.0, 1.0)]) == ""


def test_plain_text_is_one_line() -> None:
    assert plain_text([spoken("One  two.\n"), spoken("Three.", 9.0)]) == "One two. Three."


def test_paragraphs_begin_after_long_pauses() -> None:
    segments = [spoken("One two.", 0.0), spoken("Three.", 1.0), spoken("Four.", 9.0)]

    assert formatted_text(segments) == "One two. Three.\n\nFour."


def test_bare_words_get_capitals_and_full_stops_at_pauses() -> None:
    segments = [spoken("one two", 0.0), spoken("three", 0.9), spoken("four", 3.0), spoken("five", 9.0)]

    assert formatted_text(segments) == "One two three. Four.\n\nFive."
    assert plain_text(segments) == "one two three four five"
