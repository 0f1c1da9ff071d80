"""A line of words, spoken, and which stretch of it is which sound of which word."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from models.base import Audio
from models.lyrics.pronunciation import phonemes
from models.speech import flite
from models.speech.embedded import WORDS_PER_MINUTE, Manner
from models.speech.espeak import Espeak
from models.speech.process import Beat

RATE = 0.9  # of the voice's speed: clearer
FLITE_VOWELS = frozenset(
    ["aa", "ae", "ah", "ao", "aw", "ax", "axr", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw"]
)
IPA_VOWELS = frozenset("aeiouyøœæɐɑɒɔəɘɛɜɞɤɨɪɯɵʉʊʌʏɚɝᵻɶ")
PAUSE = "pau"
LETTERS = re.compile(r"[^\W\d_]", re.UNICODE)
FILLER = "la"  # is sung for what has no sound
SAME, LIKE, OTHER, GAP = 0.0, 0.6, 1.5, 1.0  # costs of aligning phones


@dataclass(frozen=True, slots=True)
class Phone:
    """A sound of word `word` in the speech, seconds; a vowel carries a note."""

    word: int
    is_vowel: bool
    start_s: float
    end_s: float


def spoken(words: Sequence[str], manner: Manner, process: Espeak | None, beat: Beat) -> tuple[Audio, list[Phone]]:
    """A line in the voice of `manner`, by flite or, where it has none, the espeak-ng `process`."""
    said = [_sayable(word) for word in words]
    if process is None:
        speech, timed = flite.speak_timed(" ".join(said), manner.flite, rate=RATE * manner.rate, beat=beat)
        return speech, _of_flite(said, timed)
    text = " ".join(said)
    speech, events = process.speak_timed(text, manner.espeak, rate_wpm=RATE * WORDS_PER_MINUTE * manner.rate)
    starts = _starts(said)
    ends = [*[event.start_s for event in events[1:]], speech.duration_s]
    found, word = [], 0
    for event, end_s in zip(events, ends, strict=True):
        if event.is_word:
            word = max(number for number, start in enumerate(starts) if start <= event.position)
        elif event.name and end_s > event.start_s:
            found.append(Phone(word, not IPA_VOWELS.isdisjoint(event.name), event.start_s, end_s))
    return speech, found


def _sayable(word: str) -> str:
    """A word without marks that the speaker would pause at or name."""
    plain = unicodedata.normalize("NFC", word)
    kept = "".join(mark for mark in plain if mark.isalnum() or mark in "'’").replace("’", "'").strip("'")
    return kept if LETTERS.search(kept) or any(mark.isdigit() for mark in kept) else FILLER


def _starts(said: Sequence[str]) -> list[int]:
    found, at = [], 0
    for word in said:
        found.append(at)
        at += len(word) + 1
    return found


def _of_flite(said: Sequence[str], timed: Sequence[tuple[str, float]]) -> list[Phone]:
    """Flite does not tell where words end: what it said is aligned with what the dictionary expects."""
    expected = [(phone.rstrip("012").lower(), number) for number, word in enumerate(said) for phone in phonemes(word)]
    starts = [0.0, *[end_s for _, end_s in timed[:-1]]]
    sounds = [(name, start_s, end_s) for (name, end_s), start_s in zip(timed, starts, strict=True) if name != PAUSE]
    owners = _aligned([name for name, _, _ in sounds], expected)
    return [
        Phone(word, name in FLITE_VOWELS, start_s, end_s)
        for (name, start_s, end_s), word in zip(sounds, owners, strict=True)
    ]


def _aligned(heard: Sequence[str], expected: Sequence[tuple[str, int]]) -> list[int]:
    """The word of each phone that was heard, by the cheapest alignment."""
    if not expected:
        return [0] * len(heard)
    rows = [[GAP * column for column in range(len(expected) + 1)]]
    for name in heard:
        above = rows[-1]
        row = [above[0] + GAP]
        for column, (other, _) in enumerate(expected, 1):
            row.append(min(above[column - 1] + _cost(name, other), above[column] + GAP, row[-1] + GAP))
        rows.append(row)
    owners, line, column = [0] * len(heard), len(heard), len(expected)
    while line > 0:
        cost = rows[line][column]
        if column > 0 and cost == rows[line - 1][column - 1] + _cost(heard[line - 1], expected[column - 1][0]):
            line, column = line - 1, column - 1
            owners[line] = expected[column][1]
        elif cost == rows[line - 1][column] + GAP:
            line -= 1
            owners[line] = expected[min(column, len(expected) - 1)][1]
        else:
            column -= 1
    return owners


def _cost(one: str, other: str) -> float:
    if one == other:
        return SAME
    return LIKE if (one in FLITE_VOWELS) == (other in FLITE_VOWELS) else OTHER
