"""Operators are told from time to time of what has come up; on each node of a CA, and each matter by one of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from lockgate.errors import LockgateError
from lockgate_app.notices.telling import Teller, notices_table, telling
from lockgate_app.settings import CaZone
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.stops import EventRest
from lockgate_app.workers.trouble import TroubleReport

_log = Lines("lockgate.notices")
HOUR = 3600.0
"""Seconds between two looks for certificates that end soon."""


@contextmanager
def notice_service(zone: CaZone, rest: EventRest) -> Iterator["NoticeService"]:
    """What tells by the table `[notices]`; the database is let go at the end.

    Raises:
        ConfigurationError: as of `telling`.
    """
    with telling(zone) as teller:
        yield NoticeService(teller, notices_table(zone).every, rest)


class NoticeService:
    """Looks for what operators were not told of, and tells them.

    Args:
        every: seconds between two looks.
    """

    def __init__(self, teller: Teller, every: int, rest: EventRest) -> None:
        self._teller, self._every, self._rest = teller, every, rest
        self._trouble = TroubleReport(_log, rest.monotonic)

    def run(self) -> None:
        """Until a stop is asked for; no error ends it."""
        due = -inf
        while not self._rest.stopping():
            certificates = self._rest.monotonic() >= due
            try:
                count = self._teller.look(certificates=certificates)
            except LockgateError as error:
                self._trouble.met(error)
            else:
                self._told(count)
                due = self._rest.monotonic() + HOUR if certificates else due
            self._rest.rest(self._every)

    def _told(self, count: int) -> None:
        self._trouble.over()
        if count:
            _log.info("operators told", matters=count)
