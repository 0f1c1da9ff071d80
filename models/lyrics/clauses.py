"""Parts of English sentences, as lists of words: where they end, and what of them can be sung."""

from models.lyrics.grammar import is_verb
from models.lyrics.vocabulary import words

LONGEST_PHRASE = 5  # words of a noun phrase
LONGEST_DEED = 6


def breaks(low: str) -> bool:
    """Whether a word, in small letters, ends a noun phrase."""
    return (
        low in words("pronouns")
        or low in words("auxiliaries")
        or low in words("conjunctions")
        or low in words("prepositions")
        or low in words("relatives")
    )


def deed_at(sentence: list[str], place: int) -> tuple[str, int]:
    """The verb phrase at a place, and where it ends; "" if there is none that can be sung."""
    end = place
    while end < len(sentence) and sentence[end].lower() not in words("conjunctions") | words("relatives"):
        end += 1
    phrase = sentence[place:end]
    while len(phrase) > LONGEST_DEED:
        cut = [index for index, token in enumerate(phrase) if index > 1 and token.lower() in words("prepositions")]
        if not cut:
            return "", end
        phrase = phrase[: cut[-1]]
    closing = words("prepositions") - {"in", "on", "off", "out", "up", "down", "over", "away"}
    while phrase and (phrase[-1].lower() in words("determiners") | closing):
        phrase.pop()
    low = [token.lower() for token in phrase]
    if not low or not (is_verb(low[0]) or low[0] in words("auxiliaries") - {"always"}):
        return "", end
    if len(low) == 1 and low[0] in words("auxiliaries"):
        return "", end
    return " ".join(token.lower() if token.isupper() and len(token) > 1 else token for token in phrase), end


def object_of(deed: list[str]) -> list[str]:
    """What comes after the verb."""
    start = 0
    while start < len(deed) and (deed[start].lower() in words("auxiliaries") or is_verb(deed[start])):
        start += 1
    return deed[start:]


def phrase_end(sentence: list[str], place: int, most: int) -> int:
    """Where a phrase of at most so many words that begins at a place ends: before a conjunction or a loose end."""
    end = place
    while end < min(len(sentence), place + most) and sentence[end].lower() not in words("conjunctions"):
        end += 1
    while end > place + 1 and sentence[end - 1].lower() in words("determiners") | words("prepositions") - {"out", "up"}:
        end -= 1
    return end


def link(sentence: list[str], place: int) -> str:
    """What a preposition adds to the noun phrase before it: "of old books"; "" if that is too much to sing."""
    end = place + 1
    while end < len(sentence) and not breaks(sentence[end].lower()) and not sentence[end].lower().endswith("ing"):
        end += 1
    phrase = sentence[place:end]
    if not 2 <= len(phrase) <= LONGEST_PHRASE or phrase[-1].lower() in words("determiners"):  # noqa: PLR2004
        return ""
    return " ".join(token.lower() if token.isupper() else token for token in phrase)
