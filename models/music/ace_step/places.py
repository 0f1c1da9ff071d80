"""Where planner and pipeline lie while they work: all on the device, or only what works just now."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

from models.room.memory import free_gpu

ALL, PARTS = range(2)
ORDER = "text_encoder->condition_encoder->audio_token_detokenizer->transformer->vae"


class Places:
    """Memory against speed.

    ALL     both stay on the device
    PARTS   the planner is there while it plans; of the pipeline one part at a time
    """

    def __init__(self, pipeline: Any, planner: Any, device: torch.device, level: int = ALL) -> None:  # noqa: ANN401 - neither library tells its types
        self._pipeline, self._planner, self._device = pipeline, planner, device
        pipeline.model_cpu_offload_seq = ORDER
        self._settle(level)

    @property
    def levels(self) -> tuple[int, ...]:
        """The one it is at, and those below. A CPU has one kind of memory."""
        return (self.level,) if self._device.type == "cpu" else tuple(range(self.level, PARTS + 1))

    def lower_to(self, level: int) -> None:
        if level != self.level:
            self._settle(level)

    @contextlib.contextmanager
    def planning(self) -> Iterator[None]:
        """The planner is on the device."""
        if self.level == ALL:
            yield
            return
        self._planner.to(self._device)
        try:
            yield
        finally:
            self._planner.to("cpu")
            free_gpu()

    @contextlib.contextmanager
    def sounding(self) -> Iterator[None]:
        """The pipeline may be called; afterwards its parts are back where they wait."""
        try:
            yield
        finally:
            self._pipeline.maybe_free_model_hooks()

    def _settle(self, level: int) -> None:
        self.level = level
        pipeline = self._pipeline
        pipeline.remove_all_hooks()
        if level == ALL:
            pipeline.to(self._device)
            self._planner.to(self._device)
            return
        self._planner.to("cpu")
        # Its weights are used without calling it, too.
        pipeline._exclude_from_cpu_offload = ["audio_tokenizer"]  # noqa: SLF001 - diffusers sets it per class
        pipeline.enable_model_cpu_offload(device=self._device)
