"""What a song should be, from the caller's words: genre, mood, key, tempo, metre, length, instruments, voice."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.base import SongWish
from models.music.genre import Genre, genres
from models.music.keys import key_in, key_of
from models.music.prose import has_word, known_words, plain, word_pattern
from models.music.score import MAJOR, MINOR, Key
from models.music.wanted import instruments_in, is_alone

SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
LONGEST_S = 600.0
RANGES = {"male": (48, 67), "female": (55, 76), "neutral": (52, 71)}  # C3-G4, G3-E5, E3-B4
LOWEST = {"male": (45, 52), "female": (53, 59), "neutral": (47, 57)}


@dataclass(frozen=True, slots=True)
class Brief:
    """What the composer works from.

    flavour       a kind of the genre, such as bossa, or empty
    bpm_is_given  the caller asked for exactly this tempo
    length_s      0: free
    bright        -1 (dark) to 1 (glad); drive: -1 (calm) to 1 (driving)
    wanted        sounds that must play; unwanted: sounds, families and "drums" that must not
    only          nothing but what is wanted plays
    vocal_range   MIDI, lowest and highest
    """

    genre: str
    flavour: str
    key: Key
    bpm: float
    bpm_is_given: bool
    beats_per_bar: float
    length_s: float
    moods: tuple[str, ...]
    bright: float
    drive: float
    wanted: tuple[str, ...]
    unwanted: frozenset[str]
    only: bool
    vocal_only: bool
    vocal_range: tuple[int, int]

    def allows(self, sound: str) -> bool:
        """Whether a sound of the library, or "drums", may play."""
        return sound not in self.unwanted


def brief_of(wish: SongWish, rng: np.random.Generator) -> Brief:
    """Raises ValueError, with a text for the caller, for a key, tempo or length that cannot be."""
    words = f"{wish.style} . {wish.prompt}"
    said = plain(words)
    avoided = plain(wish.avoid)
    genre, flavour = _genre(said, avoided)
    moods = tuple(name for name, told in known_words()["moods"].items() if has_word(said, told["words"]))
    bright, drive = (_mean(known_words()["moods"][name][axis] for name in moods) for axis in ("bright", "drive"))
    wanted, unwanted = instruments_in(said, avoided)
    feel = _feel(genre, flavour)
    bpm = wish.bpm or _bpm_in(said)
    return Brief(
        genre=genre.name,
        flavour=flavour,
        key=_key(wish.key, words, feel["minor"], bright, rng),
        bpm=_checked_bpm(bpm) if bpm else _free_bpm(feel["bpm"], drive, said, rng),
        bpm_is_given=bool(bpm),
        beats_per_bar=3.0
        if has_word(said, known_words()["waltz"]) and not has_word(said, known_words()["four"])
        else 4.0,
        length_s=_length(wish.length_s, said),
        moods=moods,
        bright=bright,
        drive=drive,
        wanted=tuple(sound for sound in wanted if sound not in unwanted),
        unwanted=frozenset(unwanted),
        only=is_alone(said, wanted),
        vocal_only=wish.vocal_only or (bool(wish.lyrics.strip()) and has_word(said, known_words()["a_cappella"])),
        vocal_range=_range(wish, said),
    )


def _mean(values: Iterable[float]) -> float:
    kept = list(values)
    return sum(kept) / len(kept) if kept else 0.0


def _genre(said: str, avoided: str) -> tuple[Genre, str]:
    """The genre that is named first, the longest name at one place; a weak word is only a hint."""
    weak = known_words()["weak"]
    best: tuple[tuple[bool, int, int], str] | None = None
    for genre in genres().values():
        flavours = [word for told in genre.flavours.values() for word in told["words"]]
        for word in dict.fromkeys((*genre.words, genre.name.lower(), *flavours)):
            if word not in said or has_word(avoided, [word]):
                continue
            places = [found.start() for found in word_pattern(word).finditer(said)]
            first = next((place for place in places if not _is_denied(said[:place])), None)
            if first is not None and (best is None or (word in weak, first, -len(word)) < best[0]):
                best = (word in weak, first, -len(word)), genre.name
    if best is None:
        hint = next((name for word, name in known_words()["hints"].items() if has_word(said, [word])), None)
        return genres()[hint or known_words()["fallback"]], ""
    genre = genres()[best[1]]
    return genre, next((name for name, told in genre.flavours.items() if has_word(said, told["words"])), "")


def _is_denied(before: str) -> bool:
    return bool(re.search(r"\b(?:no|without|not|avoid)\s+(?:any\s+)?$", before))


def _feel(genre: Genre, flavour: str) -> Mapping[str, Any]:
    return {"bpm": genre.bpm, "minor": genre.minor} | dict(genre.flavours.get(flavour, {}))


def _key(asked: str | None, words: str, minor: float, bright: float, rng: np.random.Generator) -> Key:
    tonic, chance = int(rng.integers(12)), rng.random()
    if asked and asked.strip():
        return key_of(asked)
    named = key_in(words)
    if named is not None:
        return named
    said = plain(words)
    if has_word(said, ["minor key", "minor"]):
        return Key(tonic, MINOR)
    if has_word(said, ["major key"]):
        return Key(tonic, MAJOR)
    return Key(tonic, MINOR if chance < minor - 0.75 * bright else MAJOR)


def _bpm_in(said: str) -> float:
    found = re.search(r"\b(\d{2,3}(?:\.\d+)?)\s*(?:bpm|beats per minute)\b", said) or re.search(
        r"\bbpm\s*(?:of|:|=|is)?\s*(\d{2,3}(?:\.\d+)?)\b", said
    )
    bpm = float(found.group(1)) if found else 0.0
    return bpm if SLOWEST_BPM <= bpm <= FASTEST_BPM else 0.0  # a number in prose is no order


def _checked_bpm(bpm: float) -> float:
    if not math.isfinite(bpm) or not SLOWEST_BPM <= bpm <= FASTEST_BPM:
        message = f"The tempo must be {SLOWEST_BPM:.0f} to {FASTEST_BPM:.0f} bpm."
        raise ValueError(message)
    return bpm


def _free_bpm(usual: tuple[float, float], drive: float, said: str, rng: np.random.Generator) -> float:
    """Within the genre's range, by mood; words about tempo may leave it a little."""
    low, high = usual
    centre = 0.5 + 0.35 * drive
    place = float(np.clip(centre + rng.uniform(-0.38, 0.38), 0, 1))
    for words, where, factor in (
        ("very_slow", 0.0, 0.72),
        ("very_fast", 1.0, 1.18),
        ("slow", 0.06, 0.86),
        ("fast", 0.94, 1.06),
        ("medium", 0.5, 1.0),
    ):
        if has_word(said, known_words()[words]):
            place, low, high = float(np.clip(where + rng.uniform(-0.06, 0.06), 0, 1)), low * factor, high * factor
            break
    return float(np.clip(round(low + place * (high - low)), SLOWEST_BPM, FASTEST_BPM))


