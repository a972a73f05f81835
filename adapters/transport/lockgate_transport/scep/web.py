"""SCEP over HTTP (RFC 8894, 4), with the addresses of the External RA's SCEP server.

A pkiMessage always gets a CertRep with status 200. Other statuses are for what is none: 400 no SCEP message, 404 no
such address, 405 another method, 408 too slow, 413 too large, 503 the message database cannot be used.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast
from urllib.parse import parse_qsl

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lockgate.enrolment.clients import stranger
from lockgate.enrolment.outcome import Refused, Waiting
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import Defect, LockgateError
from lockgate.reasons import Reason
from lockgate_transport.http.serving import Listening, RefusedRequest, http_server, read_body
from lockgate_transport.scep.failures import failure
from lockgate_transport.scep.messages import LIMITS, NoPkiMessage
from lockgate_transport.scep.seats import NoSeat, Seats
from lockgate_transport.scep.server import ScepServer
from lockgate_transport.scep.vocabulary import WITHOUT_CHAIN

_log = structlog.get_logger("lockgate.scep")
BASE = "/scepraserver/scep"
PROGRAM = "pkiclient.exe"
MAX_PARAMETERS = 10
MAX_LOGGED_PATH = 200
RETRY_SECONDS = "30"
CA_CERTIFICATES = "application/x-x509-ca-ra-cert"
NEXT_CA_CERTIFICATES = "application/x-x509-next-ca-cert"
PKI_MESSAGE = "application/x-pki-message"
LATER = frozenset({Refusal.TOO_MANY_OPEN, Refusal.TOO_MANY_IN_HOUR, Reason.TOO_MANY_REQUESTS})
"""What says nothing about the question; the same one may be answered later."""
_ROUTING = {404: Refusal.UNKNOWN_ADDRESS, 405: Refusal.WRONG_METHOD}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things may take, in seconds.

    Attributes:
        body: the arrival of a body.
        patience: the CA's answer about what it publishes; devices cannot poll for that.
        interval: between two looks for it.
    """

    body: float = 20.0
    patience: float = 25.0
    interval: float = 1.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an HTTP request asks of a server."""

    server: ScepServer
    with_chain: bool
    address: str


class ScepWeb:
    """The HTTP side of SCEP servers.

    Args:
        servers: by alias; the empty one is the server's own address.
    """

    def __init__(self, servers: Mapping[str, ScepServer], pace: Pace | None = None) -> None:
        self._servers = servers
        self._pace = pace or Pace()
        self._holders, self._anybody = Seats(), Seats()

    @property
    def application(self) -> Starlette:
        """The ASGI application."""
        paths = (f"{BASE}/{PROGRAM}", f"{BASE}/{{alias}}/{PROGRAM}")
        routes = [Route(path, self._answer, methods=["GET", "POST"]) for path in paths]
        return Starlette(routes=routes, exception_handlers={HTTPException: _refused})

    def serve(self, listening: Listening) -> None:
        """Answer until SIGTERM.

        Raises:
            ConfigurationError: it cannot listen there.
        """
        server = http_server(self.application, listening)
        _log.info("listening", host=listening.host, port=listening.port, tls=listening.tls is not None)
        server.run()

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
            message = await read_body(request, LIMITS.message, self._pace.body)
        answer = partial(asked.server.answer, message, asked.address, with_chain=asked.with_chain)
        answered = await self._finished(answer, lambda its: its.awaited_by, self._holders)
        return Response(answered.octets, media_type=PKI_MESSAGE)

    async def _next_ca(self, asked: _Asked) -> Response:
        client = stranger(asked.address).name
        answer = partial(asked.server.next_ca_certificates, asked.address)
        found = await self._finished(answer, lambda its: client if isinstance(its, Waiting) else None, self._anybody)
        if isinstance(found, bytes):
            return Response(found, media_type=NEXT_CA_CERTIFICATES)
        text = failure(found).text if isinstance(found, Refused) else ""
        if isinstance(found, Refused) and found.reason in LATER:
            raise _unavailable(text, None)
        raise RefusedRequest(404, None, text)

    async def _finished(self, answer: Callable[[], T], awaited_by: Callable[[T], str | None], seats: Seats) -> T:
        """What `answer` gives when the CA has answered, asked again and again meanwhile without holding a thread.

        Args:
            awaited_by: who waits for more than that answer; None where nobody does.

        Raises:
            HTTPException: 503, the CA has not answered in time, or too many wait already.
        """
        found = await run_in_threadpool(_guarded, answer)
        client = awaited_by(found)
        if client is None:
            return found
        try:
            with seats.taken(client):
                for _ in range(round(self._pace.patience / self._pace.interval)):
                    await asyncio.sleep(self._pace.interval)
                    found = await run_in_threadpool(_guarded, answer)
                    if awaited_by(found) is None:
                        return found
        except NoSeat:
            raise _unavailable("Too many questions wait for the CA.", Refusal.NO_SEAT) from None
        raise _unavailable("The CA has not answered yet.", Refusal.CA_SILENT)

    def _asked(self, request: Request) -> _Asked:
        alias = request.path_params.get("alias", "")
        server = self._servers.get("" if alias == WITHOUT_CHAIN else alias)
        if server is None:
            raise RefusedRequest(404, Refusal.UNKNOWN_ADDRESS, "There is no such address.")
        return _Asked(server, alias != WITHOUT_CHAIN, _address(request))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _guarded(answer: Callable[[], T]) -> T:
    """What `answer` gives, its errors as HTTP statuses; details are for the log."""
    try:
        return answer()
    except NoPkiMessage as error:
        raise RefusedRequest(400, Refusal.NO_PKI_MESSAGE, f"{error}.", internal=error.internal) from None
    except Defect:
        raise
    except LockgateError:  # the server has logged it
        raise _unavailable("The server cannot answer now.", None) from None


def _unavailable(text: str, reason: Refusal | None) -> HTTPException:
    return RefusedRequest(503, reason, text, headers={"Retry-After": RETRY_SECONDS})


def _by_routing(error: HTTPException) -> RefusedRequest:
    """Starlette's own refusal, of an address or a method."""
    reason = _ROUTING[error.status_code]
    return RefusedRequest(error.status_code, reason, error.detail, internal=reason.sentence, headers=error.headers)


async def _refused(request: Request, error: Exception) -> Response:
    """The answer to what is refused before SCEP, with one line in the operator's log (threat model, rule 26)."""
    refused = error if isinstance(error, RefusedRequest) else _by_routing(cast("HTTPException", error))
    if refused.reason is not None:
        path: str = request.scope["path"]  # a URL would be made of the query, too, which may be no text
        about = {"client": _address(request), "path": path[:MAX_LOGGED_PATH]}
        _log.warning("refused", reason=refused.reason.value, detail=refused.internal, **about)
    return PlainTextResponse(refused.detail, refused.status_code, refused.headers)


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
