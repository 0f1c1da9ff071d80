"""Long recordings of a voice in pieces that meet at quiet moments."""

from collections.abc import Callable, Iterator

import numpy as np

from models.base import Audio, Report, Samples
from models.voices.profile import mixed, pieces

PIECE_S, SEEK_S, CONTEXT_S, FADE_S = 20.0, 4.0, 0.5, 0.02
Process = Callable[[Samples, float, float], Samples]
"""A mono piece of shape (frames,), where it begins and where its seam with the next will be, in seconds."""


def converted(audio: Audio, process: Process, report: Report) -> Iterator[Samples]:
    """The recording after `process`, of its shape, block by block.

    A voice is one sound: each channel gets the mix of all, as loud as the channel was. `process` also sees what lies
    before and after a piece, and keeps the length.
    """
    samples, rate_hz = audio.samples, audio.rate_hz
    frames = samples.shape[1]
    context, fade = round(CONTEXT_S * rate_hz), max(round(FADE_S * rate_hz), 1)
    rise = ((np.arange(fade) + 0.5) / fade).astype(np.float32)
    tail = np.zeros(0, np.float32)
    levels = _levels(audio)
    first = 0
    while first < frames:
        last = _cut(audio, first)
        start, stop = max(first - context, 0), min(last + context, frames)
        done = process(mixed(samples[:, start:stop]), start / rate_hz, last / rate_hz)[first - start :].copy()
        done[: tail.size] = done[: tail.size] * rise[: tail.size] + tail * (1 - rise[: tail.size])
        tail = done[last - first : last - first + fade].copy()
        report(last / frames)
        yield levels * done[: last - first]
        first = last


def _cut(audio: Audio, first: int) -> int:
    """The quietest moment near the end of a piece."""
    samples, rate_hz = audio.samples, audio.rate_hz
    size, seek = round(PIECE_S * rate_hz), round(SEEK_S * rate_hz)
    if first + size + seek >= samples.shape[1]:
        return int(samples.shape[1])
    part = mixed(samples[:, first + size - seek : first + size])
    step = max(round(FADE_S * rate_hz), 1)
    power = np.square(part[: part.size // step * step]).reshape(-1, step).mean(axis=1)
    return first + size - seek + int(np.convolve(power, np.ones(3), "same")[1:-1].argmin() + 1) * step


def _levels(audio: Audio) -> Samples:
    """How loud the voice is in each channel, of shape (channels, 1)."""
    power = sum(np.square(part).mean(axis=1) for part in pieces(audio))
    mono = sum(float(np.square(mixed(part)).mean()) for part in pieces(audio))
    return np.asarray(np.sqrt(power / max(mono, 1e-20))[:, None], np.float32)


def fitted(samples: Samples, frames: int) -> Samples:
    """Exactly as long: resampling there and back may miss by a sample."""
    return np.pad(samples[:frames], (0, max(frames - samples.size, 0)))
