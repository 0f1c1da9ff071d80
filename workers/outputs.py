"""Stores what a pipeline wrote, with a JSON manifest beside it."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from app import __version__
from app.contract.media_types import content_type
from app.errors import JobFailed
from app.infra.storage import Storage
from app.jobs.files import manifest_key, output_key
from app.jobs.tables import Job, Json
from workers.context import Context

UNSAFE = re.compile(r'[\x00-\x1f"\\/:*?<>|]+')
MAX_STEM_CHARS = 120


def store_outputs(job: Job, ctx: Context, storage: Storage) -> Json:
    """Put every output that is not stored yet under its fixed name; name → {key, file_name, content_type, ...}."""
    stem = _stem(ctx)
    for name, path in ctx.outputs.items():
        if name in ctx.stored:
            continue
        if not path.is_file() or path.stat().st_size == 0:
            raise JobFailed("empty_output", "The task produced an empty file")
        extension = path.suffix.lstrip(".")
        key = output_key(job.id, job.conversion_ids[0], name, extension)
        kind = content_type(path.name)
        shown = file_stem(ctx.shown_names.get(name, "")) or _shown(stem or job.conversion_ids[0], name)
        ctx.stored[name] = {
            "key": key,
            "file_name": f"{shown}.{extension}",
            "content_type": kind,
            "size_bytes": path.stat().st_size,
        }
        storage.put(key, path, kind)
    return dict(ctx.stored)


def store_manifest(job: Job, ctx: Context, outputs: Json, storage: Storage, now: datetime) -> None:
    """What made the outputs, beside them."""
    if outputs:
        manifest = ctx.work_dir / "manifest.json"
        manifest.write_text(json.dumps(manifest_of(job, ctx.values, outputs, now), indent=2), encoding="utf-8")
        storage.put(manifest_key(job.id), manifest, "application/json")


def manifest_of(job: Job, values: dict[str, Any], outputs: Json, now: datetime) -> Json:
    """What made these files, and from what."""
    return {
        "task_id": job.id,
        "conversion_ids": job.conversion_ids,
        "feature": job.feature,
        "params": {name: value for name, value in job.params.items() if name != "webhook_url"},
        "outputs": outputs,
        "values": values,
        "woodshed": __version__,
        "created_at": now.isoformat(),
    }


def file_stem(text: str) -> str:
    """A text without what file systems dislike."""
    return UNSAFE.sub("_", text).strip(" ._")[:MAX_STEM_CHARS]


def _shown(stem: str, name: str) -> str:
    return stem if name == "output" else f"{stem} ({name})"


def _stem(ctx: Context) -> str:
    """The caller's own file name without its extension and without what file systems dislike."""
    source = next(iter(ctx.inputs.values()), None)
    if source is None:
        return ""
    return file_stem(Path(source.file_name).stem)
