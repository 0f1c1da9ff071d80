"""Every way a request or a job can go wrong.

AppError                   message for the caller, HTTP status, stable code
├── BadInput        422    a parameter is missing or out of range
│   ├── BadRange    400    documented as 400: time ranges, speed factors, unreadable inputs
│   └── FetchFailed 400    the URL could not be downloaded
├── NotAllowed      401    missing, wrong or revoked key
├── NoCredit        402    carries required and available credits
├── LinkRefused     403    a download link that was changed or is too old
├── NotAdmin        403    a good key, but not one for operators
├── NotFound        404    also for other people's jobs
├── Conflict        409    an Idempotency-Key used again with another body
├── TooLarge        413    body or file above the limit
├── Busy            429    carries retry_after_s
├── TaskFailed      500    the task behind an answer that holds the result has failed; carries task_id
├── NotBuilt        501    an endpoint whose pipeline is still to come
├── Unavailable     503    a part of the server cannot be reached
└── NotInTime       504    the result of such a task is not there yet; carries task_id
JobFailed                  ends a job; has a code and a text safe to show
├── InputUnusable          the input could not be fetched or decoded (status ERROR on the wire)
Retryable                  ends an attempt; the runner decides
Cancelled                  the caller cancelled
LeaseLost                  another worker owns the job now; stop without a trace
"""

from typing import Any


class AppError(Exception):
    """An error the caller gets as an HTTP reply. `message` is safe to show: no path, no address, no traceback."""

    status: int = 500
    code: str = "internal"

    def __init__(self, message: str, **extra: Any) -> None:  # noqa: ANN401 - extra JSON fields of the error body
        super().__init__(message)
        self.message = message
        self.extra = extra

    @property
    def headers(self) -> dict[str, str]:
        return {}


class BadInput(AppError):
    status = 422
    code = "bad_input"


class BadRange(BadInput):
    status = 400
    code = "bad_range"


class FetchFailed(BadInput):
    status = 400
    code = "fetch_failed"

    TEXT = "The file could not be downloaded from the provided URL"

    def __init__(self, message: str = TEXT) -> None:
        super().__init__(message)


class NotAllowed(AppError):
    status = 401
    code = "not_allowed"

    def __init__(self, message: str = "Authentication failed") -> None:
        super().__init__(message)


class NoCredit(AppError):
    status = 402
    code = "no_credit"

    def __init__(self, message: str, *, required: float, available: float) -> None:
        super().__init__(message, required_credits=required, available_credits=available)


class LinkRefused(AppError):
    status = 403
    code = "link_refused"


class NotAdmin(AppError):
    status = 403
    code = "not_admin"

    TEXT = "This needs an admin key; `woodshed keys create NAME --admin` makes one"

    def __init__(self, message: str = TEXT) -> None:
        super().__init__(message)


class NotFound(AppError):
    status = 404
    code = "not_found"


class Conflict(AppError):
    status = 409
    code = "conflict"


class TooLarge(AppError):
    status = 413
    code = "too_large"


class Busy(AppError):
    status = 429
    code = "busy"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message, retry_after=retry_after_s)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_s)}


class NotBuilt(AppError):
    status = 501
    code = "not_built"


class Unavailable(AppError):
    status = 503
    code = "unavailable"


class TaskFailed(AppError):
    status = 500
    code = "task_failed"


class NotInTime(AppError):
    status = 504
    code = "not_in_time"


class JobFailed(Exception):
    """Ends a job. `code` is stable, `message` is shown to the caller."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class InputUnusable(JobFailed):
    """The caller's input could not be fetched or decoded."""

    def __init__(self, message: str, code: str = "input_unusable") -> None:
        super().__init__(code, message)


class Retryable(Exception):
    """Ends this attempt only; the same job may work a moment later."""


class Cancelled(Exception):
    """The caller cancelled the job."""


class LeaseLost(Exception):
    """The job is owned by somebody else now."""
