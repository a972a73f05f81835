"""How much comes in on a socket that a driver's library reads by itself: the system counts it."""

import os
import socket
import struct
from threading import Event, Thread

RECEIVED = struct.Struct("=128xQ")
"""Where the octets received stand in what Linux says of a TCP connection (`tcpi_bytes_received`)."""
IP = (socket.AF_INET, socket.AF_INET6)
INTERVAL = 0.002
"""Seconds between two looks at a socket that is being guarded."""


class CountedSocket:
    """A second handle on a library's socket, which tells what came in; it has to be closed, too."""

    def __init__(self, fileno: int) -> None:
        self._socket = socket.socket(fileno=os.dup(fileno))
        self._counts = self._socket.family in IP and hasattr(socket, "TCP_INFO")

    def received(self) -> int:
        """The octets that came in so far; 0 where nobody counts: a local socket, another system, a closed handle."""
        if not self._counts:
            return 0
        facts = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, RECEIVED.size)
        return int(RECEIVED.unpack(facts)[0]) if len(facts) == RECEIVED.size else 0

    def shut_down(self) -> None:
        """End the connection, for the library as well."""
        self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give up this handle."""
        self._counts = False
        self._socket.close()


class Guard:
    """Shuts a socket down once it has received so much, by a thread of its own.

    A library that reads for as long as there is something to read would not come back before a fast server lets it.
    """

    def __init__(self, guarded: CountedSocket, octets: float) -> None:
        """Guard the socket until `end`; it must stay open for as long."""
        self._guarded, self._octets = guarded, octets
        self._ended = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Guard the socket no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL):
            if self._guarded.received() > self._octets:
                self._guarded.shut_down()
                return
