"""The HTTP side over a real connection."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from lockgate_transport.http.serving import Listening, PunctualProtocol, http_server
from lockgate_transport.scep.messages import NoPkiMessage
from tests.support.wire.asgi import refusals
from tests.support.wire.scep_web import ADDRESS, Canned, web
from tests.support.wire.serving import serving, soon


class Impatient(PunctualProtocol):
    head_seconds = 0.2


@contextmanager
def running(server: Canned) -> Iterator[int]:
    """The port of a server that runs in a thread of its own."""
    with serving(http_server(web(server).application, Listening("127.0.0.1", 0, protocol=Impatient))) as port:
        yield port


@pytest.mark.parametrize("start", [b"", b"GET /scep", b"POST /scepraserver/scep/pkiclient.exe HTTP/1.1\r\nA: b\r\n"])
def test_a_connection_without_a_whole_request_is_closed(start: bytes) -> None:
    with (
        capture_logs() as lines,
        running(Canned()) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as client,
    ):
        began = time.monotonic()
        client.sendall(start)
        assert client.recv(1) == b""
        assert time.monotonic() - began < 5
    assert refusals(lines) == ([("too_slow", "127.0.0.1", True)] if start else [])


def test_a_connection_may_carry_several_requests() -> None:
    with running(Canned()) as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for _ in range(3):
            client.request("GET", f"{ADDRESS}?operation=GetCACaps")
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (200, b"AES\n")
            assert "server" not in answer.headers
        client.close()


def exchanged(octets: bytes) -> bytes:
    """All that a server says to `octets` until it closes the connection."""
    with running(Canned()) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(octets)
        return b"".join(iter(lambda: client.recv(4096), b""))


CAPABILITIES = f"GET {ADDRESS}?operation=GetCACaps HTTP/1.1\r\nHost: ra.example\r\n"


@pytest.mark.parametrize(
    ("framing", "answers"), [("", 2), ("Content-Length: 5\r\n", 1)], ids=["one framing", "two framings"]
)
def test_a_connection_is_closed_after_a_request_with_two_framings(framing: str, answers: int) -> None:
    request = f"{CAPABILITIES}Transfer-Encoding: chunked\r\n{framing}\r\n0\r\n\r\n".encode()
    assert exchanged(2 * request).count(b"HTTP/1.1 200") == answers


@pytest.mark.parametrize("authority", ["http://ra.example", "HTTP://192.0.2.1:8080", "https://[2001:db8::1]:443"])
def test_targets_in_absolute_form_are_served(authority: str) -> None:
    absolute = CAPABILITIES.replace("GET ", f"GET {authority}", 1)
    answer = exchanged(f"{absolute}Connection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"AES\n")


def test_an_absolute_target_without_a_path_is_no_address() -> None:
    answer = exchanged(
        b"GET http://ra.example?operation=GetCACaps HTTP/1.1\r\nHost: ra.example\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 404")


def test_json_is_no_message_either() -> None:
    server = Canned([NoPkiMessage("this is no SCEP message")])
    with running(server) as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        client.request("POST", f"{ADDRESS}?operation=PKIOperation", body=json.dumps({"a": 1}))
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (400, b"this is no SCEP message.")
        client.close()


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (
            f"POST {ADDRESS}?operation=PKIOperation HTTP/1.1\r\nHost: ra\r\nContent-Length: 9\r\n\r\npart",
            "disconnected",
        ),
        (
            f"POST {ADDRESS}?operation=PKIOperation HTTP/1.1\r\nHost: ra\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npa",
            "disconnected",
        ),
        ("\x16\x03\x01\x00\xa5\r\n\r\n", "no_http_request"),
    ],
)
def test_what_breaks_off_or_is_no_http_is_one_short_line(
    sent: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines, running(Canned()) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(sent.encode("latin-1"))
            client.shutdown(socket.SHUT_WR)
            while client.recv(4096):
                pass
        assert soon(lambda: bool(lines))
    assert refusals(lines) == [(reason, "127.0.0.1", True)]
    assert len(str(lines)) < 300
    assert caplog.text == ""
