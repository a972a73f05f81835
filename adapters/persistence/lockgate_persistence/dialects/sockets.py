"""How much comes in on a socket that a driver's library reads by itself: the system counts it."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

RECEIVED = struct.Struct("=128xQ")
"""Where the octets received stand in what Linux says of a TCP connection (`tcpi_bytes_received`)."""
ROOM = 256
IP = (socket.AF_INET, socket.AF_INET6)
INTERVAL = 0.002
"""Seconds between two looks at a socket that is being guarded."""


@contextmanager
def _opened(fileno: int) -> Iterator[socket.socket]:
    its = socket.socket(fileno=fileno)
    try:
        yield its
    finally:
        its.detach()


def octets_received(fileno: int) -> int:
    """The octets that came in on the TCP socket `fileno`; 0 where nobody counts: a local socket, another system."""
    with _opened(fileno) as its:
        if its.family not in IP or not hasattr(socket, "TCP_INFO"):
            return 0
        facts = its.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, ROOM)
        return int(RECEIVED.unpack_from(facts)[0]) if len(facts) >= RECEIVED.size else 0


class Guard:
    """Shuts a socket down once it has received so much, by a thread of its own.

    A library that reads for as long as there is something to read would not come back before a fast server lets it.
    """

    def __init__(self, fileno: int, octets: float) -> None:
        """Guard the socket until `end`; it must stay open for as long."""
        self._fileno, self._octets = fileno, octets
        self._ended = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Guard the socket no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL):
            if octets_received(self._fileno) > self._octets:
                with _opened(self._fileno) as its:
                    its.shutdown(socket.SHUT_RDWR)
                return
