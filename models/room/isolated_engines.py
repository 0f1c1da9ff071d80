"""What an isolated process does, as the Protocols of `models.base`: sound goes to it and comes back in files.

A file holds 32-bit floats, little endian, frame after frame, a sample per channel. `options` always has `rate_hz` and
`channels`. An engine adapts the sound to what it needs, and gives back as many frames at the same rate.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.base import Audio, Report, Samples
from models.room.isolated import IsolatedFailed, IsolatedProcess
from models.room.loading import CannotLoad
from models.room.manifest import Manifest

BLOCK_FRAMES = 1 << 18
SAMPLE_BYTES = 4
SENT, RECEIVED = 0.05, 0.95  # shares of the progress
STEREO = 2


@dataclass(frozen=True, slots=True)
class Isolated:
    """A model that a process has loaded. `scratch` makes a folder for the files of one call.

    `about`: what the process said when it had loaded the model.
    """

    process: IsolatedProcess
    model_id: str
    task: str
    scratch: Callable[[], AbstractContextManager[Path]]
    about: Mapping[str, Any]

    def made(
        self, audio: Audio, names: Sequence[str], options: Mapping[str, Any], report: Report
    ) -> Iterator[list[Samples]]:
        """A sound for each of `names`, block by block, shaped like the input.

        Raises IsolatedFailed, IsolatedDied, and whatever `report` raises.
        """
        channels, frames = audio.samples.shape
        with self.scratch() as folder:
            source = folder / "in.f32"
            with source.open("wb") as file:
                for first in range(0, frames, BLOCK_FRAMES):
                    report(SENT * first / frames)
                    block = audio.samples[:, first : first + BLOCK_FRAMES]
                    file.write(np.ascontiguousarray(block.T, "<f4").tobytes())
            outputs = {name: folder / f"out-{number}.f32" for number, name in enumerate(names)}
            self.process.run(
                self.model_id,
                self.task,
                inputs={"sound": source},
                outputs=outputs,
                options={**options, "rate_hz": audio.rate_hz, "channels": channels},
                report=lambda fraction: report(SENT + (RECEIVED - SENT) * fraction),
            )
            sounds = [_mapped(path, name, (frames, channels)) for name, path in outputs.items()]
            for first in range(0, frames, BLOCK_FRAMES):
                report(RECEIVED + (1 - RECEIVED) * first / frames)
                yield [np.nan_to_num(sound[first : first + BLOCK_FRAMES].T.astype(np.float32)) for sound in sounds]
        report(1.0)


@dataclass(frozen=True, slots=True)
class IsolatedRestorer:
    """`Restorer`. The process writes the output `clean`."""

    inner: Isolated

    def clean(self, audio: Audio, *, report: Report) -> Iterator[Samples]:
        for (block,) in self.inner.made(audio, ("clean",), {}, report):
            yield block


class IsolatedSeparator:
    """`Separator`. Its process says `stems` and `rate_hz` when it is ready, and writes an output per stem."""

    def __init__(self, inner: Isolated) -> None:
        """Raise IsolatedFailed for a process that does not say what it separates."""
        self._inner = inner
        try:
            self.stems: tuple[str, ...] = tuple(str(stem) for stem in inner.about["stems"])
            self.rate_hz = int(inner.about["rate_hz"])
        except (KeyError, TypeError, ValueError):
            raise IsolatedFailed("the engine did not say its stems and rate_hz") from None

    def separate(
        self, audio: Audio, *, wanted: Sequence[str] = (), quality: str = "standard", seed: int = 0, report: Report
    ) -> Iterator[Samples]:
        """See `Separator`. Raises ValueError for another rate or number of channels."""
        if audio.rate_hz != self.rate_hz or audio.samples.shape[0] != STEREO:
            message = f"the separator wants stereo at {self.rate_hz} Hz"
            raise ValueError(message)
        options = {"wanted": list(wanted), "quality": quality, "seed": seed}
        for blocks in self._inner.made(audio, self.stems, options, report):
            yield np.stack(blocks)


KINDS: Mapping[str, Callable[[Isolated], Any]] = {
    "denoise": IsolatedRestorer,
    "deecho": IsolatedRestorer,
    "dereverb": IsolatedRestorer,
    "separation": IsolatedSeparator,
}
"""Task → what does it with an isolated process."""


def loaded(
    process: IsolatedProcess, manifest: Manifest, folder: Path, scratch: Callable[[], AbstractContextManager[Path]]
) -> Any:  # noqa: ANN401 - each task has its own Protocol
    """Let a process load a model, and return it as an engine. Raises CannotLoad with its words, IsolatedDied."""
    (task,) = manifest.tasks
    try:
        about = process.load(manifest.id, folder, manifest.defaults)
        return KINDS[task](Isolated(process, manifest.id, task, scratch, about))
    except IsolatedFailed as error:
        process.unload(manifest.id)
        message = f"{manifest.id} cannot be loaded: {error}"
        raise CannotLoad(message) from error


def _mapped(path: Path, name: str, shape: tuple[int, int]) -> Samples:
    frames, channels = shape
    size = path.stat().st_size if path.is_file() else 0
    if size != frames * channels * SAMPLE_BYTES:
        message = f"the engine wrote {size} bytes as {name} instead of {frames * channels * SAMPLE_BYTES}"
        raise IsolatedFailed(message)
    return np.memmap(path, "<f4", "r", shape=shape)
