"""From a caller's text to a brief for the writer."""

import re
import unicodedata
from dataclasses import dataclass

from models.lyrics.grammar import is_verb
from models.lyrics.subject import MOST_SUBJECTS, Reader, Subject
from models.lyrics.topics import genre_asked_for, genre_of, mood_of, theme_names
from models.lyrics.vocabulary import named, theme_of_word, themes, words

MOST_CHARS = 1000
TOO_LONG = "A prompt for lyrics must not be longer than {most} characters."
TOKEN = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*", re.UNICODE)
SENTENCES = re.compile(r"[.,;:!?\u2026\n()\[\]\"\u201c\u201d/|]+|\s[-\u2013\u2014]+\s|[\u3001\u3002\uff0c\u060c\u061f]")
SOUND_LIKE = re.compile(
    r"\b(?:in the style of|in the key of|sounding like|at \d+ ?bpm|\d+ ?bpm)\b[^,.;]*", re.IGNORECASE
)
TOLD_AT_MOST = 3  # words that say what it is about before "song"
ASKED_AT_MOST = 16  # words before "about"
OWN_CHARS = 12  # of a text without spaces between words
STATEMENT_WORDS = range(3, 9)
BE = frozenset({"is", "are", "was", "were"})


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
    genre_name = genre_of([token.lower() for token in TOKEN.findall(_clean(genre))]) or genre_asked_for(all_low)
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
    subjects = sorted(_distinct(subjects), key=lambda subject: subject.words[-1] in words("vague") and not subject.deed)
    theme_words = [word for subject in subjects for word in reversed(subject.words)] + english
    sound = genre_asked_for(all_low)
    found = theme_names([word for word in theme_words if not sound or genre_of([word]) != sound])
    mood = mood_of(all_low) or (themes()[found[0]].mood if found else "calm")
    if mood == "dark":  # a sad song about love
        found = list(dict.fromkeys("heartbreak" if name == "love" else name for name in found))
    return Brief(tuple(subjects[:MOST_SUBJECTS]), statement, tuple(found[:3]), mood, genre_name)


def _clean(text: str) -> str:
    """One line, emoji by their names, no control characters."""
    out = []
    for character in unicodedata.normalize("NFC", text).replace("\u2019", "'"):
        kind = unicodedata.category(character)
        if kind == "So" or (kind == "Sk" and ord(character) > 0x1F000):  # noqa: PLR2004 - emoji and their modifiers
            names = re.findall(r"[a-z]+", unicodedata.name(character, "").lower())
            out.append(", " + " ".join(name for name in names if name not in words("emoji")) + ", ")
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
            told = [match[0] for match in tokens[:index] if not _is_asking(match[0].lower())]
            rest = text[tokens[index + 1].end() :]
            if len(told) <= TOLD_AT_MOST and (low[0] in words("asks") or not told):
                return f"{' '.join(told)}, {rest}"  # "a birthday song for Anna"
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
    if not tokens or tokens[0].lower() in words("determiners") - {"a", "an", "some"}:
        return tokens  # "my old guitar"
    about = [token for token in tokens if not _is_asking(token.lower())]
    if any(token.lower() in words("sound") for token in tokens) and len(about) <= 1:
        return []
    if not about and any(_is_genre_or_mood(token.lower()) for token in tokens):
        return [token for token in tokens if _is_subject_alone(token.lower())]
    return tokens[:-1] if len(tokens) > 1 and tokens[-1].lower() in words("songs") else tokens


def _is_subject_alone(word: str) -> bool:
    is_about_sound = bool(genre_of([word])) or word in words("songs") | words("adjectives")
    return word in theme_of_word() and not is_about_sound


def _is_genre_or_mood(word: str) -> bool:
    return (
        bool(genre_of([word]))
        or any(word in listed for listed in named("moods").values())
        or word in words("adjectives")
    )


def _statement(tokens: list[str]) -> str:
    """A short sentence: a pronoun and a verb, "I miss my old dog", or a noun and a form of be, "God is good"."""
    low = [token.lower() for token in tokens]
    ends = words("prepositions") | words("determiners") | words("conjunctions")
    if len(tokens) not in STATEMENT_WORDS or low[-1] in ends or low[0] in words("relatives") | words("conjunctions"):
        return ""
    says_i = low[0] in words("starters") and ("'" in low[0] or is_verb(low[1]) or low[1] in words("auxiliaries"))
    says_is = low[1] in BE or (low[2] in BE and low[0] in words("determiners") and len(low) > 3)  # noqa: PLR2004
    if not (says_i or says_is):
        return ""
    if low[1] in {"want", "need", "would"} and set(low) & words("songs"):
        return ""
    kept = [
        token.capitalize()
        if token.lower() in words("proper")
        else token.lower()
        if index == 0 or (token.isupper() and len(token) > 1)
        else token
        for index, token in enumerate(tokens)
    ]
    return " ".join("I" + token[1:] if token.split("'")[0] == "i" else token for token in kept)


def _is_foreign(tokens: list[str]) -> bool:
    """Not English: words of another script, or little words of another language and none of English."""
    low = [token.lower() for token in tokens]
    if any(not "\u0000" < letter < "\u0250" for token in low for letter in token if letter.isalpha()):
        return True
    english = (
        words("determiners") | words("pronouns") | words("auxiliaries") | words("prepositions") | words("conjunctions")
    )
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
    return [
        Subject((" ".join(part)[: OWN_CHARS * 3],), words=tuple(token.lower() for token in part)) for part in phrases
    ]


def _distinct(subjects: list[Subject]) -> list[Subject]:
    """Each once, and none that only repeats words of another."""
    found: list[Subject] = []
    for subject in subjects:
        heard = {word for other in found for word in other.words}
        if subject.deed or not set(subject.words) <= heard:
            found.append(subject)
    return found
