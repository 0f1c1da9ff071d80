"""Immediate answers and error bodies.

Real clients need `success`, `message`, `task_id` and an integer `eta` on every accepted task, refuse `conversion_type`
and `task_status` there, take any body with a key `error` for a failure, and look for an error's text under `message`,
`error` or `detail`.
"""

from typing import Any

from app.contract.enums import Status

Reply = dict[str, Any]


def accepted_one(*, task_id: str, conversion_id: str, eta_s: int, cost: float, message: str) -> Reply:
    """Shape A: one output."""
    return {
        "success": True,
        "task_id": task_id,
        "conversion_id": conversion_id,
        "eta": eta_s,
        "credit_estimate": cost,
        "message": message,
        "status": Status.IN_QUEUE.value,
    }


def accepted_two(*, task_id: str, conversion_ids: tuple[str, ...], eta_s: int, cost: float, message: str) -> Reply:
    """Shape B: two outputs; the second id is empty when one was asked for."""
    return {
        "success": True,
        "message": message,
        "task_id": task_id,
        "eta": eta_s,
        "conversion_id_1": conversion_ids[0],
        "conversion_id_2": conversion_ids[1] if len(conversion_ids) > 1 else "",
        "is_flagged": False,
        "reason": "",
        "credit_estimate": cost,
    }


def accepted_edit(*, task_id: str, conversion_ids: tuple[str, ...], eta_s: int, cost: float, message: str) -> Reply:
    """Shape B+: what the editing endpoints add to shape B."""
    two = accepted_two(task_id=task_id, conversion_ids=conversion_ids, eta_s=eta_s, cost=cost, message=message)
    return two | {
        "status": Status.IN_QUEUE.value,
        "error_message": "",
        "error_message_detail": "",
        "missing_input_fields": "",
        "predicted_user_intent": "",
    }


def error_body(message: str, *, detail: object = None, **extra: object) -> Reply:
    """The text under every name a client may look for; `detail` may hold pydantic's list instead."""
    return {
        "success": False,
        "message": message,
        "error": message,
        "detail": message if detail is None else detail,
    } | extra
