"""SCEP over HTTP (RFC 8894, 4), with the addresses of the External RA's SCEP server.

A pkiMessage always gets a CertRep with status 200. Other statuses are for what is none: 400 no SCEP message, 404 no
such address, 405 another method, 408 too slow, 413 too large, 503 the message database cannot be used.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lockgate.errors import CallerError, Defect, LockgateError
from lockgate_transport.http import Tls, read_body, serve
from lockgate_transport.scep.messages import LIMITS, NoPkiMessage
from lockgate_transport.scep.server import WITHOUT_CHAIN, ScepServer

_log = structlog.get_logger("lockgate.scep")
BASE = "/scepraserver/scep"
PROGRAM = "pkiclient.exe"
MAX_PARAMETERS = 10
RETRY_SECONDS = "30"
BODY_SECONDS = 20.0
CA_CERTIFICATES = "application/x-x509-ca-ra-cert"
PKI_MESSAGE = "application/x-pki-message"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an HTTP request asks of a server."""

    server: ScepServer
    with_chain: bool
    client: str


class ScepWeb:
    """The HTTP side of SCEP servers.

    Args:
        servers: by alias; the empty one is the server's own address.
        body_seconds: in which a body must arrive.
    """

    def __init__(self, servers: Mapping[str, ScepServer], body_seconds: float = BODY_SECONDS) -> None:
        self._servers = servers
        self._body_seconds = body_seconds

    @property
    def application(self) -> Starlette:
        """The ASGI application."""
        paths = (f"{BASE}/{PROGRAM}", f"{BASE}/{{alias}}/{PROGRAM}")
        return Starlette(routes=[Route(path, self._answer, methods=["GET", "POST"]) for path in paths])

    def serve(self, host: str, port: int, tls: tuple[Path, Path] | None, proxies: tuple[str, ...]) -> None:
        """Answer until SIGTERM.

        Args:
            tls: PEM files: certificate with chain, and key.
            proxies: addresses whose word on who the client is counts.
        """
        serve(self.application, host, port, Tls(*tls) if tls else None, proxies)

    async def _answer(self, request: Request) -> Response:
        asked, parameters = self._asked(request), _parameters(request)
        operation = parameters.get("operation", "").lower()
        if operation == "getcacaps":
            return PlainTextResponse(asked.server.capabilities())
        if operation == "getcacert":
            return Response(asked.server.ca_certificates(), media_type=CA_CERTIFICATES)
        if operation != "pkioperation":
            raise HTTPException(400, "The operation is unknown.")
        if request.method == "GET":
            message = _decoded(parameters.get("message", ""))
        else:
            message = await read_body(request, LIMITS.message, self._body_seconds)
        answer = partial(asked.server.answer, message, asked.client, with_chain=asked.with_chain)
        return Response(await run_in_threadpool(_guarded, answer), media_type=PKI_MESSAGE)

    def _asked(self, request: Request) -> _Asked:
        alias = request.path_params.get("alias", "")
        server = self._servers.get("" if alias == WITHOUT_CHAIN else alias)
        if server is None:
            raise HTTPException(404, "There is no such address.")
        return _Asked(server, alias != WITHOUT_CHAIN, request.client.host[:64] if request.client else "")


def _guarded(answer: Callable[[], bytes]) -> bytes:
    """What `answer` gives, its errors as HTTP statuses; details are for the log."""
    try:
        return answer()
    except NoPkiMessage as error:
        raise HTTPException(400, f"{error}.") from None
    except Defect:
        raise
    except LockgateError as error:
        log = _log.error if isinstance(error, CallerError) else _log.warning
        log("cannot answer", error=type(error).__name__, reason=str(error))
        raise HTTPException(503, "The server cannot answer now.", {"Retry-After": RETRY_SECONDS}) from None


def _parameters(request: Request) -> dict[str, str]:
    query: bytes = request.scope["query_string"]
    try:
        return dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    except ValueError:
        raise HTTPException(400, "The query cannot be read.") from None


def _decoded(message: str) -> bytes:
    """A message from a GET (RFC 8894, 4.1): base64, perhaps with `+` left unescaped, broken into lines, or unpadded."""
    compact = "".join(message.replace(" ", "+").split())
    if len(compact) > LIMITS.message * 4 // 3 + 4:
        raise HTTPException(413, f"At most {LIMITS.message} octets are accepted.")
    try:
        return base64.b64decode(compact.rstrip("=") + "=" * (-len(compact.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise HTTPException(400, "The message is not in base64.") from None
