"""Who may hold how many connections, over real ones."""

import gc
import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from lockgate.errors import ConfigurationError
from lockgate_transport.http.connections import ConnectionBounds, Places
from lockgate_transport.http.serving import Listening, Tls, http_server
from tests.support.pki.tls import make_server_identity
from tests.support.wire.serving import PATIENCE, serving, soon

ONE, TWO = "127.0.0.1", "127.0.0.2"


async def hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


@contextmanager
def running(per_peer: int, in_all: int, **listening: object) -> Iterator[Callable[[str], socket.socket]]:
    """A server; what connects to it from an address."""
    bounds = ConnectionBounds(per_peer, in_all)
    server = http_server(
        Starlette(routes=[Route("/", hello)]),
        Listening(ONE, 0, bounds=bounds, **listening),  # type: ignore[arg-type]
    )
    with serving(server) as port, ExitStack() as stack:

        def connect(address: str) -> socket.socket:
            connection = socket.create_connection((ONE, port), PATIENCE, source_address=(address, 0))
            return stack.enter_context(connection)

        yield connect


def is_answered(connection: socket.socket) -> bool:
    """Whether the server answers a request on it, rather than closing it."""
    try:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return connection.recv(64).startswith(b"HTTP/1.1 200")
    except ConnectionError:
        return False


def is_closed(connection: socket.socket) -> bool:
    """Whether the server closes it, without a word. To be asked before those that hold the places are answered: a
    connection that was answered, and is idle then, is closed after `KEEP_ALIVE_SECONDS`."""
    try:
        return connection.recv(64) == b""
    except ConnectionError:
        return True


def test_one_address_takes_no_others_place_and_gets_its_own_back() -> None:
    with running(per_peer=2, in_all=10) as connect:
        first, second = connect(ONE), connect(ONE)
        assert is_closed(connect(ONE))
        assert is_answered(second)
        assert is_answered(connect(TWO))
        first.close()
        assert soon(lambda: is_answered(connect(ONE)))


def test_all_addresses_together_are_bounded() -> None:
    with running(per_peer=2, in_all=3) as connect:
        held = [connect(address) for address in (ONE, ONE, TWO)]
        assert is_closed(connect("127.0.0.3"))
        assert is_answered(held[-1])
        held[0].close()
        assert soon(lambda: is_answered(connect("127.0.0.3")))


@pytest.mark.parametrize("proxies", [(ONE,), ("127.0.0.0/31",), ("*",)])
def test_a_proxy_holds_connections_for_many(proxies: tuple[str, ...]) -> None:
    with running(per_peer=1, in_all=3, proxies=proxies) as connect:
        held = [connect(ONE) for _ in range(3)]
        assert is_closed(connect(ONE))
        assert all(is_answered(connection) for connection in held)


def test_another_address_is_no_proxy() -> None:
    with running(per_peer=1, in_all=3, proxies=(TWO,)) as connect:
        held = connect(ONE)
        assert is_closed(connect(ONE))
        assert is_answered(held)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    identity = make_server_identity(tmp_path_factory.mktemp("tls"), "ra.example")
    return Tls(identity.certificate, identity.key)


def test_a_connection_counts_before_its_tls_handshake(tls: Tls) -> None:
    with running(per_peer=1, in_all=10, tls=tls) as connect:
        silent = connect(ONE)
        assert is_closed(connect(ONE))
        silent.close()
        assert soon(lambda: is_answered_over_tls(connect(ONE)))


def is_answered_over_tls(connection: socket.socket) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with context.wrap_socket(connection) as secured:
            return is_answered(secured)
    except OSError:
        return False


@pytest.mark.parametrize("start", [b"", b"\x16\x03\x01\x02\x00\x01"])
def test_a_tls_handshake_that_does_not_end_is_not_waited_for(tls: Tls, start: bytes) -> None:
    with running(per_peer=1, in_all=10, tls=tls, tls_seconds=0.2) as connect:
        slow = connect(ONE)
        slow.sendall(start)
        assert is_closed(slow)
        assert soon(lambda: is_answered_over_tls(connect(ONE)))


# ---- places


def test_an_ipv6_host_has_a_network_of_addresses() -> None:
    places = Places(ConnectionBounds(per_peer=1, in_all=10))
    assert places.take("2001:db8:0:1::1")
    assert places.take("2001:db8:0:1:ffff::2") is None
    assert places.take("2001:db8:0:2::1")
    assert places.take("fe80::1%eth0")
    assert places.take("fe80::2%eth1") is None


def test_an_ipv4_address_is_the_same_in_ipv6() -> None:
    places = Places(ConnectionBounds(per_peer=1, in_all=10), ("192.0.2.1",))
    assert places.take("::ffff:192.0.2.2")
    assert places.take("192.0.2.2") is None
    assert all(places.take("::ffff:192.0.2.1") for _ in range(3))


def test_what_is_held_too_often_is_told_once() -> None:
    places = Places(ConnectionBounds(per_peer=2, in_all=10))
    with capture_logs() as lines:
        give_back = [places.take("192.0.2.1") for _ in range(5)][:2]
        assert [line["peer"] for line in lines] == ["192.0.2.1"]
        for release in filter(None, give_back):
            release()
        assert [places.take("192.0.2.1") is None for _ in range(4)] == [False, False, True, True]
    assert len(lines) == 2


def test_a_connection_that_nobody_closes_gives_its_place_back() -> None:
    bounds = ConnectionBounds(per_peer=1, in_all=10)
    listener = http_server(Starlette(), Listening(ONE, 0, bounds=bounds)).listeners[0]
    connect = partial(socket.create_connection, listener.getsockname(), PATIENCE)
    listener.settimeout(PATIENCE)
    with connect(), connect(), connect(), connect():
        accepted = [listener.accept()]
        with pytest.raises(ConnectionAbortedError):
            listener.accept()
        with warnings.catch_warnings(action="ignore"):  # Python's own, about just that
            accepted.clear()
            gc.collect()
        accepted = [listener.accept()]
        accepted[0][0].close()
        listener.accept()[0].close()
    listener.close()


def test_a_port_that_is_taken() -> None:
    with socket.create_server((ONE, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"cannot listen on {ONE}, port {port}: Address already in use"):
            http_server(Starlette(), Listening(ONE, port))


def test_a_host_that_is_not_this_one() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot listen on 192\.0\.2\.1, port 0: Cannot assign"):
        http_server(Starlette(), Listening("192.0.2.1", 0))
