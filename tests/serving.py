"""HTTP servers for a test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lockgate_transport.http import BoundedServer


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
