"""All that a pipeline may touch."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.infra.media import Media, MediaInfo

from models.base import Report


@dataclass(frozen=True, slots=True)
class Source:
    """An input on local disk: probed, within all limits, name as the caller gave it (only ever shown)."""

    path: Path
    info: MediaInfo
    file_name: str = ""


@dataclass(slots=True)
class Context:
    """Inputs, tools and outputs of one attempt.

    `report(0.4)` moves the progress and raises Cancelled when the caller cancelled, so a loop that reports is a loop
    that can be stopped.
    """

    inputs: dict[str, Source]  # by upload field: "audio_file", "reference_audio_file"
    media: Media
    work_dir: Path
    report: Report
    outputs: dict[str, Path] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        return self.inputs["audio_file"]

    def output(self, name: str, extension: str) -> Path:
        """Where to write output `name`; what is there when the pipeline returns is stored and linked."""
        path = self.work_dir / f"{name}.{extension}"
        self.outputs[name] = path
        return path

    def set(self, **values: object) -> None:
        """Measured values for the record and the webhook."""
        self.values.update(values)
