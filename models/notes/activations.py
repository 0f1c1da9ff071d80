"""What basic-pitch's network hears: note, onset and contour activations of a recording, stretch by stretch."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Report, Samples
from models.notes.overtones import MARGIN_S, with_overtones

Floats = NDArray[np.float32]
RATE_HZ = 22_050
HOP = 256
FRAMES_HZ = RATE_HZ / HOP
LOWEST_PITCH = 21  # A0
PITCHES = 88
BINS_PER_SEMITONE = 3  # of the contours
WINDOW = 2 * RATE_HZ - HOP  # samples the network takes
EDGE_FRAMES = 15  # at both ends of a window, where the network lacks context
STEP_FRAMES = 141  # whole hops, so that time never drifts as it does where windows are simply put in a row
STRETCH_WINDOWS = 32
STRETCH_FRAMES = STEP_FRAMES * STRETCH_WINDOWS  # 52 s
BATCH = 4


@dataclass(frozen=True, slots=True)
class Activations:
    """0 to 1, a frame every HOP samples: notes and onsets (frames, 88) from A0, contours (frames, 264)."""

    notes: Floats
    onsets: Floats
    contours: Floats

    def part(self, first: int, last: int) -> "Activations":
        return Activations(self.notes[first:last], self.onsets[first:last], self.contours[first:last])


def joined(parts: list[Activations]) -> Activations:
    return Activations(
        np.concatenate([part.notes for part in parts]),
        np.concatenate([part.onsets for part in parts]),
        np.concatenate([part.contours for part in parts]),
    )


def load_network() -> Any:  # noqa: ANN401 - an onnxruntime session, which has no types
    """The ONNX file inside the basic-pitch package, which is not imported: that would load TensorFlow where it is."""
    import onnxruntime

    spec = find_spec("basic_pitch")
    if spec is None or not spec.submodule_search_locations:
        message = "The package basic-pitch is not installed"
        raise ModuleNotFoundError(message)
    path = Path(spec.submodule_search_locations[0]) / "saved_models" / "icassp_2022" / "nmp.onnx"
    options = onnxruntime.SessionOptions()
    options.enable_cpu_mem_arena = False  # it would keep 100 MB
    options.intra_op_num_threads = 1  # small layers: more threads only wait for each other
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def read(audio: Audio, rate_hz: int, first: int, last: int) -> Samples:
    """The mix of all channels at `rate_hz`, frames `first` to `last` of it; silence outside of the recording."""
    import soxr

    # Whole seconds are whole frames at both rates, so parts resampled on their own fit together.
    start_s, stop_s = first // rate_hz - 1, -(-last // rate_hz) + 1
    start, stop = max(start_s * audio.rate_hz, 0), min(stop_s * audio.rate_hz, audio.samples.shape[1])
    if stop <= start:
        return np.zeros(last - first, np.float32)
    mono = audio.samples[:, start:stop].mean(axis=0, dtype=np.float32)
    if audio.rate_hz != rate_hz:
        mono = np.asarray(soxr.resample(mono, audio.rate_hz, rate_hz), np.float32)
    offset = first - max(start_s, 0) * rate_hz
    part = mono[max(offset, 0) : max(offset + last - first, 0)]
    before = min(max(-offset, 0), last - first)
    return np.pad(part, (before, last - first - before - part.size))


def read_with_overtones(audio: Audio, rate_hz: int, first: int, last: int) -> Samples:
    """As `read`, with overtones for low tones that have none."""
    margin = round(MARGIN_S * rate_hz)
    return with_overtones(read(audio, rate_hz, first - margin, last + margin), rate_hz)[margin:-margin]


def frames_in(audio: Audio) -> int:
    return 1 + int(audio.samples.shape[1]) * RATE_HZ // (audio.rate_hz * HOP)


def activations(network: Any, audio: Audio, report: Report) -> Iterator[Activations]:  # noqa: ANN401
    """Those of the whole recording, STRETCH_FRAMES at a time."""
    frames = frames_in(audio)
    for first in range(0, frames, STRETCH_FRAMES):
        parts = []
        last = min(first + STRETCH_FRAMES, frames)
        for start in range(first, last, STEP_FRAMES * BATCH):
            parts.append(_windows(network, audio, start, min(BATCH, -(-(last - start) // STEP_FRAMES))))
            report(min(start + STEP_FRAMES * BATCH, frames) / frames)
        yield joined(parts).part(0, last - first)


def _windows(network: Any, audio: Audio, frame: int, count: int) -> Activations:  # noqa: ANN401
    first = (frame - EDGE_FRAMES) * HOP
    samples = read_with_overtones(audio, RATE_HZ, first, first + (count - 1) * STEP_FRAMES * HOP + WINDOW)
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[:: STEP_FRAMES * HOP]
    outputs = network.run(
        ["StatefulPartitionedCall:1", "StatefulPartitionedCall:2", "StatefulPartitionedCall:0"],
        {"serving_default_input_2:0": np.ascontiguousarray(windows[..., None])},
    )
    inner = slice(EDGE_FRAMES, EDGE_FRAMES + STEP_FRAMES)
    notes, onsets, contours = (np.nan_to_num(out[:, inner]).reshape(-1, out.shape[2]) for out in outputs)
    return Activations(notes, onsets, contours)
