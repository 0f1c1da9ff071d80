"""What a job shows: its byId record, and the payloads of its webhooks. Nothing here changes anything."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.contract.conversion import Record, common_block
from app.contract.enums import Status
from app.contract.webhook import Payload, failure_payload, success_payload
from app.features._spec import Done, Feature
from app.infra.links import Links
from app.jobs.credits import usd
from app.jobs.state import WIRE, State
from app.jobs.tables import Job

WAITING = {State.QUEUED: "The task is waiting for a worker", State.RUNNING: "The task is being processed"}


def done_of(job: Job, links: Links, now: datetime) -> Done:
    """The finished job as features describe it, with fresh links to whatever exists of its outputs."""
    return Done(
        task_id=job.id,
        conversion_ids=tuple(job.conversion_ids),
        links={name: links.url(job.base_url, output["key"], now) for name, output in job.outputs.items()},
        values=job.values,
        params=job.params,
        duration_s=job.duration_s or 0.0,
        cost=usd(job.cost_micros),
        input_link=_input_link(job, links, now),
    )


def record_of(job: Job, feature: Feature, links: Links, now: datetime) -> Record:
    """The `conversion` object of byId: the feature's own fields first, then what every record has."""
    state = State(job.state)
    message = job.error_text or WAITING.get(state, "")
    own: Record = {}
    provenance: Record = {}
    if state is State.COMPLETED or (job.outputs and state is not State.CANCELLED):  # in part, while it runs
        done = done_of(job, links, now)
        own = dict(feature.record(done))
        message = _first_message(feature, done) if state is State.COMPLETED else message
        path = own.get("conversion_path") or done.links.get("output", "")
        shared = {"conversion_path": path, "audio_url": path, "conversion_duration": round(done.duration_s, 3)}
        own |= {name: value for name, value in shared.items() if name not in own}
        provenance = {"engine": job.values.get("engine", "")}
    block = common_block(
        task_id=job.id,
        conversion_ids=job.conversion_ids,
        feature=feature.kind.value,
        status=WIRE[state].value,
        message=message,
        webhook_url=job.webhook_url,
        created_at=job.created_at,
        updated_at=job.updated_at,
        cost=usd(job.cost_micros or job.reserved_micros),
        progress=round(100 * job.progress, 1),
        eta_s=job.eta_s,
    )
    if job.error_code:
        provenance["error_code"] = job.error_code
    return block | own | provenance


def success_payloads(job: Job, feature: Feature, links: Links, now: datetime) -> dict[int, Payload]:
    """Webhooks whose outputs exist, by position among the feature's events."""
    done = done_of(job, links, now)
    return {
        position: success_payload(
            display_name=feature.display_name,
            task_id=job.id,
            conversion_id=None if event.take is None else job.conversion_ids[event.take],
            fields=event.fields(done) | ({"subtype": event.subtype} if event.subtype else {}),
        )
        for position, event in enumerate(feature.events)
        if _wanted(event.wanted(job.params), event.take, job.conversion_ids)
        and all(name in job.outputs for name in event.outputs)
    }


def failure_payloads(job: Job, feature: Feature, status: Status, message: str) -> dict[int, Payload]:
    """One webhook per conversion that will not come, at the position of its result."""
    first = {event.take: (n, event) for n, event in reversed(list(enumerate(feature.events))) if event.take is not None}
    return {
        first[take][0]: failure_payload(
            display_name=feature.display_name,
            task_id=job.id,
            conversion_id=conversion_id,
            subtype=first[take][1].subtype,
            status=status,
            message=message,
        )
        for take, conversion_id in enumerate(job.conversion_ids)
        if take in first  # an endpoint whose answer holds the result has no webhooks
    }


def _wanted(wanted: bool, take: int | None, conversion_ids: list[str]) -> bool:
    return wanted and (take is None or take < len(conversion_ids))


def _first_message(feature: Feature, done: Done) -> str:
    fields: Mapping[str, Any] = feature.events[0].fields(done) if feature.events else {}
    return str(fields.get("message", "Audio conversion completed"))


def _input_link(job: Job, links: Links, now: datetime) -> str:
    """The audio the caller gave: their own URL, or a link to the upload while it is kept."""
    for given in job.inputs:
        return str(given["url"]) if given.get("url") else links.url(job.base_url, given["key"], now)
    return ""
