"""A socket whose whole conversation ends in time and in octets: the library's own limit of time starts anew with each
octet that comes, and it has none for what a chunk of HTTP may hold."""

import io
import socket
from collections.abc import Callable
from dataclasses import dataclass

from lockgate.errors import PeerError

HEADS = 128 * 1024
"""Octets of an answer's head at most."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment.

    Attributes:
        end: on the clock `monotonic`, seconds.
    """

    end: float
    monotonic: Callable[[], float]

    def left(self) -> float:
        """Seconds until then.

        Raises:
            TimeoutError: it has passed.
        """
        left = self.end - self.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class TimedSocket:
    """What `http.client` needs of a connected socket. It does not close the socket, whose owner does.

    Args:
        limit: octets of an answer at most. As many again may come for the form of HTTP that it has. Reading more raises
            PeerError.
    """

    def __init__(self, connected: socket.socket, deadline: Deadline, limit: int) -> None:
        self._connected = connected
        self._deadline = deadline
        self._incoming = _Incoming(connected, deadline, limit)

    @property
    def ended(self) -> bool:
        """Whether the end of what comes in was met."""
        return self._incoming.ended

    def sendall(self, data: bytes) -> None:
        """Send everything.

        Raises:
            TimeoutError: the deadline has passed.
        """
        view = memoryview(data)
        while view:
            self._connected.settimeout(self._deadline.left())
            view = view[self._connected.send(view) :]

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002  (reading is all that is asked for)
        """What comes in."""
        return io.BufferedReader(self._incoming)

    def close(self) -> None:
        """Does nothing."""


class _Incoming(io.RawIOBase):
    def __init__(self, connected: socket.socket, deadline: Deadline, limit: int) -> None:
        self._connected = connected
        self._deadline = deadline
        self._limit = limit
        self._left = 2 * limit + HEADS
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        self._connected.settimeout(self._deadline.left())
        received = self._connected.recv_into(buffer)
        self.ended = not received
        self._left -= received
        if self._left < 0:
            raise PeerError(f"the answer has more than {self._limit} octets")
        return received
