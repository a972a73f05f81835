"""A clock that a test moves, and random octets that a test can repeat."""

import math
import random
from datetime import datetime, timedelta

from lockgate.ports import Clock, Random


class SteppingClock(Clock):
    """Stands still; sleeping moves it. `slept` holds each sleep's seconds."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._nanoseconds = 0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._nanoseconds / 1e9

    def sleep(self, seconds: float, readable: int | None = None) -> None:
        self.slept.append(seconds)
        self._now += timedelta(seconds=seconds)
        self._nanoseconds += math.ceil(seconds * 1e9)


class RepeatableRandom(Random):
    """The same octets in each run."""

    def __init__(self, seed: int = 1) -> None:
        self._source = random.Random(seed)

    def octets(self, count: int) -> bytes:
        return self._source.randbytes(count)
