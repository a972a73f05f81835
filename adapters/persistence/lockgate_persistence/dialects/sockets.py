"""The number of octets received on a socket that a driver's library reads by itself: the operating system counts
them."""

import os
import socket
import struct
from threading import Event, Thread

RECEIVED = struct.Struct("=128xQ")
"""The offset of the received octets in Linux's information about a TCP connection (`tcpi_bytes_received`)."""
IP = (socket.AF_INET, socket.AF_INET6)
INTERVAL = 0.002
"""Seconds between two checks of a guarded socket."""


class CountedSocket:
    """A second handle on a library's socket, which counts received octets; it must be closed, too."""

    def __init__(self, fileno: int) -> None:
        self._socket = socket.socket(fileno=os.dup(fileno))
        self._counts = self._socket.family in IP and hasattr(socket, "TCP_INFO")

    def received(self) -> int:
        """The octets received so far; 0 if they are not counted: a local socket, another operating system, a closed
        handle."""
        if not self._counts:
            return 0
        facts = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, RECEIVED.size)
        return int(RECEIVED.unpack(facts)[0]) if len(facts) == RECEIVED.size else 0

    def shut_down(self) -> None:
        """End the connection, for the library as well."""
        self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close this handle."""
        self._counts = False
        self._socket.close()


class Guard:
    """Shuts a socket down, from a thread of its own, once it has received a given number of octets.

    A library that reads as long as there are octets would not return while a fast server keeps sending.
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
