"""A worker's reports of failures: one line when one begins or changes, and one when it is over; no repetitions."""

from collections.abc import Callable

from lockgate.errors import Defect, FenceLost, LockgateError, Unavailable
from lockgate_app.workers.lines import Lines


class TroubleReport:
    """The trouble that one worker is in.

    Args:
        log: where to say so.
        monotonic: seconds, on a clock that never goes back.
    """

    def __init__(self, log: Lines, monotonic: Callable[[], float]) -> None:
        self._log = log
        self._monotonic = monotonic
        self._told: tuple[type[BaseException], str] | None = None
        self._since = 0.0

    def met(self, error: BaseException) -> None:
        """Something failed and is going to be tried again."""
        same = type(error), str(error)
        if self._told == same:
            self._log.debug("still in trouble, trying again")
            return
        if self._told is None:
            self._since = self._monotonic()
        self._told = same
        self._tell(error)

    def over(self) -> None:
        """It worked."""
        if self._told is not None:
            self._told = None
            self._log.info("works again", seconds=round(self._monotonic() - self._since))

    def _tell(self, error: BaseException) -> None:
        if isinstance(error, FenceLost):
            self._log.warning("another process took the worker over")
        elif isinstance(error, Unavailable):
            self._log.warning("unavailable, trying again", reason=str(error))
        elif isinstance(error, LockgateError) and not isinstance(error, Defect):
            self._log.error("cannot work, trying again", reason=str(error))
        else:
            self._log.error("defect, trying again", exc_info=error)
