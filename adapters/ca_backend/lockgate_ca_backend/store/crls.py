"""Issued CRLs, by CA and number."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds

_table = tables.crl


class Crls:
    """The CRLs in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last_update(self, ca_name: str) -> datetime | None:
        """When the CA's last CRL was issued; None before the first."""
        query = select(_table.c.thisupdate).where(_table.c.caname == ca_name).order_by(_table.c.number.desc()).limit(1)
        found = self._connection.execute(query).scalar_one_or_none()
        return None if found is None else from_milliseconds(found)

    def latest(self, ca_name: str) -> bytes | None:
        """The CA's last CRL, DER."""
        query = select(_table.c.crl).where(_table.c.caname == ca_name).order_by(_table.c.number.desc()).limit(1)
        found = self._connection.execute(query).scalar_one_or_none()
        return None if found is None else bytes(found)

    def add(self, ca_name: str, number: int, this_update: datetime, next_update: datetime, crl: bytes) -> None:
        """Store a CRL."""
        self._connection.execute(
            insert(_table).values(
                caname=ca_name,
                number=number,
                thisupdate=to_milliseconds(this_update),
                nextupdate=to_milliseconds(next_update),
                crl=crl,
            )
        )
