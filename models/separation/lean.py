"""What HTDemucs computes, in less memory: the same sums in smaller pieces."""

import contextlib
import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

FRAMES = 84  # of a spectrogram at a time; a segment of 7.8 s has 336
HALO = 1  # frames to each side that the decoder's 3 x 3 convolution looks at
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)
LEAST_MAPPED_BYTES, MOST_KEPT_BYTES = 10 << 20, 64 << 20
Decoded = tuple[torch.Tensor, torch.Tensor | None]


def make_lean(network: Any) -> None:  # noqa: ANN401 - HTDemucs has no types
    """Change an HTDemucs in place: spectra become sound a stem at a time, and decoder layers run in slices of time.

    Only layers whose frames know of no more than their neighbours are sliced. Results differ by rounding.
    """
    network._ispec = _per_stem(network._ispec)  # noqa: SLF001 - the package offers no other way in
    for layer in network.decoder:
        if layer.freq and not layer.empty and layer.dconv is None and _has_no_norm(layer):
            layer.forward = _sliced(layer.forward)


@contextlib.contextmanager
def lean_attention() -> Iterator[None]:
    """PyTorch's short cut for attention in inference holds the weights of all pairs of frames; without it, none does.

    230 MiB less for a segment of Demucs on a CPU, and no slower.
    """
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def lean_heap() -> None:
    """Have large blocks go back to the system as they are freed.

    In glibc's heap they leave holes that the next do not fit into, which took a quarter of all memory. Elsewhere this
    does nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LEAST_MAPPED_BYTES)
        mallopt(M_TRIM_THRESHOLD, MOST_KEPT_BYTES)


def _has_no_norm(layer: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(layer.norm1, nn.Identity) and isinstance(layer.norm2, nn.Identity)


def _per_stem(inverse: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    def run(spectra: torch.Tensor, length: int | None = None, scale: int = 0) -> torch.Tensor:
        """Spectra of shape (batch, stems, channels, bins, frames) as sound (batch, stems, channels, length)."""
        stems = range(spectra.shape[1])
        return torch.cat([inverse(spectra[:, stem : stem + 1], length, scale) for stem in stems], dim=1)

    return run


def _sliced(decode: Callable[..., Decoded]) -> Callable[..., Decoded]:
    def run(x: torch.Tensor, skip: torch.Tensor, length: int) -> Decoded:
        """Input and skip connection of shape (batch, channels, bins, frames); what lies before the last step is not
        given: only layers that are not sliced need it.
        """
        frames = skip.shape[-1]
        x = x.view(skip.shape)
        whole: torch.Tensor | None = None
        for first in range(0, frames, FRAMES):
            last = min(first + FRAMES, frames)
            start, end = max(first - HALO, 0), min(last + HALO, frames)
            part, _ = decode(x[..., start:end], skip[..., start:end], length)
            if whole is None:
                whole = part.new_empty((*part.shape[:-1], frames))
            whole[..., first:last] = part[..., first - start : last - start]
        assert whole is not None
        return whole, None

    return run
