"""One stem taken further apart by what its signal shows: an approximation, without trained weights.

Each way of splitting gives every point of the short-time spectrum to the parts in shares that sum to 1. Parts that are
not heard in the recording stay silent, or nearly so.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from models.base import Audio, Report, Samples
from models.dsp.chunks import in_chunks
from models.separation import drums, guitars, instruments, voices
from models.separation.parts_spectra import FRAME_S, Chunk

CHUNK_S, OVERLAP_S = 11.0, 1.5
LONG_FRAME_S = 0.092  # notes that sound together
PARTS: Mapping[str, tuple[str, ...]] = {
    "vocals:gender": ("male_vocal", "female_vocal"),
    "vocals:role": ("lead_vocal", "back_vocal"),
    "drums": drums.PARTS,
    "guitar:role": ("rhythm_guitar", "solo_guitar"),
    "guitar:kind": ("acoustic_guitar", "electric_guitar"),
    "other": instruments.PARTS,
}


class StemParts:
    """`StemSplitter` for voices, drums, guitars and what remains of a band.

    parts  way of splitting → its parts, in the order of the output. A stem that can be split in two ways has two
           keys, such as "vocals:gender" and "vocals:role"
    """

    parts = PARTS

    def split(self, stem: str, audio: Audio, *, report: Report) -> Iterator[Samples]:
        """All parts, block by block, each of shape (parts, channels, frames); they sum to the stem.

        `stem`: a key of `parts`. Any rate from 8 kHz; one or two channels are expected, more are split alike. Holds
        some 13 s at a time. Raises ValueError for an unknown key, and whatever `report` raises.
        """
        if stem not in PARTS:
            message = f"{stem} cannot be split: {', '.join(PARTS)} can"
            raise ValueError(message)
        count, way = len(PARTS[stem]), self._way(stem)
        channels = audio.samples.shape[0]

        def process(samples: Samples) -> Samples:
            chunk = Chunk(samples, audio.rate_hz, LONG_FRAME_S if stem == "other" else FRAME_S)
            if chunk.is_silent:
                out = np.zeros((count, *samples.shape), np.float32)
                out[0] = samples
            else:
                out = way(chunk)
            return out.reshape(count * channels, -1)

        blocks = in_chunks(audio, process, chunk_s=CHUNK_S, overlap_s=OVERLAP_S, report=report)
        for block in blocks:
            yield block.reshape(count, channels, -1)

    def _way(self, stem: str) -> Callable[[Chunk], Samples]:
        ways: dict[str, Callable[[Chunk], Samples]] = {
            "vocals:gender": lambda chunk: chunk.split(voices.gender(chunk, self._pitch)),
            "vocals:role": lambda chunk: chunk.assemble(voices.role(chunk, self._pitch)),
            "drums": lambda chunk: chunk.split(drums.shares(chunk)),
            "guitar:role": lambda chunk: chunk.split(guitars.role(chunk, self._pitch)),
            "guitar:kind": lambda chunk: chunk.split(guitars.kind(chunk)),
            "other": lambda chunk: chunk.split(instruments.shares(chunk, self._pitch)),
        }
        return ways[stem]

    @cached_property
    def _pitch(self) -> Any:  # noqa: ANN401 - swift_f0 is not annotated for mypy
        from swift_f0 import SwiftF0

        return SwiftF0(threads=1, spin=False)
