"""What carries messages over HTTP leaves nothing open, whatever was answered."""

import gc
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lockgate.errors import PeerError, Unavailable
from lockgate_transport.cmp.carry import HttpCarry
from lockgate_transport.places import A_CRL, Bounds, HttpPlace
from lockgate_transport.receivers import Receiver

PATIENCE = 10.0
LIMIT = 100

SENDING: dict[str, Callable[[str], object]] = {
    "HttpCarry": lambda url: HttpCarry(url, seconds=PATIENCE, limit=LIMIT)(b"message"),
    "HttpPlace": lambda url: HttpPlace(url, A_CRL, Bounds(PATIENCE, LIMIT)).exchange("GET", {}),
    "Receiver": lambda url: Receiver(url, "webhook", "text/plain", {}, seconds=PATIENCE)(b"message"),
}
ANSWERS = {
    "another status": b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnever",
    "not now": b"HTTP/1.1 503 Busy\r\nContent-Length: 500\r\n\r\n" + bytes(500),
    "a head that is cut off": b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n",
}


@contextmanager
def answering(octets: bytes) -> Iterator[str]:
    """The URL of a server that answers one request so."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connected, _ = listener.accept()
            with connected:
                connected.recv(65536)
                connected.sendall(octets)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(PATIENCE)


@pytest.mark.parametrize("octets", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("send", SENDING.values(), ids=SENDING)
def test_an_answer_that_is_not_taken_is_closed(send: Callable[[str], object], octets: bytes) -> None:
    """Python 3.13 complains of an answer that is found open when memory is freed."""
    with answering(octets) as url, pytest.raises((PeerError, Unavailable)) as raised:
        send(url)
    kept = [one for one in gc.get_objects() if type(one) is http.client.HTTPResponse]
    assert raised.tb is not None, "it holds what the calls had"
    assert [one for one in kept if not one.isclosed()] == []
