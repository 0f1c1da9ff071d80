"""From a caller's wish to what ACE-Step reads, and what it cannot do, told in words for the caller."""

import math
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.base import SongWish
from models.music.genre import genres
from models.music.keys import key_of
from models.music.prose import plain, word_pattern

SHORTEST_S, LONGEST_S = 10, 600
SLOWEST_BPM, FASTEST_BPM = 30, 300
MOST_LYRICS, MOST_WORDS = 20_000, 2_000  # characters
MOST_LYRIC_TOKENS, MOST_CAPTION_TOKENS = 2048, 180
INSTRUMENTAL = "[Instrumental]"
UNKNOWN = "unknown"
KEYS = tuple(f"{letter}{sign} {mode}" for letter in "ABCDEFG" for sign in ("", "#", "b") for mode in ("major", "minor"))
METRES = ("2", "3", "4", "6")
GRID_S = 0.4  # two codes, so that the number of latents, five for a code, is even: odd ones are said to become hum
FASTEST_S, SLOWEST_S, AROUND_S = 0.35, 1.6, 20.0  # for a word that is sung; without singing
FREE_S = (60, 180)  # of an instrumental
CLEAR = 2  # words more than any other language
TAG = re.compile(r"\[[^\]\n]*\]")
SPECIAL = re.compile(r"<\|[^<>|]*\|>|</?think>", re.IGNORECASE)
VOICES = {"female": "female vocals", "male": "male vocals"}
ALONE = "a cappella, vocals only, no instruments"
GENRE_WORDS = 3


@dataclass(frozen=True, slots=True)
class Request:
    """caption, lyrics: as the model reads them; avoid: what it should turn away from; choices: see `Planner.plan`.

    length_s  0: free
    """

    caption: str
    lyrics: str
    avoid: str
    choices: Mapping[str, Sequence[str]]
    length_s: float


def request_of(wish: SongWish, tokenizer: Any) -> Request:  # noqa: ANN401 - transformers does not tell its types
    """Raises ValueError, with a text for the caller, for what the model cannot make."""
    lyrics = _lyrics(wish.lyrics)
    if max(len(wish.prompt), len(wish.style), len(wish.avoid)) > MOST_WORDS:
        message = f"Prompt, style and what to avoid must not be longer than {MOST_WORDS} characters each."
        raise ValueError(message)
    if wish.length_s and not SHORTEST_S <= wish.length_s <= LONGEST_S:
        message = f"Songs of this model are from {SHORTEST_S} s to {LONGEST_S} s long, not {wish.length_s:g} s."
        raise ValueError(message)
    if wish.bpm and not SLOWEST_BPM <= wish.bpm <= FASTEST_BPM:
        message = f"Tempos of this model are from {SLOWEST_BPM} to {FASTEST_BPM} bpm, not {wish.bpm:g}."
        raise ValueError(message)
    languages = languages_of(lyrics)
    check_lyrics(lyrics, languages[0], tokenizer)
    shortest, longest = _lengths(lyrics)
    choices = {
        "bpm": [str(round(wish.bpm))] if wish.bpm else [str(bpm) for bpm in range(SLOWEST_BPM, FASTEST_BPM + 1)],
        "duration": [str(round(wish.length_s))] if wish.length_s else [str(s) for s in range(shortest, longest + 1)],
        "keyscale": [key_of(wish.key).name] if wish.key else KEYS,
        "language": languages,
        "timesignature": METRES,
    }
    return Request(fitted(caption_of(wish), tokenizer), lyrics, line_of(wish.avoid), choices, wish.length_s)


def caption_of(wish: SongWish) -> str:
    """Sound first, then what it is about."""
    parts = [line_of(wish.style), line_of(wish.prompt)]
    if wish.lyrics and wish.voice is not None:
        parts.append(VOICES.get(wish.voice.gender, ""))
    if wish.vocal_only:
        parts.append(ALONE)
    return ", ".join(filter(None, parts))


