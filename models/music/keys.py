"""Names of keys as callers write them."""

import re

from models.music.score import MAJOR, MINOR, Key

LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}
MODES = {"": MAJOR, "major": MAJOR, "maj": MAJOR, "dur": MAJOR, "m": MINOR, "min": MINOR, "minor": MINOR, "moll": MINOR}
_ACCIDENTAL = r"(#|♯|b|♭|(?i:sharp|flat))?"
_NAME = re.compile(rf"\s*([A-Ga-g])\s*-?{_ACCIDENTAL}\s*-?\s*((?i:major|maj|dur|minor|min|moll)|M|m)?\s*")
_NAMED = (
    re.compile(rf"\b([A-G])[\s-]?{_ACCIDENTAL}[\s-]?((?i:major|maj|minor|min))\b"),
    re.compile(rf"\b[Kk]ey of ([A-Ga-g])\s?{_ACCIDENTAL}\s?((?i:major|maj|minor|min)|m)?(?![A-Za-z])"),
    re.compile(r"\bin ([A-G])(#|♯|b|♭)?(m)?(?=\s*(?:[.,;:!)]|$))"),
)


def key_of(text: str) -> Key:
    """As in "A minor", "Bbm", "F# major", "C". Raises ValueError, with a text for the caller, for anything else."""
    found = _NAME.fullmatch(text) if len(text) <= 24 else None  # noqa: PLR2004 - no name is longer
    if found is None:
        message = f"{text[:24]!r} is not a key: write a note and major or minor, such as A minor or F# major."
        raise ValueError(message)
    return _key(found.group(1), found.group(2), found.group(3))


def key_in(words: str) -> Key | None:
    """The key that is named in a text, with a capital letter: "a song in A minor"."""
    found = next((found for pattern in _NAMED if (found := pattern.search(words))), None)
    return _key(*found.groups()) if found else None


def _key(letter: str, accidental: str | None, mode: str | None) -> Key:
    mode = mode or ""
    name = mode if mode in {"m", "M"} else mode.lower()
    tonic = LETTERS[letter.lower()] + ACCIDENTALS[(accidental or "").lower()]
    return Key(tonic % 12, MAJOR if name == "M" else MODES[name])
