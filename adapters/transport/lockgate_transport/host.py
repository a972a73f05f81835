"""This host's clock and its source of random octets."""

import os
import time
from datetime import UTC, datetime

from lockgate.ports import Clock, Random


class HostClock(Clock):
    """The operating system's clock."""

    def now(self) -> datetime:
        """Now, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class HostRandom(Random):
    """The operating system's cryptographic generator."""

    def octets(self, count: int) -> bytes:
        """`count` octets."""
        return os.urandom(count)
