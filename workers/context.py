"""All that a pipeline may touch."""

import math
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import InputUnusable
from app.infra.media import (
    LIMIT,
    MOST_PICTURE_PIXELS,
    Decoding,
    Encoding,
    Media,
    MediaInfo,
    look_at_picture,
    lossless_encoding,
    natural_encoding,
)
from models.base import Audio, Report, Samples, finite
from models.catalogue import Borrowed
from workers.mapped import MappedSamples
from workers.voices import Shelf, shipped_shelf

# Pipelines describe what they write in the media layer's terms, and reach nothing else of it.
__all__ = ["AUDIO", "Blocks", "Context", "Encoding", "Source", "lossless_encoding", "natural_encoding"]
BLOCK_FRAMES = 65_536
SEEDS = 2**48  # JSON numbers hold it exactly
RELEASED = 0.01  # of the progress, between two releases of mapped memory
AUDIO, IMAGE = "audio_file", "image_file"
LARGEST_SIDE = 1024  # pixels of a picture that are looked at
FLOAT_CODECS = ("pcm_f", "wavpack")  # these alone can hold NaN and infinity


@dataclass(frozen=True, slots=True)
class Source:
    """An input on local disk: probed, within all limits, name as the caller gave it (only ever shown).

    info  of a picture: NO_SOUND
    """

    path: Path
    info: MediaInfo
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Sound as it is decoded: float32 blocks of shape (channels, frames)."""

    blocks: Iterator[Samples]
    rate_hz: int
    channels: int


@dataclass(slots=True)
class Context:
    """Inputs, tools and outputs of one attempt.

    `report(0.4)` moves the progress and raises Cancelled when the caller cancelled, so a loop that reports is a loop
    that can be stopped.
    """

    inputs: dict[str, Source]  # by upload field: "audio_file", "reference_audio_file"
    media: Media
    work_dir: Path
    report: Report
    engines: Borrowed
    voices: Shelf = shipped_shelf
    outputs: dict[str, Path] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    shown_names: dict[str, str] = field(default_factory=dict)
    """What outputs are saved as, without extension, where that is not made from the name of the input."""
    deliver: Callable[[], None] = lambda: None
    """Gives the caller the outputs and values there are so far; what is delivered stays as it is."""
    seed: int = field(default_factory=lambda: secrets.randbelow(SEEDS))
    """For what the caller gave no seed for; the same in every attempt, so that what was delivered stays true."""
    stored: dict[str, Any] = field(default_factory=dict, init=False)
    _tell: Report = field(init=False)
    _maps: list[MappedSamples] = field(default_factory=list, init=False)
    _release_at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._tell, self.report = self.report, self._report

    @property
    def source(self) -> Source:
        return self.inputs[AUDIO]

    def output(self, name: str, extension: str) -> Path:
        """Where to write output `name`; what is there when the pipeline returns is stored and linked."""
        path = self.work_dir / f"{name}.{extension}"
        self.outputs[name] = path
        return path

    def set(self, **values: object) -> None:
        """Measured values for the record and the webhook."""
        self.values.update(values)

    def read_audio(self, *, rate_hz: int, channels: int, slot: str = AUDIO, report: Report | None = None) -> Audio:
        """A whole input, decoded into a file of the work folder and mapped from there: memory holds what is used.

        `report` gets the progress of the decoding, 0 to 1.
        """
        source = self.inputs[slot]
        raw = self.work_dir / f"{slot}.{rate_hz}.{channels}.f32"
        frames = self.media.decode_to(
            source.path, source.info, raw, rate_hz=rate_hz, channels=channels, report=report or (lambda _fraction: None)
        )
        if frames == 0:
            raise InputUnusable("The file holds no sound")
        samples = self._mapped(MappedSamples(raw, channels))
        if source.info.codec.startswith(FLOAT_CODECS):
            for first in range(0, frames, BLOCK_FRAMES):
                samples[:, first : first + BLOCK_FRAMES] = finite(samples[:, first : first + BLOCK_FRAMES])
        return Audio(samples, rate_hz)

    def read_image(self, *, slot: str = IMAGE, largest_side: int = LARGEST_SIDE) -> NDArray[np.uint8]:
        """A picture as uint8 RGB of shape (height, width, 3), made smaller where it is larger. Raises InputUnusable."""
        from models.pictures.reading import read_picture

        path = self.inputs[slot].path
        look_at_picture(path)
        try:
            return read_picture(path, most_pixels=MOST_PICTURE_PIXELS, largest_side=largest_side)
        except ValueError as error:
            raise InputUnusable(str(error)) from None

    def scratch(self, name: str, shape: tuple[int, ...]) -> Samples:
        """Room for samples of shape (channels, frames) in a file of the work folder: memory holds what is in use."""
        channels, frames = shape
        return self._mapped(MappedSamples(self.work_dir / f"{name}.scratch", channels, frames=frames))

    def _mapped(self, opened: MappedSamples) -> Samples:
        self._maps.append(opened)
        return opened.samples

    def _report(self, fraction: float) -> None:
        """Tell the progress. Now and then what was read and written of mapped files leaves the memory."""
        self._tell(fraction)
        if fraction >= self._release_at:
            self._release_at = fraction + RELEASED
            for opened in self._maps:
                opened.release()

    @contextmanager
    def read_blocks(self, *, channels: int | None = None, rate_hz: int | None = None) -> Iterator[Blocks]:
        """The input block by block. Moves the progress as it is read."""
        source = self.source
        with self.media.decode(source.path, source.info, rate_hz=rate_hz, channels=channels) as decoding:
            yield Blocks(self._blocks(decoding, source.info), decoding.rate_hz, decoding.channels)

    def _blocks(self, decoding: Decoding, info: MediaInfo) -> Iterator[Samples]:
        expected = max(round(info.duration_s * decoding.rate_hz), 1)
        frames = 0
        for data in decoding.blocks(BLOCK_FRAMES):
            block = np.frombuffer(data, np.float32).reshape(-1, decoding.channels).T
            frames += block.shape[1]
            self.report(min(frames / expected, 1.0))
            yield finite(block)

    @contextmanager
    def write_blocks(self, target: Path, encoding: Encoding, *, like: Blocks) -> Iterator[Callable[[Samples], int]]:
        """Encode blocks of shape (channels, frames) as they come; tags and cover are those of the input, if any.

        Yields the function that writes one; it returns the number of frames. Peaks beyond full scale are limited, and
        the value `limited_db` says by how much.
        """
        source = self.inputs.get(AUDIO)
        tagged = (source.path, source.info) if source else None
        peak = 0.0
        with self.media.encode(target, encoding, rate_hz=like.rate_hz, channels=like.channels, like=tagged) as write:

            def write_block(block: Samples) -> int:
                nonlocal peak
                peak = max(peak, float(np.abs(block).max(initial=0.0)))
                write(np.ascontiguousarray(block.T, np.float32).tobytes())
                return int(block.shape[1])

            yield write_block
        if peak > LIMIT:
            self.set(limited_db=round(20 * math.log10(peak / LIMIT), 2))
