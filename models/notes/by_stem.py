"""Notes of a mix: drums from the drum stem, all others with and without the drums in the way."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.base import Audio, Note, NoteTranscriber, Report, Samples, Separator, part_of

DRUMS = "drums"
HIGHS_HZ = 5000.0
BLOCK_S = 10.0
# What a kit has, as shares of the energy of the mix: the drum stem, and what of it is cymbals and noise of skins.
# Struck and plucked strings have one or the other.
LEAST_DRUMS, LEAST_HIGHS = 0.06, 3e-4
LEAST_CREST, STEP_S, LOUD = 2.0, 0.01, 95  # level of loud steps (percentile) over the median: steady noise has 1.2
SAME_S = 0.05
SEPARATED, STRUCK, FREED = 0.45, 0.6, 0.8  # shares of the progress
Room = Callable[[str, tuple[int, ...]], Samples]
"""Called with a name and a shape of samples: memory for them, or a file that is mapped."""


@dataclass(frozen=True, slots=True)
class StemTranscriber:
    """Drums and mixes; what has no drums is heard as it is.

    Each pitched note is kept that is heard either in the mix or in the mix without its drums: drums hide some notes,
    and some are lost with the drums. Other stems are not heard one by one: what a separator without weights leaves in
    them of their neighbours makes more wrong notes than the right ones it frees.
    """

    separator: Separator
    pitched: NoteTranscriber
    drums: NoteTranscriber
    room: Room

    def notes(self, audio: Audio, *, report: Report) -> list[Note]:
        """Notes and drums of stereo sound at the separator's rate, ordered by start, then pitch."""
        if _highs(audio.samples, audio.rate_hz) < LEAST_HIGHS * _energy(audio.samples, audio.rate_hz):
            return self.pitched.notes(audio, report=report)
        drums, rest = self._separated(audio, part_of(report, 0.0, SEPARATED))
        if not has_drums(audio, drums):
            return self.pitched.notes(audio, report=part_of(report, SEPARATED, 1.0))
        struck = self.drums.notes(drums, report=part_of(report, SEPARATED, STRUCK))
        freed = self.pitched.notes(rest, report=part_of(report, STRUCK, FREED))
        heard = self.pitched.notes(audio, report=part_of(report, FREED, 1.0))
        return sorted([*struck, *together(heard, freed)], key=lambda note: (note.start_s, note.pitch))

    def _separated(self, audio: Audio, report: Report) -> tuple[Audio, Audio]:
        """The drums, and all else."""
        shape = audio.samples.shape
        drums, rest = self.room(DRUMS, shape), self.room("without_drums", shape)
        place, done = self.separator.stems.index(DRUMS), 0
        for stems in self.separator.separate(audio, wanted=(DRUMS,), report=report):
            end = done + stems.shape[-1]
            drums[:, done:end] = stems[place]
            rest[:, done:end] = audio.samples[:, done:end] - stems[place]
            done = end
        return Audio(drums, audio.rate_hz), Audio(rest, audio.rate_hz)


def has_drums(audio: Audio, drums: Audio) -> bool:
    """Whether what a separator took for drums are any."""
    whole = _energy(audio.samples, audio.rate_hz)
    return (
        _energy(drums.samples, audio.rate_hz) > LEAST_DRUMS * whole
        and _highs(drums.samples, audio.rate_hz) > LEAST_HIGHS * whole
        and _crest(drums.samples, audio.rate_hz) > LEAST_CREST
    )


def together(heard: list[Note], freed: list[Note]) -> list[Note]:
    """All notes, those once that are in both."""
    starts: dict[int, list[float]] = {}
    for note in heard:
        starts.setdefault(note.pitch, []).append(note.start_s)
    new = [note for note in freed if all(abs(note.start_s - at) > SAME_S for at in starts.get(note.pitch, ()))]
    return heard + new


def _energy(samples: Samples, rate_hz: int) -> float:
    return sum(float(np.square(block, dtype=np.float64).sum()) for block in _blocks(samples, rate_hz))


def _crest(samples: Samples, rate_hz: int) -> float:
    """How far hits stand out of what is usual."""
    step = round(STEP_S * rate_hz)
    levels = [np.zeros(1)]
    for block in _blocks(samples, rate_hz):
        whole = block[:, : block.shape[1] // step * step].reshape(block.shape[0], -1, step)
        levels.append(np.sqrt(np.square(whole, dtype=np.float64).mean(axis=(0, 2))))
    level = np.concatenate(levels)
    return float(np.percentile(level, LOUD) / max(float(np.median(level)), 1e-9))


def _highs(samples: Samples, rate_hz: int) -> float:
    """Energy above HIGHS_HZ."""
    from scipy.fft import rfft

    total = 0.0
    for block in _blocks(samples, rate_hz):
        spectrum = rfft(block * np.hanning(block.shape[1]).astype(np.float32), axis=1)
        first = int(HIGHS_HZ * block.shape[1] / rate_hz) + 1
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        total += 2 * float(power[:, first:].sum(dtype=np.float64)) / block.shape[1] / 0.375
    return total


def _blocks(samples: Samples, rate_hz: int) -> list[Samples]:
    step = round(BLOCK_S * rate_hz)
    return [samples[:, first : first + step] for first in range(0, samples.shape[1], step)]
