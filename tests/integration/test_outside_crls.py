"""Fetching a CRL from a real server, friendly or hostile, and from a file."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lockgate.errors import ConfigurationError, LockgateError, PeerError, Unavailable
from lockgate_transport.crls import CrlInFile, HttpCrls
from tests.support.pki import identities

CRL = identities.authority().crl(1, 7).public_bytes(Encoding.DER)
CA = identities.authority().der
LIMIT = 64 * 1024
DESCRIPTORS = Path("/proc/self/fd")
Handler = Callable[[socket.socket], None]


def answer(content: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content) if length is None else length}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content


class Server:
    """A server of the test's own: it does with each connection what the test says.

    Attributes:
        asked: the head of each request.
    """

    def __init__(self, handler: Handler) -> None:
        self.asked: list[bytes] = []
        self._handler = handler
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/ca.crl?part=1"

    def close(self) -> None:
        self._socket.close()

    def answers_nothing(self) -> None:
        self._handler = lambda _: None

    def _serve(self) -> None:
        while True:
            try:
                connected, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connected,), daemon=True).start()

    def _answer(self, connected: socket.socket) -> None:
        with connected:
            self.asked.append(connected.recv(65536))
            try:
                self._handler(connected)
            except OSError:
                return


@contextmanager
def serving(handler: Handler) -> Iterator[Server]:
    server = Server(handler)
    yield server
    server.close()


def saying(octets: bytes) -> Handler:
    return lambda connected: connected.sendall(octets)


def endless(connected: socket.socket) -> None:
    connected.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connected.sendall(b"\0" * 4096)


def chunk(size: bytes) -> Handler:
    """One that says its size, and goes on without end."""

    def serve(connected: socket.socket) -> None:
        connected.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\n")
        while True:
            connected.sendall(b"\0" * 4096)

    return serve


def dripping(connected: socket.socket) -> None:
    connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(10_000):
        connected.sendall(b"\0")
        time.sleep(0.01)


def dripping_head(connected: socket.socket) -> None:
    for _ in range(10_000):
        connected.sendall(b"H")
        time.sleep(0.01)


def silent(connected: socket.socket) -> None:
    connected.recv(1)


HOSTILE = {
    "endless": (endless, PeerError, "more than 65536 octets"),
    "a chunk without a size": (chunk(b"-1"), PeerError, "more than 65536 octets"),
    "a chunk of a negative size": (chunk(b"-5"), PeerError, "does not answer in HTTP"),
    "a chunk of any size": (chunk(b"ffffffffffffffff"), PeerError, "more than 65536 octets"),
    "dripping": (dripping, Unavailable, "has not sent the CRL within"),
    "dripping head": (dripping_head, Unavailable, "has not sent the CRL within"),
    "silent": (silent, Unavailable, "has not sent the CRL within"),
    "too large": (saying(answer(b"\0" * (LIMIT + 1))), PeerError, "more than 65536 octets"),
    "cut off": (saying(answer(CRL, length=len(CRL) + 1)), Unavailable, "cannot be reached"),
    "nothing": (saying(b""), Unavailable, "cannot be reached"),
    "no HTTP": (saying(b"220 ready\r\n"), PeerError, "does not answer in HTTP"),
    "many headers": (saying(answer(CRL, "200 OK", *("A: b" for _ in range(200)))), PeerError, "does not answer"),
    "not found": (saying(answer(b"", "404 Not Found")), PeerError, "HTTP status 404"),
    "overloaded": (saying(answer(b"", "503 Service Unavailable")), Unavailable, "HTTP status 503"),
    "too many": (saying(answer(b"", "429 Too Many Requests")), Unavailable, "HTTP status 429"),
    "a part": (saying(answer(CRL[:10], "206 Partial Content")), PeerError, "HTTP status 206"),
}


def test_a_crl_is_fetched_without_any_credential() -> None:
    with serving(saying(answer(CRL))) as server:
        assert HttpCrls(server.url).crl(CA) == CRL
    (head,) = server.asked
    assert head.startswith(b"GET /ca.crl?part=1 HTTP/1.1\r\n")
    assert b"authorization" not in head.lower()
    assert b"cookie" not in head.lower()


def test_a_crl_as_large_as_is_allowed() -> None:
    with serving(saying(answer(b"\0" * LIMIT))) as server:
        assert HttpCrls(server.url, limit=LIMIT).crl(CA) == b"\0" * LIMIT


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_server_that_does_not_do_as_it_should(kind: str) -> None:
    handler, error, text = HOSTILE[kind]
    began = time.monotonic()
    with serving(handler) as server, pytest.raises(error, match=text):
        HttpCrls(server.url, seconds=0.5, limit=LIMIT).crl(CA)
    assert time.monotonic() - began < 30


def test_a_redirect_is_not_followed() -> None:
    with serving(saying(answer(CRL))) as other:
        moved = saying(answer(b"", "302 Found", f"Location: {other.url}"))
        with serving(moved) as server, pytest.raises(PeerError, match="a redirect is not followed"):
            HttpCrls(server.url).crl(CA)
        assert not other.asked


def test_a_server_that_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(Unavailable, match="cannot be reached"):
        HttpCrls(f"http://127.0.0.1:{port}/ca.crl", seconds=5).crl(CA)


def test_a_server_whose_tls_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    identity = identities.authority().issue("localhost", identities.ec_key(91), "digital_signature")
    paths = tmp_path / "server.pem", tmp_path / "server.key"
    paths[0].write_bytes(identity.certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(identities_key(identity))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        connected, _ = listening.accept()
        with connected, pytest.raises(ssl.SSLError):
            context.wrap_socket(connected, server_side=True)

    thread = threading.Thread(target=accept)
    thread.start()
    with pytest.raises(PeerError, match="the TLS certificate of localhost"):
        HttpCrls(f"https://localhost:{listening.getsockname()[1]}/ca.crl", seconds=10).crl(CA)
    thread.join(30)
    listening.close()


def identities_key(identity: identities.Identity) -> bytes:
    return identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://crl.example/ca.crl",
        "http:///ca.crl",
        "http://user@crl.example/ca.crl",
        "http://user:password@crl.example/ca.crl",
        "http://crl.example:port/ca.crl",
        "http://crl.example/ca.crl#part",
        "http://crl.example/a b",
        "http://crl.example/\r\nHost: other",
    ],
)
def test_what_is_no_url_of_a_crl_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no URL of a CRL") as caught:
        HttpCrls(url)
    assert "password" not in str(caught.value).replace("without user and password", "")


class TestFile:
    @pytest.mark.parametrize(
        "octets", [CRL, x509.load_der_x509_crl(CRL).public_bytes(Encoding.PEM)], ids=["der", "pem"]
    )
    def test_der_and_pem(self, tmp_path: Path, octets: bytes) -> None:
        path = tmp_path / "ca.crl"
        path.write_bytes(octets)
        assert CrlInFile(path).crl(CA) == CRL

    @pytest.mark.parametrize(
        ("octets", "error", "text"),
        [
            (None, Unavailable, "cannot be read: No such file"),
            (b"\0" * (LIMIT + 1), PeerError, "more than 65536 octets"),
            (b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", PeerError, "holds no CRL"),
        ],
        ids=["absent", "too large", "broken"],
    )
    def test_a_file_that_cannot_be_used(
        self, tmp_path: Path, octets: bytes | None, error: type[LockgateError], text: str
    ) -> None:
        path = tmp_path / "ca.crl"
        if octets is not None:
            path.write_bytes(octets)
        with pytest.raises(error, match=text):
            CrlInFile(path, LIMIT).crl(CA)

    @pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="needs /proc")
    def test_a_directory_is_named_and_leaves_no_descriptor_open(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="cannot be read: Is a directory"):
            CrlInFile(tmp_path).crl(CA)
        assert tmp_path not in [one.readlink() for one in DESCRIPTORS.iterdir() if one.is_symlink()]