def fitted(caption: str, tokenizer: Any) -> str:  # noqa: ANN401 - as above
    """Without its last words where it is too long: the pipeline would cut off tempo and key, which follow it."""
    words = caption.split()
    while len(words) > 1 and len(tokenizer(" ".join(words))["input_ids"]) > MOST_CAPTION_TOKENS:
        words = words[: max(len(words) - 1 - len(words) // 20, 1)]
    return " ".join(words)


def check_lyrics(lyrics: str, language: str, tokenizer: Any) -> None:  # noqa: ANN401 - as above
    """Raises ValueError for lyrics whose end would not be sung."""
    tokens = len(tokenizer(f"# Languages\n{language}\n\n# Lyric\n{lyrics}<|endoftext|>")["input_ids"])
    if tokens > MOST_LYRIC_TOKENS:
        fits = len(lyrics) * MOST_LYRIC_TOKENS // tokens
        message = f"These lyrics are too long for this model: it sings about {fits} of their {len(lyrics)} characters."
        raise ValueError(message)


def languages_of(lyrics: str) -> tuple[str, ...]:
    """Codes of the languages the lyrics may be in, the likeliest first; one alone where words or letters are clear."""
    sung = TAG.sub(" ", lyrics)
    letters = Counter(unicodedata.name(sign, "").partition(" ")[0] for sign in sung if sign.isalpha())
    known = _known()["letters"]
    if letters["HIRAGANA"] + letters["KATAKANA"]:
        return tuple(known["HIRAGANA"])
    script = next((script for script, _ in letters.most_common() if script in known), None)
    if script is None:
        return (UNKNOWN,)
    if script != "LATIN":
        return tuple(known[script])
    words = Counter(re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", sung.lower().replace("’", "'")))
    found = Counter({code: sum(words[word] for word in told.split()) for code, told in _known()["words"].items()})
    (first, most), (_, second) = found.most_common(2)
    if most - second >= CLEAR or (most and most > 2 * second):
        return (first,)
    return (first, *(code for code in known[script] if code != first)) if most else tuple(known[script])


def genre_in(wish: SongWish) -> str:
    """The genre that is named first, else the beginning of the style."""
    said = plain(f"{wish.style}, {wish.prompt}")
    places = [
        (place.start(), -len(word), genre.name)
        for genre in genres().values()
        for word in (*genre.words, genre.name.lower())
        if word in said and (place := word_pattern(word).search(said))
    ]
    return min(places)[2] if places else " ".join(line_of(wish.style).split()[:GENRE_WORDS])


def on_grid(length_s: float) -> float:
    """The next length that is made of whole pairs of codes."""
    return max(math.ceil(round(length_s / GRID_S, 6)), 1) * GRID_S


def _lyrics(text: str) -> str:
    if len(text) > MOST_LYRICS:
        message = f"Lyrics must not be longer than {MOST_LYRICS} characters."
        raise ValueError(message)
    lines = (line_of(line) for line in text.splitlines())
    cleaned = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return cleaned if TAG.sub("", cleaned).strip() else INSTRUMENTAL


def line_of(text: str) -> str:
    """One line without signs that mean something else to the model."""
    text = SPECIAL.sub(" ", unicodedata.normalize("NFC", text).replace("\ufffd", " "))
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _lengths(lyrics: str) -> tuple[int, int]:
    """From a fast to a slow singer, in seconds."""
    sung = TAG.sub(" ", lyrics)
    if not sung.strip():
        return FREE_S
    together = sum(1 for sign in sung if unicodedata.name(sign, "").startswith(("CJK", "HIRAGANA", "KATAKANA")))
    words = len(sung.split()) + together // 2
    shortest = min(max(round(words * FASTEST_S + AROUND_S / 2), 30), LONGEST_S)
    return shortest, min(max(round(words * SLOWEST_S + AROUND_S), 60), LONGEST_S)


@cache
def _known() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("languages.toml").read_text(encoding="utf-8"))
