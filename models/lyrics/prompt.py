"""From a caller's text to a brief for the writer."""

import re
import unicodedata
from dataclasses import dataclass

from models.lyrics.grammar import is_verb
from models.lyrics.subject import MOST_SUBJECTS, Reader, Subject, genre_of, mood_of, theme_names
from models.lyrics.vocabulary import named, theme_of_word, themes, words

MOST_CHARS = 1000
TOO_LONG = "A prompt for lyrics must not be longer than {most} characters."
TOKEN = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*", re.UNICODE)
SENTENCES = re.compile(r"[.,;:!?\u2026\n()\[\]\"\u201c\u201d/|]+|\s[-\u2013\u2014]+\s|[\u3001\u3002\uff0c\u060c\u061f]")
SOUND_LIKE = re.compile(r"\b(?:in the style of|in the key of|sounding like|at \d+ ?bpm|\d+ ?bpm)\b[^,.;]*", re.IGNORECASE)
ASKED_AT_MOST = 16  # words before "about"
EMOJI_NOISE = frozenset(
    "face with heavy black white symbol sign eyes hand of and the red blue green yellow smiling emoji modifier fitzpatrick"
    " type button mark variation selector joiner zero width medium light dark skin tone large small grinning".split()
)
OWN_CHARS = 12  # of a text without spaces between words
STATEMENT_WORDS = range(3, 9)


@dataclass(frozen=True, slots=True)
class Brief:
    """What a song is to be.

    subjects   what it is about, the main one first
    statement  a short sentence of the caller's that can be sung as it is, or ""
    themes     names of themes.toml, at least one, nearest first
    mood       bright, dark or calm
    genre      a genre of forms.toml, or ""
    """

    subjects: tuple[Subject, ...]
    statement: str
    themes: tuple[str, ...]
    mood: str
    genre: str


def read(prompt: str, genre: str = "") -> Brief:
    """Understand a prompt. Raises ValueError if it is too long."""
    if len(prompt) > MOST_CHARS or len(genre) > MOST_CHARS:
        raise ValueError(TOO_LONG.format(most=MOST_CHARS))
    text = _clean(prompt)
    all_low = [token.lower() for token in TOKEN.findall(text)]
    genre_name = genre_of([token.lower() for token in TOKEN.findall(_clean(genre))]) or genre_of(all_low)
    letters = [character for character in text if character.isalpha()]
    is_shouted = len(letters) > 1 and not any(character.islower() for character in letters)
    subjects: list[Subject] = []
    statement = ""
    english: list[str] = []
    text = _without_request(SOUND_LIKE.sub(" ", text))
    for part in SENTENCES.split(text):
        tokens = [token for token in TOKEN.findall(part) if token.lower() not in words("rude")]
        if _is_foreign(tokens):
            subjects += _foreign(tokens)
            continue
        english += [token.lower() for token in tokens]
        tokens = _without_sound(tokens)
        statement = statement or _statement(tokens)
        reader = Reader(is_shouted)
        reader.read(tokens)
        subjects += reader.found
    subjects = _distinct(subjects)
    theme_words = [word for subject in subjects for word in subject.words] + english
    found = theme_names([word for word in theme_words if genre_of([word]) == ""])
    mood = mood_of(all_low) or (themes()[found[0]].mood if found else "calm")
    return Brief(tuple(subjects[:MOST_SUBJECTS]), statement, tuple(found[:3]), mood, genre_name)


def _clean(text: str) -> str:
    """One line, emoji by their names, no control characters."""
    out = []
    for character in unicodedata.normalize("NFC", text).replace("\u2019", "'"):
        kind = unicodedata.category(character)
        if kind == "So" or (kind == "Sk" and ord(character) > 0x1F000):  # noqa: PLR2004 - emoji and their modifiers
            names = re.findall(r"[a-z]+", unicodedata.name(character, "").lower())
            out.append(", " + " ".join(name for name in names if name not in EMOJI_NOISE) + ", ")
        elif kind == "Cc":
            out.append("\n" if character in "\n\r" else " ")
        elif kind[0] in "LNMPZ" or kind == "Sm":
            out.append(character)
    return "".join(out)


