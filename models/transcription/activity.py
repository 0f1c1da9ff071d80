"""Where somebody speaks, by Silero VAD (Silero Team 2024, MIT): its network on ONNX Runtime, the loop ours."""

import functools
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.base import Audio, Report, Samples

RATE_HZ = 16_000
FRAME, CONTEXT = 512, 64  # samples; the network sees the end of the frame before as well
HIDDEN = 128
BLOCK_FRAMES = 1024  # some 33 s at once
FRAME_S = FRAME / RATE_HZ
NETWORK = "silero_vad_16k_sequence.onnx"
# As its authors use it: speech begins above the first and ends below the second.
BEGINS, ENDS = 0.5, 0.35
SHORTEST_S, PAUSE_S = 0.25, 0.1
PADDING_S = 0.25
LONGEST_S = 20.0
USUAL_RMS, LOUD_PERCENT, MOST_GAIN, EPS = 0.05, 90.0, 100.0, 1e-12  # of seconds
CUT_S = 8.0  # what is too long is cut at the least likely frame of its last seconds


class NoDetector(ValueError):
    """The file of the network is not there."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of sound, in samples at 16 kHz."""

    first: int
    last: int

    @property
    def start_s(self) -> float:
        return self.first / RATE_HZ

    @property
    def duration_s(self) -> float:
        return (self.last - self.first) / RATE_HZ


def need_mono_16k(audio: Audio) -> Samples:
    """The samples, shape (frames,). Raises ValueError for another rate or more channels."""
    if audio.rate_hz != RATE_HZ or audio.samples.shape[0] != 1:
        message = (
            f"speech is recognised in mono at {RATE_HZ} Hz, not in {audio.samples.shape[0]} channels at {audio.rate_hz}"
        )
        raise ValueError(message)
    mono: Samples = audio.samples[0]
    return mono


def spans(audio: Audio, *, report: Report, longest_s: float = LONGEST_S, join_s: float = 0.0) -> list[Span]:
    """Stretches of speech in mono audio at 16 kHz, in order, none longer than `longest_s`.

    Each has 0.25 s before and after it, or half of a shorter pause. Neighbours with pauses up to `join_s` between them
    become one as long as that is not too long. Raises ValueError for audio of another form.
    """
    mono = need_mono_16k(audio)
    likely = probabilities(mono, report)
    found = _stretches(likely)
    cut = [part for first, last in found for part in _cut(likely, first, last, longest_s - 2 * PADDING_S)]
    return _joined(_padded(cut, mono.size), longest_s, join_s)


def probabilities(mono: Samples, report: Report) -> Samples:
    """How likely each 32 ms hold speech, 0 to 1. Reads the recording block by block."""
    session = _session()
    offset, gain = _level(mono)
    frames = -(-mono.size // FRAME)
    out = np.zeros(frames, np.float32)
    hidden, cell = (np.zeros((1, 1, HIDDEN), np.float32) for _ in range(2))
    for first in range(0, frames, BLOCK_FRAMES):
        report(first / frames)
        count = min(BLOCK_FRAMES, frames - first)
        start = first * FRAME - CONTEXT
        part = gain * (np.asarray(mono[max(start, 0) : start + CONTEXT + count * FRAME], np.float32) - offset)
        before = max(-start, 0)
        part = np.pad(part, (before, CONTEXT + count * FRAME - before - part.size))
        seen = np.lib.stride_tricks.sliding_window_view(part, CONTEXT + FRAME)[::FRAME]
        inputs = {"input": np.ascontiguousarray(seen), "h": hidden, "c": cell}
        out[first : first + count], hidden, cell = session.run(None, inputs)
    report(1.0)
    return out


def _level(mono: Samples) -> tuple[np.float32, np.float32]:
    """What makes a recording centred, and a quiet one as loud as speech usually is."""
    blocks = [mono[first : first + RATE_HZ] for first in range(0, mono.size, RATE_HZ)]
    offset = np.mean([block.mean(dtype=np.float64) for block in blocks])
    powers = [np.square(block - offset, dtype=np.float64).mean() for block in blocks]
    gain = USUAL_RMS / np.sqrt(np.percentile(powers, LOUD_PERCENT) + EPS)
    return np.float32(offset), np.float32(min(max(gain, 1.0), MOST_GAIN))


@functools.cache
def _session() -> Any:  # noqa: ANN401 - onnxruntime has no types
    """The package around the network imports torch: only its file is used."""
    import onnxruntime

    package = importlib.util.find_spec("silero_vad")
    path = Path(package.origin).parent / "data" / NETWORK if package is not None and package.origin else Path(NETWORK)
    if not path.is_file():
        message = f"no voice activity detection: {NETWORK} of silero-vad is missing"
        raise NoDetector(message)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _stretches(likely: Samples) -> list[tuple[int, int]]:
    """First and last frame (the last is outside) of each stretch of speech."""
    found: list[tuple[int, int]] = []
    first, quiet = -1, 0
    for frame, value in enumerate(likely.tolist()):
        if first < 0:
            if value >= BEGINS:
                first, quiet = frame, 0
            continue
        quiet = quiet + 1 if value < ENDS else 0
        if quiet * FRAME_S > PAUSE_S:
            found.append((first, frame + 1 - quiet))
            first = -1
    if first >= 0:
        found.append((first, likely.size - quiet))
    return [(first, last) for first, last in found if (last - first) * FRAME_S >= SHORTEST_S]


def _cut(likely: Samples, first: int, last: int, longest_s: float) -> list[tuple[int, int]]:
    longest, window = int(longest_s / FRAME_S), round(min(CUT_S, longest_s / 2) / FRAME_S)
    parts = []
    while last - first > longest:
        at = first + longest - window + int(np.argmin(likely[first + longest - window : first + longest]))
        parts.append((first, at))
        first = at
    return [*parts, (first, last)]


def _padded(found: Sequence[tuple[int, int]], size: int) -> list[Span]:
    padding = round(PADDING_S * RATE_HZ)
    edges = [(first * FRAME, min(last * FRAME, size)) for first, last in found]
    out = []
    for number, (first, last) in enumerate(edges):
        before = edges[number - 1][1] if number else -padding
        after = edges[number + 1][0] if number + 1 < len(edges) else size + 2 * padding
        starts = max(first - min(padding, (first - before) // 2), 0)
        out.append(Span(starts, min(last + min(padding, (after - last) // 2), size)))
    return out


def _joined(found: Sequence[Span], longest_s: float, join_s: float) -> list[Span]:
    """Padded neighbours that touch or nearly do, as far as they stay short enough."""
    out: list[Span] = []
    for span in found:
        gap_s = (span.first - out[-1].last) / RATE_HZ if out else 0.0
        if out and gap_s <= max(join_s - 2 * PADDING_S, 0.0) and (span.last - out[-1].first) / RATE_HZ <= longest_s:
            out[-1] = Span(out[-1].first, span.last)
        else:
            out.append(span)
    return out
