"""Sound effects by Stable Audio 3 (Evans et al. 2026), from a folder as diffusers saves its pipeline.

Stability publishes other files; diffusers' script convert_stable_audio_3_to_diffusers.py makes this folder of them.
"""

import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import StableAudio3Pipeline
from torch import Tensor

from models.base import Audio, Effect, Report, Samples, part_of
from models.music.ace_step.quiet import quiet
from models.room.compute import checked_precision, compute
from models.room.ladder import descend
from models.room.memory import free_gpu

LEAST_S = 1.0
MOST_CHARS, MOST_TOKENS = 2_000, 256
DENOISED = 0.8  # of the progress
TILES = (256, 128, 64)  # latents that are decoded at a time, an even number: the autoencoder takes them in pairs
SEAM = 16  # latents that are decoded on both sides for what is next to them alone; it hears six
EVEN = 2
LOUDEST = 10 ** (-1 / 20)
QUIET = 1e-4
END_S = 0.01
WAIT_S = 1.0


class StableAudioEffects:
    """`EffectMaker` at 44.1 kHz, stereo, in the words of English prompts."""

    def __init__(
        self,
        folder: Path,
        *,
        device: str | None = None,
        dtype: str = "bfloat16",
        longest_s: float = 120.0,
        steps: int | None = None,
        guidance: float = 1.0,
        relieve: Callable[[], None] = lambda: None,
    ) -> None:
        """Load the pipeline; its autoencoder computes in float32.

        `dtype`: on a GPU; a CPU computes in float32. `longest_s`: what the model was trained with. `steps` None: the
        number that suits the model. `guidance`: for models that are not distilled. Raises ValueError for a folder of
        another pipeline.
        """
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        precision = getattr(torch, checked_precision(dtype)) if self._device.type == "cuda" else torch.float32
        self._pipeline = _pipeline(folder, precision).to(self._device)
        self._longest_s, self._steps, self._guidance, self._relieve = longest_s, steps, guidance, relieve
        self._turn = threading.Lock()  # the scheduler counts steps
        self.rate_hz = int(self._pipeline.vae.config.sampling_rate)

    def make(self, prompt: str, *, duration_s: float, seed: int, report: Report) -> Effect:
        """As the Protocol says. Raises ValueError, with a text for the caller, for an empty or too long prompt, a
        length that is not from 1 s to the longest and a negative seed.
        """
        prompt = " ".join(prompt.split())
        self._check(prompt, duration_s, seed)
        frames = round(duration_s * self.rate_hz)
        while not self._turn.acquire(timeout=WAIT_S):
            report(0.0)
        try:
            latent = self._latent(prompt, duration_s, frames, seed, part_of(report, 0.0, DENOISED))
            told = part_of(report, DENOISED, 1.0)
            sound, _ = descend(TILES, lambda tile: self._decoded(latent, tile, told), self._free)
        finally:
            self._turn.release()
        if not np.isfinite(sound).all():
            raise ValueError("The model gave no sound for this; another seed may help")
        return Effect(Audio(_finished(sound[:, :frames], self.rate_hz), self.rate_hz), (prompt,))

    def _check(self, prompt: str, duration_s: float, seed: int) -> None:
        if not prompt:
            raise ValueError("The prompt is empty: say what to hear")
        if len(prompt) > MOST_CHARS or len(self._pipeline.tokenizer(prompt)["input_ids"]) > MOST_TOKENS:
            message = f"The prompt is too long for this model: it reads {MOST_TOKENS} tokens, some 200 words"
            raise ValueError(message)
        if not (math.isfinite(duration_s) and LEAST_S <= duration_s <= self._longest_s):
            message = f"A sound effect of this model is {LEAST_S:.0f} to {self._longest_s:.0f} seconds long"
            raise ValueError(message)
        if seed < 0:
            raise ValueError("The seed may not be negative")

    def _latent(self, prompt: str, duration_s: float, frames: int, seed: int, report: Report) -> Tensor:
        """Shape (1, channels, latents); the last ones may be more than is wanted."""
        pipeline = self._pipeline
        grid = EVEN * int(pipeline.vae.downsampling_ratio)
        generator = torch.Generator().manual_seed(seed)
        shape = (1, int(pipeline.vae.config.latent_dim), -(-frames // grid) * EVEN)

        def told(pipe: Any, step: int, _time: Tensor, _tensors: object) -> dict[str, Tensor]:  # noqa: ANN401 - diffusers has no types
            report((step + 1) / pipe.num_timesteps)
            return {}

        with compute(self._device), torch.no_grad():
            found: Tensor = pipeline(
                prompt,
                duration=duration_s,
                num_inference_steps=self._steps,
                guidance_scale=self._guidance,
                generator=generator,
                latents=torch.randn(shape, generator=generator),
                output_type="latent",
                callback_on_step_end=told,
            ).audios
        return found.float()

    def _decoded(self, latent: Tensor, tile: int, report: Report) -> Samples:
        """In tiles: the autoencoder's memory grows with the square of the length."""
        hop, count = int(self._pipeline.vae.downsampling_ratio), latent.shape[2]
        sound: Samples = np.empty((2, count * hop), np.float32)
        step = tile - 2 * SEAM if count > tile else count
        for first in range(0, count, step):
            last = min(first + step, count)
            begin, end = max(first - SEAM, 0), min(last + SEAM, count)
            with compute(self._device), torch.no_grad():
                part = self._pipeline.vae.decode(latent[:, :, begin:end]).sample[0].float().cpu().numpy()
            skipped = (first - begin) * hop
            sound[:, first * hop : last * hop] = part[:, skipped : skipped + (last - first) * hop]
            report(last / count)
        return sound

    def _free(self) -> None:
        self._relieve()
        free_gpu()


def _pipeline(folder: Path, dtype: torch.dtype) -> Any:  # noqa: ANN401 - diffusers has no types
    if not (folder / "model_index.json").is_file():
        raise ValueError("its folder holds no pipeline of diffusers: the published files have to be converted")
    with quiet():
        pipeline = StableAudio3Pipeline.from_pretrained(
            folder, torch_dtype={"default": dtype, "vae": torch.float32}, local_files_only=True, use_safetensors=True
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _finished(sound: Samples, rate_hz: int) -> Samples:
    """Its highest peak at -1 dBFS, as the authors do; what is cut off ends without a click."""
    peak = float(np.abs(sound).max(initial=0.0))
    found = (sound * np.float32(LOUDEST / peak if peak > QUIET else 1.0)).astype(np.float32)
    fade = round(END_S * rate_hz)
    found[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return found