def _without_request(text: str) -> str:
    """What follows "write me a song about"; everything if nothing is asked for."""
    tokens = list(TOKEN.finditer(text))
    low = [match[0].lower() for match in tokens]
    for index, word in enumerate(low[:ASKED_AT_MOST]):
        if word in words("songs") and index + 1 < len(low) and low[index + 1] in words("about"):
            before = low[:index]
            if all(_is_asking(token) for token in before):
                return text[tokens[index + 1].end() :]
        if word in words("foreign_songs") and index + 1 < len(low) and low[index + 1] in words("foreign"):
            return text[tokens[index + 1].end() :]
    if low and low[0] in {"about", "on"}:
        return text[tokens[0].end() :]
    return text


def _is_asking(token: str) -> bool:
    return token in words("asks") | words("adjectives") | words("sound") | words("conjunctions") or bool(
        genre_of([token]) or any(token in listed for listed in named("moods").values())
    )


def _without_sound(tokens: list[str]) -> list[str]:
    """Without a part that only says how the song should sound: "upbeat pop", "female vocals"."""
    about = [token for token in tokens if not _is_asking(token.lower())]
    if any(token.lower() in words("sound") for token in tokens) and len(about) <= 1:
        return []
    if not about and any(_is_genre_or_mood(token.lower()) for token in tokens):
        return [token for token in tokens if token.lower() in theme_of_word() and not _is_asking(token.lower())]
    if tokens and tokens[-1].lower() in words("songs") and len(tokens) > 1 and len(about) <= len(tokens) - 1:
        return tokens[:-1]
    return tokens


def _is_genre_or_mood(word: str) -> bool:
    return bool(genre_of([word])) or any(word in listed for listed in named("moods").values()) or word in words("adjectives")


def _statement(tokens: list[str]) -> str:
    """A short sentence that begins with a pronoun and has a verb: "I miss my old dog"."""
    if len(tokens) not in STATEMENT_WORDS or tokens[0].lower() not in words("starters"):
        return ""
    low = [token.lower() for token in tokens]
    if low[-1] in words("prepositions") | words("determiners") | words("conjunctions"):
        return ""
    if not ("'" in low[0] or is_verb(low[1]) or low[1] in words("auxiliaries")):
        return ""
    if low[1] in {"want", "need", "would"} and set(low) & words("songs"):
        return ""
    kept = [token.lower() if index == 0 or (token.isupper() and len(token) > 1) else token for index, token in enumerate(tokens)]
    return " ".join("I" + token[1:] if token.split("'")[0] == "i" else token for token in kept)


def _is_foreign(tokens: list[str]) -> bool:
    """Not English: words of another script, or little words of another language and none of English."""
    low = [token.lower() for token in tokens]
    if any(not "\u0000" < letter < "\u0250" for token in low for letter in token if letter.isalpha()):
        return True
    english = words("determiners") | words("pronouns") | words("auxiliaries") | words("prepositions") | words("conjunctions")
    strange = [token for token in low if token in words("foreign")]
    ours = [token for token in low if token in english and token not in words("foreign")]
    return bool(strange) and not ours and len(low) > len(strange)


def _foreign(tokens: list[str]) -> list[Subject]:
    """Words between the little ones, as names, with what says whose they are."""
    found: list[list[str]] = [[]]
    own = ""
    for token in tokens:
        if token.lower() in words("foreign"):
            own = token if token.lower() in words("foreign_own") else ""
            found.append([own] if own else [])
        elif token.lower() not in words("foreign_songs"):
            found[-1].append(token)
    phrases = [part[:3] for part in found if [token for token in part if token.lower() not in words("foreign")]]
    return [Subject((" ".join(part)[: OWN_CHARS * 3],), words=tuple(token.lower() for token in part)) for part in phrases]


def _distinct(subjects: list[Subject]) -> list[Subject]:
    """Each once, and none that only repeats words of another."""
    found: list[Subject] = []
    for subject in subjects:
        heard = {word for other in found for word in other.words}
        if subject.deed or not set(subject.words) <= heard:
            found.append(subject)
    return found
