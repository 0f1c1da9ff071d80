"""What diffusers and transformers tell while they load, and nobody needs."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Nothing of what both libraries tell while they load: bars, and what they will do otherwise some day."""
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    loggers: list[Any] = [of_diffusers, of_transformers]
    shown = [(told.get_verbosity(), told.is_progress_bar_enabled()) for told in loggers]
    try:
        for told in loggers:
            told.set_verbosity_error()
            told.disable_progress_bar()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for told, (verbosity, has_bars) in zip(loggers, shown, strict=True):
            told.set_verbosity(verbosity)
            if has_bars:
                told.enable_progress_bar()
