"""Measures the voices that come along and writes what it found into their file, app/contract/voices.toml.

Speaks the same passage with each, in its own language where one is written here. Voices that flite makes are measured
only where flite is: run this there.
"""

import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from app.contract.voices import FILE
from models.base import Audio, Voice, VoiceProfile
from models.speech.embedded import EmbeddedSpeech
from models.speech.passages import passage
from models.voices.profile import measure

NONE = VoiceProfile(150.0, 2.0, (), ())
HEAD = """# The voices that come along. Names are invented; what each is made of stands under `parameters.speech`:
# flite: its voice where flite is there (English); espeak: language and variant of espeak-ng elsewhere.
# Profiles are measured by scripts/voices.py, not written by hand.
"""


def main() -> None:
    if shutil.which("flite") is None:
        sys.exit("flite is not on PATH: some voices would be measured from espeak-ng's speech instead")
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["voices"]
    for row in rows:
        row["profile"] = _measured(row)
    FILE.write_text(HEAD + "".join(_lines(rows)), encoding="utf-8")


def _measured(row: Mapping[str, Any]) -> dict[str, Any]:
    voice = Voice(row["id"], row["name"], row["gender"], row["language"], NONE, parameters=row["parameters"])
    engine = EmbeddedSpeech()
    blocks = list(
        engine.speak(passage(voice.language), voice=voice, language=voice.language, report=lambda _fraction: None)
    )
    return asdict(measure(Audio(np.concatenate(blocks, axis=1), engine.rate_hz)))


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield "\n[[voices]]\n"
        for name in ("id", "name", "gender", "age", "language"):
            yield f'{name} = "{row[name]}"\n'
        yield f"parameters.speech = {{ {_inline(row['parameters']['speech'])} }}\n"
        profile = row["profile"]
        for name in ("pitch_hz", "pitch_spread"):
            yield f"profile.{name} = {profile[name]:.2f}\n"
        for name in ("formants_hz", "envelope_db"):
            yield f"profile.{name} = [{', '.join(f'{value:.1f}' for value in profile[name])}]\n"


def _inline(values: Mapping[str, Any]) -> str:
    shown = {name: f'"{value}"' if isinstance(value, str) else value for name, value in values.items()}
    return ", ".join(f"{name} = {value}" for name, value in shown.items())


if __name__ == "__main__":
    main()
