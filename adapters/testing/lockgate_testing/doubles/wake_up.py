"""A wake-up that rings when the test says."""

from collections.abc import Callable, Iterable
from math import inf

from lockgate.ports import Sleep, WakeUp


class MemoryWakeUp(WakeUp):
    """Rings at the given times, in seconds of `monotonic`; and while `flooded`, all the time, heard every `floor`."""

    def __init__(
        self, sleep: Sleep, monotonic: Callable[[], float], rings: Iterable[float] = (), floor: float = 0
    ) -> None:
        self._sleep, self._monotonic = sleep, monotonic
        self._rings = sorted(rings)
        self._floor, self._deaf_until = floor, -inf
        self.flooded = False
        self.looks: list[bool] = []
        self.closed = False

    def looked(self, *, found: bool) -> None:
        self.looks.append(found)
        self._deaf_until = -inf if found else self._monotonic() + self._floor

    def wait(self, limit: float) -> bool:
        now = self._monotonic()
        ring = now if self.flooded else next(iter(self._rings), inf)
        self._sleep(max(0.0, min(limit, max(ring, self._deaf_until) - now)))
        if self._monotonic() < max(ring, self._deaf_until):
            return False
        self._rings = [ring for ring in self._rings if ring > self._monotonic()]
        return True

    def ring(self, delay: float = 0) -> None:
        """Ring in `delay` seconds."""
        self._rings = sorted([*self._rings, self._monotonic() + delay])

    def close(self) -> None:
        self.closed = True
