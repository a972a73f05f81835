"""Seats for those who wait for the CA while their connection stays open: so many in all, so many for each client."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

IN_ALL = 100
PER_CLIENT = 3
"""A device asks one question at a time, and perhaps asks again before it hears that nobody listens any more."""


class NoSeat(Exception):
    """All seats are taken, or the client has as many as it gets."""


class Seats:
    """Who waits, by client; for one thread."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def taken(self, client: str) -> Iterator[None]:
        """Keep a seat for `client` inside the block.

        Raises:
            NoSeat: there is none.
        """
        if self._waiting.total() >= IN_ALL or self._waiting[client] >= PER_CLIENT:
            raise NoSeat
        self._waiting[client] += 1
        try:
            yield
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]
