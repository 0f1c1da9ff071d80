"""Demucs v4 (Rouard, Massa and Défossez 2023) from local files in its own formats."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from demucs.hdemucs import HDemucs
from demucs.hf import load_safetensors_model
from demucs.htdemucs import HTDemucs
from demucs.states import load_model

from models.base import Audio, Report, Samples
from models.room.compute import checked_precision, compute, precision
from models.room.ladder import Batches
from models.room.memory import free_gpu
from models.separation.lean import lean_attention, lean_heap, make_lean
from models.separation.windows import Plan, mean_of, overlapped

NETWORKS = {"demucs.htdemucs.HTDemucs": HTDemucs, "demucs.hdemucs.HDemucs": HDemucs}
QUALITY = {"draft": (0, 0.1), "high": (2, 0.5)}  # shifts, overlap
MAX_SHIFT_S = 0.5
STATISTICS_FRAMES = 1 << 20
CPU_BATCHES, GPU_BATCHES = (1,), (8, 4, 2, 1)


class DemucsSeparator:
    """`Separator` by one network or a bag of them, whose weights say who speaks for which stem.

    stems    names in the order of the output
    rate_hz  what it wants, 44,100 Hz, stereo
    """

    channels = 2

    def __init__(
        self,
        folder: Path,
        *,
        device: str | None = None,
        shifts: int = 0,
        overlap: float = 0.25,
        dtype: str = "float16",
        relieve: Callable[[], None] = lambda: None,
    ) -> None:
        """Load from a folder with one bag (`<name>.yaml` and a `.th` or `.safetensors` per network), or one network.

        `.th` files are pickles: only files whose hash was checked may lie there. `shifts`: of how many shifted runs
        the standard quality is the mean, 0 for one that is not shifted; `overlap`: its share of a segment that the
        next one has too, 0 to 0.9. `dtype`: on a GPU. `relieve` is called when memory does not suffice.
        """
        self._quality = QUALITY | {"standard": (shifts, overlap)}
        self._dtype = checked_precision(dtype)
        self._relieve = relieve
        lean_heap()
        self._networks, self._weights = _load(folder)
        first = self._networks[0]
        self.stems: tuple[str, ...] = tuple(first.sources)
        self.rate_hz = int(first.samplerate)
        self._segment = int(float(first.segment) * self.rate_hz)
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        for network in self._networks:
            network.to(self._device).eval()
            if isinstance(network, HTDemucs):
                make_lean(network)

    def separate(
        self, audio: Audio, *, wanted: Sequence[str] = (), quality: str = "standard", seed: int = 0, report: Report
    ) -> Iterator[Samples]:
        """The stems of stereo audio at `rate_hz`, in blocks of shape (stems, 2, frames), in order.

        `wanted`: stems that will be used, empty for all; networks that speak for none of them are not run, and their
        stems are zero. `quality`: draft, standard or high. Raises ValueError for another rate or number of channels,
        and whatever `report` raises.
        """
        if audio.rate_hz != self.rate_hz or audio.samples.shape[0] != self.channels:
            message = f"Demucs wants stereo at {self.rate_hz} Hz"
            raise ValueError(message)
        level = _statistics(audio.samples)
        networks = self._speakers(wanted or self.stems)
        shifts, overlap = self._quality[quality]
        rng = np.random.default_rng(seed)
        batches = Batches(GPU_BATCHES if self._device.type == "cuda" else CPU_BATCHES)
        starts = [int(shift) for shift in rng.integers(1, int(MAX_SHIFT_S * self.rate_hz), shifts)] or [0]

        def one(number: int) -> Iterator[Samples]:
            """All networks on each batch of segments in turn, so that the recording is walked through once."""
            plan = Plan.of(audio.samples.shape[1], segment=self._segment, overlap=overlap, shift=starts[number])
            return overlapped(
                audio.samples,
                lambda batch: self._run(batch, *level, networks, batches),
                plan,
                stems=len(self.stems),
                batch=batches.most,
                report=report,  # the runs go on side by side
            )

        yield from mean_of([one(number) for number in range(len(starts))])

    def _speakers(self, wanted: Sequence[str]) -> list[tuple[Any, Samples]]:
        """Networks with a word on a wanted stem, and their share of each stem."""
        shares = self._weights / np.maximum(self._weights.sum(axis=0), 1e-9)
        index = [self.stems.index(name) for name in wanted if name in self.stems]
        return [
            (network, share.astype(np.float32))
            for network, share in zip(self._networks, shares, strict=True)
            if share[index].any()
        ]

    def _run(
        self, batch: Samples, mean: float, spread: float, networks: list[tuple[Any, Samples]], batches: Batches
    ) -> Samples:
        sound = torch.from_numpy((batch - mean) / spread)
        total: Samples = np.zeros((batch.shape[0], len(self.stems), *batch.shape[1:]), np.float32)
        for network, share in networks:
            total += self._forward(network, sound, batches) * share[None, :, None, None]
        return total * spread

    def _forward(self, network: Any, sound: torch.Tensor, batches: Batches) -> Samples:  # noqa: ANN401 - HTDemucs has no types
        """One network over a batch, in smaller parts where memory does not suffice."""

        def run(most: int) -> list[torch.Tensor]:
            with torch.inference_mode(), precision(self._device, self._dtype), lean_attention():
                return [network(part.to(self._device)).float().cpu() for part in torch.split(sound, most)]

        with compute(self._device):
            return torch.cat(batches.run(sound.shape[0], run, self._free)).numpy()

    def _free(self) -> None:
        self._relieve()
        free_gpu()


def _statistics(samples: Samples) -> tuple[float, float]:
    """Mean and standard deviation of the mono mix, as the networks were trained with."""
    total = squares = 0.0
    for first in range(0, samples.shape[1], STATISTICS_FRAMES):
        mono = samples[:, first : first + STATISTICS_FRAMES].mean(axis=0, dtype=np.float64)
        total += float(mono.sum())
        squares += float(mono @ mono)
    frames = max(samples.shape[1], 1)
    mean = total / frames
    return mean, float(np.sqrt(max(squares / frames - mean * mean, 0.0))) + 1e-8


def _load(folder: Path) -> tuple[list[Any], Samples]:
    """Networks and their weights, of shape (networks, stems). Raises ValueError for what is no Demucs model."""
    files = {path.stem.rsplit("-", 1)[0] if path.suffix == ".th" else path.stem: path for path in _models(folder)}
    bags = sorted(folder.glob("*.yaml"))
    bag: dict[str, Any] = yaml.safe_load(bags[0].read_text(encoding="utf-8")) if bags else {"models": sorted(files)}
    missing = [name for name in bag["models"] if name not in files]
    if missing or not bag["models"]:
        message = f"{folder} lacks {', '.join(missing) or 'networks'}"
        raise ValueError(message)
    networks = [_network(files[name]) for name in bag["models"]]
    stems = len(networks[0].sources)
    weights = np.asarray(bag.get("weights") or np.ones((len(networks), stems)), np.float32)
    if weights.shape != (len(networks), stems) or any(n.sources != networks[0].sources for n in networks):
        message = f"{folder}: the networks of the bag do not fit together"
        raise ValueError(message)
    return networks, weights


def _models(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix in {".th", ".safetensors"}]


def _network(path: Path) -> Any:  # noqa: ANN401 - HTDemucs has no types
    if path.suffix == ".th":
        return load_model(path)  # type: ignore[no-untyped-call]  # the package has no types
    from safetensors import safe_open

    # demucs imports whatever class the file names: only its own networks are allowed.
    with safe_open(str(path), framework="pt") as file:
        about = file.metadata() or {}
    if about.get("klass") not in NETWORKS or "structure" in about:
        message = f"{path.name} names the class {about.get('klass')}, which is no network of Demucs"
        raise ValueError(message)
    return load_safetensors_model(path)
