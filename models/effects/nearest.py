"""The nearest known word to one that is not known, by the letters they share."""

from collections.abc import Iterable, Sequence
from functools import cache

from models.effects.catalogue import Lexicon, Phrase, lexicon

LEAST_PART = 4  # letters of a known word within a compound
LEAST_LETTERS = 5  # of a word that may be misspelt
ALIKE = 0.55  # share of common pairs and triples of letters from which a word is taken for another
FALLBACK = "drone"  # dark ambience, where not even a letter is shared


@cache
def grams(word: str) -> frozenset[str]:
    """Pairs and triples of letters, with the word's ends."""
    padded = f"^{word}$"
    return frozenset(padded[at : at + size] for size in (2, 3) for at in range(len(padded) - size + 1))


def similarity(one: str, other: str) -> float:
    """Dice's coefficient of their grams: 0 for nothing in common, 1 for the same word."""
    a, b = grams(one), grams(other)
    return 2 * len(a & b) / (len(a) + len(b))


@cache
def _singles() -> tuple[str, ...]:
    words = lexicon()
    tables: tuple[Iterable[Phrase], ...] = (words.sounds, words.modifiers, words.materials, words.spaces)
    return tuple(sorted({phrase[0] for table in tables for phrase in table if len(phrase) == 1}))


def compound(word: str, words: Lexicon) -> Phrase:
    """The longest firm sound a word begins or ends with: thunderpeal, Donnerschlag."""
    for size in range(len(word) - 1, LEAST_PART - 1, -1):
        for part in (word[:size], word[-size:]):
            if (part,) in words.sounds and words.sounds[(part,)][1] == 0:
                return (part,)
    return ()


def alike(word: str, words: Lexicon) -> Phrase:
    """The known word that it looks like, if it is near enough to be a slip of the pen."""
    del words
    if len(word) < LEAST_LETTERS:
        return ()
    like = [known for known in _singles() if known[0] == word[0] and abs(len(known) - len(word)) <= 1]
    share, best = max(((similarity(word, known), known) for known in like), default=(0.0, ""))
    return (best,) if share >= ALIKE else ()


def nearest(written: Sequence[str], words: Lexicon) -> str:
    """The sound one of whose words looks most like one of these."""
    share, name = 0.0, FALLBACK
    for word in written:
        for phrase, (sound, _) in words.sounds.items():
            found = similarity(word.lower(), " ".join(phrase))
            if found > share:
                share, name = found, sound
    return name
