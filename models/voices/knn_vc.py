"""kNN-VC (Baas, van Niekerk and Kamper 2023): each moment is replaced by the most similar ones of another voice.

Similar by the sixth layer of WavLM; what is found is made sound by a HiFi-GAN that was trained on such replacements.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.base import Audio, Report, Samples, Voice, part_of
from models.voices.embedded import octaves
from models.voices.hifigan import Generator, loaded, shape_of
from models.voices.pieces import converted, fitted
from models.voices.pitch import RATE_HZ, load_detector, pitch_of
from models.voices.profile import measured, mixed, resampled
from models.voices.tune import as_loud, in_tune, shifted

VOCODER, VOCODER_CONFIG = "prematch_g_02500000.pt", "config_v1_wavlm.json"
LAYER = 6
NEIGHBOURS = 4
HOP = 320
RECEPTIVE = 400  # samples that one step of WavLM hears
REFERENCE_S = 300.0
PIECE_S = 20.0
QUIET_DB = -40.0
LEARNED = 0.1  # of the progress


class KnnVoices:
    """`VoiceConverter` for voices of which there is a recording; minutes are better than seconds. Hears up to 8 kHz.

    The folder holds a WavLM of the transformers library and the authors' generator with its configuration.
    """

    needs_reference: bool = True

    def __init__(self, folder: Path) -> None:
        """Raise ValueError for files of another kind of network."""
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._wavlm = _wavlm(folder).to(self._device)
        config = json.loads((folder / VOCODER_CONFIG).read_text(encoding="utf-8"))
        weights = torch.load(folder / VOCODER, map_location="cpu", weights_only=True)["generator"]
        network = Generator(shape_of(config), config["hifi_dim"], features=config["hubert_dim"])
        self._generator = loaded(network, weights).to(self._device)
        self._detector = load_detector()

    def convert(
        self, audio: Audio, *, voice: Voice, pitch_semitones: float = 0.0, sung: bool = False, report: Report
    ) -> Iterator[Samples]:
        """As the Protocol says. Raises ValueError, with a text for the caller, for a voice without a recording."""
        if voice.reference is None or not voice.reference.samples.size:
            message = f"There is no recording of the voice {voice.name}"
            raise ValueError(message)
        pool = self._learned(voice.reference, part_of(report, 0.0, LEARNED))
        octaves = self._octaves(audio, voice) if sung else 0.0

        def piece(mono: Samples, _start_s: float, _seam_s: float) -> Samples:
            heard = resampled(mono, audio.rate_hz, RATE_HZ)
            said = self._said(heard, pool)
            if sung:
                said = in_tune(self._detector, said, pitch_of(self._detector, heard), octaves + pitch_semitones)
            else:
                said = shifted(self._detector, said, pitch_semitones)
            return fitted(resampled(as_loud(said, heard), RATE_HZ, audio.rate_hz), mono.size)

        yield from converted(audio, piece, part_of(report, LEARNED, 1.0))

    def _octaves(self, audio: Audio, voice: Voice) -> float:
        """The whole octaves, in semitones, that bring the singer next to the voice."""
        sample = Audio(audio.samples[:, : round(REFERENCE_S * audio.rate_hz)], audio.rate_hz)
        try:
            source = measured(self._detector, mixed(sample.samples), audio.rate_hz)
        except ValueError:
            return 0.0
        return octaves(source.pitch_hz, voice.profile.pitch_hz)

    def _learned(self, reference: Audio, report: Report) -> Tensor:
        """What the voice sounds like, of shape (moments, width), without its pauses."""
        mono = mixed(reference.samples[:, : round(REFERENCE_S * reference.rate_hz)])
        mono = resampled(mono, reference.rate_hz, RATE_HZ)
        step = round(PIECE_S * RATE_HZ)
        parts = []
        for first in range(0, mono.size, step):
            part = mono[first : first + step]
            features = self._features(part)
            power = np.square(np.pad(part, (0, HOP * features.shape[0]))[: HOP * features.shape[0]])
            parts.append((features, power.reshape(-1, HOP).mean(axis=1)))
            report(min((first + step) / mono.size, 1.0))
        power = np.concatenate([part[1] for part in parts])
        is_loud = power >= power.max() * 10 ** (QUIET_DB / 10)
        return torch.cat([part[0] for part in parts])[torch.from_numpy(is_loud).to(self._device)]

    def _features(self, mono: Samples) -> Tensor:
        """One row per HOP samples, of what is padded with silence so that all of it is heard."""
        steps = max(-(-mono.size // HOP), 1)
        padded = np.pad(mono, (0, steps * HOP + RECEPTIVE - HOP - mono.size))
        with torch.inference_mode():
            found: Tensor = self._wavlm(torch.from_numpy(padded)[None].to(self._device)).last_hidden_state[0]
        return found

    def _said(self, mono: Samples, pool: Tensor) -> Samples:
        with torch.inference_mode():
            chosen = nearest(self._features(mono), pool)
            out = self._generator(chosen.T[None])[0, 0].cpu().numpy()
        return fitted(np.asarray(out, np.float32), mono.size)


def nearest(rows: Tensor, pool: Tensor) -> Tensor:
    """For each row the mean of the NEIGHBOURS rows of the pool that point the same way."""
    likeness = torch.nn.functional.normalize(rows, dim=1) @ torch.nn.functional.normalize(pool, dim=1).T
    best = likeness.topk(min(NEIGHBOURS, pool.shape[0]), dim=1).indices
    return pool[best].mean(dim=1)


def _wavlm(folder: Path) -> Any:  # noqa: ANN401 - transformers does not tell its types
    """The layers that are needed, without the last normalisation, which belongs to the last layer of all."""
    from transformers import WavLMConfig, WavLMModel
    from transformers.utils import logging as told

    logging: Any = told
    config = WavLMConfig.from_pretrained(folder)
    if config.num_hidden_layers < LAYER:
        message = f"its WavLM has {config.num_hidden_layers} layers, of which the one numbered {LAYER} is needed"
        raise ValueError(message)
    config.num_hidden_layers = LAYER
    config.layerdrop, config.apply_spec_augment = 0.0, False
    shown = logging.get_verbosity()
    logging.set_verbosity_error()  # it tells of the layers that are left out
    try:
        model: Any = WavLMModel.from_pretrained(folder, config=config, local_files_only=True, weights_only=True)
    finally:
        logging.set_verbosity(shown)
    if config.do_stable_layer_norm:
        model.encoder.layer_norm = torch.nn.Identity()
    return model.float().eval()
