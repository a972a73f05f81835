"""A relay between CMP clients and a server that cuts a connection after some octets of the answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Relay:
    """The running relay.

    Attributes:
        port: on 127.0.0.1, where clients connect.
        cuts: after how many octets of its answer each following connection is cut; when there are no more, none is.
        answered: octets of the answer to each connection so far, as the server sent them.
    """

    port: int
    cuts: list[int] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)


@contextmanager
def relaying(address: str) -> Iterator[Relay]:
    """A relay to the server at that host and port; a connection is one message and its answer."""
    host, _, port = address.rpartition(":")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(int(listener.getsockname()[1]))

        def run() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client, suppress(OSError), socket.create_connection((host, int(port))) as server:
                    _relay(relay, client, server)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield relay
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _relay(relay: Relay, client: socket.socket, server: socket.socket) -> None:
    """Hand the request on, wait for the whole answer, and hand on as much of it as the cut leaves."""
    server.sendall(_request(client))
    answer = b""
    while part := server.recv(65536):
        answer += part
    relay.answered.append(answer)
    client.sendall(answer[: relay.cuts.pop(0)] if relay.cuts else answer)


def _request(client: socket.socket) -> bytes:
    """One request with its body, which asks for the connection to be closed."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += client.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body
