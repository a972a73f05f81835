"""The number of requests of each signer in this hour: one row for each signer, increased in the transaction that
answers.

The row is locked when it is read, so that several workers together accept no more than one would.
"""

from sqlalchemy import Connection, bindparam, insert, select, update

from lockgate_ca_backend.store import tables

HOUR = 3_600_000
"""Milliseconds."""
_table = tables.request_count
_LOCKED = select(_table.c.hour, _table.c.requests).where(_table.c.signer == bindparam("signer_")).with_for_update()
_INSERT = insert(_table)
_UPDATE = (
    update(_table)
    .where(_table.c.signer == bindparam("signer_"))
    .values(hour=bindparam("hour_"), requests=bindparam("requests_"))
)


class RequestCountTable:
    """The counts in one transaction.

    Args:
        now: milliseconds, by the database's clock.
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._hour = now // HOUR
        self._counts: dict[str, int] = {}
        self._new: set[str] = set()

    def add(self, signer: str) -> int:
        """Count one more of `signer`'s requests; how many that makes in this hour."""
        if signer not in self._counts:
            self._counts[signer] = self._stored(signer)
        self._counts[signer] += 1
        return self._counts[signer]

    def flush(self) -> None:
        """Write the counts."""
        for signer, count in self._counts.items():
            if signer in self._new:
                self._connection.execute(_INSERT, {"signer": signer, "hour": self._hour, "requests": count})
            else:
                self._connection.execute(_UPDATE, {"signer_": signer, "hour_": self._hour, "requests_": count})
        self._counts.clear()
        self._new.clear()

    def _stored(self, signer: str) -> int:
        row = self._connection.execute(_LOCKED, {"signer_": signer}).one_or_none()
        if row is None:
            self._new.add(signer)
        return int(row[1]) if row is not None and row[0] == self._hour else 0
