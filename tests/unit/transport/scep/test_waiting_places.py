"""Places for those who wait for the CA."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, cast

import pytest
from starlette.exceptions import HTTPException

from lockgate.enrolment.outcome import Pending
from lockgate_transport.http.waiting import NoWaitingPlace, RequestTiming, WaitingBounds, WaitingPlaces
from lockgate_transport.scep.server import Answer, ScepServer
from lockgate_transport.scep.web import ScepWeb
from tests.support.wire.asgi import request


@dataclass
class Undecided:
    """A server whose CA answers nothing before it is told to. What is sent to it is the sender's key."""

    looks: int = 0
    decided: bool = False

    def next_ca_certificates(self, address: str) -> bytes | Pending:
        self.looks += 1
        return b"signed" if self.decided else Pending()

    def answer(self, octets: bytes, address: str, *, with_chain: bool = True) -> Answer:
        self.looks += 1
        return Answer(b"an answer") if self.decided else Answer(b"pending", octets.decode())


async def post(application: Any, alias: str, body: bytes, address: str) -> int:
    """The status of the answer to a message, or to a GetNextCACert where there is none."""
    query = "operation=PKIOperation" if body else "operation=GetNextCACert"
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        statuses.append(message.get("status", 0))

    path = f"/scepraserver/scep/{alias}/pkiclient.exe"
    await application(request("POST", path, query, {}, address), receive, send)
    return statuses[0]


def served(bounds: WaitingBounds, *questions: tuple[str, str]) -> list[bool]:
    """Who gets a place, where one after the other asks, with a key or without, and all of them wait."""
    servers = {str(number): Undecided() for number in range(len(questions))}
    timing = RequestTiming(patience=60, interval=0.001)
    asked = ScepWeb(cast("dict[str, ScepServer]", servers), timing, bounds).application

    async def all_ask() -> list[int]:
        tasks = []
        for (key, address), (alias, server) in zip(questions, servers.items(), strict=True):
            tasks.append(asyncio.create_task(post(asked, alias, key.encode(), address)))
            while server.looks < 2 and not tasks[-1].done():
                await asyncio.wait({tasks[-1]}, timeout=0.001)
        for server in servers.values():
            server.decided = True
        return await asyncio.gather(*tasks)

    return [status == 200 for status in asyncio.run(all_ask())]


def test_holders_and_those_who_ask_for_the_next_certificate_take_no_place_from_each_other() -> None:
    two = WaitingBounds(in_all=2)
    nobody = [("", f"192.0.2.{number}") for number in range(3)]
    holders = [(f"key {number}", "192.0.2.1") for number in range(3)]
    assert served(two, *nobody, *holders) == [True, True, False] * 2
    assert served(two, *holders, *nobody) == [True, True, False] * 2


def test_a_holder_has_places_by_its_key_and_anybody_else_by_its_network() -> None:
    one = WaitingBounds(per_client=1)
    addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "::ffff:192.0.2.1"]
    assert served(one, *(("", address) for address in addresses)) == [True, True, True, False, False]
    assert served(one, ("key 1", "192.0.2.1"), ("key 2", "192.0.2.1"), ("key 1", "192.0.2.2")) == [True, True, False]


def test_a_place_is_free_again_whatever_happened() -> None:
    bounds = WaitingBounds()
    places = WaitingPlaces()
    for _ in range(2 * bounds.in_all):
        with pytest.raises(HTTPException), places.taken("a client"):
            raise HTTPException(503)
    with ExitStack() as stack:
        for _ in range(bounds.per_client):
            stack.enter_context(places.taken("a client"))
        with pytest.raises(NoWaitingPlace):
            stack.enter_context(places.taken("a client"))
