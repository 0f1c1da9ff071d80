"""Looking for words in what a caller wrote."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from models.music.genre import read


@cache
def known_words() -> Mapping[str, Any]:
    """What brief.toml holds."""
    return read("brief.toml")


def plain(text: str) -> str:
    """Lower case, one space between words, padded, so that a word can be looked for with its borders."""
    return (
        f" {' '.join(re.sub(r'[^a-z0-9&/#.,:' + chr(39) + r'-]+', ' ', text.lower().replace('’', chr(39))).split())} "
    )


@cache
def word_pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9&]){re.escape(word)}(?![a-z0-9&])")


def has_word(said: str, words: Iterable[str]) -> bool:
    """Whether one of the words is in a text that is plain, as a word."""
    return any(word in said and word_pattern(word).search(said) for word in words)
