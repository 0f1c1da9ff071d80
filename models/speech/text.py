"""From a text as people write it to sentences as they are read aloud."""

import re
import unicodedata
from dataclasses import dataclass

from models.speech import english, numbers
from models.speech.splitting import Piece, pieces

LONGEST_TEXT = 100_000  # characters; two hours of speech
TAG = re.compile(r"</?[A-Za-z!?][^<>]{0,300}>")
MARKUP = re.compile(r"[*_`~^|\\<>{}\[\]#]+")
SPACES = re.compile(r"[^\S\n]+")
SYMBOLS = {"So", "Cs", "Co", "Cn", "Sk"}  # pictures, halves of characters, unassigned ones
PLAIN = str.maketrans({
    "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‹": '"', "›": '"',
    "…": "...", "―": "–", "—": "–", "‐": "-", "‑": "-", "−": "-", "•": "\n", "\r": "\n",
    "\u2028": "\n", "\u2029": "\n\n",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is spoken in one go, and the silence after it in seconds."""

    text: str
    pause_s: float


def sentences(text: str, language: str) -> list[Sentence]:
    """The sentences of a text, with numbers, dates, abbreviations and the like in words.

    `language`: ISO 639-1, with or without a region. Raises ValueError for a text without words and one that is too
    long.
    """
    if len(text) > LONGEST_TEXT:
        message = f"The text is longer than {LONGEST_TEXT:,} characters"
        raise ValueError(message)
    found = []
    for piece in pieces(clean(text), language):
        said = spoken_form(piece, language)
        if any(character.isalnum() for character in said):
            found.append(Sentence(said, piece.pause_s))
    if not found:
        raise ValueError("The text has no words to speak")
    return found


def spoken_form(piece: Piece, language: str) -> str:
    """One piece with everything in words that the language's rules know."""
    base = language.split("-", 1)[0].lower()
    said = english.spoken(piece.text) if base == "en" else numbers.spoken(piece.text, base)
    return SPACES.sub(" ", said).strip()


def clean(text: str) -> str:
    """Characters that are read: no tags, controls, pictures or marks of formatting; typographic ones made plain."""
    text = unicodedata.normalize("NFC", text).translate(PLAIN)
    text = MARKUP.sub(" ", TAG.sub(" ", text))
    kept = []
    for character in text:
        kind = unicodedata.category(character)
        if character in "\n°":
            kept.append(character)
        elif kind == "Cf":
            kept.append(character if character in "\u200c\u200d" else "")  # joiners belong to Indic and Persian words
        else:
            kept.append(" " if kind in SYMBOLS or kind.startswith(("C", "Z")) else character)
    return SPACES.sub(" ", "".join(kept))
