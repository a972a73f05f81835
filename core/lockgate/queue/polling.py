"""Adaptive polling: often after traffic, less and less often while there is none, at least once in each interval."""

from collections.abc import Callable
from dataclasses import dataclass

from lockgate.ports import Sleep, WakeUp

__all__ = [
    "AdaptivePause",
    "Polling",
    "PollingBounds",
]

GROWTH = 1.05
"""The ratio of each pause after a look that found nothing to the pause before it."""


@dataclass(frozen=True, slots=True)
class PollingBounds:
    """How long pauses are, in seconds.

    Attributes:
        floor: after a look that found something.
        ceiling: while nothing is found, in the end.
    """

    floor: float
    ceiling: float


class AdaptivePause:
    """The pause before the next look; nothing was found yet.

    Attributes:
        seconds: that pause.
    """

    def __init__(self, bounds: PollingBounds, growth: float = GROWTH) -> None:
        self._floor, self._ceiling, self._growth = min(bounds.floor, bounds.ceiling), bounds.ceiling, growth
        self.seconds = self._ceiling

    def shorten(self) -> None:
        """There was traffic."""
        self.seconds = self._floor

    def lengthen(self) -> None:
        """There was none."""
        self.seconds = min(self.seconds * self._growth, self._ceiling)


class Polling(WakeUp):
    """Wakes by time alone.

    Args:
        sleep, monotonic: time passing, in seconds.
    """

    def __init__(self, bounds: PollingBounds, sleep: Sleep, monotonic: Callable[[], float]) -> None:
        self._pause, self._sleep, self._monotonic = AdaptivePause(bounds), sleep, monotonic
        self._due = monotonic()

    def looked(self, *, found: bool) -> None:
        """Set the time of the next look."""
        if found:
            self._pause.shorten()
        self._due = self._monotonic() + self._pause.seconds
        if not found:
            self._pause.lengthen()

    def wait(self, limit: float) -> bool:
        """Sleep until it is time."""
        self._sleep(max(0.0, min(self._due - self._monotonic(), limit)))
        return self._monotonic() >= self._due

    def close(self) -> None:
        """Nothing is held."""
