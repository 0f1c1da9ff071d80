"""States of a job and the moves between them.

QUEUED ──▶ RUNNING ──▶ COMPLETED
  │  ▲        │ ├────▶ FAILED      processing failed
  │  └────────┘ ├────▶ ERROR       the input could not be used, or an internal fault
  │   retry     └────▶ CANCELLED
  └──────────────────▶ CANCELLED / FAILED / ERROR (attempts used up while nobody ran it)
"""

from enum import StrEnum

from app.contract.enums import Status


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    ERROR = "error"
    CANCELLED = "cancelled"


FINAL = frozenset({State.COMPLETED, State.FAILED, State.ERROR, State.CANCELLED})
UNFINISHED = (State.QUEUED, State.RUNNING)

MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED, State.FAILED, State.ERROR}),
    State.RUNNING: frozenset({State.QUEUED, *FINAL}),
    **{state: frozenset() for state in FINAL},
}

WIRE: dict[State, Status] = {
    State.QUEUED: Status.IN_QUEUE,
    State.RUNNING: Status.IN_PROGRESS,
    State.COMPLETED: Status.COMPLETED,
    State.FAILED: Status.FAILED,
    State.ERROR: Status.ERROR,
    State.CANCELLED: Status.FAILED,
}


def may_move(old: State, new: State) -> bool:
    return new in MOVES[old]
