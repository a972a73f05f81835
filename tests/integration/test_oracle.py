"""Oracle's real driver where no Oracle can be had: a listener that refuses, and TLS up to the end of its handshake."""

import gc
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import registry

from lockgate.errors import Unavailable
from lockgate_persistence.dialects import translated
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.support.databases.h2 import PRODUCTION, H2Connections
from tests.support.pki.tls import ServerIdentity, make_server_identity

REFUSAL = b"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))"
CONNECT, REFUSE = 1, 4
Serve = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def real_driver() -> Iterator[None]:
    """URLs for Oracle lead to Oracle's driver, though other tests of this process let H2 play it."""
    before = registry.impls.get(PRODUCTION[0])
    registry.register(*PRODUCTION)
    yield
    if before is not None:
        registry.impls[PRODUCTION[0]] = before


@contextmanager
def listener(serve: Serve) -> Iterator[int]:
    """The port of a listener that serves each connection with `serve`."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                serve(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def refuse(connection: socket.socket) -> None:
    """Answer the driver's CONNECT as a listener that does not know the service."""
    connection.recv(4096)
    body = struct.pack(">BBH", 0x22, 0, len(REFUSAL)) + REFUSAL
    connection.sendall(struct.pack(">HHBBH", len(body) + 8, 0, REFUSE, 0, 0) + body)


def failure(settings: DatabaseSettings) -> str:
    engine = open_engine(settings)
    with pytest.raises(Unavailable) as found, translated(engine), engine.connect() as connection:
        connection.execute(text("select 1 from dual"))
    engine.dispose()
    assert "sesame" not in str(found.value)
    return str(found.value)


def settings(port: int, host: str = "127.0.0.1", tls_ca: Path | None = None) -> DatabaseSettings:
    url = f"oracle://app:sesame@{host}:{port}/service"
    return DatabaseSettings(url=url, tls_ca=tls_ca, prefill=False, connect_timeout=5)


def test_the_test_dialect_is_not_the_one_in_use() -> None:
    engine = open_engine(settings(1))
    engine.dispose()
    assert not isinstance(engine.dialect, H2Connections)


def test_a_service_that_the_listener_does_not_know_is_unavailable() -> None:
    with listener(refuse) as port:
        assert "service" in failure(settings(port))


def test_nobody_at_the_port_is_unavailable() -> None:
    assert "DPY-6005" in failure(settings(1))


class TestTls:
    """The certificate is for `localhost` alone."""

    @pytest.fixture
    def identity(self, tmp_path: Path) -> ServerIdentity:
        return make_server_identity(tmp_path, "localhost")

    def outcome(self, identity: ServerIdentity, host: str, tls_ca: Path) -> tuple[str, list[bytes]]:
        """The driver's error, and what it sent once the handshake was done."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity.certificate, identity.key)
        received: list[bytes] = []

        def serve(connection: socket.socket) -> None:
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    received.append(secure.recv(4096))
            except OSError:
                pass

        with listener(serve) as port:
            error = failure(settings(port, host, tls_ca))
        with warnings.catch_warnings(action="ignore"):  # the driver leaves the socket open whose server has gone
            gc.collect()
        return error, [octets for octets in received if octets]

    def test_the_right_ca_and_host_name_go_on(self, identity: ServerIdentity) -> None:
        _, received = self.outcome(identity, "localhost", identity.ca)
        assert received[0][4] == CONNECT

    def test_another_ca_is_refused(self, identity: ServerIdentity) -> None:
        error, received = self.outcome(identity, "localhost", identity.other_ca)
        assert "certificate verify failed" in error
        assert received == []

    def test_another_host_name_is_refused(self, identity: ServerIdentity) -> None:
        error, received = self.outcome(identity, "127.0.0.1", identity.ca)
        assert received == []
        assert "certificate" in error.lower()
