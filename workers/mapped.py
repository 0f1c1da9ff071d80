"""Samples in files of the work folder, mapped: of an hour of sound, memory holds what is in use."""

import mmap
from pathlib import Path

import numpy as np

from models.base import Samples

SAMPLE_BYTES = 4


class MappedSamples:
    """A file of raw interleaved float32, seen as an array of shape (channels, frames) that can be written to."""

    def __init__(self, path: Path, channels: int, *, frames: int | None = None) -> None:
        """The samples of an existing file, or a new one of `frames` zeros."""
        with path.open("r+b" if frames is None else "w+b") as file:
            if frames is not None:
                file.truncate(frames * channels * SAMPLE_BYTES)
            self._map = mmap.mmap(file.fileno(), 0)
        self.samples: Samples = np.frombuffer(self._map, np.float32).reshape(-1, channels).T

    def release(self) -> None:
        """Give back the memory of the pages read and written so far; they stay in the file, and come back from it."""
        self._map.madvise(mmap.MADV_DONTNEED)
