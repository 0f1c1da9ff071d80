"""What an endpoint promises. A Feature is pure description: routes, docs, prices and webhooks are made from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import Params


class Reply(StrEnum):
    """Shape of the immediate answer (A: one output; B: two; B_PLUS: two and the editing endpoints' extra fields)."""

    A = "A"
    B = "B"
    B_PLUS = "B+"


class Body(StrEnum):
    """The content type the hosted documentation names first; all three are always accepted."""

    JSON = "application/json"
    MULTIPART = "multipart/form-data"
    URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class AudioInput:
    """An audio the endpoint needs: the names of its two parameters, and what is said when it is missing."""

    url_field: str = "audio_url"
    file_field: str = "audio_file"
    missing: str = "Either audio_url or audio_file must be provided."
    missing_status: int = 422
    media: str = "audio"  # or "image"
    required: bool = True


AUDIO = AudioInput()


@dataclass(frozen=True, slots=True)
class Price:
    """Row of the price table (`app/features/prices.toml`): a start price and a price per `unit`."""

    row: str
    unit: str = "minute"  # minute (counted in 60-second steps), song, words100, request


@dataclass(frozen=True, slots=True)
class Done:
    """A finished job, as the functions that write webhooks and records see it.

    `links` maps output names to signed URLs, `values` holds what the pipeline measured, `cost` is USD.
    """

    task_id: str
    conversion_ids: tuple[str, ...]
    links: Mapping[str, str]
    values: Mapping[str, Any]
    params: Mapping[str, Any]
    duration_s: float
    cost: float
    input_link: str


Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One webhook of a finished job: `fields` are added to success, conversion_type, task_id, conversion_id, status.

    `take` picks the conversion id (0 or 1); None: the event belongs to no single conversion (covers) and carries
    neither conversion_id nor status. `subtype` is added where set, to failures too. `outputs` names the outputs that
    must exist before it can be sent: an event goes out as soon as they do, so the first song is delivered while the
    second is still made.
    """

    fields: Callable[[Done], Fields]
    take: int | None = 0
    subtype: str = ""
    outputs: tuple[str, ...] = ()
    wanted: Callable[[Mapping[str, Any]], bool] = lambda _params: True


@dataclass(frozen=True, slots=True)
class Feature:
    """One endpoint.

    name            module name here and in workers/pipelines
    path            after /api/public, as documented
    display_name    `conversion_type` in webhooks
    price           row of the price table; `quantity` counts songs or words for prices that are not per minute
    events          webhooks of a success, in order
    record          extra fields of the byId record besides the common block
    check           what pydantic cannot see alone; raises AppError
    tasks           what engines are needed for, or used for where they are there
    planned         reply fields that link to the one output before it exists: field → file extension
    ready           False: the pipeline is still to come, the endpoint answers 501
    answers_directly  the request waits for its task, and the answer holds the fields of `record`
    """

    name: str
    path: str
    kind: ConversionType
    params: type[Params]
    lane: Lane
    category: Category
    price: Price
    display_name: str
    summary: str
    sample: Mapping[str, Any]
    events: tuple[Event, ...]
    aliases: tuple[str, ...] = ()
    method: str = "POST"
    body: Body = Body.MULTIPART
    inputs: tuple[AudioInput, ...] = ()
    reply: Reply = Reply.A
    accepted_message: str = "Message published to queue"
    record: Callable[[Done], Fields] = lambda _done: {}
    check: Callable[[Any], None] = lambda _params: None
    quantity: Callable[[Any], float] = lambda _params: 1.0
    errors: Mapping[str, str] = field(default_factory=dict)
    error_status: Mapping[str, int] = field(default_factory=dict)
    tasks: Callable[[Any], tuple[str, ...]] = lambda _params: ()
    planned: Callable[[Any], Mapping[str, str]] = lambda _params: {}
    no_credit: str = "Insufficient credits for this operation"
    takes: Callable[[Any], int] = lambda _params: 1
    ready: bool = False
    answers_directly: bool = False
