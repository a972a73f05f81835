"""TLS handshakes that fail are told in the log, and fill no log: over real connections, and by a clock that is set."""

import socket
import ssl
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs
from structlog.typing import EventDict

from lockgate_transport.http.handshakes import PAUSE, FailedHandshakes
from lockgate_transport.http.serving import Listening, Tls, http_server
from tests.support.pki.tls import ServerIdentity, make_server_identity
from tests.support.wire.serving import PATIENCE, serving

EVENT = "TLS handshake failed"
ONE, TWO = "127.0.0.1", "127.0.0.2"
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> ServerIdentity:
    return make_server_identity(tmp_path_factory.mktemp("tls"), "ra.example")


def connected(port: int, address: str = ONE) -> socket.socket:
    return socket.create_connection((ONE, port), PATIENCE, source_address=(address, 0))


def fail(connection: socket.socket) -> None:
    """Speak something else than TLS until the server closes."""
    with connection, suppress(ConnectionError):
        connection.sendall(REQUEST)
        while connection.recv(1024):
            pass


def answer(client: ssl.SSLContext, port: int) -> bytes:
    """How the answer to a request begins; nothing where the server closes."""
    with connected(port) as plain, suppress(OSError), client.wrap_socket(plain, server_hostname="ra.example") as tls:
        tls.sendall(REQUEST)
        return tls.recv(12)
    return b""


def told(lines: list[EventDict]) -> list[EventDict]:
    return [line for line in lines if line["event"] == EVENT]


def test_one_line_tells_who_failed_and_why_however_many_there_are(identity: ServerIdentity) -> None:
    server = http_server(Starlette(), Listening(ONE, 0, Tls(identity.certificate, identity.key)))
    with capture_logs() as lines, serving(server) as port:
        first, last = connected(port, TWO), connected(port)
        fail(first)
        fail(last)
        for _ in range(20):
            fail(connected(port))
    (line,) = told(lines)
    assert line == {
        "event": EVENT,
        "log_level": "warning",
        "client": TWO,
        "detail": "HTTP_REQUEST",
        "untold_before": 0,
    }


def test_a_certificate_that_is_not_believed_is_told_in_words(identity: ServerIdentity, tmp_path: Path) -> None:
    """By a server that takes client certificates, as the console does."""
    other = make_server_identity(tmp_path, "a stranger")

    def asks(context: ssl.SSLContext) -> None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(identity.ca)

    tls = Tls(identity.certificate, identity.key, asks)
    client = ssl.create_default_context(cafile=identity.ca)
    client.load_cert_chain(other.certificate, other.key)
    server = http_server(Starlette(), Listening(ONE, 0, tls))
    with capture_logs() as lines, serving(server) as port:
        assert answer(client, port) == b""
    (line,) = told(lines)
    assert line["detail"] == "unable to get local issuer certificate"


def test_a_handshake_that_succeeds_is_not_told(identity: ServerIdentity) -> None:
    server = http_server(Starlette(), Listening(ONE, 0, Tls(identity.certificate, identity.key)))
    client = ssl.create_default_context(cafile=identity.ca)
    with capture_logs() as lines, serving(server) as port:
        assert answer(client, port) == b"HTTP/1.1 404"
    assert not told(lines)


def test_the_next_line_comes_after_a_minute_and_counts_those_between() -> None:
    times = [0.0, 1.0, PAUSE - 0.1, PAUSE, PAUSE + 1, 3 * PAUSE]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    FailedHandshakes(iter(times).__next__).watch(context)

    def shake() -> None:
        incoming = ssl.MemoryBIO()
        incoming.write(b"no TLS at all\r\n")
        with pytest.raises(ssl.SSLError):
            context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True).do_handshake()

    with capture_logs() as lines:
        for _ in times:
            shake()
    assert [line["untold_before"] for line in told(lines)] == [0, 2, 1]
