"""Separation by a band-split RoFormer from a checkpoint with its configuration file."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from models.base import Audio, Report, Samples
from models.room.ladder import descend
from models.separation.roformer_network import BandSplitRoformer, Shape
from models.separation.windows import Plan, overlapped

CONFIG = "config.yaml"
RATE_HZ = 44_100
SEGMENT = 352_800  # 8 s
OVERLAP = {"draft": 0.1, "standard": 0.25, "high": 0.5}
GPU_BATCHES = (4, 2, 1)
NAMES = {"voice": "vocals", "vocal": "vocals", "drum": "drums", "others": "other"}


class _Loader(yaml.SafeLoader):
    """Plain YAML, and the tuples that configuration files of training programs hold."""


_Loader.add_constructor("tag:yaml.org,2002:python/tuple", lambda loader, node: tuple(loader.construct_sequence(node)))  # type: ignore[arg-type]  # its types know no kinds of nodes


class RoformerSeparator:
    """`Separator` with one network. The folder holds `config.yaml` and one `.ckpt` or `.safetensors`."""

    channels = 2
    rate_hz = RATE_HZ

    def __init__(self, folder: Path, *, device: str | None = None) -> None:
        """Raise ValueError for a configuration or a checkpoint of another kind of network."""
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
        batch = GPU_BATCHES[0] if self._device.type == "cuda" else 1
        plan = Plan.of(audio.samples.shape[1], segment=self._segment, overlap=OVERLAP[quality])
        yield from overlapped(audio.samples, self._run, plan, stems=len(self.stems), batch=batch, report=report)

    def _run(self, batch: Samples) -> Samples:
        sound = torch.from_numpy(batch)

        def run(most: int) -> list[torch.Tensor]:
            half = self._device.type == "cuda"
            precision = torch.autocast("cuda", dtype=torch.float16) if half else contextlib.nullcontext()
            with torch.inference_mode(), precision:
                return [self._network(part.to(self._device)).float().cpu() for part in torch.split(sound, most)]

        steps = [count for count in GPU_BATCHES if count <= batch.shape[0]]
        parts, _ = descend(steps, run, torch.cuda.empty_cache if torch.cuda.is_available() else lambda: None)
        return np.asarray(torch.cat(parts).numpy(), np.float32)


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
