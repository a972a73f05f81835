"""CMP over HTTP (RFC 9811), for the proxy and for a CA that answers directly.

Each message that is POSTed gets an answer with status 200, errors too. Other statuses are for what is none: 404 no such
address, 405 another method, 408 too slow, 413 too large, 415 another media type, 503 too many wait, or too many came in
this hour, or nothing can be answered. An announcement (RFC 9811, 3.7) is taken note of with 202 and no content.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lockgate.enrolment.clients import stranger
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import Defect, LockgateError
from lockgate_formats.cmp.limits import DEFAULT_LIMITS
from lockgate_formats.cmp.messages import MalformedMessage
from lockgate_formats.cmp.pki_message import body_type_of, read_message
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_transport.cmp.vocabulary import (
    CA_PATH,
    DEFAULT_ALIAS,
    DEFAULT_CONTEXT,
    MEDIA_TYPE,
    OPERATIONS,
    WELL_KNOWN,
)
from lockgate_transport.http.hourly import HourlyBounds, HourlyCount, TooManyInHour
from lockgate_transport.http.refusing import RefusedRequest, address, answer_refused, unavailable
from lockgate_transport.http.serving import read_body
from lockgate_transport.http.waiting import NoWaitingPlace, RequestTiming, WaitingBounds, WaitingPlaces

_log = structlog.get_logger("lockgate.cmp")
WAITING_BOUNDS = "over waiting_per_client or waiting_in_all in [cmp] or [cmp.direct]"
HOURLY_BOUNDS = "over hourly_requests_per_client or hourly_requests_in_all in [cmp] or [cmp.direct]"
ANNOUNCEMENTS = frozenset({BodyType.CKUANN, BodyType.CANN, BodyType.RANN, BodyType.CRLANN})
DEFAULT_WAITING = WaitingBounds(per_client=100, in_all=1000)


class CmpAnswer(Protocol):
    """What answers messages."""

    async def __call__(self, alias: str, octets: bytes, address: str) -> bytes:
        """The DER PKIMessage that answers what a client has sent, whatever that is.

        Args:
            address: the client's.

        Raises:
            LockgateError: nothing can be answered now.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class CmpAddresses:
    """Where messages are taken.

    Attributes:
        context: the first part of the proxy's own paths.
        default_alias: of paths that name none.
    """

    context: str = DEFAULT_CONTEXT
    default_alias: str = DEFAULT_ALIAS

    @property
    def paths(self) -> Iterator[str]:
        """The paths, as Starlette writes them."""
        yield f"/{self.context}/{{alias}}"
        yield f"{CA_PATH}/{{alias}}"
        for beginning in (WELL_KNOWN, f"{WELL_KNOWN}/p/{{alias}}"):
            yield beginning
            yield from (f"{beginning}/{operation}" for operation in OPERATIONS)


class CmpWeb:
    """The HTTP side of CMP.

    Args:
        waiting: requests that may wait for their answer at a time.
        hourly: requests that are answered in an hour; None for any number.
        max_size: octets of a message at most.
        monotonic: seconds on a clock that never goes back.
    """

    def __init__(
        self,
        answer: CmpAnswer,
        addresses: CmpAddresses | None = None,
        *,
        waiting: WaitingBounds = DEFAULT_WAITING,
        hourly: HourlyBounds | None = None,
        timing: RequestTiming | None = None,
        max_size: int = DEFAULT_LIMITS.octets,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answer = answer
        self._addresses = addresses or CmpAddresses()
        self._places = WaitingPlaces(waiting)
        self._hour = HourlyCount(hourly, monotonic)
        self._timing = timing or RequestTiming()
        self._max_size = max_size

    @property
    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [Route(path, self._take, methods=["POST"]) for path in self._addresses.paths]
        return Starlette(routes=routes, exception_handlers={HTTPException: answer_refused})

    async def _take(self, request: Request) -> Response:
        if _media_type(request) != MEDIA_TYPE:
            raise RefusedRequest(415, Refusal.WRONG_MEDIA_TYPE, f"The media type must be {MEDIA_TYPE}.")
        octets = await read_body(request, self._max_size, self._timing.body)
        if _is_announcement(octets):
            return Response(status_code=202)
        alias: str = request.path_params.get("alias", self._addresses.default_alias)
        answer = await self._awaited(request, alias, octets)
        return Response(answer, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    async def _awaited(self, request: Request, alias: str, octets: bytes) -> bytes:
        """The answer, for a client that keeps its connection, if there is a place for it to wait."""
        peer = address(request)
        client = stranger(peer).name
        try:
            with self._places.taken(client):
                self._hour.take(client)
                return await while_connected(request, self._answer(alias, octets, peer))
        except NoWaitingPlace:
            raise unavailable("Too many requests wait for the CA.", Refusal.NO_WAITING_PLACE, WAITING_BOUNDS) from None
        except TooManyInHour:
            raise unavailable("Too many requests in this hour.", Refusal.TOO_MANY_IN_HOUR, HOURLY_BOUNDS) from None
        except Defect:
            raise
        except LockgateError as error:
            _log.warning("cannot answer", reason=Refusal.UNAVAILABLE.value, alias=alias[:100], detail=str(error))
            raise unavailable("The server cannot answer now.", None) from None


async def while_connected(request: Request, answer: Awaitable[bytes]) -> bytes:
    """What `answer` gives, as long as the client keeps its connection.

    Args:
        request: its body has been read.

    Raises:
        RefusedRequest: 400, the client has gone; what is asked goes on without it.
    """
    answering = asyncio.ensure_future(answer)
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            return answering.result()
        text = "The connection was closed before the answer was there."
        raise RefusedRequest(400, Refusal.DISCONNECTED, text)
    finally:
        answering.cancel()
        leaving.cancel()


async def _gone(request: Request) -> None:
    """Wait until the client closes its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _media_type(request: Request) -> str:
    """The media type of the body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_announcement(octets: bytes) -> bool:
    if body_type_of(octets) not in ANNOUNCEMENTS:
        return False
    try:
        return read_message(octets).body_type in ANNOUNCEMENTS
    except MalformedMessage:
        return False
