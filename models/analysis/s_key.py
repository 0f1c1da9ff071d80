"""The key by S-KEY (Kong et al., ICASSP 2025), from its ONNX conversion."""

import json
from pathlib import Path

import numpy as np
import onnxruntime

from models.base import Audio, Report

MODEL, LABELS = "skey.onnx", "labels.json"
RATE_HZ = 22_050
SHORTEST_S = 3.0
SHARPS = {"Db": "C#", "Eb": "D#", "Gb": "F#", "Ab": "G#", "Bb": "A#", "Cb": "B", "Fb": "E", "E#": "F", "B#": "C"}
TONICS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
# The order of the original; a conversion with another one has a labels.json beside it.
UPSTREAM = (
    *(f"{TONICS[(9 + step) % 12]} major" for step in range(12)),
    *(f"{TONICS[(11 + step) % 12]} minor" for step in range(12)),
)


class SKey:
    """`KeyEstimator`. The graph takes the whole recording, shape (1, frames), and gives 24 probabilities."""

    RATE_HZ = RATE_HZ

    def __init__(self, folder: Path) -> None:
        """Read `skey.onnx` and, where it is there, `labels.json`: 24 names such as "Bb Major", in the model's order."""
        labels = folder / LABELS
        names = json.loads(labels.read_text(encoding="utf-8")) if labels.is_file() else UPSTREAM
        self._names = [_sharp(name) for name in names]
        if sorted(self._names) != sorted(UPSTREAM):
            message = f"{labels} does not name the 24 keys"
            raise ValueError(message)
        self._session = onnxruntime.InferenceSession(folder / MODEL, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def key(self, audio: Audio, *, report: Report) -> tuple[str, float]:
        """The key of mono audio at 22,050 Hz and its probability; ("", 0.0) for silence and what is under 3 s."""
        if audio.rate_hz != RATE_HZ:
            message = f"the key estimator wants {RATE_HZ} Hz, not {audio.rate_hz}"
            raise ValueError(message)
        mono = np.asarray(audio.samples[:1], np.float32)
        peak = float(np.abs(mono).max(initial=0.0))
        if audio.duration_s < SHORTEST_S or peak == 0:
            return "", 0.0
        report(0.0)
        scores = np.asarray(self._session.run(None, {self._input: mono / peak})[0], np.float64).reshape(-1)
        report(1.0)
        best = int(scores.argmax())
        return self._names[best], float(scores[best])


def _sharp(name: str) -> str:
    """`Bb Major` → `A# major`."""
    tonic, _, mode = name.partition(" ")
    return f"{SHARPS.get(tonic, tonic)} {mode.lower()}"
