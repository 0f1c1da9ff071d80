"""The one handler behind every task endpoint: body → parameters → input → stored job → answer."""

import dataclasses
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from app.contract.envelope import Reply
from app.contract.fields import Params, Uploaded
from app.errors import AppError, BadInput, JobFailed, NotBuilt
from app.features._spec import AudioInput, Feature
from app.features.parsing import InvalidParams, parse_params
from app.http.auth import Caller
from app.http.body import FORM, Body, Landing, content_kind, file_names, read_body, take_text_files
from app.http.deps import Services, WithServices, base_url, in_thread
from app.http.pinned import check_pinned
from app.http.waiting import answered
from app.infra.ids import new_id
from app.infra.media import look_at_picture
from app.jobs.files import input_key, output_key
from app.jobs.submit import Accepted, Submission, check_parallel
from app.jobs.submit import submit as store
from app.jobs.tables import ApiKey
from app.jobs.voices import check_voice

NOT_BUILT = "{path} is not built yet on this server; see `woodshed doctor` for what is"
MAX_TOKEN_CHARS = 255


def handler(feature: Feature) -> Callable[..., Awaitable[JSONResponse]]:
    """The route function of one feature."""

    async def submit_task(request: Request, caller: Caller, services: WithServices) -> JSONResponse:
        reply = await _accept(request, feature, caller, services)
        if feature.answers_directly:
            reply = await answered(services, feature, reply)
        return JSONResponse(reply)

    submit_task.__name__ = feature.name
    submit_task.__doc__ = feature.summary
    return submit_task


async def _accept(request: Request, feature: Feature, caller: ApiKey, services: Services) -> Reply:
    token = request.headers.get("idempotency-key", "")[:MAX_TOKEN_CHARS]
    if feature.ready and content_kind(request) == FORM and not token:  # a repeated request gets its first answer
        await in_thread(_check_parallel, services, caller, feature)  # before an upload is read for nothing
    landing = Landing(services.settings.data_dir / "uploads")
    try:
        if request.method == "GET":
            body: Body = dict(request.query_params)
        else:
            body = await read_body(request, services.settings.uploads, landing)
        if any(isinstance(body.get(name), str) for given in feature.inputs for name in file_names(given)):
            body = await in_thread(take_text_files, body, feature.inputs, services.settings.uploads, landing)
        params = checked_params(feature, body)
        if not feature.ready:
            raise NotBuilt(NOT_BUILT.format(path=feature.path))
        given = [_given(feature, params, spec) for spec in feature.inputs]
        draft = Draft(feature, params, [item for item in given if item is not None], token)
        accepted = await in_thread(_store, services, caller, draft, base_url(request, services.settings))
        return accepted.reply
    finally:
        if not landing.is_empty:
            await in_thread(landing.clear)


@dataclass(frozen=True, slots=True)
class Given:
    """One input as the caller gave it: a link or a file."""

    slot: str
    url: str | None
    file: Uploaded | None


@dataclass(frozen=True, slots=True)
class Draft:
    feature: Feature
    params: Params
    given: Sequence[Given]
    idempotency_key: str


def checked_params(feature: Feature, body: Body) -> Params:
    """Validated parameters, each needed input among them. Raises AppError."""
    params = parse_params(feature, body)
    for given in feature.inputs:
        _given(feature, params, given)
    feature.check(params)
    return params


def _given(feature: Feature, params: Params, spec: AudioInput) -> Given | None:
    """Exactly one of link and file, or None for an optional input that is absent."""
    url: str | None = getattr(params, spec.url_field)
    file: Uploaded | None = getattr(params, spec.file_field)
    if url and file:
        message = f"Send either {spec.url_field} or {spec.file_field}, not both"
        raise BadInput(message)
    if not url and not file:
        if not spec.required:
            return None
        raise InvalidParams(
            spec.missing_status,
            spec.missing,
            [{"loc": ["body", spec.file_field], "msg": spec.missing, "type": "missing"}],
        )
    if file and not file.size_bytes:
        message = f"{spec.file_field} is empty"
        raise BadInput(message)
    assert feature.inputs
    return Given(spec.file_field, url, file)


