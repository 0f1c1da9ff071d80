"""Webhook payloads: the documented fields per endpoint plus `status`."""

from typing import Any

from app.contract.enums import Status

Payload = dict[str, Any]


def success_payload(*, display_name: str, task_id: str, conversion_id: str | None, fields: Payload) -> Payload:
    """A result. Events that belong to no single conversion (covers) carry neither its id nor a status."""
    head: Payload = {"success": True, "conversion_type": display_name, "task_id": task_id}
    if conversion_id is None:
        return head | fields
    return head | {"conversion_id": conversion_id} | fields | {"status": Status.COMPLETED.value}


def failure_payload(
    *, display_name: str, task_id: str, conversion_id: str, subtype: str, status: Status, message: str
) -> Payload:
    payload: Payload = {
        "success": False,
        "conversion_type": display_name,
        "task_id": task_id,
        "conversion_id": conversion_id,
        "status": status.value,
        "message": message,
        "error": message,
    }
    return payload | {"subtype": subtype} if subtype else payload
