"""How roles and genres are mixed: mixes.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("mixes.toml")
OTHER = "effect"  # the role of tracks whose own is not known


@dataclass(frozen=True, slots=True)
class Strip:
    """How the tracks of a role are mixed.

    lufs          loudness of the stem while it plays
    high_pass_hz  below it nothing is needed
    mud_db        gain at 300 Hz
    clear_db      gain at 3 kHz
    hall_db       what is sent to the hall
    pumped        share of the kick's side-chain that it follows
    veiled        share of the room in the middle that it leaves to the voice
    """

    lufs: float
    high_pass_hz: float
    mud_db: float = 0.0
    clear_db: float = 0.0
    hall_db: float = -18.0
    pumped: float = 0.0
    veiled: float = 0.0


@dataclass(frozen=True, slots=True)
class Style:
    """How the songs of a genre are mixed.

    louder          role → dB
    pump_db         how deep the kick takes the others down, and over how many beats they come back
    hall_s, hall_louder_db  how long the hall rings, and how much more of it there is
    echoes          whether lead and voice have echoes in time; echo_louder_db: how much more of them
    taped           whether it sounds like an old tape
    drum_peaks_lu   how far drums may stand out of their loudness before they are bent; 0: as far as they do
    glue            ratio of the compressor over everything
    ceiling_dbtp    how high peaks may be: lower in dense genres
    """

    louder: Mapping[str, float] = field(default_factory=dict)
    pump_db: float = 0.0
    pump_beats: float = 0.4
    hall_s: float = 1.3
    hall_louder_db: float = 0.0
    echoes: bool = True
    echo_louder_db: float = 0.0
    taped: bool = False
    drum_peaks_lu: float = 0.0
    glue: float = 1.4
    ceiling_dbtp: float = -1.0


def strip_of(role: str) -> Strip:
    roles = _table()["roles"]
    return Strip(**roles.get(role, roles[OTHER]))


def style_of(genre: str) -> Style:
    """That of an unknown genre is a plain mix."""
    return Style(**_table()["genres"].get(genre, {}))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))
