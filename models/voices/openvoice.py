"""The tone colour of another voice, by the converter of OpenVoice V2 (Qin et al. 2023), from a checkpoint on disk."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.base import Audio, Report, Samples, Voice, part_of
from models.voices.embedded import plan
from models.voices.hifigan import loaded
from models.voices.openvoice_network import Converter
from models.voices.pieces import converted, fitted
from models.voices.pitch import RATE_HZ, load_detector
from models.voices.profile import heard, measured, mixed, resampled
from models.voices.tune import as_loud, shifted

CHECKPOINT, CONFIG = "converter/checkpoint.pth", "converter/config.json"
NOISE = 0.3  # as the authors convert
SEED = 7
REFERENCE_S = 60.0
FLOOR = 1e-6


class OpenVoice:
    """`VoiceConverter` for voices of which there is a recording of some seconds. Hears up to 8 kHz.

    It changes the colour; the pitch is moved before, as without weights.
    """

    needs_reference: bool = True

    def __init__(self, folder: Path) -> None:
        """Raise ValueError for files of another kind of network."""
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        weights = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)["model"]
        self._network = loaded(Converter(config), weights).to(self._device)
        data = config["data"]
        self._rate_hz, self._size = int(data["sampling_rate"]), int(data["filter_length"])
        self._hop, self._window_size = int(data["hop_length"]), int(data["win_length"])
        self._channels = int(config["model"]["inter_channels"])
        self._detector = load_detector()

    def convert(
        self, audio: Audio, *, voice: Voice, pitch_semitones: float = 0.0, sung: bool = False, report: Report
    ) -> Iterator[Samples]:
        """As the Protocol says. Raises ValueError, with a text for the caller, for a voice without a recording."""
        if voice.reference is None or not voice.reference.samples.size:
            message = f"There is no recording of the voice {voice.name}"
            raise ValueError(message)
        reference = voice.reference.samples[:, : round(REFERENCE_S * voice.reference.rate_hz)]
        target = self._colour(resampled(mixed(reference), voice.reference.rate_hz, self._rate_hz))
        sample = heard(audio)[: round(REFERENCE_S * audio.rate_hz)]
        source = self._colour(resampled(sample, audio.rate_hz, self._rate_hz))
        try:
            profile = measured(self._detector, sample, audio.rate_hz)
        except ValueError:
            tones = pitch_semitones
        else:
            tones = plan(profile, voice.profile, pitch_semitones, sung=sung).tones

        def piece(mono: Samples, _start_s: float, _seam_s: float) -> Samples:
            before = resampled(mono, audio.rate_hz, RATE_HZ)
            said = self._said(resampled(mono, audio.rate_hz, self._rate_hz), source, target)
            said = shifted(self._detector, resampled(said, self._rate_hz, RATE_HZ), tones)
            said = as_loud(fitted(said, before.size), before)
            return fitted(resampled(said, RATE_HZ, audio.rate_hz), mono.size)

        yield from converted(audio, piece, part_of(report, 0.0, 1.0))

    def _said(self, mono: Samples, source: Tensor, target: Tensor) -> Samples:
        magnitudes = self._magnitudes(mono)
        made = torch.Generator().manual_seed(SEED)
        noise = NOISE * torch.randn((1, self._channels, magnitudes.shape[2]), generator=made)
        with torch.inference_mode():
            out: Any = self._network(magnitudes, source, target, noise.to(self._device))[0, 0].cpu().numpy()
        return fitted(np.asarray(out, np.float32), mono.size)

    def _colour(self, mono: Samples) -> Tensor:
        with torch.inference_mode():
            network: Any = self._network
            found: Tensor = network.ref_enc(self._magnitudes(mono))
        return found

    def _magnitudes(self, mono: Samples) -> Tensor:
        """Of shape (1, bins, frames): a frame per hop, the ends mirrored, as in training."""
        edge = (self._size - self._hop) // 2
        long = np.pad(mono, (0, -mono.size % self._hop))
        long = np.pad(long, (0, max(edge + 1 - long.size, 0)))
        sound = torch.from_numpy(np.pad(long, edge, "reflect")).to(self._device)
        window = torch.hann_window(self._window_size, device=self._device)
        spectra = torch.stft(
            sound[None], self._size, self._hop, self._window_size, window, center=False, return_complex=True
        )
        return torch.sqrt(torch.view_as_real(spectra).square().sum(dim=-1) + FLOOR)
