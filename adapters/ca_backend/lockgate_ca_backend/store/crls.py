"""Issued CRLs, by CA and number. Every generation of a CA signs its own; all share the CA's numbers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select

from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds

_table = tables.crl


@dataclass(frozen=True, slots=True)
class StoredCrl:
    """A CRL.

    Attributes:
        generation: whose key signed it.
        base: the number of the full CRL that it is based on, for a delta CRL; None for a full one.
        crl: DER.
    """

    ca_name: str
    generation: int
    number: int
    base: int | None
    this_update: datetime
    next_update: datetime
    crl: bytes


class CrlTable:
    """The CRLs in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last_update(self, ca_name: str, generation: int) -> datetime | None:
        """When the generation's last full CRL was issued; None before the first."""
        query = select(_table.c.thisupdate).where(*_of(ca_name, generation), _table.c.base.is_(None))
        found = self._connection.execute(query.order_by(_table.c.number.desc()).limit(1)).scalar_one_or_none()
        return None if found is None else from_milliseconds(found)

    def latest(self, ca_name: str, generation: int, *, delta: bool = False) -> StoredCrl | None:
        """The generation's last full CRL, or its last delta CRL."""
        kind = _table.c.base.is_not(None) if delta else _table.c.base.is_(None)
        query = select(_table).where(*_of(ca_name, generation), kind).order_by(_table.c.number.desc()).limit(1)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        return StoredCrl(
            ca_name=ca_name,
            generation=generation,
            number=row.number,
            base=row.base,
            this_update=from_milliseconds(row.thisupdate),
            next_update=from_milliseconds(row.nextupdate),
            crl=bytes(row.crl),
        )

    def add(self, stored: StoredCrl) -> None:
        """Store a CRL."""
        self._connection.execute(
            insert(_table).values(
                caname=stored.ca_name,
                number=stored.number,
                generation=stored.generation,
                base=stored.base,
                thisupdate=to_milliseconds(stored.this_update),
                nextupdate=to_milliseconds(stored.next_update),
                crl=stored.crl,
            )
        )


def _of(ca_name: str, generation: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _table.c.caname == ca_name, _table.c.generation == generation
