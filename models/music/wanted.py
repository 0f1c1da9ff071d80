"""Instruments in the words of a caller: which are wanted, which are not, and whether they are alone."""

import re
from functools import cache

from models.music.genre import instruments
from models.music.prose import has_word, known_words, word_pattern

DRUMS = "drums"


def instruments_in(said: str, avoided: str) -> tuple[list[str], set[str]]:
    """Sounds that are wanted, in the order in which they are named, and all that is not."""
    denied, kept = _without(said)
    unwanted = _family(avoided) | _family(denied)
    spots: list[tuple[int, str]] = []
    rest = kept
    for word, sound in sorted(_sound_words(), key=lambda pair: -len(pair[0])):
        found = word_pattern(word).search(rest) if word in rest else None
        if found:
            spots.append((found.start(), sound))
            rest = rest[: found.start()] + "_" * len(word) + rest[found.end() :]
    wanted = list(dict.fromkeys(sound for _, sound in sorted(spots)))
    return wanted, unwanted


@cache
def _sound_words() -> tuple[tuple[str, str], ...]:
    return (
        *((word, sound) for sound, told in instruments().items() for word in told.words),
        *((word, DRUMS) for word in known_words()["drums"] if not word.startswith("beat")),
    )


def _family(said: str) -> set[str]:
    """All sounds that a text names: "guitar" is every guitar."""
    found = {
        sound
        for sound, told in instruments().items()
        if has_word(said, (*told.words, *told.families, *map(_plural, told.words)))
    }
    if has_word(said, ["acoustic guitar", "acoustic guitars"]):
        found |= {"steel guitar", "nylon guitar"}
    return found | ({DRUMS} if has_word(said, known_words()["drums"]) else set())


def _plural(word: str) -> str:
    return f"{word}s"


def _without(said: str) -> tuple[str, str]:
    """What follows "no" or "without", up to the end of the list, and the text without it."""
    negation = "|".join(map(re.escape, known_words()["without"]))
    denied: list[str] = []

    def cut(found: re.Match[str]) -> str:
        denied.append(found.group(2))
        return " . "

    kept = re.sub(
        rf"\b({negation})\b((?:(?!\b(?:but|with|only|just|and an?|plus|featuring)\b|[.]\s).){{1,60}})", cut, said
    )
    return f" {' . '.join(denied)} ", f" {kept} "


def is_alone(said: str, wanted: list[str]) -> bool:
    """As in "solo piano", "piano solo", "only guitar and flute"."""
    if not wanted:
        return False
    sounds = "|".join(re.escape(word) for word, sound in _sound_words() if sound in wanted)
    return bool(
        re.search(rf"\b(?:{'|'.join(known_words()['only'])})\s+(?:an?\s+|one\s+)?(?:\w+\s+)?(?:{sounds})\b", said)
        or re.search(rf"\b(?:{sounds})\s+(?:only|alone)\b", said)
        or re.search(r"^\W*(?:\w+\s){0,3}?(?:piano|guitar|harp|violin|cello) solo\W*$", said)
    )
