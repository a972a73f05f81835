"""Problems that a migration found and could not solve, for `lockgate check` to list."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from lockgate.administration.listings import Unsettled, UnsettledKind
from lockgate_ca_backend.store import tables

_table = tables.unsettled


def unsettled(connection: Connection) -> Sequence[Unsettled]:
    """Every finding, in the order in which they were found."""
    rows = connection.execute(select(_table).order_by(_table.c.sequence))
    return [Unsettled(UnsettledKind(row.kind), row.name, row.text) for row in rows]


def forget(connection: Connection, kind: UnsettledKind, name: str) -> None:
    """Remove the findings about `name`, which was settled."""
    connection.execute(delete(_table).where(_table.c.kind == kind, _table.c.name == name))
