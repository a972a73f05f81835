"""SCEP over HTTP (RFC 8894, 4), with the addresses of the External RA's SCEP server.

A pkiMessage always gets a CertRep with status 200. Other statuses are for what is none: 400 no SCEP message, 404 no
such address, 405 another method, 408 too slow, 413 too large, 503 the message database cannot be used.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lockgate.enrolment.clients import stranger
from lockgate.enrolment.outcome import Pending, Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import Defect, LockgateError
from lockgate.reasons import Reason
from lockgate_transport.http.refusing import RefusedRequest, address, answer_refused, unavailable
from lockgate_transport.http.serving import read_body
from lockgate_transport.http.waiting import RequestTiming, WaitingBounds, WaitingPlaces, answered
from lockgate_transport.scep.failures import failure
from lockgate_transport.scep.messages import LIMITS, NoPkiMessage
from lockgate_transport.scep.server import ScepServer
from lockgate_transport.scep.vocabulary import WITHOUT_CHAIN

BASE = "/scepraserver/scep"
PROGRAM = "pkiclient.exe"
MAX_PARAMETERS = 10
CA_CERTIFICATES = "application/x-x509-ca-ra-cert"
NEXT_CA_CERTIFICATES = "application/x-x509-next-ca-cert"
PKI_MESSAGE = "application/x-pki-message"
LATER = frozenset({Refusal.TOO_MANY_OPEN, Refusal.TOO_MANY_IN_HOUR, Reason.TOO_MANY_REQUESTS})
"""What says nothing about the question; the same one may be answered later."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _ScepRequest:
    """What an HTTP request asks of a server."""

    server: ScepServer
    with_chain: bool
    address: str


class ScepWeb:
    """The HTTP side of SCEP servers.

    Args:
        servers: by alias; the empty one is the server's own address.
        waiting: how many may wait: holders of a certificate, and likewise anybody.
    """

    def __init__(
        self,
        servers: Mapping[str, ScepServer],
        timing: RequestTiming | None = None,
        waiting: WaitingBounds | None = None,
    ) -> None:
        self._servers = servers
        self._timing = timing or RequestTiming()
        self._holders, self._anybody = WaitingPlaces(waiting), WaitingPlaces(waiting)

    @property
    def application(self) -> Starlette:
        """The ASGI application."""
        paths = (f"{BASE}/{PROGRAM}", f"{BASE}/{{alias}}/{PROGRAM}")
        routes = [Route(path, self._answer, methods=["GET", "POST"]) for path in paths]
        return Starlette(routes=routes, exception_handlers={HTTPException: answer_refused})

    async def _answer(self, request: Request) -> Response:
        asked, parameters = self._asked(request), _parameters(request)
        operation = parameters.get("operation", "").lower()
        if operation == "getcacaps":
            return PlainTextResponse(asked.server.capabilities())
        if operation == "getcacert":
            return Response(asked.server.ca_certificates(), media_type=CA_CERTIFICATES)
        if operation == "getnextcacert":
            return await self._next_ca(asked)
        if operation != "pkioperation":
            raise RefusedRequest(400, Refusal.NO_SCEP_REQUEST, "The operation is unknown.")
        if request.method == "GET":
            message = _decoded(parameters.get("message", ""))
        else:
            message = await read_body(request, LIMITS.message, self._timing.body)
        answer = partial(asked.server.answer, message, asked.address, with_chain=asked.with_chain)
        found = await self._finished(answer, lambda reply: reply.awaited_by, self._holders)
        return Response(found.octets, media_type=PKI_MESSAGE)

    async def _next_ca(self, asked: _ScepRequest) -> Response:
        client = stranger(asked.address).name
        answer = partial(asked.server.next_ca_certificates, asked.address)
        found = await self._finished(
            answer, lambda outcome: client if isinstance(outcome, Pending) else None, self._anybody
        )
        if isinstance(found, bytes):
            return Response(found, media_type=NEXT_CA_CERTIFICATES)
        text = failure(found).text if isinstance(found, Refused) else ""
        if isinstance(found, Refused) and found.reason in LATER:
            raise unavailable(text, None)
        raise RefusedRequest(404, None, text)

    async def _finished(
        self, answer: Callable[[], T], awaited_by: Callable[[T], str | None], places: WaitingPlaces
    ) -> T:
        return await answered(partial(_guarded, answer), awaited_by, places, self._timing)

    def _asked(self, request: Request) -> _ScepRequest:
        alias = request.path_params.get("alias", "")
        server = self._servers.get("" if alias == WITHOUT_CHAIN else alias)
        if server is None:
            raise RefusedRequest(404, Refusal.UNKNOWN_ADDRESS, "There is no such address.")
        return _ScepRequest(server, alias != WITHOUT_CHAIN, address(request))


def _guarded(answer: Callable[[], T]) -> T:
    """What `answer` gives, its errors as HTTP statuses; details are for the log."""
    try:
        return answer()
    except NoPkiMessage as error:
        raise RefusedRequest(400, Refusal.NO_PKI_MESSAGE, f"{error}.", internal=error.internal) from None
    except Defect:
        raise
    except LockgateError:  # the server has logged it
        raise unavailable("The server cannot answer now.", None) from None


def _parameters(request: Request) -> dict[str, str]:
    query: bytes = request.scope["query_string"]
    try:
        return dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    except ValueError:
        raise RefusedRequest(400, Refusal.NO_SCEP_REQUEST, "The query cannot be read.") from None


def _decoded(message: str) -> bytes:
    """A message from a GET (RFC 8894, 4.1): base64, perhaps with `+` left unescaped, broken into lines, or unpadded."""
    compact = "".join(message.replace(" ", "+").split())
    if len(compact) > LIMITS.message * 4 // 3 + 4:
        raise RefusedRequest(413, Refusal.TOO_LARGE, f"At most {LIMITS.message} octets are accepted.")
    try:
        return base64.b64decode(compact.rstrip("=") + "=" * (-len(compact.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise RefusedRequest(400, Refusal.NO_SCEP_REQUEST, "The message is not in base64.") from None
