"""Beats and downbeats by Beat This! (Foscarin, Schlüter and Widmer, ISMIR 2024), from a checkpoint on disk."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import torch
from beat_this.model.beat_tracker import BeatThis
from beat_this.model.postprocessor import Postprocessor

from models.base import Audio, Beats, Report, Samples

CHECKPOINT = "final0.ckpt"
RATE_HZ = 22_050
WINDOW, HOP = 1024, 441
MELS, LOWEST_HZ, HIGHEST_HZ = 128, 30.0, 11_000.0
FRAMES_HZ = RATE_HZ / HOP
# As the network was trained: pieces of 30 s, of which the first and last frames do not count.
PIECE, EDGE = 1500, 6
LOUDER = 1000.0


class BeatThisTracker:
    """`BeatTracker` with the authors' weights: a Lightning checkpoint of `hyper_parameters` and `state_dict`."""

    RATE_HZ = RATE_HZ

    def __init__(self, folder: Path) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        checkpoint = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)
        self._model = _model(checkpoint).to(self._device).eval()
        self._filters = _mel_filters()

    def beats(self, audio: Audio, *, report: Report) -> Beats:
        """Beats and downbeats of mono audio at 22,050 Hz. Raises ValueError for another rate."""
        if audio.rate_hz != RATE_HZ:
            message = f"the beat tracker wants {RATE_HZ} Hz, not {audio.rate_hz}"
            raise ValueError(message)
        mono = audio.samples[0]
        frames = mono.size // HOP + 1
        logits = np.full((2, frames), -1000.0, np.float32)
        step = PIECE - 2 * EDGE
        for first in range(0, frames, step):
            report(first / frames)
            last = min(first + step, frames)
            logits[:, first:last] = self._logits(mono, first - EDGE, last + EDGE)[:, EDGE:-EDGE]
        report(1.0)
        return beats_of(logits)

    def _logits(self, mono: Samples, first: int, last: int) -> Samples:
        """Beat and downbeat of frames first to last; frames outside the recording are zero, as in training."""
        frames = mono.size // HOP + 1
        inside = slice(max(first, 0), min(last, frames))
        spectra = np.zeros((last - first, MELS), np.float32)
        spectra[inside.start - first : inside.stop - first] = log_mel(mono, inside.start, inside.stop, self._filters)
        with torch.inference_mode():
            found = self._model(torch.from_numpy(spectra)[None].to(self._device))
        return np.stack([found[name][0].float().cpu().numpy() for name in ("beat", "downbeat")])


def beats_of(logits: Samples) -> Beats:
    """Peaks above even odds, of logits of shape (2, frames) at 50 frames per second; downbeats moved to beats."""
    beat, downbeat = (torch.from_numpy(row) for row in logits)
    times_s, downbeats_s = Postprocessor(type="minimal", fps=round(FRAMES_HZ))(beat, downbeat)
    return Beats(np.asarray(times_s, np.float64), np.intersect1d(downbeats_s, times_s))


def log_mel(mono: Samples, first: int, last: int, filters: Samples) -> Samples:
    """Log-compressed mel magnitudes of shape (frames, MELS), of frames centred HOP apart; the ends are mirrored."""
    start, stop = first * HOP - WINDOW // 2, (last - 1) * HOP + WINDOW // 2
    part = np.asarray(mono[max(start, 0) : min(stop, mono.size)], np.float32)
    before, after = max(-start, 0), max(stop - mono.size, 0)
    is_long = part.size > max(before, after)  # what is shorter than a window cannot be mirrored
    part = np.pad(part, (before, after), "reflect") if is_long else np.pad(part, (before, after))
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    shifted = np.lib.stride_tricks.sliding_window_view(part, WINDOW)[::HOP]
    spectra = np.abs(np.fft.rfft(shifted * window, axis=1)) / np.sqrt(WINDOW)
    return np.asarray(np.log1p(LOUDER * (spectra @ filters)), np.float32)


def _mel_filters() -> Samples:
    import librosa

    return np.asarray(
        librosa.filters.mel(
            sr=RATE_HZ, n_fft=WINDOW, n_mels=MELS, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, htk=False, norm=None
        ).T,
        np.float32,
    )


def _model(checkpoint: dict[str, Any]) -> BeatThis:
    """The network a checkpoint describes: it may be the small one."""
    known = set(inspect.signature(BeatThis).parameters)
    model = BeatThis(**{name: value for name, value in checkpoint["hyper_parameters"].items() if name in known})
    weights = {name.removeprefix("model."): value for name, value in checkpoint["state_dict"].items()}
    model.load_state_dict(weights)
    return model
