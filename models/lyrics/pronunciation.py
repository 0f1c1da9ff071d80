"""How words sound: phonemes, syllables with their stress, and rhyme.

Known words come from the CMU Pronouncing Dictionary (Carnegie Mellon University 1993-2015, BSD-2-Clause, see
CMUDICT-LICENSE.txt), written by scripts/pronunciations.py; endings and compounds of known words from those; numbers are
read out; everything else is spelled out by the rules in models/lyrics/spelling.py. Phonemes are ARPAbet, vowels with a
stress digit: 1 primary, 2 secondary, 0 none.
"""

import functools
import gzip
import re
import unicodedata
from pathlib import Path

from models.lyrics.spelling import spelled

DICTIONARY = Path(__file__).parent / "cmudict.txt.gz"
FIRST_CODE = 35  # the character of the first phoneme, '#'
LETTERS_READ = 64  # of one run of letters; nobody sings longer words
DIGITS_READ = 15  # of one number; longer ones are read digit by digit
SIBILANTS = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
VOICELESS = frozenset({"P", "T", "K", "F", "TH", *SIBILANTS - {"Z", "ZH", "JH"}})
CENTURIES = range(1100, 2100)  # numbers that are read as years
TOKEN = re.compile(r"\d+(?:(?:[.,]\d+)+|(?:st|nd|rd|th|s)\b)?|[^\W\d_]+(?:'[^\W\d_]+)*(?:(?<=in)')?")
LETTER_NAMES = {"w": ("D", "AH1", "B", "AH0", "L", "Y", "UW0")}
ENDINGS = {
    "ing": ("IH0", "NG"), "er": ("ER0",), "ers": ("ER0", "Z"), "ly": ("L", "IY0"), "ness": ("N", "AH0", "S"),
    "less": ("L", "AH0", "S"), "ful": ("F", "AH0", "L"), "y": ("IY0",), "ish": ("IH0", "SH"),
    "able": ("AH0", "B", "AH0", "L"),
}  # fmt: skip
BEFORE_VOWEL = {"ing", "er", "ers", "y", "ish", "able"}  # a silent e of the word is dropped before these
SHORTEST_PART = 3  # letters of each half of a compound
# Consonants that pass for each other at the end of a rhyme: family rhyme (Pattison 1991).
FAMILIES = {
    phoneme: family
    for family, phonemes in {
        "b": "B D G", "p": "P T K", "m": "M N NG", "v": "V DH Z ZH JH", "f": "F TH S SH CH",
    }.items()
    for phoneme in phonemes.split()
}  # fmt: skip


def phonemes(word: str) -> tuple[str, ...]:
    """ARPAbet of a word, of a number or of words joined by hyphens; () where there is nothing to say."""
    text = unicodedata.normalize("NFC", word).replace("\u2019", "'").replace("\u02bc", "'")
    said: list[str] = []
    for token in _tokens(text):
        part = _known(token.lower()) or _known(_plain(token)) or _letters_named(token) or spelled(token.lower())
        said += part if any(phoneme[-1].isdigit() for phoneme in part) else ["AH1", *part]  # "hmm" is one syllable
    return tuple(said)


def stresses(word: str) -> tuple[int, ...]:
    """Stress of every syllable in order: 1 primary, 2 secondary, 0 none."""
    return tuple(int(phoneme[-1]) for phoneme in phonemes(word) if phoneme[-1].isdigit())


def rhyme_key(word: str, *, near: bool = False) -> str:
    """What two rhyming words share: everything from the last stressed vowel on; "" where there is nothing to say.

    near: consonants of one family count as the same, so that "home" goes with "stone".
    """
    tail, _before = _parts(word)
    return " ".join(FAMILIES.get(phoneme, phoneme) if near else phoneme for phoneme in tail)


def onset(word: str) -> str:
    """The consonants before what a word shares with its rhymes; two of the same make no rhyme."""
    return " ".join(_parts(word)[1])


def rhymes(one: str, other: str, *, near: bool = False) -> bool:
    """Whether two words rhyme: the same from the last stressed vowel on, and other consonants before it."""
    tail, before = _parts(one)
    if not tail or one.lower() == other.lower() or rhyme_key(one, near=near) != rhyme_key(other, near=near):
        return False
    other_tail, other_before = _parts(other)
    return before != other_before or (near and tail != other_tail)


def _plain(word: str) -> str:
    """Without accents: naïve is in the dictionary as naive."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(letter)
    )


def _parts(word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rhyming part without stress, and the consonants before it."""
    said = phonemes(word)
    vowels = [index for index, phoneme in enumerate(said) if phoneme[-1].isdigit()]
    stressed = [index for index in vowels if said[index][-1] != "0"] or vowels
    if not stressed:
        return (), ()
    first = stressed[-1]
    onset = max((index + 1 for index in vowels if index < first), default=0)
    return tuple(phoneme.rstrip("012") for phoneme in said[first:]), said[onset:first]


