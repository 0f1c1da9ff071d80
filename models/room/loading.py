"""From a manifest to the engine it describes."""

import contextlib
import gc
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.room.manifest import Manifest
from models.room.memory import free_gpu

RELIEVE = "relieve"  # parameter of engines that ask for memory when theirs does not suffice


class CannotLoad(Exception):
    """Something about an engine does not fit: its packages, its manifest, or its files. The text says what."""


@dataclass(slots=True)
class Loaded:
    """An engine, and what is held for it: files and environments, so that nobody removes them."""

    engine: Any
    held: contextlib.ExitStack

    def close(self) -> None:
        self.engine = None
        self.held.close()
        gc.collect()
        free_gpu()


def factory_of(manifest: Manifest) -> Callable[..., Any]:
    """The class of an engine. Raises CannotLoad where a package it needs is not there."""
    module, _, name = manifest.engine.partition(":")
    try:
        factory: Callable[..., Any] = getattr(importlib.import_module(f"models.{module}"), name)
    except (ImportError, AttributeError) as error:
        message = f"{manifest.id} cannot be loaded: {error}"
        raise CannotLoad(message) from error
    return factory


def made_of(manifest: Manifest, folder: Path, relieve: Callable[[], None]) -> Any:  # noqa: ANN401 - each task has its own Protocol
    """An engine from its weights and its manifest's defaults. Raises CannotLoad, and what else the engine raises."""
    factory = factory_of(manifest)
    known = inspect.signature(factory).parameters
    unknown = [name for name in manifest.defaults if name not in known or name == RELIEVE]
    if unknown:
        message = f"{manifest.id}: its engine has no {', '.join(unknown)}, which its manifest's defaults name"
        raise CannotLoad(message)
    try:
        return factory(folder, **manifest.defaults, **({RELIEVE: relieve} if RELIEVE in known else {}))
    except ValueError as error:
        message = f"{manifest.id} cannot be loaded: {error}"
        raise CannotLoad(message) from error
