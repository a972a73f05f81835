"""Clients that do not read their answers, over real connections: they hold no place, and no server, for ever."""

import errno
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lockgate_transport.http.connections import ConnectionBounds
from lockgate_transport.http.serving import BoundedServer, Listening, PunctualProtocol, Tls, http_server
from tests.support.pki.tls import make_server_identity
from tests.support.wire.serving import PATIENCE, serving, soon

HERE = "127.0.0.1"
BUFFER = 2048
"""Octets that the system takes in on a side, or a few times as many."""
SMALL, LARGE, HUGE = 48 * 1024, 256 * 1024, 1024 * 1024
"""Octets; more than the system takes in, and for all but the first more than asyncio does by default."""
LAST = b"GET /%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
NEXT = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"
UNREAD = pytest.mark.parametrize(
    "requests", [NEXT % LARGE * 3, LAST % LARGE, LAST % SMALL], ids=["pipelined", "last", "small"]
)


class Impatient(PunctualProtocol):
    send_seconds = 0.3


class Steady(PunctualProtocol):
    send_seconds = 1.0


class Hasty(PunctualProtocol):
    head_seconds = 0.3


async def octets(request: Request) -> Response:
    return Response(bytes(request.path_params["octets"]))


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    made = make_server_identity(tmp_path_factory.mktemp("tls"), "ra.example")
    return Tls(made.certificate, made.key)


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def tls(request: pytest.FixtureRequest, identity: Tls) -> Tls | None:
    return identity if request.param else None


def server_with(tls: Tls | None, buffer: int = BUFFER, **listening: object) -> BoundedServer:
    """A server with a place for one connection, of which the system takes in `buffer` octets."""
    application = Starlette(routes=[Route("/{octets:int}", octets)])
    server = http_server(application, Listening(HERE, 0, tls, bounds=ConnectionBounds(1, 1), **listening))  # type: ignore[arg-type]
    server.listeners[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)  # what it accepts has the same
    return server


@contextmanager
def connected(port: int, tls: Tls | None, buffer: int | None = None) -> Iterator[socket.socket]:
    """A client that takes in `buffer` octets before it reads; by default what the system likes."""
    with socket.socket() as client:
        if buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        client.settimeout(PATIENCE)
        client.connect((HERE, port))
        if tls is None:
            yield client
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(client) as secured:
            yield secured


def is_free(port: int, tls: Tls | None) -> bool:
    """Whether the server has its place for another."""
    try:
        with connected(port, tls) as client:
            client.sendall(LAST % 1)
            return client.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def is_refused(port: int) -> bool:
    """Whether nobody listens any more."""
    with socket.socket() as client:
        return client.connect_ex((HERE, port)) == errno.ECONNREFUSED


def asked(client: socket.socket, requests: bytes) -> None:
    """Ask, and wait until an answer has begun."""
    client.sendall(requests)
    assert client.recv(1) == b"H"


def rest(file: BinaryIO) -> int:
    """How many octets of an answer's body there are, from somewhere in its head."""
    length = 0
    while line := file.readline().strip():
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return len(file.read(length))


@UNREAD
def test_who_does_not_read_loses_its_place(tls: Tls | None, requests: bytes) -> None:
    with serving(server_with(tls, protocol=Impatient)) as port, connected(port, tls, BUFFER) as client:
        asked(client, requests)
        assert soon(lambda: is_free(port, tls))


@UNREAD
def test_an_octet_now_and_then_gains_no_time(tls: Tls | None, requests: bytes) -> None:
    with serving(server_with(tls, protocol=Impatient)) as port, connected(port, tls, BUFFER) as client:
        asked(client, requests)
        assert soon(lambda: client.recv(1) != b"" and is_free(port, tls))


@pytest.mark.parametrize("requests", [NEXT % number for number in (LARGE, SMALL, SMALL // 2)])
def test_saying_that_no_more_will_come_gains_no_time(tls: Tls | None, requests: bytes) -> None:
    with serving(server_with(tls, protocol=Impatient)) as port, connected(port, tls, BUFFER) as client:
        asked(client, requests)
        client.shutdown(socket.SHUT_WR)
        assert soon(lambda: is_free(port, tls))


def test_who_reads_keeps_its_place(tls: Tls | None) -> None:
    with serving(server_with(tls, 32 * BUFFER, protocol=Steady)) as port, connected(port, tls) as client:
        began, file = time.monotonic(), client.makefile("rb")
        while time.monotonic() - began < 1.3 * Steady.send_seconds:
            client.sendall(NEXT % HUGE * 2)
            assert [rest(file), rest(file)] == [HUGE, HUGE]


@UNREAD
def test_a_server_ends_whoever_does_not_read(tls: Tls | None, requests: bytes) -> None:
    with ExitStack() as held:
        with serving(server_with(tls, protocol=Hasty, grace_seconds=0.5)) as port:
            asked(held.enter_context(connected(port, tls, BUFFER)), requests)
            ends = time.monotonic()
        assert time.monotonic() - ends < PATIENCE


def test_who_reads_is_waited_for_at_the_end(tls: Tls | None) -> None:
    server = server_with(tls)
    with serving(server) as port, connected(port, tls, BUFFER) as client:
        asked(client, LAST % LARGE)
        server.should_exit = True
        assert soon(lambda: is_refused(port))
        assert rest(client.makefile("rb")) == LARGE
