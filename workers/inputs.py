"""Brings a job's inputs to local disk and looks at them."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.errors import FetchFailed, InputUnusable, NotFound, TooLarge
from app.features._spec import Feature
from app.infra.egress import Egress
from app.infra.media import MOST_PICTURE_BYTES, NO_SOUND, Media, MediaInfo, look_at_picture
from app.infra.storage import Storage
from app.jobs.tables import Job, Json
from app.settings import Settings
from models.base import Report
from workers.context import Source


def fetch_inputs(
    job: Job,
    feature: Feature,
    folder: Path,
    *,
    settings: Settings,
    storage: Storage,
    egress: Egress,
    media: Media,
    report: Report,
) -> dict[str, Source]:
    """Every input by its upload field. Raises InputUnusable, or Retryable when a link may work a moment later."""
    kinds = {spec.file_field: spec.media for spec in feature.inputs}
    sources: dict[str, Source] = {}
    for number, given in enumerate(job.inputs):
        is_picture = kinds.get(given["slot"]) == "image"
        most = int(settings.uploads.file_bytes)
        path, name = _fetch(
            given,
            folder,
            storage=storage,
            egress=egress,
            most_bytes=min(most, MOST_PICTURE_BYTES) if is_picture else most,
            report=report,
        )
        if is_picture:
            look_at_picture(path)
            sources[given["slot"]] = Source(path, NO_SOUND, name)
        else:
            seen = given.get("info")  # by the gateway, when it was uploaded
            sources[given["slot"]] = Source(path, MediaInfo(**seen) if seen else media.probe(path), name)
        report((number + 1) / len(job.inputs))
    return sources


def _fetch(
    given: Json, folder: Path, *, storage: Storage, egress: Egress, most_bytes: int, report: Report
) -> tuple[Path, str]:
    if not given.get("url"):
        try:
            return storage.fetch(given["key"], folder), str(given.get("file_name", ""))
        except NotFound:
            raise InputUnusable("The uploaded file is no longer kept on this server") from None
    target = folder / f"fetched_{given['slot']}"
    try:
        fetched = egress.download(
            given["url"],
            target,
            max_bytes=most_bytes,
            on_progress=lambda received: report(min(received / most_bytes, 0.9)),
        )
    except (FetchFailed, TooLarge) as error:
        raise InputUnusable(error.message, code=error.code) from None
    return target, fetched.file_name or unquote(urlsplit(given["url"]).path.rpartition("/")[2])
