"""A causal language model that reads on from where it stopped, and what is drawn from what it expects next."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

Tree = dict[int, "Tree"]


class Reading:
    """One or more texts, read side by side; each next token is the same for all of them."""

    def __init__(self, model: Any, texts: Sequence[Sequence[int]]) -> None:  # noqa: ANN401 - transformers does not tell its types
        """`texts`: token ids; shorter ones are padded on the left, where nothing looks."""
        from transformers import DynamicCache

        self._model = model
        longest = max(len(text) for text in texts)
        padded = [[0] * (longest - len(text)) + list(text) for text in texts]
        seen = [[0] * (longest - len(text)) + [1] * len(text) for text in texts]
        self._seen = torch.tensor(seen, device=model.device)
        # The name of the argument changed in the library's fifth version.
        names = inspect.signature(model.forward).parameters
        self._cache = {"cache" if "cache" in names else "past_key_values": DynamicCache(config=model.config)}
        self.expected = self._read(torch.tensor(padded, device=model.device))

    def read(self, tokens: Sequence[int]) -> None:
        """Go on with `tokens`, at least one, in all texts."""
        more = torch.tensor([list(tokens)] * self._seen.shape[0], device=self._model.device)
        self._seen = torch.cat([self._seen, torch.ones_like(more)], dim=1)
        self.expected = self._read(more)

    def _read(self, tokens: Tensor) -> Tensor:
        """Logits of the next token, of shape (texts, vocabulary), float32, on the CPU."""
        places = (self._seen.cumsum(dim=1) - 1).clamp(min=0)[:, -tokens.shape[1] :]
        with torch.inference_mode():
            out = self._model(
                input_ids=tokens,
                attention_mask=self._seen,
                position_ids=places,
                use_cache=True,
                logits_to_keep=1,
                **self._cache,
            )
        logits: Tensor = out.logits[:, -1].float().cpu()
        return logits


def drawn(logits: Tensor, generator: torch.Generator, *, temperature: float, top_p: float) -> int:
    """An index of `logits`, from the likeliest ones that together have the probability `top_p` (Holtzman et al. 2020).

    -inf is never drawn.
    """
    ordered, places = torch.sort(
        torch.nan_to_num(logits, nan=-torch.inf, posinf=1e4, neginf=-torch.inf), descending=True
    )
    shares = torch.softmax(ordered, dim=-1)
    before = torch.cumsum(shares, dim=-1) - shares
    tempered = torch.softmax(ordered.masked_fill(before >= top_p, -torch.inf) / temperature, dim=-1)
    return int(places[torch.multinomial(tempered, 1, generator=generator)])


def tree_of(texts: Iterable[Sequence[int]]) -> Tree:
    """Token → what may follow it, over all texts."""
    tree: Tree = {}
    for text in texts:
        branch = tree
        for token in text:
            branch = branch.setdefault(token, {})
    return tree
