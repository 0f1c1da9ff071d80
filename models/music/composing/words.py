"""Lyrics: sections under their tags, lines, words with the stress of their syllables."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

from models.lyrics.pronunciation import stresses
from models.music.genre import read

LONGEST = 5000  # characters
MOST_SYLLABLES_OF_A_WORD = 12
EARLY = 0.6  # of a breath, after which a comma ends it
BREATH = 16  # syllables: a longer line is sung in several breaths
LONGEST_TAG = 40
MOST_REPEATS = 4
# Kinds of section by a word of their tag; the first that fits.
KINDS = (
    ("prechorus", r"pre.?(chorus|hook)|lift"),
    ("postchorus", r"post.?(chorus|hook)"),
    ("chorus", r"chorus|hook|refrain|coro|estribillo|refrão|kehrreim"),
    ("breakdown", r"break.?down"),
    ("build", r"build"),
    ("drop", r"drop"),
    ("intro", r"intro|opening"),
    ("outro", r"outro|ending|coda|fade|end$"),
    ("bridge", r"bridge|middle|puente|pont"),
    ("solo", r"solo|instrumental|interlude|inst\b"),
    ("break", r"break"),
    ("verse", r"verse|verso|strophe|estrofa|couplet|rap|part"),
)


@dataclass(frozen=True)
class LyricWord:
    """text as written; weights: how strongly each syllable is stressed, 0 to 1; ends_phrase: a comma follows."""

    text: str
    weights: tuple[float, ...]
    ends_phrase: bool = False


@dataclass(frozen=True)
class LyricLine:
    words: tuple[LyricWord, ...]

    @cached_property
    def syllables(self) -> int:
        return sum(len(word.weights) for word in self.words)


@dataclass(frozen=True)
class Block:
    """A section of the lyrics; tag is empty where none is written."""

    tag: str
    kind: str
    lines: tuple[LyricLine, ...]


def blocks_of(lyrics: str) -> list[Block]:
    """The sections in order. Without any tag, paragraphs are verses and choruses.

    Lines without letters are dropped. A chorus tag without lines repeats the chorus before. Raises ValueError for more
    than 5000 characters.
    """
    if len(lyrics) > LONGEST:
        message = f"Lyrics may have up to {LONGEST} characters."
        raise ValueError(message)
    paragraphs = _paragraphs(lyrics)
    if any(tag for tag, _ in paragraphs):
        return _tagged(paragraphs)
    return _untagged([lines for _, lines in paragraphs if lines])


def kind_of(tag: str) -> str:
    """Empty for a tag that names no section."""
    return next((kind for kind, words in KINDS if re.search(words, tag.lower())), "")


def line_of(text: str) -> LyricLine | None:
    words = [word for token in text.split() if (word := _word(token)) is not None]
    return LyricLine(tuple(words)) if words else None


def breaths(line: LyricLine) -> list[LyricLine]:
    """A long line in pieces that one breath is enough for, cut after a comma where there is one."""
    if line.syllables <= BREATH:
        return [line]
    pieces = -(-line.syllables // (BREATH - 4))
    wanted = line.syllables / pieces
    found: list[LyricLine] = []
    now: list[LyricWord] = []
    count = 0
    for word in line.words:
        is_full = count + len(word.weights) > BREATH or count >= wanted
        if now and (is_full or (now[-1].ends_phrase and count >= EARLY * wanted)):
            found.append(LyricLine(tuple(now)))
            now, count = [], 0
        now.append(word)
        count += len(word.weights)
    return [*found, LyricLine(tuple(now))]


def _word(token: str) -> LyricWord | None:
    letters = "".join(char for char in token if char.isalpha() or char in "'’-" or unicodedata.combining(char))
    if not any(char.isalpha() for char in letters):
        return None
    if any(_is_ideograph(char) for char in letters):
        count = sum(char.isalpha() for char in letters)
        weights = tuple(0.6 if number % 2 == 0 else 0.3 for number in range(min(count, MOST_SYLLABLES_OF_A_WORD)))
    else:
        weights = _weights(letters.replace("’", "'"))
    return LyricWord(token, weights, token[-1] in ",;:.!?–—)")


def _weights(word: str) -> tuple[float, ...]:
    spoken = [stress for part in word.split("-") if any(map(str.isalpha, part)) for stress in stresses(part)]
    if not spoken:
        spoken = [1]
    if len(spoken) == 1:
        return (0.15 if word.lower().strip("'-") in _function_words() else 0.9,)
    return tuple({1: 1.0, 2: 0.6}.get(stress, 0.1) for stress in spoken[:MOST_SYLLABLES_OF_A_WORD])


@cache
def _function_words() -> frozenset[str]:
    return frozenset(read("tunes.toml")["function_words"].split())


def _is_ideograph(char: str) -> bool:
    name = unicodedata.name(char, "")
    return name.startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI"))


def _paragraphs(lyrics: str) -> list[tuple[str, list[LyricLine]]]:
    """(tag, lines) in order; a paragraph without a tag has an empty one."""
    found: list[tuple[str, list[LyricLine]]] = [("", [])]
    for raw in lyrics.splitlines():
        text = raw.strip()
        tag = _tag(text)
        if tag is not None:
            found.append((tag, []))
        elif not text:
            if found[-1][1] and not found[-1][0]:
                found.append(("", []))
        else:
            line = line_of(re.sub(r"\[[^\]]*\]", " ", text))
            if line is not None:
                found[-1][1].extend(breaths(line))
    return [(tag, lines) for tag, lines in found if tag or lines]


def _tag(text: str) -> str | None:
    """As in "[Verse 1]", also "(Chorus)", "Bridge:" and "**Outro**"."""
    found = re.fullmatch(r"\[([^\]]{0,200})\].{0,3}", text)
    if found:
        return found.group(1).strip()[:LONGEST_TAG] or None
    found = re.fullmatch(r"[(*#\s]*([A-Za-z -]{3,20}\d{0,2}(?:\s*x\d)?)[)*:\s]+", text)
    if found and kind_of(found.group(1)) and len(found.group(1).split()) <= 3:  # noqa: PLR2004
        return found.group(1).strip()
    return None


def _tagged(paragraphs: list[tuple[str, list[LyricLine]]]) -> list[Block]:
    found: list[Block] = []
    sung: dict[str, tuple[LyricLine, ...]] = {}
    for tag, written in paragraphs:
        kind = kind_of(tag) or ("verse" if written else "")
        lines = tuple(written)
        if not lines and kind == "chorus":
            lines = sung.get(kind, ())
        if not kind:
            continue
        sung.setdefault(kind, lines)
        times = re.search(r"[x×]\s?(\d)\b|\b(\d)\s?x\b", tag.lower())
        repeats = min(max(int(times.group(1) or times.group(2)), 1), MOST_REPEATS) if times and lines else 1
        found.append(Block(tag or "Verse", kind, lines * repeats))
    return found


def _untagged(paragraphs: list[list[LyricLine]]) -> list[Block]:
    if len(paragraphs) == 1 and len(paragraphs[0]) > 8:  # noqa: PLR2004 - one long paragraph
        paragraphs = [paragraphs[0][first : first + 4] for first in range(0, len(paragraphs[0]), 4)]
    texts = [tuple(word.text.lower() for line in lines for word in line.words) for lines in paragraphs]
    is_chorus: Callable[[int], bool] = (
        (lambda number: texts.count(texts[number]) > 1)
        if len(set(texts)) < len(texts)
        else (lambda number: number % 2 == 1)
    )
    found: list[Block] = []
    verses = 0
    for number, lines in enumerate(paragraphs):
        if is_chorus(number):
            found.append(Block("Chorus", "chorus", tuple(lines)))
        else:
            verses += 1
            found.append(Block(f"Verse {verses}", "verse", tuple(lines)))
    return found
