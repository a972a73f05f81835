"""Connections to a server on an exposed host: counted from their first moment, bounded for each peer and in all.

A server sees a connection only when its TLS handshake is over; here it counts before that. One too many is closed at
once.
"""

import resource
import socket
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

import structlog

from lockgate.enrolment.clients import network, networks, read_address
from lockgate.errors import ConfigurationError

_log = structlog.get_logger("lockgate.http")
PEER: ContextVar[str] = ContextVar("PEER", default="")
"""The IP address of the connection that was accepted last; what asyncio does with that connection sees its own."""


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """How many connections there may be at a time.

    Attributes:
        per_peer: from one IPv4 address, or one IPv6 network of 64 bits.
        in_all: from all peers.
    """

    per_peer: int
    in_all: int


DEFAULT_BOUNDS = ConnectionBounds(per_peer=100, in_all=1000)
FURTHER_DESCRIPTORS = 256
"""File descriptors of a server besides those of its connections: log, databases, files that it reads."""


class Places:
    """Who holds how many connections; for one thread.

    Args:
        exempt: addresses and networks whose connections are bounded in all only; `*` for everybody.

    Raises:
        ValueError: one of them is neither.
    """

    def __init__(self, bounds: ConnectionBounds, exempt: Sequence[str] = ()) -> None:
        self._bounds = bounds
        self._exempt = [exempted for name in exempt for exempted in networks(name)]
        self._held: Counter[str] = Counter()
        self._full: set[str] = set()

    def take(self, host: str) -> Callable[[], None] | None:
        """Let the peer at the IP address `host` hold one more; what gives it back. None where it must not."""
        address = read_address(host)
        peer = network(address)
        full = self._held.total() >= self._bounds.in_all
        if full or (
            self._held[peer] >= self._bounds.per_peer and not any(address in exempted for exempted in self._exempt)
        ):
            self._warn("" if full else peer, host)
            return None
        self._held[peer] += 1
        return partial(self._give_back, peer)

    def _warn(self, of: str, host: str) -> None:
        """Say so once, until there are only half as many: nobody fills a log with it."""
        if of not in self._full:
            self._full.add(of)
            _log.warning("too many connections", peer=host, of_all=not of)

    def _give_back(self, peer: str) -> None:
        self._held[peer] -= 1
        if self._held[peer] <= self._bounds.per_peer // 2:
            self._full.discard(peer)
        if self._held.total() <= self._bounds.in_all // 2:
            self._full.discard("")
        if not self._held[peer]:
            del self._held[peer]


class BoundedListener(socket.socket):
    """A listening socket that closes at once whatever it accepts beyond the bounds.

    Args:
        listening: a socket that listens already; it belongs to this one now.
        places: shared by all listeners of a server.
    """

    def __init__(self, listening: socket.socket, places: Places) -> None:
        super().__init__(listening.family, listening.type, listening.proto, listening.detach())
        self._places = places

    def accept(self) -> tuple[socket.socket, object]:
        """The next connection.

        Raises:
            ConnectionAbortedError: it was one too many, and is closed.
            OSError: as ever.
        """
        connection, peer = super().accept()
        give_back = self._places.take(peer[0])
        if give_back is None:
            connection.close()
            raise ConnectionAbortedError
        PEER.set(peer[0])
        return _Connection(connection, give_back), peer


class _Connection(socket.socket):
    """Holds its place until it is closed, or nobody knows it any more."""

    def __init__(self, accepted: socket.socket, give_back: Callable[[], None]) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, accepted.detach())
        self._given_back = weakref.finalize(self, give_back)
        self._given_back.atexit = False

    def close(self) -> None:
        super().close()
        self._given_back()


def allow_descriptors(bounds: ConnectionBounds) -> None:
    """Let this process have a file descriptor for each connection, as far as the host's hard limit allows it: the soft
    one is 1,024 on many hosts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = bounds.in_all + FURTHER_DESCRIPTORS
    possible = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < possible:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))


def listen(host: str, port: int) -> list[socket.socket]:
    """A listening socket for every address of `host`.

    Raises:
        ConfigurationError: it cannot be listened on there.
    """
    found: list[socket.socket] = []
    try:
        for family, *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
            found.append(socket.socket(family, socket.SOCK_STREAM))
            found[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                found[-1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            found[-1].bind(address)
            found[-1].listen()
    except OSError as error:
        for listener in found:
            listener.close()
        raise ConfigurationError(f"cannot listen on {host}, port {port}: {error.strerror}") from None
    return found
