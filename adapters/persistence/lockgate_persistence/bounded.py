"""Columns and rows as they are read: not more octets than this product's own rows can have, and not more rows than were
asked for.

The owner of the table may widen a column and store 20 MiB in it. So the statement that selects a column also measures
it, and a longer value arrives as null, which the reader treats as a malformed row (docs/threat-model.md, rule 32).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, type_coerce
from sqlalchemy.types import NullType

from lockgate.errors import PeerError
from lockgate_persistence.dialects import Dialect
from lockgate_persistence.dialects.choices import when

CLAIM_ID_CHARACTERS = 32
DIGEST_OCTETS = 32
UTF_8_OCTETS = 4
"""Octets in one character at most."""


class Columns:
    """Columns with the length functions of one database. Each result has its column's name."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def number(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """An integer of 64 bits, else null: the owner may have changed the column to numbers with many digits."""
        return self._dialect.number(column).label(column.key)

    def text(self, column: ColumnElement[Any], characters: int) -> ColumnElement[Any]:
        """A text of up to four octets for each of so many `characters`, else null; the reader still counts those."""
        fits = self._dialect.octets(column) <= characters * UTF_8_OCTETS
        return when(fits, column).label(column.key)

    def octets(self, column: ColumnElement[Any], most: int) -> ColumnElement[Any]:
        """A value of up to `most` octets, else null; untyped: a hostile table may hold anything."""
        return when(self._dialect.octets(column) <= most, type_coerce(column, NullType())).label(column.key)

    def size(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """How many octets there are, as `size`."""
        return self._dialect.octets(column).label("size")


def rows_of(connection: Connection, query: Select[Any], parameters: Mapping[str, Any], most: int) -> Sequence[Row[Any]]:
    """The rows that `query` finds.

    Args:
        most: how many there can be.

    Raises:
        PeerError: the server sends more rows.
    """
    with connection.execute(query, parameters) as result:
        rows = result.fetchmany(most + 1)
    if len(rows) > most:
        raise PeerError(f"the database answers with more than {most} rows, which is more than was asked for")
    return rows


def row_of(connection: Connection, query: Select[Any], parameters: Mapping[str, Any]) -> Row[Any] | None:
    """The one row that `query` finds, if any.

    Raises:
        PeerError: the server sends several.
    """
    return next(iter(rows_of(connection, query, parameters, 1)), None)