def _length(asked: float, said: str) -> float:
    if asked:
        if not math.isfinite(asked) or not 0 < asked <= LONGEST_S:
            message = f"The length must be up to {LONGEST_S:.0f} seconds."
            raise ValueError(message)
        return asked
    found = re.search(r"\b(\d{1,2})[.:](\d{2})\s*(?:min|minutes?)?\s*long\b", said)
    if found:
        return min(60.0 * int(found.group(1)) + int(found.group(2)), LONGEST_S)
    numbers = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "a": 1.0}
    length_s = 0.0
    for number, unit in re.findall(
        r"\b(\d{1,3}(?:\.\d+)?|one|two|three|four|five|a)[\s-]*(minutes?|mins?|seconds?|secs?)\b", said
    ):
        length_s += (numbers.get(number) or float(number)) * (60.0 if unit.startswith("m") else 1.0)
    return min(length_s, LONGEST_S)


def _range(wish: SongWish, said: str) -> tuple[int, int]:
    """Where the singer sings: from a little above where the voice speaks."""
    gender = wish.voice.gender if wish.voice else ""
    if not gender:
        gender = (
            "female"
            if has_word(said, known_words()["female"])
            else "male"
            if has_word(said, known_words()["male"])
            else "neutral"
        )
    low, high = RANGES.get(gender, RANGES["neutral"])
    pitch_hz = wish.voice.profile.pitch_hz if wish.voice else 0.0
    if not math.isfinite(pitch_hz) or pitch_hz <= 0:
        return low, high
    lowest, highest = LOWEST.get(gender, LOWEST["neutral"])
    spoken = 69 + 12 * math.log2(pitch_hz / 440)
    moved = int(np.clip(round(spoken + 2), lowest, highest)) - low
    return low + moved, high + moved
