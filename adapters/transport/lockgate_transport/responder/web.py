"""OCSP over HTTP (RFC 6960, appendix A; RFC 5019, 5 and 6): by GET, which caches may answer, and by POST.

Each request gets an OCSPResponse with status 200, errors too. Other statuses are for what is none: 404 no such address,
405 another method, 408 too slow, 413 too large, 415 another media type; 304 is for a cache that has the answer.
"""

import base64
import binascii
import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lockgate.enrolment.clients import stranger
from lockgate.enrolment.refusals import Refusal
from lockgate_formats.ocsp_requests import MAX_REQUEST, AnswerFacts
from lockgate_transport.http.hourly import HourlyBounds, HourlyCount, TooManyInHour
from lockgate_transport.http.refusing import RefusedRequest, address, answer_refused
from lockgate_transport.http.serving import read_body
from lockgate_transport.http.waiting import RequestTiming
from lockgate_transport.responder.answering import PublishedResponder, Reply

PATH = "/ocsp"
REQUEST, ANSWER = "application/ocsp-request", "application/ocsp-response"
HOURLY_BOUNDS = "over hourly_requests_per_client or hourly_requests_in_all in [ocsp]"
_ALPHABET = str.maketrans({"-": "+", "_": "/", " ": "+", "\r": None, "\n": None})
"""Base64 as some clients and proxies leave it in a path."""


class _Lines(PathConvertor):
    """The rest of a path; some clients break base64 into lines."""

    regex = r"[\s\S]*"


register_url_convertor("lines", _Lines())


class OcspWeb:
    """The HTTP side of the responder.

    Args:
        max_age: seconds for which caches may answer at most; never longer than an answer counts.
        now: UTC.
        hourly: requests that are answered in an hour; None for any number.
        monotonic: seconds on a clock that never goes back.
    """

    def __init__(
        self,
        responder: PublishedResponder,
        max_age: int,
        now: Callable[[], datetime],
        timing: RequestTiming | None = None,
        *,
        hourly: HourlyBounds | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._responder, self._max_age, self._now = responder, max_age, now
        self._timing = timing or RequestTiming()
        self._hour = HourlyCount(hourly, monotonic)

    @property
    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route(PATH, self._post, methods=["POST"]),
            Route(f"{PATH}/", self._post, methods=["POST"]),
            Route(f"{PATH}/{{request:lines}}", self._get, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: answer_refused})

    async def _post(self, request: Request) -> Response:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != REQUEST:
            raise RefusedRequest(415, Refusal.WRONG_MEDIA_TYPE, f"The media type must be {REQUEST}.")
        reply = await self._reply(request, await read_body(request, MAX_REQUEST, self._timing.body))
        return Response(reply.octets, media_type=ANSWER, headers={"Cache-Control": "no-store"})

    async def _get(self, request: Request) -> Response:
        reply = await self._reply(request, _decoded(request.path_params["request"]))
        if reply.facts is None:
            return Response(reply.octets, media_type=ANSWER, headers={"Cache-Control": "no-store"})
        headers = self._caching(reply.octets, reply.facts)
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(reply.octets, media_type=ANSWER, headers=headers)

    async def _reply(self, request: Request, octets: bytes) -> Reply:
        peer = address(request)
        try:
            self._hour.take(stranger(peer).name)
        except TooManyInHour:
            return self._responder.busy(peer, HOURLY_BOUNDS)
        return await run_in_threadpool(self._responder.answer, octets, peer)

    def _caching(self, octets: bytes, facts: AnswerFacts) -> Mapping[str, str]:
        """RFC 5019, 6.2."""
        left = int((facts.next_update - self._now()).total_seconds())
        age = max(min(self._max_age, left), 0)
        return {
            "Cache-Control": f"max-age={age}, public, no-transform, must-revalidate",
            "ETag": f'"{hashlib.sha256(octets).hexdigest()}"',
            "Last-Modified": format_datetime(facts.this_update, usegmt=True),
            "Expires": format_datetime(facts.next_update, usegmt=True),
        }


def _decoded(path: str) -> bytes:
    """The request in a path (RFC 6960, A.1): base64, perhaps in its alphabet for URLs, unpadded, broken into lines, or
    behind two slashes: DER begins with M.

    What is no base64 gives no octets, which are no request.
    """
    compact = path.translate(_ALPHABET).lstrip("/").rstrip("=")
    if len(compact) > MAX_REQUEST * 4 // 3 + 4:
        raise RefusedRequest(413, Refusal.TOO_LARGE, f"At most {MAX_REQUEST} octets are accepted.")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