def _check_parallel(services: Services, caller: ApiKey, feature: Feature) -> None:
    with services.db.read() as session:
        check_parallel(session, caller.id, caller.parallel, feature.category, services.settings.jobs)


def _store(services: Services, caller: ApiKey, draft: Draft, base: str) -> Accepted:
    """Check links, look at files, keep them, store the job, ring. Runs in a thread."""
    feature, params = draft.feature, draft.params
    webhook_url = params.webhook_url or ""
    if webhook_url:
        try:
            services.egress.check(webhook_url)
        except AppError:
            raise BadInput("webhook_url cannot be used: this server may not connect there") from None
    task_id = new_id()
    conversion_ids = tuple(new_id() for _ in range(feature.takes(params)))
    fingerprint = _fingerprint(draft) if draft.idempotency_key else ""
    stored: list[dict[str, Any]] = []
    audio_s: float | None = None
    try:
        for item in draft.given:
            record, length_s = _keep_input(services, task_id, item, _media_of(feature, item))
            stored.append(record)
            if item is draft.given[0]:
                audio_s = length_s
        submission = Submission(
            task_id=task_id,
            conversion_ids=conversion_ids,
            feature=feature,
            params=params.model_dump(mode="json", exclude=_file_fields(feature)),
            inputs=stored,
            audio_s=audio_s,
            quantity=feature.quantity(params),
            webhook_url=webhook_url,
            base_url=f"{base}/api/public",
            key_id=caller.id,
            idempotency_key=draft.idempotency_key,
            fingerprint=fingerprint,
            planned_outputs={
                name: output_key(task_id, conversion_ids[0], "output", extension)
                for name, extension in feature.planned(params).items()
            },
        )
        with services.db.transaction() as session:
            accepted = store(
                session,
                submission,
                settings=services.settings.jobs,
                prices=services.prices,
                links=services.links,
                now=services.clock.now(),
            )
            if accepted.created:  # a repeated request gets its first answer
                _check_voice(session, params, caller)
                check_pinned(session, feature, params, services.settings.engines.pinned)
    except BaseException:
        _drop(services, stored)
        raise
    if accepted.created:
        services.bell.job(accepted.lane, task_id)
    else:
        _drop(services, stored)
    return accepted


def _check_voice(session: Session, params: Params, caller: ApiKey) -> None:
    voice_id = getattr(params, "voice_id", None)
    if voice_id and not getattr(params, "sample_audio_url", None):  # a sample goes before a voice
        check_voice(session, voice_id, caller.id)


def _keep_input(services: Services, task_id: str, item: Given, media: str) -> tuple[dict[str, Any], float | None]:
    """Where the job finds this input, and its length in seconds if it could be looked at."""
    if item.url:
        services.egress.check(item.url)
        return {"slot": item.slot, "url": item.url}, None
    assert item.file is not None
    path = Path(item.file.path)
    key = input_key(task_id, item.slot)
    record: dict[str, Any] = {"slot": item.slot, "key": key, "file_name": item.file.file_name}
    length_s = None
    if media == "audio":
        try:
            info = services.media.probe(path)
        except JobFailed as error:
            raise BadInput(error.message) from None
        length_s = info.duration_s
        record["info"] = dataclasses.asdict(info)  # so that the worker need not look again
    else:
        try:
            look_at_picture(path)
        except JobFailed as error:
            raise BadInput(error.message) from None
    services.storage.put(key, path, "application/octet-stream")
    return record, length_s


def _drop(services: Services, stored: list[dict[str, Any]]) -> None:
    for record in stored:
        if "key" in record:
            services.storage.delete(record["key"])


def _media_of(feature: Feature, item: Given) -> str:
    return next(spec.media for spec in feature.inputs if spec.file_field == item.slot)


def _file_fields(feature: Feature) -> set[str]:
    return {spec.file_field for spec in feature.inputs}


def _fingerprint(draft: Draft) -> str:
    """Tells two requests apart: endpoint, parameters, and the content of every upload."""
    digest = hashlib.sha256(draft.feature.path.encode())
    fields = draft.params.model_dump(mode="json", exclude=_file_fields(draft.feature))
    digest.update(json.dumps(fields, sort_keys=True).encode())
    for item in draft.given:
        if item.file:
            with Path(item.file.path).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
