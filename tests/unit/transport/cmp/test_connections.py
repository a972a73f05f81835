"""The proxy over real connections: many that wait, slow ones, halves of requests, and answers that are cut off."""

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from lockgate.queue.message import MessageStatus
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_transport.cmp.proxy import ProxyRules
from lockgate_transport.cmp.vocabulary import MEDIA_TYPE
from lockgate_transport.cmp.web import CmpWeb
from lockgate_transport.http.connections import ConnectionBounds
from lockgate_transport.http.serving import Listening, PunctualProtocol, http_server
from lockgate_transport.http.waiting import RequestTiming, WaitingBounds
from tests.support.scenarios.cmp_proxies import CmpCa, ProxySite, until, working
from tests.support.wire.asgi import refusals
from tests.support.wire.cmp_carried import answer_to, message
from tests.support.wire.cmp_web import PATH
from tests.support.wire.serving import serving, soon

MANY = 1000
THREADS = 4


class Impatient(PunctualProtocol):
    head_seconds = 0.3


@dataclass
class Started:
    """A proxy that answers over HTTP.

    Attributes:
        timing: of requests.
        protocol: reads them.
    """

    store: MemoryMessageStore = field(default_factory=MemoryMessageStore)
    timing: RequestTiming = field(default_factory=RequestTiming)
    protocol: type[PunctualProtocol] = PunctualProtocol

    @contextmanager
    def running(self) -> Iterator[int]:
        """Its port."""
        rules = ProxyRules(threads=THREADS, timeout=timedelta(minutes=2))
        with ProxySite(store=self.store, rules=rules).started() as proxy:
            web = CmpWeb(proxy.answer, timing=self.timing, waiting=WaitingBounds(per_client=MANY, in_all=MANY))
            bounds = ConnectionBounds(per_peer=MANY + 10, in_all=2 * MANY)
            listening = Listening("127.0.0.1", 0, bounds=bounds, protocol=self.protocol, grace_seconds=1)
            with serving(http_server(web.application, listening)) as port:
                yield port


def written(body: bytes, *, close: bool = True) -> bytes:
    """A request as it travels."""
    lines = [f"POST {PATH} HTTP/1.1", "Host: ra.example", f"Content-Type: {MEDIA_TYPE}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *(["Connection: close"] if close else []), "", ""]).encode() + body


async def asked(port: int, body: bytes) -> bytes:
    """The body of the answer to a request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(written(body))
    whole = await reader.read()
    writer.close()
    head, _, found = whole.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    return found


def waiting(store: MemoryMessageStore) -> int:
    return len(store.browse(MessageStatus.WAITING, 2 * MANY).messages)


def test_a_thousand_clients_wait_at_once_without_a_thread_each() -> None:
    server = Started()
    messages = [message(number) for number in range(1, MANY + 1)]

    async def ask_all(port: int) -> tuple[list[bytes], int]:
        asking = [asyncio.create_task(asked(port, octets)) for octets in messages]
        await until(lambda: waiting(server.store) == MANY)
        threads = threading.active_count()
        with working(CmpCa(server.store)):
            return await asyncio.gather(*asking), threads

    before = threading.active_count()
    with server.running() as port:
        answers, threads = asyncio.run(ask_all(port))
    assert answers == [answer_to(octets) for octets in messages]
    # the proxy's, its watch, and the server's own
    assert threads - before <= THREADS + 2


def cut(port: int, request: bytes, octets: int) -> bytes:
    """The first octets of the answer; then the client cuts the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(request)
        found = b""
        while len(found) < octets and (more := client.recv(octets - len(found))):
            found += more
        return found


def test_a_connection_that_is_cut_after_any_octet_of_the_answer_costs_nothing() -> None:
    server, octets = Started(), message()
    ca = CmpCa(server.store)
    with server.running() as port, working(ca, 0.001):
        whole = cut(port, written(octets), 10_000)
        for length in range(0, len(whole), 7):
            assert len(cut(port, written(octets), length)) == length
        assert asyncio.run(asked(port, octets)) == answer_to(octets)
    assert set(ca.delivered) == {("alias", octets)}


@pytest.mark.parametrize(
    ("start", "status", "reason"),
    [
        (b"", b"", None),
        (b"POST /cmpProxy/alias HT", b"", "too_slow"),
        (written(bytes(100))[:-50], b"HTTP/1.1 408", "too_slow"),
        (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", b"HTTP/1.1 400", "no_http_request"),
    ],
)
def test_what_never_becomes_a_request_is_closed(start: bytes, status: bytes, reason: str | None) -> None:
    server = Started(timing=RequestTiming(body=0.3), protocol=Impatient)
    with (
        capture_logs() as lines,
        server.running() as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as client,
    ):
        client.sendall(start)
        began = time.monotonic()
        answer = b"".join(iter(lambda: client.recv(4096), b""))
        assert time.monotonic() - began < 8
    assert answer.startswith(status)
    assert bool(answer) == bool(status)
    assert refusals(lines) == ([(reason, "127.0.0.1", True)] if reason else [])
    assert waiting(server.store) == 0


def test_slow_clients_keep_nobody_waiting() -> None:
    server, octets = Started(timing=RequestTiming(body=60)), message()
    with server.running() as port, working(CmpCa(server.store)):
        slow = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(MANY)]
        for client in slow:
            client.sendall(written(octets)[:-1])
        assert asyncio.run(asked(port, octets)) == answer_to(octets)
        for client in slow:
            client.close()


def test_a_client_that_goes_while_it_waits_leaves_its_place_and_its_message() -> None:
    server, octets = Started(), message()
    with capture_logs() as lines, server.running() as port:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(written(octets))
            assert soon(lambda: waiting(server.store) == 1)
        assert soon(lambda: bool(lines))
        ca = CmpCa(server.store)
        with working(ca):
            assert asyncio.run(asked(port, octets)) == answer_to(octets)
    assert refusals(lines) == [("disconnected", "127.0.0.1", True)]
    assert len(ca.delivered) == 1


def test_messages_of_one_transaction_come_on_one_connection_or_on_many() -> None:
    server = Started()
    with server.running() as port, working(CmpCa(server.store)):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for number in (1, 2, 1):
            client.request("POST", PATH, message(number), {"Content-Type": MEDIA_TYPE})
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (200, answer_to(message(number)))
            assert asyncio.run(asked(port, message(number))) == answer_to(message(number))
        client.close()
