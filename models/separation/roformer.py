"""Separation by a band-split RoFormer from a checkpoint with its configuration file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from models.base import Audio, Report, Samples
from models.room.compute import checked_precision, compute, precision
from models.room.ladder import Batches
from models.room.memory import free_gpu
from models.separation.roformer_network import BandSplitRoformer, Shape
from models.separation.windows import Plan, overlapped

CONFIG = "config.yaml"
RATE_HZ = 44_100
SEGMENT = 352_800  # 8 s
OVERLAP = {"draft": 0.1, "high": 0.5}
CPU_BATCHES, GPU_BATCHES = (1,), (4, 2, 1)
NAMES = {"voice": "vocals", "vocal": "vocals", "drum": "drums", "others": "other"}


class _Loader(yaml.SafeLoader):
    """Plain YAML, and the tuples that configuration files of training programs hold."""


_Loader.add_constructor("tag:yaml.org,2002:python/tuple", lambda loader, node: tuple(loader.construct_sequence(node)))  # type: ignore[arg-type]  # its types know no kinds of nodes


class RoformerSeparator:
    """`Separator` with one network. The folder holds `config.yaml` and one `.ckpt` or `.safetensors`."""

    channels = 2
    rate_hz = RATE_HZ

    def __init__(
        self,
        folder: Path,
        *,
        device: str | None = None,
        overlap: float = 0.25,
        dtype: str = "float16",
        relieve: Callable[[], None] = lambda: None,
    ) -> None:
        """Raise ValueError for a configuration or a checkpoint of another kind of network.

        `overlap`: share of a segment that the next one has too, in standard quality, 0 to 0.9. `dtype`: on a GPU.
        `relieve` is called when memory does not suffice.
        """
        self._overlap = OVERLAP | {"standard": overlap}
        self._dtype = checked_precision(dtype)
        self._relieve = relieve
        config = yaml.load((folder / CONFIG).read_text(encoding="utf-8"), _Loader)  # noqa: S506 - derived from the safe one
        known = {field.name for field in fields(Shape)}
        shape = Shape(**{name: value for name, value in config["model"].items() if name in known})
        names = [str(name).lower() for name in config["training"]["instruments"]]
        if len(names) != shape.num_stems or not shape.stereo:
            message = f"{folder}: a stereo network with one output per instrument is needed"
            raise ValueError(message)
        self.stems: tuple[str, ...] = tuple(NAMES.get(name, name) for name in names)
        self._segment = int(config.get("audio", {}).get("chunk_size", SEGMENT))
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._network = BandSplitRoformer(shape)
        try:
            self._network.load_state_dict(_weights(folder))
        except RuntimeError as error:
            message = f"{folder}: {str(error).splitlines()[0]}"
            raise ValueError(message) from None
        self._network.to(self._device).eval()

    def separate(
        self, audio: Audio, *, wanted: Sequence[str] = (), quality: str = "standard", seed: int = 0, report: Report
    ) -> Iterator[Samples]:
        """See `Separator`. All stems are made whatever is `wanted`, and nothing depends on the seed."""
        del wanted, seed
        if audio.rate_hz != RATE_HZ or audio.samples.shape[0] != self.channels:
            message = f"the separator wants stereo at {RATE_HZ} Hz"
            raise ValueError(message)
        batches = Batches(GPU_BATCHES if self._device.type == "cuda" else CPU_BATCHES)
        plan = Plan.of(audio.samples.shape[1], segment=self._segment, overlap=self._overlap[quality])
        yield from overlapped(
            audio.samples,
            lambda batch: self._run(batch, batches),
            plan,
            stems=len(self.stems),
            batch=batches.most,
            report=report,
        )

    def _run(self, batch: Samples, batches: Batches) -> Samples:
        sound = torch.from_numpy(batch)

        def run(most: int) -> list[torch.Tensor]:
            with torch.inference_mode(), precision(self._device, self._dtype):
                return [self._network(part.to(self._device)).float().cpu() for part in torch.split(sound, most)]

        with compute(self._device):
            return np.asarray(torch.cat(batches.run(batch.shape[0], run, self._free)).numpy(), np.float32)

    def _free(self) -> None:
        self._relieve()
        free_gpu()


def _weights(folder: Path) -> dict[str, Any]:
    found = [path for path in folder.iterdir() if path.suffix in {".ckpt", ".safetensors"}]
    if len(found) != 1:
        message = f"{folder} must hold one checkpoint, not {len(found)}"
        raise ValueError(message)
    if found[0].suffix == ".safetensors":
        from safetensors.torch import load_file

        return dict(load_file(found[0]))
    loaded: dict[str, Any] = torch.load(found[0], map_location="cpu", weights_only=True)
    kept: dict[str, Any] = loaded.get("state_dict", loaded.get("state", loaded))
    return kept
