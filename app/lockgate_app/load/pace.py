"""When each request is due: requests evenly in time, the RA clients in turns."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

LOOK_AFTER, SHORTEST_LOOK, LONGEST_LOOK = 0.1, 0.05, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPace:
    """How much is sent.

    Attributes:
        per_minute: requests of all clients together.
        ras: clients.
        count: requests in all; None without a limit.
        duration: seconds after which nothing more is sent; None without a limit.
    """

    per_minute: int
    ras: int
    count: int | None = None
    duration: float | None = None

    def due(self, number: int) -> float:
        """Seconds after the start at which the request with that number, from 0, is due."""
        return number * 60 / self.per_minute

    def numbers(self, ra: int) -> Iterator[int]:
        """The numbers of the requests that the client `ra`, from 0, sends."""
        mine = itertools.count(ra, self.ras)
        return mine if self.count is None else itertools.takewhile(lambda number: number < (self.count or 0), mine)

    def ended(self, elapsed: float) -> bool:
        """Whether nothing more is sent, `elapsed` seconds after the start."""
        return self.duration is not None and elapsed >= self.duration


def next_look(elapsed: float) -> float:
    """Seconds until an answer is looked for again that was not there after `elapsed` seconds.

    A tenth of that, so that a measured time is at most that much too long.
    """
    return min(max(LOOK_AFTER * elapsed, SHORTEST_LOOK), LONGEST_LOOK)
