"""Words as lyrics write them, made into words that a speech synthesiser reads: "lo-o-ove" is love, "ooooh" is ooh."""

import re
import unicodedata
from collections.abc import Sequence

from models.lyrics import pronunciation
from models.speech import english, numbers
from models.speech.english_words import LETTERS
from models.speech.text import clean

LONGEST_WORD = 60  # characters that are read
YEARS = range(1100, 2100)
REPEATED = re.compile(r"([^\W\d_])\1{2,}")
VOWEL_RUN = re.compile(r"[aeiouyäöüáéíóúàèìòùâêîôû]+")
VOWEL = re.compile(r"[aeiouyAEIOUY]")
EDGES = re.compile(r"^[^\w]+|[^\w]+$")
LONGEST_ACRONYM = 4
# Scripts that one language's rules read, by the first word of a character's name in Unicode.
SCRIPTS = {
    "CYRILLIC": "ru", "GREEK": "el", "HEBREW": "he", "ARABIC": "ar", "DEVANAGARI": "hi", "BENGALI": "bn",
    "GUJARATI": "gu", "GURMUKHI": "pa", "TAMIL": "ta", "TELUGU": "te", "KANNADA": "kn", "MALAYALAM": "ml",
    "SINHALA": "si", "GEORGIAN": "ka", "ARMENIAN": "hy", "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja",
    "CJK": "zh", "THAI": "th", "ETHIOPIC": "am", "MYANMAR": "my",
}  # fmt: skip
READ_BY = {"CYRILLIC": {"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tt", "ba", "cv"}, "CJK": {"zh", "ja", "ko"},
           "ARABIC": {"ar", "fa", "ur", "ku", "sd", "ug"}, "DEVANAGARI": {"hi", "mr", "ne", "kok"}}  # fmt: skip


def spoken(words: Sequence[str], language: str) -> list[str]:
    """What is said for each word; "" where there is nothing to say. `language`: ISO 639-1."""
    letters = "".join(words)
    is_shouted = letters.isupper()
    return [_one(word, language, is_shouted=is_shouted) for word in words]


def language_of(word: str, language: str) -> str:
    """The language whose rules read the word: `language`, unless it is in a script of others."""
    for character in word:
        if character.isalpha():
            script = unicodedata.name(character, "").split(" ", 1)[0].split("-", 1)[0]
            other = SCRIPTS.get(script)
            if other is None:
                return _latin(language) if script == "LATIN" else language
            return language if language == other or language in READ_BY.get(script, ()) else other
    return language


def _latin(language: str) -> str:
    """espeak-ng reads Latin words by the rules of English among others' letters; that is what it is asked for."""
    return "en" if language in set(SCRIPTS.values()) - {"ko"} | {"uk", "be", "bg", "mk", "fa", "ur"} else language


def _one(word: str, language: str, *, is_shouted: bool) -> str:
    text = clean(word)[:LONGEST_WORD].replace("\n", " ").strip()
    if not any(character.isalnum() for character in text):
        return ""
    text = EDGES.sub("", text)
    if language == "en" and not is_shouted and _is_spelled(text):
        return " ".join(LETTERS.get(letter, letter) for letter in text)
    text = REPEATED.sub(r"\1\1", text.lower())
    text = joined(text)
    if text.isdecimal() and language == "en" and int(text[:15]) in YEARS:
        return english.year(int(text))
    said = english.spoken(text) if language == "en" else numbers.spoken(text, language)
    said = re.sub(r"[^\w' \u200c\u200d]+|_", " ", said)
    if language == "en":
        return " ".join(
            part if VOWEL.search(part) or not part.isascii() else _with_vowel(part) for part in said.split()
        )
    if language == "ja" and any("CJK" in unicodedata.name(character, "") for character in said):
        return ""  # espeak-ng has readings of kana only
    return " ".join(said.split())


def _with_vowel(part: str) -> str:
    """Something to say of hmm (hum) and shh (shuh): without a vowel they would be spelled."""
    bare = re.sub(r"(.)\1+", r"\1", part)
    if not any(character.isalpha() for character in bare) or part.isupper():
        return part
    return f"{bare[:-1]}u{bare[-1]}" if bare[-1] in "mn" else f"{bare}uh"


def _is_spelled(text: str) -> bool:
    """Capitals that are read letter by letter, such as TV: as many syllables as letters."""
    if not (text.isascii() and text.isalpha() and text.isupper() and 1 < len(text) <= LONGEST_ACRONYM):
        return False
    return len(pronunciation.stresses(text)) >= len(text)


def joined(word: str) -> str:
    """The word whose vowel is written again for each of its notes: yeah-eah, ni-i-ight; others stay as they are."""
    parts = word.split("-")
    out = [parts[0]]
    in_melisma = False
    for number, part in enumerate(parts[1:], start=1):
        run, before = VOWEL_RUN.match(part), VOWEL_RUN.findall(out[-1])
        ends_in_vowel = bool(before) and out[-1].endswith(before[-1])
        is_tail = bool(part) and len(out[-1]) > len(part) and out[-1].endswith(part) and run is not None
        is_vowel = run is not None and run.group() == part and ends_in_vowel and before[-1].endswith(part[:1])
        if is_tail or (is_vowel and number < len(parts) - 1):
            in_melisma = True
        elif in_melisma and run is not None and ends_in_vowel and before[-1][-1] == part[0]:
            out[-1] += part[run.end() :]
            in_melisma = False
        else:
            out.append(part)
            in_melisma = False
    return "-".join(out)
