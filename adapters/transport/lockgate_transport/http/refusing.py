"""Requests that are refused with an HTTP status, before a protocol's own answer: each is one line in the log."""

from collections.abc import Callable, Mapping
from typing import cast

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match

from lockgate.enrolment.refusals import Refusal

_log = structlog.get_logger("lockgate.http")
RETRY_SECONDS = "30"
MAX_LOGGED_PATH = 200
Logged = Callable[[str], Mapping[str, str]]
"""What the log tells of a path."""
_ROUTING = {404: Refusal.UNKNOWN_ADDRESS, 405: Refusal.WRONG_METHOD}


class RefusedRequest(HTTPException):
    """A request that is refused.

    Attributes:
        reason: for the operator's log; None where that has its line already.
        internal: what exactly was wrong, for that log only; never a secret.
    """

    def __init__(
        self,
        status: int,
        reason: Refusal | None,
        text: str,
        *,
        internal: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, text, headers)
        self.reason = reason
        self.internal = internal or text


def unavailable(text: str, reason: Refusal | None, internal: str = "") -> RefusedRequest:
    """The refusal of what may be asked again later."""
    return RefusedRequest(503, reason, text, internal=internal, headers={"Retry-After": RETRY_SECONDS})


def address(request: Request) -> str:
    """Where a request came from; empty where the server does not know."""
    return request.client.host if request.client else ""


async def answer_refused(request: Request, error: Exception) -> Response:
    """The answer to a refused request, in one plain sentence, with one line in the operator's log."""
    refused = log_refused(request, error)
    return PlainTextResponse(refused.detail, refused.status_code, refused.headers)


def whole_path(path: str) -> Mapping[str, str]:
    """A path that holds no secret, as the log tells it."""
    return {"path": path[:MAX_LOGGED_PATH]}


def log_refused(request: Request, error: Exception, logged: Logged = whole_path) -> RefusedRequest:
    """A refusal, by this server or by Starlette, with one line in the operator's log (threat model, rule 26)."""
    refused = error if isinstance(error, RefusedRequest) else _by_routing(request, cast("HTTPException", error))
    if refused.reason is not None:
        # A URL would be made of the query, too, which may be no text.
        about = {"client": address(request)} | dict(logged(request.scope["path"]))
        _log.warning("refused", reason=refused.reason.value, detail=refused.internal, **about)
    return refused


def _by_routing(request: Request, error: HTTPException) -> RefusedRequest:
    """Starlette's own refusal, of an address or a method."""
    reason = _ROUTING[error.status_code]
    headers = {"Allow": _allowed(request)} if reason is Refusal.WRONG_METHOD else error.headers
    return RefusedRequest(error.status_code, reason, reason.sentence, headers=headers)


def _allowed(request: Request) -> str:
    """The methods at this address (RFC 9110, 10.2.1): Starlette names those of the first of its routes only."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for route in routes for method in route.methods or ()}))
