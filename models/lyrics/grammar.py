"""Forms of English words: articles, plurals, -s and -ing."""

import re

from models.lyrics.pronunciation import phonemes
from models.lyrics.vocabulary import words

VOWEL_SIGNS = frozenset("012")
IRREGULAR_S = {"have": "has", "do": "does", "be": "is", "go": "goes"}
IRREGULAR_ING = {
    "be": "being",
    "lie": "lying",
    "die": "dying",
    "tie": "tying",
    "begin": "beginning",
    "forget": "forgetting",
}
DOUBLED = re.compile(r"[^aeiou]*[aeiou][bdgklmnprt]")
SIBILANT_SPELLINGS = ("s", "x", "z", "ch", "sh")


def article(word: str) -> str:
    """The indefinite article, by how the word sounds."""
    said = phonemes(word)
    return "an" if said and said[0][-1] in VOWEL_SIGNS else "a"


def is_plural(noun: str) -> bool:
    """Whether a noun looks like a plural."""
    noun = noun.lower()
    if noun in words("plurals"):
        return True
    return noun.endswith("s") and not noun.endswith(("ss", "us", "is", "'s")) and noun not in words("singular_s")


def is_mass(noun: str) -> bool:
    """Whether a noun stands without an article."""
    noun = noun.lower()
    return noun in words("mass") or (len(noun) > 5 and noun.endswith(tuple(words("mass_suffixes"))))  # noqa: PLR2004


def infinitive(verb: str) -> str:
    """The infinitive of a verb in the third person: steals → steal."""
    for base, form in IRREGULAR_S.items():
        if verb == form:
            return base
    if verb.endswith("ies") and len(verb) > 4:  # noqa: PLR2004 - "dies"
        return verb[:-3] + "y"
    if verb.endswith("es") and verb[:-2].endswith(SIBILANT_SPELLINGS) and verb[:-1] not in words("verbs"):
        return verb[:-2]
    return verb.removesuffix("s")


def gerund(phrase: str) -> str:
    """A verb phrase with its first verb in -ing: "run into the waves" → "running into the waves"."""
    verb, _, rest = phrase.partition(" ")
    if verb in IRREGULAR_ING:
        verb = IRREGULAR_ING[verb]
    elif DOUBLED.fullmatch(verb):
        verb += verb[-1] + "ing"
    elif verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        verb = verb[:-1] + "ing"
    else:
        verb += "ing"
    return f"{verb} {rest}".strip()


def stems(word: str) -> tuple[str, ...]:
    """A word and what it may be a form of, likeliest first."""
    word = word.lower().removesuffix("'s")
    found = [word]
    if word.endswith("ies"):
        found.append(word[:-3] + "y")
    for ending in ("s", "es", "ed", "d", "ing", "er"):
        if word.endswith(ending) and len(word) - len(ending) > 2:  # noqa: PLR2004
            root = word.removesuffix(ending)
            found.append(root)
            if ending in {"ed", "ing", "er"}:
                found.append(root + "e")
                if len(root) > 3 and root[-1] == root[-2]:  # noqa: PLR2004
                    found.append(root[:-1])
    return tuple(dict.fromkeys(found))


def is_gerund(word: str) -> bool:
    """Whether a word is a verb in -ing; "sing" and "king" are none."""
    word = word.lower()
    return word.endswith("ing") and word not in words("verbs") and is_verb(word)


def is_verb(word: str) -> bool:
    """Whether a word is a form of a verb that prompts use."""
    word = word.lower()
    return word in words("past") or any(stem in words("verbs") for stem in stems(word) if not word.endswith("er"))
