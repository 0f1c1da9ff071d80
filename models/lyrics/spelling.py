"""Letters to sounds by rule, for words that no dictionary has: names, other languages, invented words.

English spelling after Elovitz et al. 1976 (letter-to-sound rules by context), in a shorter form; words that end like
Italian, Spanish or Japanese ones get the five plain vowels. Stress after Chomsky and Halle 1968: endings that draw the
stress, else the last syllable but one if it is heavy, else the one before. Other scripts are read through the names
that Unicode gives their letters, or one syllable a character.
"""

import functools
import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any, NamedTuple

RULES = Path(__file__).parent / "spelling.toml"
REDUCED = {"AE": "AH", "AA": "AH", "AO": "AH", "EH": "AH", "IH": "IH", "UH": "AH", "AH": "AH"}
CONSONANT_SCRIPTS = ("ARABIC", "HEBREW", "SYRIAC")  # write consonants alone: a vowel is said between them
SYLLABLE_SCRIPTS = ("HANGUL", "HIRAGANA", "KATAKANA")
LATIN_BY_HAND = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "oe", "ł": "w", "đ": "d", "ð": "th", "þ": "th"})
HEAVY_CODA = 2  # consonants after a vowel that make its syllable heavy


class Rule(NamedTuple):
    before: re.Pattern[str] | None
    here: re.Pattern[str]
    said: list[str]


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads(RULES.read_text(encoding="utf-8"))


@functools.cache
def _rules() -> dict[str, list[Rule]]:
    """The rules by the letter they are for, in order."""
    by_letter: dict[str, list[Rule]] = {}
    for row in _table()["rules"]:
        spelling, said = row.rsplit("=", 1)
        match = re.fullmatch(r"\s*(.*)<(.+)>(\S*)\s*", spelling)
        assert match is not None, row
        before, letters, after = match.groups()
        here = re.compile(
            letters + (after if after.startswith("(?") or after == "$" else f"(?={after})" if after else "")
        )
        by_letter.setdefault(letters[0], []).append(
            Rule(re.compile(f"(?:{before})$") if before else None, here, said.split())
        )
    return by_letter


def spelled(word: str) -> list[str]:
    """ARPAbet of a lower-case word, with stress; at least one vowel if the word has a letter at all."""
    word = _latin(word)
    if not word:
        return []
    said = _plain_vowels(word) if _is_plain(word) else _english(word)
    if not any(phoneme in VOWELS for phoneme in said):
        said = ["AH", *said] if said else ["AH"]
    return _stressed(said, word)


def _latin(word: str) -> str:
    """The word in the letters a to z; accents that change a sound are kept as é, ñ and ç."""
    letters: dict[str, str] = _table()["letters"]
    out: list[str] = []
    for character in word.translate(LATIN_BY_HAND):
        if character in "éñç" or (character.isascii() and character.isalpha()):
            out.append(character)
            continue
        base = unicodedata.normalize("NFKD", character)[0]
        name = unicodedata.name(character, "")
        script = name.split(" ")[0]
        if base.isascii() and base.isalpha():
            out.append(base.lower())
        elif base in letters:
            out.append(letters[base])
        elif script in SYLLABLE_SCRIPTS:
            out.append(re.sub(r"[^a-z]", "", name.rsplit(" ", 1)[-1].lower()))
        elif script in CONSONANT_SCRIPTS and character.isalpha():
            out.append(_consonant(name) + ("a" if len(out) % 2 == 0 else ""))
        elif character.isalpha():
            out.append("la" if out else "ma")  # one syllable a character, as in Chinese
    return "".join(out)


def _consonant(name: str) -> str:
    """The sound a letter begins with: ARABIC LETTER BEH is b."""
    match = re.search(r"LETTER (?:FINAL )?(SH|KH|GH|TH|DH|[A-Z])", name)
    return "" if match is None or match[1] in "AIEOU" else match[1].lower()


def _is_plain(word: str) -> bool:
    """Whether it looks like a word of the languages with five plain vowels: it ends in a, i, o or u and is regular."""
    return word[-1] in "aiou" and all(group in _table()["plain"] for group in re.findall(r"[^aeiouyé]+", word))


def _plain_vowels(word: str) -> list[str]:
    vowels = {"a": "AA", "e": "EH", "é": "EY", "i": "IY", "o": "OW", "u": "UW"}
    said: list[str] = []
    rest = word
    while rest:
        if rest[0] in vowels:
            said.append(vowels[rest[0]])
            rest = rest[1:]
        else:
            found, length = _rule(word, len(word) - len(rest))
            said += [phoneme for phoneme in found if phoneme not in VOWELS]
            rest = rest[length:]
    return said


def _english(word: str) -> list[str]:
    said: list[str] = []
    place = 0
    while place < len(word):
        found, length = _rule(word, place)
        said += found
        place += length
    return [
        phoneme for index, phoneme in enumerate(said) if index == 0 or phoneme in VOWELS or phoneme != said[index - 1]
    ]


def _rule(word: str, place: int) -> tuple[list[str], int]:
    """What the letters at a place say, and how many they are."""
    for rule in _rules().get(word[place], []):
        match = rule.here.match(word, place)
        if match and (rule.before is None or rule.before.search(word[:place])):
            return rule.said, len(match[0])
    return [], 1


def _stressed(said: list[str], word: str) -> list[str]:
    """Stress digits on the vowels; short vowels without stress are reduced."""
    places = [index for index, phoneme in enumerate(said) if phoneme in VOWELS]
    main = _main(said, places, word)
    digits = dict.fromkeys(places, "0")
    digits[places[main]] = "1"
    for number in range(main - 2, -1, -2):
        digits[places[number]] = "2"
    out = []
    for index, phoneme in enumerate(said):
        is_weak = digits.get(index) == "0" and index != places[-1]
        out.append((REDUCED.get(phoneme, phoneme) if is_weak else phoneme) + digits.get(index, ""))
    return out


def _main(said: list[str], places: list[int], word: str) -> int:
    """Which vowel has the main stress."""
    count = len(places)
    for ending, from_end in _table()["stress"].items():
        if word.endswith(ending) and count >= from_end:
            return count - int(from_end)
    if count <= 2 or _is_plain(word):  # noqa: PLR2004 - two syllables
        return max(0, count - 2)
    last_but_one = places[-2]
    is_heavy = said[last_but_one] in LONG or places[-1] - last_but_one > HEAVY_CODA
    return count - 2 if is_heavy else count - 3


LONG = frozenset({"EY", "IY", "AY", "OW", "UW", "AW", "OY"})
VOWELS = LONG | {"AA", "AE", "AH", "AO", "EH", "ER", "IH", "UH"}
