"""Requests in an hour: so many in all, and so many of each client, whatever becomes of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

HOUR = 3600.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class HourlyBounds:
    """How many requests are taken in an hour.

    Attributes:
        per_client: of one client.
        in_all: of all clients; as many clients are remembered at most.
    """

    per_client: int
    in_all: int


class TooManyInHour(Exception):
    """This client, or all together, had as many as an hour has."""


class HourlyCount:
    """Who has asked how often in this hour, by client; for one thread. An hour begins with the first request after the
    one before.

    Args:
        bounds: None for any number.
        monotonic: seconds on a clock that never goes back.
    """

    def __init__(self, bounds: HourlyBounds | None, monotonic: Callable[[], float]) -> None:
        self._bounds = bounds
        self._monotonic = monotonic
        self._taken: Counter[str] = Counter()
        self._in_all = 0
        self._end = 0.0

    def take(self, client: str) -> None:
        """Count a request of `client`.

        Raises:
            TooManyInHour: it must not be taken; it does not count.
        """
        if self._bounds is None:
            return
        if (now := self._monotonic()) >= self._end:
            self._taken.clear()
            self._in_all = 0
            self._end = now + HOUR
        if self._in_all >= self._bounds.in_all or self._taken[client] >= self._bounds.per_client:
            raise TooManyInHour
        self._in_all += 1
        self._taken[client] += 1
