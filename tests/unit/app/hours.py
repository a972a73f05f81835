"""Time for services and loads, without waiting."""

from collections.abc import Callable

from lockgate_app.workers.stops import Rest


class Hours(Rest):
    """Time that passes only while someone rests; a stop is asked for at `end` seconds.

    Attributes:
        passing: called with the seconds of each rest.
    """

    def __init__(self, end: float) -> None:
        self.now = 0.0
        self.end = end
        self.rests: list[float] = []
        self.passing: Callable[[float], None] = lambda _: None

    def rest(self, seconds: float, readable: int | None = None) -> None:
        self.rests.append(seconds)
        self.now += seconds
        self.passing(seconds)

    def stopping(self) -> bool:
        return self.now >= self.end

    def monotonic(self) -> float:
        return self.now
