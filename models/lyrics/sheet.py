"""A lyric sheet as a language model writes it: read, put in order, and judged."""

import re
import unicodedata
from dataclasses import dataclass

from models.lyrics.metre import Ear
from models.lyrics.pronunciation import is_known
from models.lyrics.vocabulary import words

TAG = re.compile(
    r"^\W*(intro|verse|pre[- ]?chorus|chorus|hook|refrain|bridge|outro|interlude)\s*(\d{1,2})?\b[^\w]*$", re.IGNORECASE
)
TITLE = re.compile(r"^\W*(?:song )?title\W*:\W*(.+?)[\s*\"'#]*$", re.IGNORECASE)
THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
ASIDE = re.compile(
    r"^(?:here(?:'s| is| are)|note|sure|certainly|i hope|let me know|this song|lyrics|---)\b", re.IGNORECASE
)
NAMES = {"pre chorus": "Pre-Chorus", "prechorus": "Pre-Chorus", "pre-chorus": "Pre-Chorus", "hook": "Chorus"}
NAMES |= {"refrain": "Chorus"}
LEAST_SECTIONS, LEAST_LINES, MOST_LINES = 3, 10, 100
SYLLABLES = range(2, 19)  # of a line that can be sung in one breath
MOST_OFF = 0.15  # of the lines, of another length
LEAST_DISTINCT = 0.6  # of the lines outside the chorus
LEAST_ENGLISH = 0.6  # of the words, where the caller writes English
LEAST_SMALL = 0.15  # of them, articles and the like: every language shares some words with every other
TITLE_CHARS = 80


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def text(self) -> str:
        return "\n\n".join("\n".join((f"[{tag}]", *lines)) for tag, lines in self.sections)


def parsed(text: str) -> Sheet:
    """Sections with their lines, without markdown, thoughts, remarks and empty ones; a bare [Chorus] is filled in."""
    title = ""
    sections: list[tuple[str, list[str]]] = []
    for raw in THOUGHT.sub("", text).splitlines():
        line = re.sub(r"[*_#`>]+", "", raw).strip()
        if match := TITLE.match(line):
            title = title or match[1].strip(" \"'\u201c\u201d")[:TITLE_CHARS]
        elif match := TAG.match(line):
            name = match[1].lower()
            sections.append((" ".join(filter(None, (NAMES.get(name, name.capitalize()), match[2]))), []))
        elif line and sections and not ASIDE.match(line):
            sections[-1][1].append(line.strip(' "\u201c\u201d'))
    chorus = next((lines for tag, lines in sections if tag == "Chorus" and lines), [])
    kept = [(tag, tuple(lines or (chorus if tag == "Chorus" else ()))) for tag, lines in sections]
    kept = [(tag, lines) for tag, lines in kept if lines]
    return Sheet(title or (chorus[0].rstrip(",.!?")[:TITLE_CHARS] if chorus else ""), tuple(kept))


def complaint(sheet: Sheet, prompt: str) -> str:
    """What is wrong with a sheet, or "" if it can be sung."""
    lines = [line for _tag, section in sheet.sections for line in section]
    verses = [line for tag, section in sheet.sections if "Chorus" not in tag for line in section]
    ear = Ear()
    off = [line for line in lines if len(ear.syllables(line)) not in SYLLABLES]
    tokens = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", "\n".join(lines).lower())
    checks = {
        "too few sections": len(sheet.sections) < LEAST_SECTIONS,
        "no chorus": not any(tag == "Chorus" for tag, _ in sheet.sections),
        "too few or too many lines": not LEAST_LINES <= len(lines) <= MOST_LINES,
        "lines too long or too short": len(off) > MOST_OFF * max(1, len(lines)),
        "the same lines again and again": len(set(verses)) < LEAST_DISTINCT * len(verses),
        "another language": not _is_language_of(tokens, prompt),
        "words that are not sung": bool(set(tokens) & words("rude")),
    }
    return next((text for text, is_wrong in checks.items() if is_wrong), "")


def _is_language_of(tokens: list[str], prompt: str) -> bool:
    """English for an English prompt; else letters of the scripts the prompt has, or Latin ones."""
    asked = re.findall(r"[^\W\d_]+", prompt.lower())
    if asked and all(is_known(word) for word in asked):
        known, small = sum(map(is_known, tokens)), sum(token in words("light") for token in tokens)
        return known >= LEAST_ENGLISH * len(tokens) and small >= LEAST_SMALL * len(tokens)
    allowed = {_script(letter) for word in asked for letter in word} | {"LATIN"}
    return all(_script(letter) in allowed for word in tokens for letter in word)


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ")[0]
    return "CJK" if name in {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"} else name
