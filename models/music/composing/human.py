"""Small irregularities of people who play, and the order of what they played."""

from collections.abc import Iterable

import numpy as np

from models.music.score import PlayedNote

STEP = 0.25
SPREAD = 4.0  # standard deviation of the velocity
SAME = 1 / 16  # quarter notes: two strokes on one key so close are one
SHORTEST = 0.05


def played(
    notes: Iterable[PlayedNote], length: float, *, sixteenths: float, human: float, rng: np.random.Generator
) -> tuple[PlayedNote, ...]:
    """The notes as they are played, in order, inside the song; no key is struck while it is down."""
    found: list[PlayedNote] = []
    late: dict[float, float] = {}
    for note in sorted(notes, key=lambda note: (note.start, note.pitch)):
        place = note.start
        if place not in late:
            swung = sixteenths if round(place / STEP) % 2 and abs(place / STEP - round(place / STEP)) < 0.1 else 0.0  # noqa: PLR2004
            late[place] = swung + float(np.clip(rng.normal(0, human), -2 * human, 2 * human)) if human else swung
        start = min(max(place + late[place], 0.0), max(length - SHORTEST, 0.0))
        end = min(place + late[place] + note.length, length)
        velocity = int(np.clip(round(note.velocity + rng.normal(0, SPREAD if human else SPREAD / 4)), 1, 127))
        found.append(PlayedNote(start, max(end - start, SHORTEST), note.pitch, velocity))
    return _separate(found)


def _separate(notes: list[PlayedNote]) -> tuple[PlayedNote, ...]:
    last: dict[int, int] = {}
    kept: list[PlayedNote] = []
    for note in sorted(notes, key=lambda note: (note.start, note.pitch, -note.velocity)):
        number = last.get(note.pitch)
        if number is not None:
            before = kept[number]
            if note.start - before.start < SAME:
                if note.start + note.length > before.start + before.length:
                    kept[number] = PlayedNote(
                        before.start,
                        note.start + note.length - before.start,
                        note.pitch,
                        max(before.velocity, note.velocity),
                    )
                continue
            if before.start + before.length > note.start:
                kept[number] = PlayedNote(before.start, note.start - before.start, before.pitch, before.velocity)
        last[note.pitch] = len(kept)
        kept.append(note)
    return tuple(kept)
