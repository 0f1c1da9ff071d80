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


def store_outputs(job: Job, ctx: Context, storage: Storage, now: datetime) -> Json:
    """Put every output under its fixed name, the manifest last; name → {key, file_name, content_type, ...}."""
    stem = _stem(ctx)
    outputs: Json = {}
    for name, path in ctx.outputs.items():
        if not path.is_file() or path.stat().st_size == 0:
            raise JobFailed("empty_output", "The task produced an empty file")
        extension = path.suffix.lstrip(".")
        key = output_key(job.id, job.conversion_ids[0], name, extension)
        kind = content_type(path.name)
        shown = stem or job.conversion_ids[0]
        outputs[name] = {
            "key": key,
            "file_name": f"{shown}.{extension}" if name == "output" else f"{shown} ({name}).{extension}",
            "content_type": kind,
            "size_bytes": path.stat().st_size,
        }
        storage.put(key, path, kind)
    if outputs:
        manifest = ctx.work_dir / "manifest.json"
        manifest.write_text(json.dumps(manifest_of(job, ctx.values, outputs, now), indent=2), encoding="utf-8")
        storage.put(manifest_key(job.id), manifest, "application/json")
    return outputs


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


def _stem(ctx: Context) -> str:
    """The caller's own file name without its extension and without what file systems dislike."""
    source = next(iter(ctx.inputs.values()), None)
    if source is None:
        return ""
    return UNSAFE.sub("_", Path(source.file_name).stem).strip(" ._")[:MAX_STEM_CHARS]
