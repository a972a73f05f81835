"""HTTP servers for a test."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lockgate_transport.http.serving import BoundedServer

PATIENCE = 5.0
"""Seconds; less than a server waits by default."""


def soon(happens: Callable[[], bool]) -> bool:
    """Whether it happens before patience ends."""
    deadline = time.monotonic() + PATIENCE
    while not happens():
        if time.monotonic() > deadline:
            return False
    return True


@contextmanager
def serving(server: BoundedServer) -> Iterator[int]:
    """The port of `server`, which runs in a thread of its own."""
    port = int(server.listeners[0].getsockname()[1])
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(10)
