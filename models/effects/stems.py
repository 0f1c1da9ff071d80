"""Words as they are compared: lower case, no accents, no endings; signs such as emoji by their names."""

import unicodedata
from functools import cache

LEAST = 3  # letters that an ending leaves
PLURALS = ("sses", "shes", "ches", "xes", "zes")
VOWELS = frozenset("aeiouy")
NAMED = frozenset({"So", "Sk"})  # categories of signs whose names say what they show


def plain(text: str) -> str:
    """Lower case without accents; each emoji is replaced by its name, other signs by spaces but , ; . & +"""
    letters = []
    for sign in unicodedata.normalize("NFKD", text.replace("ß", "ss")):
        category = unicodedata.category(sign)
        if category in NAMED:
            letters.append(f" , {unicodedata.name(sign, '').lower()} , ")
        elif category[0] in "LN" or sign in ",;.&+'’":
            letters.append(sign.lower())
        elif category != "Mn":
            letters.append(" ")
    return "".join(letters).replace("'s ", " ").replace("’s ", " ").replace("'", " ").replace("’", " ")


@cache
def stem(word: str) -> str:
    """An English word without plural, -ing, -ed and -e; doubled letters at its end become one."""
    if not word.isascii() or word.isdigit():
        return word
    if word.endswith("ies") and len(word) > LEAST + 1:
        word = word[:-3] + "y"
    elif word.endswith(PLURALS):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > LEAST:
        word = word[:-1]
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= LEAST and not VOWELS.isdisjoint(rest):
            word = rest
            break
    if word.endswith("e") and len(word) > LEAST and word[-2] != "e":
        word = word[:-1]
    if len(word) > LEAST - 1 and word[-1] == word[-2] and word[-1] not in VOWELS:
        word = word[:-1]
    return word


def stems(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in plain(text).replace("-", " ").split())
