"""One place turns every exception into a reply of the documented shape."""

import errno
import logging

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from app.contract.envelope import error_body
from app.errors import AppError, JobFailed, Retryable, Unavailable

log = logging.getLogger(__name__)
FULL = {errno.ENOSPC, errno.EDQUOT}


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    for down in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(down, _database_down)
    app.add_exception_handler(Retryable, _try_later)
    app.add_exception_handler(JobFailed, _unusable)
    app.add_exception_handler(OSError, _disk_failed)
    app.add_exception_handler(Exception, _internal)


def reply(status: int, message: str, headers: dict[str, str] | None = None, **extra: object) -> JSONResponse:
    detail = extra.pop("detail", None)
    return JSONResponse(error_body(message, detail=detail, **extra), status, headers=headers)


def _app_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)
    return reply(error.status, error.message, error.headers, **error.extra)


def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = str(first["loc"][-1])
    detail = jsonable_encoder([{"loc": e["loc"], "msg": e["msg"], "type": e["type"]} for e in error.errors()])
    return reply(422, f"{where}: {first['msg']}", detail=detail)


def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return reply(error.status_code, str(error.detail), dict(error.headers or {}))


def _database_down(_request: Request, error: Exception) -> JSONResponse:
    log.error("database_unavailable error=%s", type(error).__name__)
    return _app_error(_request, Unavailable("The server is busy; try again in a moment"))


def _disk_failed(request: Request, error: Exception) -> JSONResponse:
    """A full disk is told as such: the caller may come again, and the operator finds it in the log."""
    assert isinstance(error, OSError)
    if error.errno not in FULL:
        return _internal(request, error)
    log.error("disk_full path=%s", request.url.path)
    return _app_error(request, Unavailable("The server has no room for the file; try again later"))


def _try_later(_request: Request, _error: Exception) -> JSONResponse:
    return _app_error(_request, Unavailable("The server is busy; try again in a moment"))


def _unusable(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, JobFailed)
    return reply(422, error.message)


def _internal(request: Request, error: Exception) -> JSONResponse:
    log.error("request_failed path=%s", request.url.path, exc_info=error)
    return reply(500, "Internal Server Error")
