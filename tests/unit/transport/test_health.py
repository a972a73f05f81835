"""The listener of monitoring over real connections: what a stranger sends leaves no line in the log."""

import socket

import pytest
from structlog.testing import capture_logs

from lockgate_transport.health import HealthWeb
from lockgate_transport.http.serving import Listening, PunctualProtocol
from tests.support.wire.serving import PATIENCE, serving


def answer(port: int, sent: bytes) -> bytes:
    """All that comes until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(sent)
        return b"".join(iter(lambda: client.recv(4096), b""))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x00\xa5\r\n\r\n", b"HTTP/1.1 400"),
        (b"GET /metr", b""),
        (b"GET /other HTTP/1.1\r\nHost: host\r\nConnection: close\r\n\r\n", b"HTTP/1.1 404"),
        (b"POST /metrics HTTP/1.1\r\nHost: host\r\nConnection: close\r\n\r\n", b"HTTP/1.1 405"),
    ],
    ids=["no HTTP", "too slow", "unknown address", "wrong method"],
)
def test_what_is_refused_leaves_no_line(
    sent: bytes, status: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(PunctualProtocol, "head_seconds", 0.2)
    web = HealthWeb(lambda: b"", "text/plain", list)
    with capture_logs() as lines, serving(web.server(Listening("127.0.0.1", 0))) as port:
        assert answer(port, sent)[:12] == status
    assert lines == []
    assert caplog.text == ""
