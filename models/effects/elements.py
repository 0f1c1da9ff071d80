"""A prompt cut into the phrases of the lexicon, the longest first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from models.effects.catalogue import Lexicon, Phrase, lexicon
from models.effects.nearest import alike, compound
from models.effects.stems import plain, stem

if TYPE_CHECKING:
    from models.effects.prompt import Wish

SEPARATORS = {",": ",", ";": ",", ".": ",", "&": "and", "+": "and"}
UNITS = frozenset({"second", "sec", "minut", "min", "hz", "khz", "db", "bpm", "k", "bit", "year"})
MOST_COUNT = 64
SKIPPED = 3  # words that may stand between those of a phrase: "knock on the old door"
NONE: Mapping[str, float] = {}


@dataclass(slots=True)
class Element:
    """Some words and what they may mean; `describes`: they can also be a material or a place."""

    word: str
    between: str = ""
    sound: str = ""
    rank: int = 0
    like: str = ""
    effect: Mapping[str, float] = field(default_factory=lambda: NONE)
    material: str = ""
    space: str = ""
    count: str = ""
    plural: bool = False
    unknown: bool = False
    made: "Wish | None" = None

    @property
    def describes(self) -> bool:
        return bool(self.material or self.space)


@cache
def _by_first() -> Mapping[str, tuple[Phrase, ...]]:
    """All phrases by their first word, the longest first."""
    words = lexicon()
    tables = (words.sounds, words.like, words.modifiers, words.materials, words.spaces, words.counts, words.between)
    found: dict[str, set[Phrase]] = {}
    for table in tables:
        for phrase in table:
            if phrase:
                found.setdefault(phrase[0], set()).add(phrase)
    return {
        first: tuple(sorted(phrases, key=lambda phrase: (-len(phrase), phrase))) for first, phrases in found.items()
    }


def elements(prompt: str, words: Lexicon) -> list[Element]:
    """The prompt in order; words without meaning are left out, such as are not known are marked."""
    text = plain(prompt)
    for sign in SEPARATORS:
        text = text.replace(sign, f" {sign} ")
    tokens = text.split()
    stemmed = [stem(token) for token in tokens]
    found: list[Element] = []
    at = 0
    while at < len(tokens):
        if tokens[at] in SEPARATORS:
            found.append(Element(tokens[at], between=SEPARATORS[tokens[at]]))
            at += 1
            continue
        phrase, end = _longest(stemmed, at, words.stop)
        if phrase:
            found.append(_element(phrase, tokens[at:end], words))
            at = end
            continue
        single = _single(tokens[at], stemmed, at, words)
        if single is not None:
            found.append(single)
        at += 1
    return found


def _longest(stemmed: list[str], at: int, stop: frozenset[str]) -> tuple[Phrase, int]:
    for phrase in _by_first().get(stemmed[at], ()):
        place, skipped = at + 1, 0
        for wanted in phrase[1:]:
            while place < len(stemmed) and stemmed[place] != wanted and stemmed[place] in stop and skipped < SKIPPED:
                place, skipped = place + 1, skipped + 1
            if place >= len(stemmed) or stemmed[place] != wanted:
                break
            place += 1
        else:
            return phrase, place
    return (), at


def _element(phrase: Phrase, written: list[str], words: Lexicon) -> Element:
    word = " ".join(written)
    if phrase in words.between:
        return Element(word, between=words.between[phrase])
    sound, rank = words.sounds.get(phrase, ("", 0))
    like = "" if sound else words.like.get(phrase, "")
    return Element(
        word,
        sound=sound,
        rank=rank,
        like=like,
        effect=words.modifiers.get(phrase, NONE),
        material=words.materials.get(phrase, ""),
        space=words.spaces.get(phrase, ""),
        count=words.counts.get(phrase, ""),
        plural=_is_plural(written[-1], words),
        unknown=bool(like),
    )


def _is_plural(word: str, words: Lexicon) -> bool:
    return word.endswith("s") and not word.endswith(("ss", "us", "is")) and word not in words.verbs


def _single(token: str, stemmed: list[str], at: int, words: Lexicon) -> Element | None:
    """A number, a compound of known words, a misspelt word, or one nothing is known of."""
    if token.isdigit():
        following = stemmed[at + 1] if at + 1 < len(stemmed) else ""
        usable = following not in UNITS and len(token) < 4 and int(token) > 0  # noqa: PLR2004
        return Element(token, count=str(min(int(token), MOST_COUNT))) if usable else None
    if stemmed[at] in words.stop or len(token) == 1:
        return None
    if phrase := compound(stemmed[at], words):
        return _element(phrase, [token], words)
    guessed = alike(stemmed[at], words)
    if guessed:
        element = _element(guessed, [token], words)
        element.unknown = True
        return element
    return Element(token, unknown=True)
