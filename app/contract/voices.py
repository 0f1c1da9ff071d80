"""The voices that come with the server: made by its own engines, named after nobody."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("voices.toml")
LANGUAGE = r"[a-z]{2,3}(-[a-z0-9]{2,8})?"


@dataclass(frozen=True, slots=True)
class ShippedVoice:
    """gender: female, male, neutral; language: `en-us`; profile, parameters: see `models.base.Voice`."""

    id: str
    name: str
    gender: str
    age: str
    language: str
    profile: dict[str, Any]
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)


@cache
def shipped_voices() -> dict[str, ShippedVoice]:
    """By id, in the order of the file."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["voices"]
    return {row["id"]: ShippedVoice(**row) for row in rows}
