"""A wake-up that comes when the test says."""

from collections.abc import Callable, Iterable
from math import inf

from lockgate.ports import Sleep, WakeUp


class MemoryWakeUp(WakeUp):
    """Notifies at the given times, in seconds of `monotonic`; while `flooded`, all the time, with a look every `floor`
    seconds."""

    def __init__(
        self, sleep: Sleep, monotonic: Callable[[], float], notified_at: Iterable[float] = (), floor: float = 0
    ) -> None:
        self._sleep, self._monotonic = sleep, monotonic
        self._notified_at = sorted(notified_at)
        self._floor, self._paused_until = floor, -inf
        self.flooded = False
        self.looks: list[bool] = []
        self.closed = False

    def looked(self, *, found: bool) -> None:
        self.looks.append(found)
        self._paused_until = -inf if found else self._monotonic() + self._floor

    def wait(self, limit: float) -> bool:
        now = self._monotonic()
        notification = now if self.flooded else next(iter(self._notified_at), inf)
        self._sleep(max(0.0, min(limit, max(notification, self._paused_until) - now)))
        if self._monotonic() < max(notification, self._paused_until):
            return False
        self._notified_at = [notification for notification in self._notified_at if notification > self._monotonic()]
        return True

    def notify(self, delay: float = 0) -> None:
        """Notify in `delay` seconds."""
        self._notified_at = sorted([*self._notified_at, self._monotonic() + delay])

    def close(self) -> None:
        self.closed = True
