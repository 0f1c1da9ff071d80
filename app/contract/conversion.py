"""The byId record: the block every conversion type has."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

Record = dict[str, Any]

# What some clients read at the top level of the byId answer, beside `conversion`.
MIRRORED = (
    "status",
    "audio_url",
    "conversion_path",
    "conversion_path_1",
    "conversion_path_2",
    "title",
    "conversion_duration",
)


def timestamp(at: datetime) -> str:
    """`2026-08-17T17:07:40.557077+00:00`: always microseconds, always an offset."""
    return at.isoformat(timespec="microseconds")


def common_block(
    *,
    task_id: str,
    conversion_ids: Sequence[str],
    feature: str,
    status: str,
    message: str,
    webhook_url: str,
    created_at: datetime,
    updated_at: datetime,
    cost: float,
    progress: float,
    eta_s: int,
) -> Record:
    """Fields of every record. `progress` (0 to 100), `eta` and `credit_estimate` are ours."""
    ids: Record = {"conversion_id": conversion_ids[0]}
    if len(conversion_ids) > 1:
        ids = {f"conversion_id_{n}": conversion_id for n, conversion_id in enumerate(conversion_ids, 1)}
    return {
        "task_id": task_id,
        **ids,
        "feature": feature,
        "status": status,
        "status_msg": message,
        "message": message,
        "audio_url": "",
        "conversion_path": "",
        "conversion_duration": 0.0,
        "conversion_cost": cost,
        "webhook_url": webhook_url,
        "createdAt": timestamp(created_at),
        "updatedAt": timestamp(updated_at),
        "progress": progress,
        "eta": eta_s,
    }


def mirrored(record: Record) -> Record:
    return {name: record[name] for name in MIRRORED if name in record}
