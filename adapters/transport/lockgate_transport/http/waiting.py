"""Clients that wait for the CA while their connection stays open: so many in all, and so many requests of each."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from lockgate.enrolment.refusals import Refusal
from lockgate_transport.http.refusing import unavailable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WaitingBounds:
    """How many may wait at a time.

    Attributes:
        per_client: requests of one client. A device asks one question at a time, and perhaps asks again before it hears
            that nobody listens any more.
        in_all: requests of all clients.
    """

    per_client: int = 3
    in_all: int = 100


@dataclass(frozen=True, slots=True)
class RequestTiming:
    """How long the parts of an HTTP request may take, in seconds.

    Attributes:
        body: the arrival of a body.
        patience: the CA's answer about what it publishes; devices cannot poll for that.
        interval: between two looks for it.
    """

    body: float = 20.0
    patience: float = 25.0
    interval: float = 1.0


class NoWaitingPlace(Exception):
    """All places are taken, or the client has as many as it gets."""


class WaitingPlaces:
    """Who waits, by client; for one thread."""

    def __init__(self, bounds: WaitingBounds | None = None) -> None:
        self._bounds = bounds or WaitingBounds()
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def taken(self, client: str) -> Iterator[None]:
        """Keep a place for `client` inside the block.

        Raises:
            NoWaitingPlace: there is none.
        """
        bounds = self._bounds
        if self._waiting.total() >= bounds.in_all or self._waiting[client] >= bounds.per_client:
            raise NoWaitingPlace
        self._waiting[client] += 1
        try:
            yield
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]


async def answered(
    answer: Callable[[], T], awaited_by: Callable[[T], str | None], places: WaitingPlaces, timing: RequestTiming
) -> T:
    """What `answer` gives when the CA has answered, asked again and again meanwhile without holding a thread.

    Args:
        awaited_by: the client that waits for more than that answer; None where none does.

    Raises:
        RefusedRequest: 503, the CA has not answered in time, or too many wait already; and what `answer` raises.
    """
    found = await run_in_threadpool(answer)
    client = awaited_by(found)
    if client is None:
        return found
    try:
        with places.taken(client):
            for _ in range(round(timing.patience / timing.interval)):
                await asyncio.sleep(timing.interval)
                found = await run_in_threadpool(answer)
                if awaited_by(found) is None:
                    return found
    except NoWaitingPlace:
        raise unavailable("Too many questions wait for the CA.", Refusal.NO_WAITING_PLACE) from None
    raise unavailable("The CA has not answered yet.", Refusal.CA_SILENT)
