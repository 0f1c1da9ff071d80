"""Syllables, beats and rhymes of lines.

A line is a string of syllables, one sign each: S stressed and w unstressed in a word of several, c a word of one
syllable with a meaning, f one without. Verse in English alternates strong and weak syllables; little words may be
either (Attridge 1982).
"""

import re
from dataclasses import dataclass, field

from models.lyrics.pronunciation import onset, rhyme_key, stresses
from models.lyrics.vocabulary import words

TOKEN = re.compile(r"[\w'\u2019-]+")
# What it costs to put a syllable on the beat, and off it.
ON_BEAT = {"S": 0.0, "w": 1.0, "c": 0.0, "f": 0.25}
OFF_BEAT = {"S": 1.0, "w": 0.0, "c": 0.3, "f": 0.0}


@dataclass(slots=True)
class Ear:
    """Remembers how words sound while one song is written."""

    heard: dict[str, str] = field(default_factory=dict)
    keys: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def syllables(self, text: str) -> str:
        """The signs of a text's syllables."""
        return "".join(self._word(token) for token in TOKEN.findall(text))

    def _word(self, token: str) -> str:
        word = token.lower()
        if word not in self.heard:
            found = stresses(token)
            if len(found) == 1:
                self.heard[word] = "f" if word in words("light") else "c"
            else:
                self.heard[word] = "".join("S" if stress else "w" for stress in found)
        return self.heard[word]

    def rhyme(self, text: str) -> tuple[str, str, str]:
        """The rhyme of a text's last word: perfect, by families of consonants, and what stands before it."""
        word = last_word(text)
        if word not in self.keys:
            self.keys[word] = (rhyme_key(word), rhyme_key(word, near=True), onset(word))
        return self.keys[word]


def last_word(text: str) -> str:
    tokens = TOKEN.findall(text.lower())
    return tokens[-1] if tokens else ""


def strain(signs: str) -> float:
    """How far a line is from alternating, per syllable: 0 for a line that scans; the better of both ways to begin."""
    costs = []
    for first in (0, 1):
        cost = sum((ON_BEAT if index % 2 == first else OFF_BEAT)[sign] for index, sign in enumerate(signs))
        costs.append(cost)
    return min(costs) / max(1, len(signs))