@functools.cache
def _dictionary() -> tuple[list[str], dict[str, str]]:
    alphabet, _, rows = gzip.decompress(DICTIONARY.read_bytes()).decode("ascii").partition("\n")
    columns = rows.split()
    return alphabet.split(), dict(zip(columns[::2], columns[1::2], strict=True))


def is_known(word: str) -> bool:
    """Whether the dictionary itself has the word."""
    return word.lower() in _dictionary()[1]


def _entry(word: str) -> list[str]:
    alphabet, entries = _dictionary()
    return [alphabet[ord(code) - FIRST_CODE] for code in entries.get(word, "")]


def _known(word: str) -> list[str]:
    """From the dictionary, or from what it knows of the word's parts."""
    return _entry(word) or _with_ending(word) or _compound(word)


def _with_ending(word: str) -> list[str]:
    """A known word with an ending of grammar."""
    if word.endswith("in'"):
        return _entry(word[:-1] + "g")
    plain = word.replace("'", "")
    for ending in ("'s", "s'", "s"):
        stem = _entry(word.removesuffix(ending)) if word.endswith(ending) else []
        if stem:
            return _plural(stem)
    stem = (_entry(plain[:-2]) or _entry(plain[:-1])) if plain.endswith("ed") else []
    if stem:
        return _past(stem)
    for ending, tail in ENDINGS.items():
        root = plain.removesuffix(ending)
        stem = [] if root == plain else _entry(root) or (_entry(root + "e") if ending in BEFORE_VOWEL else [])
        if stem:
            return [*stem, *tail]
    return _entry(plain) if plain != word else []


def _plural(stem: list[str]) -> list[str]:
    if stem[-1] in SIBILANTS:
        return [*stem, "IH0", "Z"]
    return [*stem, "S" if stem[-1] in VOICELESS else "Z"]


def _past(stem: list[str]) -> list[str]:
    if stem[-1] in {"T", "D"}:
        return [*stem, "IH0", "D"]
    return [*stem, "T" if stem[-1] in VOICELESS else "D"]


def _compound(word: str) -> list[str]:
    """Two known words in one, the second with less stress; the split nearest the middle."""
    middle = len(word) / 2
    cuts = sorted(range(SHORTEST_PART, len(word) - SHORTEST_PART + 1), key=lambda cut: abs(cut - middle))
    for cut in cuts[:LETTERS_READ]:
        first, second = _entry(word[:cut]), _entry(word[cut:])
        if first and second and _is_word(word[:cut]) and _is_word(word[cut:]):
            return first + [phoneme.replace("1", "2") for phoneme in second]
    return []


def _is_word(part: str) -> bool:
    """The dictionary is full of surnames; parts of compounds are words that have a plural or a past of their own."""
    _alphabet, entries = _dictionary()
    return any(part + ending in entries for ending in ("s", "es", "ed", "ing", "er"))


def _letters_named(token: str) -> list[str]:
    """Abbreviations: capitals without a vowel, or consonants alone, are read letter by letter."""
    plain = token.lower().replace("'", "")
    if not plain.isascii() or len(plain) > 5 or set(plain) & set("aeiouy"):  # noqa: PLR2004 - longer ones are noises
        return []
    if not token.isupper() and len(set(plain)) < len(plain):
        return []  # "hmm", "shh"
    return [phoneme for letter in plain for phoneme in LETTER_NAMES.get(letter) or _entry(letter)]


def _tokens(text: str) -> list[str]:
    """Words to look up, numbers already in words."""
    return [
        part
        for token in TOKEN.findall(text)
        for part in (_numbers(token) if token[0].isdigit() else [token[:LETTERS_READ]])
    ]


def _numbers(digits: str) -> list[str]:
    """A number in words: 21, 1,000, 3.5, 1999, 2nd, 80s."""
    import num2words

    plain = digits.rstrip("stndrh").replace(",", "")
    if plain.count(".") > 1 or len(plain) > DIGITS_READ or (plain[0] == "0" and len(plain) > 1 and plain[1] != "."):
        return [part for digit in plain[:LETTERS_READ] if digit.isdigit() for part in _numbers(str(int(digit)))]
    value = float(plain) if "." in plain else int(plain)
    kind = "year" if value in CENTURIES and "," not in digits else "cardinal"
    is_plural = digits.endswith("s")
    if digits[-1].isalpha() and not is_plural:
        kind = "ordinal"
    said = [word for word in re.split(r"[^a-z]+", str(num2words.num2words(value, to=kind))) if word]
    if is_plural:
        said[-1] = said[-1].removesuffix("y") + "ies" if said[-1].endswith("y") else said[-1] + "s"
    return said
