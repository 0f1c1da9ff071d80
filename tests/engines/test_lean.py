"""HTDemucs in less memory computes what HTDemucs computes."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from models.separation.lean import FRAMES, lean_attention, make_lean
from models.tiny.demucs import network

HOP = 1024


def computed(model: Any, sound: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode(), lean_attention():
        found: torch.Tensor = model.eval()(sound)
    return found


@pytest.mark.parametrize("frames", [1, FRAMES - 1, FRAMES, FRAMES + 1, 2 * FRAMES + 3])
@pytest.mark.parametrize("batch", [1, 2])
def test_the_result_is_the_same(frames: int, batch: int) -> None:
    plain, lean = network(1)[0], network(1)[0]
    plain.use_train_segment = lean.use_train_segment = False  # as long as the sound is
    make_lean(lean)
    sound = torch.randn(batch, 2, frames * HOP, generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(computed(lean, sound), computed(plain, sound), rtol=1e-4, atol=1e-6)


def test_layers_run_in_slices_where_frames_know_only_their_neighbours() -> None:
    model = network(1)[0]
    seen: list[int] = []

    def noting(forward: Callable[..., Any]) -> Callable[..., Any]:
        def run(x: torch.Tensor, skip: torch.Tensor, length: int) -> Any:
            seen.append(skip.shape[-1])
            return forward(x, skip, length)

        return run

    for layer in model.decoder:
        layer.forward = noting(layer.forward)
    make_lean(model)
    computed(model, torch.zeros(1, 2, 2 * 44_100))  # 87 frames

    assert seen == [FRAMES + 1, 4] * len(model.decoder)


def test_attention_is_as_it_was_after_an_error() -> None:
    before = torch.backends.mha.get_fastpath_enabled()

    with pytest.raises(ValueError, match="stop"):
        _fails_within()

    assert torch.backends.mha.get_fastpath_enabled() == before


def _fails_within() -> None:
    with lean_attention():
        assert not torch.backends.mha.get_fastpath_enabled()
        raise ValueError("stop")
