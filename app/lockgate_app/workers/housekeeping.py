"""When a worker does its housekeeping: batch by batch while nothing is due, until all is purged, then not for a while.

Where messages have kept it waiting for as long as it pauses, there is a batch after each round, until all is purged:
whoever keeps one message due at any time keeps nothing from being deleted. Such a batch is larger than what a round of
the usual size takes up. Trouble with it puts it off and is said in one line; it never keeps a message waiting.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import structlog

from lockgate.errors import Defect, LockgateError
from lockgate.ports import Fence
from lockgate.queue.housekeeping import Purged

PAUSE = timedelta(hours=1)
"""From when all is purged to looking again; and for as long messages go first."""

_log = structlog.get_logger("lockgate.housekeeping")


class HousekeepingTurns:
    """One worker's housekeeping.

    Args:
        worker: its name, for the log.
        housekeeping: gives `Housekeeping.round`; asked again after an error.
        monotonic: seconds, on a clock that never goes back.
        reminder: called whenever all is purged.
    """

    def __init__(
        self,
        worker: str,
        housekeeping: Callable[[], Callable[[Fence], Purged]],
        monotonic: Callable[[], float],
        pause: timedelta = PAUSE,
        reminder: Callable[[], None] = lambda: None,
    ) -> None:
        self._log = _log.bind(worker=worker)
        self._housekeeping = housekeeping
        self._monotonic = monotonic
        self._pause = pause.total_seconds()
        self._reminder = reminder
        self._next = monotonic()
        self._counts: Counter[str] = Counter()

    def turn(self, fence: Fence, *, busy: bool = False) -> bool:
        """One batch, if it is time for it; whether there may be more at once.

        Args:
            busy: there are messages to take up: then only what is overdue is done.
        """
        if self._monotonic() < self._next + (self._pause if busy else 0):
            return False
        try:
            purged = self._housekeeping()(fence)
        except Exception as error:  # noqa: BLE001  (whatever it is, messages go first)
            self._tell(error)
            more = False
        else:
            self._counts.update(purged.counts)
            more = purged.more
        if not more:
            self._next = self._monotonic() + self._pause
            self._report()
            self._reminder()
        return more

    def _report(self) -> None:
        if self._counts.total():
            self._log.info("purged", **{name: count for name, count in self._counts.items() if count})
        self._counts.clear()

    def _tell(self, error: Exception) -> None:
        if isinstance(error, LockgateError) and not isinstance(error, Defect):
            self._log.warning("housekeeping put off", reason=str(error))
        else:
            self._log.error("defect in housekeeping, put off", exc_info=error)
