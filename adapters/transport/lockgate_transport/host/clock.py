"""This host's clock and its source of random octets."""

import os
import selectors
import time
from datetime import UTC, datetime

from lockgate.ports import Clock, Random


class HostClock(Clock):
    """The operating system's clock."""

    def now(self) -> datetime:
        """Now, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float, readable: int | None = None) -> None:
        """Wait; less if the file descriptor `readable` can be read before."""
        if readable is None:
            time.sleep(seconds)
            return
        with selectors.DefaultSelector() as selector:
            selector.register(readable, selectors.EVENT_READ)
            selector.select(seconds)


class HostRandom(Random):
    """The operating system's cryptographic generator."""

    def octets(self, count: int) -> bytes:
        """`count` octets."""
        return os.urandom(count)
