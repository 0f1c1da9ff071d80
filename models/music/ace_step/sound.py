"""The half of ACE-Step that sounds: a diffusion transformer and an autoencoder, through diffusers' pipeline."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.base import Report, Samples, part_of
from models.music.ace_step.places import Places
from models.room.compute import compute
from models.room.ladder import descend
from models.room.memory import free_gpu

TILES = (512, 320, 192)  # latents that are decoded at a time
SEAM = 64  # latents on both sides that are decoded for what is next to them alone
DENOISED = 0.75  # of the progress
EVEN = 2
WAIT_S = 1.0
NO_SOUND = "The model gave no sound for this; another seed may help."


class Sound:
    """Calls of the pipeline, one at a time, with draws that are the call's own.

    rate_hz, hop: of the sound, and samples that a latent stands for
    """

    def __init__(
        self,
        pipeline: Any,  # noqa: ANN401 - diffusers has no types
        places: Places,
        device: torch.device,
        *,
        steps: int,
        guidance: float,
        shift: float,
        relieve: Callable[[], None],
    ) -> None:
        self.pipeline, self._places, self._device = pipeline, places, device
        self._options = {
            "num_inference_steps": steps,
            "guidance_scale": 1.0 if pipeline.is_turbo else guidance,
            "shift": shift,
        }
        self._steps, self._relieve = steps, relieve
        self._turn = threading.RLock()  # the scheduler counts steps, and parts move
        self.rate_hz = int(pipeline.sample_rate)
        self.hop = round(pipeline.sample_rate / pipeline.latents_per_second)

    def made(self, frames: int, *, seed: int, report: Report, **wanted: Any) -> Samples:  # noqa: ANN401 - the pipeline's arguments
        """Stereo sound of shape (2, frames), as the autoencoder gives it: the pipeline would make its peaks alike.

        `frames`: made of whole pairs of latents; a source in `wanted` is as long. Raises ValueError for a model that
        gives no numbers, and whatever `report` raises.
        """
        latents, odd = divmod(frames, self.hop)
        assert odd == 0
        assert latents % EVEN == 0
        with self.held(report):
            levels = self._places.levels
            latent, _ = descend(
                levels,
                lambda level: self._latents(level, latents, seed, part_of(report, 0.0, DENOISED), wanted),
                self._free,
            )
            told = part_of(report, DENOISED, 1.0)
            sound, _ = descend(TILES, lambda tile: self._decoded(latent, tile, told), self._free)
        if not np.isfinite(sound).all():
            raise ValueError(NO_SOUND)
        return sound

    def _latents(self, level: int, count: int, seed: int, report: Report, wanted: dict[str, Any]) -> Tensor:
        """Shape (1, channels, count)."""
        self._places.lower_to(level)
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn((1, count, self.pipeline.transformer.config.audio_acoustic_hidden_dim), generator=generator)

        def told(_pipeline: object, step: int, _time: float, _tensors: object) -> dict[str, Tensor]:
            report((step + 1) / self._steps)
            return {}

        devices = [self._device] if self._device.type == "cuda" else []
        # Of a source's latents the pipeline draws one with the global generator.
        with compute(self._device), self._places.sounding(), torch.random.fork_rng(devices), torch.no_grad():
            torch.manual_seed(seed)
            found: Tensor = self.pipeline(
                latents=noise, output_type="latent", callback_on_step_end=told, **self._options, **wanted
            ).audios
            return found.transpose(1, 2).float()

    def _decoded(self, latent: Tensor, tile: int, report: Report) -> Samples:
        """In tiles, so that ten minutes need no more memory than twenty seconds, and can be stopped between two."""
        count = latent.shape[2]
        step = tile - 2 * SEAM
        sound: Samples = np.empty((2, count * self.hop), np.float32)
        with self._places.sounding():
            for first in range(0, count, step):
                last = min(first + step, count)
                if count <= tile:
                    last = count
                begin, end = max(first - SEAM, 0), min(last + SEAM, count)
                with compute(self._device), torch.no_grad():
                    part = (
                        self.pipeline.vae.decode(latent[:, :, begin:end].to(self._device))
                        .sample[0]
                        .float()
                        .cpu()
                        .numpy()
                    )
                skipped = (first - begin) * self.hop
                sound[:, first * self.hop : last * self.hop] = part[:, skipped : skipped + (last - first) * self.hop]
                report(last / count)
                if last == count:
                    break
        return sound

    @contextlib.contextmanager
    def held(self, report: Report) -> Iterator[None]:
        """One caller's turn; the others wait, and may be stopped meanwhile."""
        while not self._turn.acquire(timeout=WAIT_S):
            report(0.0)
        try:
            yield
        finally:
            self._turn.release()

    def _free(self) -> None:
        self._relieve()
        free_gpu()
