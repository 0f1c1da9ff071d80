"""Notes of a recording by basic-pitch (Bittner et al. 2022), which ships its network inside its package."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from models.base import Audio, Note, Report
from models.notes.activations import FRAMES_HZ, LOWEST_PITCH, Activations, activations, joined, load_network
from models.notes.decode import Found, Thresholds, bends, find_notes, with_ends
from models.notes.judge import LEAST, probabilities
from models.notes.melody import fundamental, is_monophonic, load_f0, melody
from models.notes.tonality import stands_out

CONTEXT_FRAMES = 860  # 10 s on both sides of a stretch
Carried = tuple[Found, tuple[float, ...]]
"""A note and its bends."""


class BasicPitch:
    """`NoteTranscriber` for any instruments, best for one at a time. Memory stays small however long it is."""

    def __init__(self, thresholds: Thresholds | None = None) -> None:
        self._network = load_network()
        self._f0 = load_f0()
        self._thresholds = thresholds or Thresholds()

    def notes(self, audio: Audio, *, report: Report) -> list[Note]:
        """The notes, ordered by start, then pitch; bends in semitones, frame by frame.

        Any rate and number of channels; raises what `report` raises.
        """
        found = []
        for note, contour in self._found(audio, report):
            velocity = int(np.clip(round(127 * note.level), 1, 127))
            heard = Note(note.first / FRAMES_HZ, note.last / FRAMES_HZ, note.pitch + LOWEST_PITCH, velocity, contour)
            if stands_out(audio, heard):
                found.append(heard)
        report(1.0)
        return sorted(found, key=lambda note: (note.start_s, note.pitch))

    def _notes(self, audio: Audio, heard: Activations, start: int, carried: dict[int, Carried]) -> list[Found]:
        candidates = find_notes(heard, self._thresholds)
        played = probabilities(heard, candidates)
        for number, note in enumerate(candidates):
            if note.pitch in carried and _goes_on(carried[note.pitch][0], _moved(note, start)):
                played[number] = 1.0  # it began before this stretch's context, so that nothing shows how
        pitch = fundamental(self._f0, audio, start, start + heard.notes.shape[0])
        likely = [note for note, probability in zip(candidates, played, strict=True) if probability > LEAST]
        if is_monophonic(heard, likely, pitch):
            return melody(heard, candidates, played, pitch)
        return with_ends(heard, likely, self._thresholds)

    def _found(self, audio: Audio, report: Report) -> Iterator[Carried]:
        """Notes with frame numbers of the whole recording. What is held across a stretch's end is put together."""
        held: dict[int, Carried] = {}
        for heard, start, first, last in _stretches(activations(self._network, audio, report)):
            carried, held = held, {}
            end = start + heard.notes.shape[0]
            for note in self._notes(audio, heard, start, carried):
                contour = bends(heard.contours, note)
                moved = _moved(note, start)
                if moved.first < first:
                    before = carried.get(note.pitch)
                    if before is None or not _goes_on(before[0], moved):
                        continue
                    more = contour[before[0].last - moved.first :]
                    moved, contour = replace(before[0], last=moved.last), before[1] + more
                    del carried[note.pitch]
                elif moved.first >= last:
                    continue
                if moved.last >= end - 2 and last < end:
                    held[note.pitch] = (moved, contour)
                else:
                    yield moved, contour
            yield from carried.values()
        yield from held.values()


def _moved(note: Found, by: int) -> Found:
    return replace(note, first=note.first + by, last=note.last + by)


def _goes_on(before: Found, after: Found) -> bool:
    return after.first <= before.last < after.last


def _stretches(parts: Iterator[Activations]) -> Iterator[tuple[Activations, int, int, int]]:
    """Each stretch with context: the activations, the frame they begin at, and where the stretch begins and ends."""
    before: Activations | None = None
    current = next(parts)
    first = 0
    for after in chain(parts, [None]):
        last = first + current.notes.shape[0]
        row = [current]
        start = first
        if before is not None:
            row.insert(0, before.part(-CONTEXT_FRAMES, before.notes.shape[0]))
            start -= row[0].notes.shape[0]
        if after is not None:
            row.append(after.part(0, CONTEXT_FRAMES))
        yield joined(row), start, first, last
        if after is None:
            return
        before, current, first = current, after, last
