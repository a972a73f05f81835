"""Operators are told of each matter once; of one that could not be told, again later."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Self

from lockgate.errors import ConfigurationError, PeerError
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
MAX_MESSAGE = 256 * 1024
"""Octets of a message at most; one matter alone may have more."""
HOLD = timedelta(hours=1, minutes=10)
"""After this a matter is told again that was refused, or whose teller has not come back. A program may run an hour."""
REMEMBERED = timedelta(days=400)
"""A certificate is told of at most 366 days before its end."""


class Teller:
    """Looks for what operators were not told of, and sends it.

    Args:
        send: takes a JSON message; raises PeerError where it refuses this one, Unavailable where it takes none now.
    """

    def __init__(self, host: CaHost, table: NoticesTable, send: Callable[[bytes], None]) -> None:
        self._host, self._table, self._send = host, table, send
        self._notices = host.container.notices()
        self._refused: PeerError | None = None

    def look(self, *, certificates: bool = True) -> int:
        """Tell once; returns of how many matters. What is refused keeps nothing else from being told.

        Args:
            certificates: look for those that end soon, too.

        Raises:
            LockgateError: the CA's database cannot be reached, or something was not taken; the rest was told.
        """
        self._notices.purge(REMEMBERED)
        self._refused = None
        found = matters(self._host, self._table, certificates=certificates)
        count = 0
        while batch := list(islice(found, BATCH)):
            count += self._tell(batch)
        if self._refused is not None:
            raise self._refused
        return count

    def _tell(self, batch: Sequence[Matter]) -> int:
        claimed = self._notices.claim([matter.id for matter in batch], HOLD)
        mine = [matter for matter in batch if matter.id in claimed]
        settled: set[str] = set()
        try:
            over = {matter.id for matter in mine if matter.over()}
            self._notices.told(over)
            settled |= over
            return self._put([_Ready.of(matter) for matter in mine if matter.id not in over], settled)
        except BaseException:
            self._notices.release(claimed - settled)
            raise

    def _put(self, ready: "Sequence[_Ready]", settled: set[str]) -> int:
        """Send them in one message, or in halves where it is too large or was refused; how many were taken.

        Args:
            settled: gets those that were told, or that wait for a later look.
        """
        if not ready:
            return 0
        message = message_of([one.notice for one in ready])
        try:
            if len(message) > MAX_MESSAGE and len(ready) > 1:
                return self._in_halves(ready, settled)
            self._send(message)
        except PeerError as error:
            if len(ready) > 1:
                return self._in_halves(ready, settled)
            settled.add(ready[0].id)  # claimed until it is told again
            self._refused = error
            return 0
        ids = {one.id for one in ready}
        self._notices.told(ids)
        settled |= ids
        return len(ready)

    def _in_halves(self, ready: "Sequence[_Ready]", settled: set[str]) -> int:
        half = len(ready) // 2
        return self._put(ready[:half], settled) + self._put(ready[half:], settled)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A matter, and what is said of it."""

    id: str
    notice: Facts

    @classmethod
    def of(cls, matter: Matter) -> Self:
        return cls(matter.id, {"kind": str(matter.kind), **matter.facts()})


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
