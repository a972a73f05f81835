"""A CMP client's messages over HTTP, against servers that answer octet by octet what a test tells them."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from lockgate.errors import ConfigurationError, NotSent, PeerError, Unavailable
from lockgate_formats.cmp_client import UntrustedHost
from lockgate_transport.cmp.carry import HttpCarry
from lockgate_transport.urls import Url
from tests.support.pki.tls import make_server_identity

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/pkixcmp\r\n"
Serve = Callable[[socket.socket], None]


def answer(body: bytes = b"answer", head: bytes = HEAD) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def read_request(connected: socket.socket) -> bytes:
    """One request, head and body."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connected.recv(65536)
        if not part:
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += connected.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def served(serve: Serve, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that gives each connection to `serve`, and closes it then."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            while True:
                try:
                    connected, _ = listener.accept()
                except OSError:
                    return
                with ExitStack() as stack:
                    stack.enter_context(connected)
                    try:
                        serve(stack.enter_context(tls.wrap_socket(connected, server_side=True)) if tls else connected)
                    except OSError:
                        continue

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def saying(*octets: bytes, pause: float = 0.0, asked: list[bytes] | None = None) -> Serve:
    """Reads a request and answers with `octets`, one after another."""

    def serve(connected: socket.socket) -> None:
        request = read_request(connected)
        if asked is not None:
            asked.append(request)
        for part in octets:
            time.sleep(pause)
            connected.sendall(part)

    return serve


def url(port: int, path: str = "/cmp/alias") -> str:
    return f"http://127.0.0.1:{port}{path}"


def carried(octets: bytes, **options: Any) -> bytes:
    with served(saying(octets)) as port:
        return HttpCarry(url(port), seconds=5, **options)(b"message")


def test_a_message_is_posted() -> None:
    asked: list[bytes] = []
    with served(saying(answer(), asked=asked)) as port:
        assert HttpCarry(url(port, "/cmp/alias?x=1"))(b"message") == b"answer"
    head, _, body = asked[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /cmp/alias?x=1 HTTP/1.1"
    assert {"Content-Type: application/pkixcmp", f"Host: 127.0.0.1:{port}", "Connection: close"} <= set(lines)
    assert body == b"message"


@pytest.mark.parametrize(
    "octets",
    [
        answer(head=b"HTTP/1.0 200 OK\r\nContent-Type: application/pkixcmp\r\n"),
        HEAD + b"\r\nanswer",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nans\r\n3\r\nwer\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(),
        answer(head=b"HTTP/1.1 200 OK\r\ncontent-type: APPLICATION/PKIXCMP; charset=x\r\n"),
        answer(head=b"HTTP/1.1 400 Bad\r\nContent-Type: application/pkixcmp\r\n"),
    ],
)
def test_answers_in_every_form_of_http(octets: bytes) -> None:
    """Some servers give an error's message another status than 200."""
    assert carried(octets) == b"answer"


@pytest.mark.parametrize(
    ("octets", "match"),
    [
        (
            answer(head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"),
            "no CMP service: HTTP status 200 with text/html",
        ),
        (answer(head=b"HTTP/1.1 200 OK\r\n"), "no CMP service"),
        (answer(b""), "no CMP service"),
        (answer(head=b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n"), "HTTP status 404"),
        (answer(head=b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n"), "HTTP status 302"),
        (answer(bytes(1001)), "more than 1000 octets"),
        (HEAD + b"\r\n" + bytes(1001), "more than 1000 octets"),
        (HEAD + b"Content-Length: 99999999999\r\n\r\n" + bytes(1001), "more than 1000 octets"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "does not answer in HTTP"),
        (HEAD + b"X: " + b"x" * 70_000 + b"\r\n\r\n", "does not answer in HTTP"),
        (HEAD + b"X: x\r\n" * 200 + b"\r\n", "does not answer in HTTP"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 100_000, "does not answer in HTTP"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + bytes(200_000), "more than 1000 octets"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n" + bytes(100_000), "does not answer in HTTP"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n\0\r\n" * 20_000, "more than 1000 octets"),
    ],
)
def test_what_is_no_cmp_service(octets: bytes, match: str) -> None:
    with pytest.raises(PeerError, match=match):
        carried(octets, limit=1000)


def test_an_answer_of_the_greatest_size() -> None:
    assert carried(answer(bytes(1000)), limit=1000) == bytes(1000)


@pytest.mark.parametrize(
    ("octets", "match"),
    [
        (b"", "cannot be reached"),
        *((answer()[:cut], "cannot be reached: .*cut off") for cut in (1, 5, 9, 12, 16, 30, len(HEAD), len(HEAD) + 19)),
        (HEAD + b"Content-Length: 6\r\n\r\nans", "cannot be reached"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n6\r\nans", "cannot be reached"),
        (answer(head=b"HTTP/1.1 503 Busy\r\nContent-Type: text/plain\r\n"), "no answer now: HTTP status 503"),
        (answer(head=b"HTTP/1.1 429 Slow down\r\nContent-Type: text/plain\r\n"), "no answer now: HTTP status 429"),
    ],
)
def test_what_may_be_sent_again(octets: bytes, match: str) -> None:
    with pytest.raises(Unavailable, match=match) as raised:
        carried(octets)
    assert not isinstance(raised.value, NotSent)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(NotSent, match=f"127.0.0.1:{port} cannot be reached: ConnectionRefusedError"):
        HttpCarry(url(port))(b"message")


@pytest.mark.parametrize(
    "octets",
    [
        [bytes((octet,)) for octet in answer(bytes(1000))],
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 1000,
        [],
    ],
    ids=["octet by octet", "never the end of it", "silence"],
)
def test_time_is_bounded_whatever_comes(octets: list[bytes]) -> None:
    """Each octet comes before the limit, and all of them do not."""
    ends = threading.Event()

    def serve(connected: socket.socket) -> None:
        read_request(connected)
        for part in octets:
            connected.sendall(part)
            if ends.wait(0.05):
                return
        ends.wait(10)

    with served(serve) as port:
        began = time.monotonic()
        with pytest.raises(Unavailable, match=r"has not answered within 0.5 s"):
            HttpCarry(url(port), seconds=0.5)(b"message")
        assert time.monotonic() - began < 3
        ends.set()


def test_a_server_that_reads_nothing_is_given_up() -> None:
    ends = threading.Event()

    def serve(connected: socket.socket) -> None:
        ends.wait(10)

    with served(serve) as port:
        with pytest.raises(Unavailable, match=r"has not answered within 0.5 s"):
            HttpCarry(url(port), seconds=0.5)(bytes(32 * 1024 * 1024))
        ends.set()


def test_an_answer_before_the_message_was_read() -> None:
    """A server that refuses a large message need not read it."""
    refusal = answer(head=b"HTTP/1.1 413 Too Large\r\nContent-Type: text/plain\r\n")

    def serve(connected: socket.socket) -> None:
        connected.recv(1000)
        connected.sendall(refusal)
        connected.shutdown(socket.SHUT_WR)
        time.sleep(0.2)

    with served(serve) as port, pytest.raises((PeerError, Unavailable)):
        HttpCarry(url(port), seconds=5)(bytes(8 * 1024 * 1024))


# ---- connections that are kept


def test_a_connection_serves_several_messages() -> None:
    connections: list[int] = []

    def serve(connected: socket.socket) -> None:
        connections.append(0)
        while read_request(connected):
            connections[-1] += 1
            connected.sendall(answer())
            if connections == [2]:
                return  # an idle connection is closed

    with served(serve) as port, HttpCarry(url(port), keep_alive=True, seconds=5) as carry:
        assert [carry(b"message") for _ in range(2)] == [b"answer"] * 2
        deadline = time.monotonic() + 5
        while connections == [2] and time.monotonic() < deadline:
            time.sleep(0.1)
            carry(b"message")
        assert connections[0] == 2
        assert len(connections) == 2
    with served(serve) as port:
        connections.clear()
        carry = HttpCarry(url(port), seconds=5)
        assert [carry(b"message") for _ in range(2)] == [b"answer"] * 2
        assert connections == [1, 1]


def test_a_connection_with_half_an_answer_is_not_kept() -> None:
    connections: list[bytes] = []

    def serve(connected: socket.socket) -> None:
        connections.append(read_request(connected))
        connected.sendall(HEAD + b"Content-Length: 60\r\n\r\nans" if len(connections) == 1 else answer())

    with served(serve) as port, HttpCarry(url(port), keep_alive=True, seconds=5) as carry:
        with pytest.raises(Unavailable):
            carry(b"message")
        assert carry(b"message") == b"answer"


# ---- TLS


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_server_identity(tmp_path_factory.mktemp("tls"), "localhost")


def trusting(ca: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca))


@pytest.mark.parametrize(
    ("host", "ca", "match"),
    [
        ("localhost", "ca", None),
        ("localhost", "other_ca", r"the TLS certificate of localhost:\d+ is not accepted"),
        ("127.0.0.1", "ca", "not accepted: .*127.0.0.1"),
    ],
)
def test_tls_shows_the_host(identity: Any, host: str, ca: str, match: str | None) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    with served(saying(answer()), context) as port:
        carry = HttpCarry(f"https://{host}:{port}/cmp", tls=trusting(getattr(identity, ca)), seconds=5)
        if match is None:
            assert carry(b"message") == b"answer"
            return
        with pytest.raises(UntrustedHost, match=match):
            carry(b"message")


def test_a_server_that_speaks_no_tls() -> None:
    def serve(connected: socket.socket) -> None:
        connected.recv(1000)
        connected.sendall(answer())

    with served(serve) as port, pytest.raises(NotSent, match="SSLError"):
        HttpCarry(f"https://localhost:{port}/cmp", seconds=5)(b"message")


# ---- URLs


def test_places() -> None:
    service = "a CMP service"
    assert Url.of("http://ra.example", service) == Url("ra.example", 80, "/", secure=False)
    assert Url.of("https://ra.example/.well-known/cmp/p/x?y", service) == Url(
        "ra.example", 443, "/.well-known/cmp/p/x?y", secure=True
    )
    assert Url.of("http://[::1]:8080/cmp", service).host == "::1"


@pytest.mark.parametrize(
    "given",
    [
        *("", "ra.example/cmp", "ftp://ra.example/", "http://", "http:///cmp", "http://ra.example:port/"),
        *(
            "http://user:secret@ra.example/",
            "http://user:secret@ra.example\u2100/",
            "http://ra.example/a b",
            "http://ra.example/\r\nX: y",
            "http://ra.example/ü",
        ),
        "http://ra.example:99999/",
    ],
)
def test_what_is_no_url_of_a_service(given: str) -> None:
    with pytest.raises(ConfigurationError, match="is no URL of a CMP service") as raised:
        HttpCarry(given)
    assert "secret" not in str(raised.value)
