"""When a worker does its housekeeping: batch by batch while nothing is due, until all is purged; then it pauses.

If due messages have delayed it for as long as its pause, one batch follows each round, until all is purged. So a
message that is always due does not prevent deletion. Such a batch is larger than the number of messages in a usual
round. A failure delays housekeeping and is reported in one line; it never keeps a message waiting.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from lockgate.errors import Defect, LockgateError
from lockgate.ports import Fence
from lockgate.queue.housekeeping import Purged
from lockgate_app.workers.lines import Lines

PAUSE = timedelta(hours=1)
"""The pause after all is purged; also how long due messages can delay housekeeping."""
DUE_PAUSE = timedelta(seconds=10)
"""The same for what services must do at a time."""

_log = Lines("lockgate.housekeeping")


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
        """Do one batch, if it is due; tell whether another one may follow at once.

        Args:
            busy: messages are due: then a batch is done only if it is overdue.
        """
        if self._monotonic() < self._next + (self._pause if busy else 0):
            return False
        try:
            purged = self._housekeeping()(fence)
        except Exception as error:  # noqa: BLE001  (no failure here may stop the work on messages)
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
