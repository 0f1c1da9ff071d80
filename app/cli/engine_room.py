"""What the commands about engines share: the engine room of this machine, and its failures in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.cli.terminal import fail, settings_for
from models.catalogue import Engines
from models.room.manifest import Manifest, ManifestError
from models.room.store import StoreError


@contextmanager
def open_engines(data_dir: Path | None) -> Iterator[Engines]:
    """The engines of this machine; what goes wrong with their files ends the command in plain words."""
    settings = settings_for(data_dir)
    try:
        yield Engines(settings.weights_dir, settings.engines.pinned)
    except (StoreError, ManifestError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"The weights cannot be used: {error.strerror or error}")
    except KeyboardInterrupt:
        fail("Stopped; the same command goes on from here", code=130)


def one_of(engines: Engines, model_id: str) -> Manifest:
    manifest = engines.manifests.get(model_id)
    if manifest is None:
        fail(f"There is no model {model_id}; `woodshed models list` shows all")
    return manifest
