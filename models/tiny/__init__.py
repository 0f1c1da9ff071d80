"""Random twins: tiny files in the formats of real weights, so that the real code can be tried without any.

Each factory is named by the `tiny` field of a manifest, takes the manifest and a folder, and writes the files that the
manifest lists. What they give is noise.
"""

import importlib
from collections.abc import Callable
from pathlib import Path

import yaml

from models.room.manifest import Licence, Manifest, Needs, Source
from models.room.store import sha256_of

PREFIX = "tiny-"
Factory = Callable[[Manifest, Path], None]


def write_twin(manifest: Manifest, folder: Path) -> Manifest:
    """Write the twin of a model as `<folder>/<id>/…` and `<folder>/manifests/<id>.yaml`, and return that manifest.

    Its rank is below 0: nobody gets noise who has not pinned it. Raises ValueError for a model without a twin, OSError,
    and ImportError where a package of the engine is missing.
    """
    if not manifest.tiny:
        message = f"{manifest.id} has no twin"
        raise ValueError(message)
    twin_id = PREFIX + manifest.id
    files = folder / twin_id
    files.mkdir(parents=True, exist_ok=True)
    factory_of(manifest)(manifest, files)
    listed = tuple(
        file.model_copy(
            update={"size_bytes": (files / file.path).stat().st_size, "sha256": sha256_of(files / file.path)}
        )
        for file in manifest.files
    )
    twin = manifest.model_copy(
        update={
            "id": twin_id,
            "rank": -1,
            "about": f"Random numbers in the formats of {manifest.id}, to try its code: what it gives is noise.",
            "licence": Licence(code=manifest.licence.code, weights="CC0-1.0"),
            "source": Source(),
            "files": listed,
            "needs": Needs(),
            "conflicts": (),
            "tiny": "",
        }
    )
    (folder / "manifests").mkdir(exist_ok=True)
    text = yaml.safe_dump(twin.model_dump(mode="json", exclude_defaults=True), sort_keys=False)
    (folder / "manifests" / f"{twin_id}.yaml").write_text(text, encoding="utf-8")
    return twin


def factory_of(manifest: Manifest) -> Factory:
    module, _, name = manifest.tiny.partition(":")
    factory: Factory = getattr(importlib.import_module(f"models.{module}"), name)
    return factory
