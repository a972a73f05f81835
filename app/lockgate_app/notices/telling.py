"""Operators are told of each matter once; of one that could not be told, again later."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice

from lockgate.errors import ConfigurationError, LockgateError
from lockgate_app.container.ca_host import CaHost, opened_zone
from lockgate_app.container.notices import notice_channel
from lockgate_app.notices.matters import Matter, matters
from lockgate_app.settings import CaZone
from lockgate_app.settings.notices import NoticesTable
from lockgate_app.words import Facts

OPERATOR = "lockgate notices"
VERSION = 1
"""Of the message."""
BATCH = 100
"""Matters in a message at most."""
HOLD = timedelta(hours=1, minutes=10)
"""After this a matter is told again whose teller has not come back. A program may run for an hour."""
REMEMBERED = timedelta(days=400)
"""A certificate is told of at most 366 days before its end."""


class Teller:
    """Looks for what operators were not told of, and sends it.

    Args:
        send: takes a JSON message; raises LockgateError where it was not taken.
    """

    def __init__(self, host: CaHost, table: NoticesTable, send: Callable[[bytes], None]) -> None:
        self._host, self._table, self._send = host, table, send
        self._notices = host.container.notices()

    def look(self) -> int:
        """Tell once; returns of how many matters.

        Raises:
            LockgateError: the CA's database cannot be reached, or a message was not taken.
        """
        self._notices.purge(REMEMBERED)
        found = matters(self._host, self._table)
        count = 0
        while batch := list(islice(found, BATCH)):
            count += self._tell(batch)
        return count

    def _tell(self, batch: Sequence[Matter]) -> int:
        claimed = self._notices.claim([matter.id for matter in batch], HOLD)
        mine = [matter for matter in batch if matter.id in claimed]
        new = [matter for matter in mine if not matter.over()]
        if new:
            self._put(new, claimed)
        self._notices.told(claimed)
        return len(new)

    def _put(self, new: Sequence[Matter], claimed: frozenset[str]) -> None:
        try:
            self._send(message_of([{"kind": str(matter.kind), **matter.facts()} for matter in new]))
        except LockgateError:
            self._notices.release(claimed)
            raise


def message_of(notices: Sequence[Facts]) -> bytes:
    """The JSON message, in one line."""
    return json.dumps({"version": VERSION, "notices": notices}).encode()


@contextmanager
def telling(zone: CaZone) -> Iterator[Teller]:
    """Tells by the table `[notices]`; the database is let go at the end.

    Raises:
        ConfigurationError: there is no such table, or its program or webhook cannot be used.
    """
    table = notices_table(zone)
    send = notice_channel(table)
    with opened_zone(zone, OPERATOR) as host:
        yield Teller(host, table, send)


def notices_table(zone: CaZone) -> NoticesTable:
    """The table `[notices]`.

    Raises:
        ConfigurationError: there is none.
    """
    if zone.notices is None:
        raise ConfigurationError("there is no table [notices]: nobody is told of anything")
    return zone.notices
