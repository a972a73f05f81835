"""CAs outside within `worker --once`: what is due is begun, and waited for."""

from abc import abstractmethod
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from lockgate.ports import Fence
from lockgate.queue.housekeeping import Purged
from lockgate_app.workers.housekeeping import HousekeepingTurns

PAUSE = 0.05
"""Seconds between two looks at what is under way."""


class OutsideWork(Protocol):
    """Fetches of CRLs, or questions by OCSP."""

    @property
    @abstractmethod
    def idle(self) -> bool:
        """Whether nothing is under way."""

    @abstractmethod
    def round(self, fence: Fence) -> Purged:
        """Keep what has come, and begin what is due."""


class OutsideTurns:
    """The turns of one kind of work. A failure is logged, and keeps no message waiting.

    Args:
        worker: its name, for the log.
        work: gives the work.
        monotonic: seconds, on a clock that never goes back.
    """

    def __init__(self, worker: str, work: Callable[[], OutsideWork], monotonic: Callable[[], float]) -> None:
        self._work = work
        self._turns = HousekeepingTurns(worker, lambda: work().round, monotonic, timedelta())

    def turn(self, fence: Fence) -> float | None:
        """Do a round; the seconds before the next one, None where none is to follow."""
        if self._turns.turn(fence):
            return 0
        return None if self._work().idle else PAUSE
