"""A TCP proxy between a client and a database that loses, delays and half-closes connections, as networks do.

What happens is drawn for each piece of data that passes, from a seed. Everything passes while the proxy is calm, and
nothing while it is silent: connections stay open, and new ones are taken.
"""

import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType

HOST = "127.0.0.1"
CHANCE = 1 / 200
"""How likely a piece of data meets trouble while it is stormy."""
DELAY, HALF_OPEN = 0.2, 0.5
"""Seconds."""
_RESET = struct.pack("ii", 1, 0)


class Link:
    """One connection through the proxy."""

    def __init__(self, client: socket.socket, server: socket.socket, gone: threading.Event) -> None:
        self.client = client
        self.server = server
        self._gone = gone

    def cut(self) -> None:
        """End both sides at once: both see a reset."""
        for end in (self.client, self.server):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def wait(self, seconds: float) -> None:
        """Let time pass, unless the proxy ends."""
        self._gone.wait(seconds)


Trouble = Callable[[Link, socket.socket, bytes], bool]
"""What becomes of data on its way to a socket; whether the connection goes on."""


def lose(link: Link, _: socket.socket, __: bytes) -> bool:
    """The data never arrives, and the connection is gone."""
    link.cut()
    return False


def deliver_and_lose(link: Link, to: socket.socket, data: bytes) -> bool:
    """The data arrives, but its sender never hears of it."""
    to.sendall(data)
    link.cut()
    return False


def delay(link: Link, to: socket.socket, data: bytes) -> bool:
    """The data arrives late."""
    link.wait(DELAY)
    to.sendall(data)
    return True


def half_close(link: Link, to: socket.socket, data: bytes) -> bool:
    """The client sees the connection's end; the server, for a while, does not, and holds what it has locked."""
    to.sendall(data)
    with suppress(OSError):
        link.client.shutdown(socket.SHUT_RDWR)
    link.wait(HALF_OPEN)
    link.cut()
    return False


TROUBLES: Mapping[str, Trouble] = MappingProxyType(
    {"lose": lose, "deliver and lose": deliver_and_lose, "delay": delay, "half close": half_close}
)


class Proxy:
    """Listens on a free port for the database on `port`. A context manager.

    Attributes:
        met: how often each trouble was met.
    """

    def __init__(self, port: int, seed: str) -> None:
        self._target = port
        self._random = random.Random(seed)
        self._stormy = self._silent = False
        self._gone = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self.met = dict.fromkeys(TROUBLES, 0)
        threading.Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def storm(self) -> Iterator[None]:
        """Trouble, inside the block."""
        self._stormy = True
        try:
            yield
        finally:
            self._stormy = False

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Whatever is sent inside the block never arrives; nobody is told."""
        self._silent = True
        try:
            yield
        finally:
            self._silent = False

    def close(self) -> None:
        """Take no more connections; those that there are end with their peers."""
        self._gone.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._gone.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self._target))
            except OSError:
                client.close()
                continue
            link = Link(client, server, self._gone)
            for source, to in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(link, source, to), daemon=True).start()

    def _pump(self, link: Link, source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while (data := source.recv(65536)) and self._draw()(link, to, data):
                continue
        link.cut()

    def _draw(self) -> Trouble:
        if self._silent:
            return _swallow
        with self._lock:
            if not self._stormy or self._random.random() > CHANCE:
                return _pass
            name = self._random.choice(sorted(TROUBLES))
            self.met[name] += 1
            return TROUBLES[name]


def _pass(_: Link, to: socket.socket, data: bytes) -> bool:
    to.sendall(data)
    return True


def _swallow(_: Link, __: socket.socket, ___: bytes) -> bool:
    return True
