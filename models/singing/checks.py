"""What is asked to be sung, checked and put in order."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from models.base import SungLine, SungNote, SungWord

LONGEST_S = 3600.0
LOWEST, HIGHEST = 24, 96  # MIDI
LONGEST_NOTE_S = 30.0  # and word: a breath does not last longer
SHORTEST_S = 0.03
MOST_NOTES = 50_000
MOST_WORDS, LONGEST_PART_S = 40, 24.0  # of what is sung in one go
LEAD_S, LEAST_LEFT_S = 0.12, 0.1
Part = tuple[SungWord, ...]


def parts(lines: Sequence[SungLine], duration_s: float) -> list[Part]:
    """Lines in order of time, long ones in several, words and notes in order and one after the other.

    Words without notes and what begins after `duration_s` are left out. Raises ValueError.
    """
    if not (math.isfinite(duration_s) and 0 <= duration_s <= LONGEST_S):
        message = f"Singing lasts between 0 and {LONGEST_S:.0f} seconds"
        raise ValueError(message)
    if sum(len(word.notes) for line in lines for word in line.words) > MOST_NOTES:
        message = f"A song has {MOST_NOTES:,} sung notes at most"
        raise ValueError(message)
    found = [part for line in lines for part in _parts(_in_order(line), duration_s)]
    found.sort(key=lambda part: part[0].notes[0].start_s)
    return [_left_in_time(part, after) for part, after in pairwise([*found, None]) if part]


def _left_in_time(part: Part, after: Part | None) -> Part:
    """The line, whose last note leaves room for the consonants with which the next begins."""
    last = part[-1].notes[-1]
    if after is None or after[0].notes[0].start_s < last.start_s + LEAST_LEFT_S:
        return part
    end_s = max(after[0].notes[0].start_s - LEAD_S, last.start_s + 0.5 * (last.end_s - last.start_s))
    notes = (*part[-1].notes[:-1], replace(last, end_s=min(last.end_s, end_s)))
    return (*part[:-1], replace(part[-1], notes=notes))


def _parts(words: Sequence[SungWord], duration_s: float) -> Iterator[Part]:
    words = [word for word in words if word.notes[0].start_s < duration_s]
    first = 0
    for last in range(1, len(words) + 1):
        if (
            last == len(words)
            or last - first >= MOST_WORDS
            or words[last].notes[-1].end_s - words[first].notes[0].start_s > LONGEST_PART_S
        ):
            yield tuple(words[first:last])
            first = last


def _in_order(line: SungLine) -> list[SungWord]:
    words = sorted(
        (SungWord(word.text, tuple(sorted(word.notes, key=_start))) for word in line.words if word.notes),
        key=lambda word: word.notes[0].start_s,
    )
    for word in words:
        for note in word.notes:
            _check(note)
        if max(note.end_s for note in word.notes) - word.notes[0].start_s > LONGEST_NOTE_S:
            message = f"A sung word lasts {LONGEST_NOTE_S:.0f} s at most"
            raise ValueError(message)
    flat = [(number, note) for number, word in enumerate(words) for note in word.notes]
    # One voice sings one note at a time: each waits for the one before it, and ends when the next begins.
    starts = [note.start_s for _, note in flat]
    for number in range(1, len(starts)):
        starts[number] = max(starts[number], starts[number - 1] + SHORTEST_S)
    cleaned: dict[int, list[SungNote]] = {}
    for (number, note), (start_s, after_s) in zip(flat, pairwise([*starts, math.inf]), strict=True):
        end_s = min(max(note.end_s, start_s + SHORTEST_S), after_s)
        cleaned.setdefault(number, []).append(SungNote(start_s, end_s, note.pitch))
    return [SungWord(word.text, tuple(cleaned[number])) for number, word in enumerate(words)]


def _start(note: SungNote) -> float:
    return note.start_s


def _check(note: SungNote) -> None:
    if not (math.isfinite(note.start_s) and math.isfinite(note.end_s) and 0 <= note.start_s <= note.end_s):
        raise ValueError("A sung note begins at 0 s or later, and ends after it began")
    if note.end_s - note.start_s > LONGEST_NOTE_S:
        message = f"A sung note lasts {LONGEST_NOTE_S:.0f} s at most"
        raise ValueError(message)
    if not LOWEST <= note.pitch <= HIGHEST:
        message = f"Sung notes lie between MIDI {LOWEST} and {HIGHEST}"
        raise ValueError(message)
