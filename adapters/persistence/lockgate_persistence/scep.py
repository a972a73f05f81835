"""The `ScepTransactions` port on the table `scep_transaction` of the message database.

A row is never opened twice: what a new transaction replaces is renamed first, and stays to be counted in its hour.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Update, insert, update

from lockgate.errors import PeerError
from lockgate.ports import Bounds, NewTransaction, Opening, ScepTransactions, StoredTransaction
from lockgate.ports.scep import HOUR
from lockgate.queue.message import is_message_id
from lockgate_persistence.bounded import row_of, rows_of
from lockgate_persistence.dialects import dialect_of
from lockgate_persistence.scep_statements import COUNT_HOUR, COUNT_OPEN, PURGE, SWEPT, ScepStatements
from lockgate_persistence.schema import scep_transaction as table
from lockgate_persistence.transactions import Transactions

MAX_VERSION = 2**31 - 1
"""What the column holds; no transaction of ours comes near it."""
NOTHING = b"\x00"
"""What is sealed in a row that is only counted; an empty text would be null to Oracle."""
NAME_OCTETS = 8


class SqlScepTransactions(ScepTransactions):
    """Transactions in the table `scep_transaction`; its schema must be current."""

    def __init__(self, engine: Engine) -> None:
        self._transactions = Transactions(engine)
        statements = ScepStatements(dialect_of(engine))
        self._find, self._standing = statements.find(), statements.standing()
        self._answered, self._sweep = statements.answered(), statements.sweep()

    def find(self, transaction_id: str) -> StoredTransaction | None:
        """See `ScepTransactions.find`."""
        if not is_message_id(transaction_id):
            return None
        row = self._transactions.read(lambda connection: row_of(connection, self._find, {"id_": transaction_id}))
        if row is None:
            return None
        if not _is_sound(row):
            raise PeerError("the SCEP transaction's row holds what this product never writes")
        return StoredTransaction(row.version, row.opened, row.sealed)

    def open(self, new: NewTransaction, bounds: Bounds, over: StoredTransaction | None = None) -> Opening:
        """See `ScepTransactions.open`."""

        def open_once(connection: Connection) -> Opening:
            standing = row_of(connection, self._standing, {"id_": new.transaction_id})
            return _open(connection, standing, new, bounds, over)

        return self._transactions.write(open_once)

    def settle(self, transaction_id: str, found: StoredTransaction, sealed: bytes) -> bool:
        """See `ScepTransactions.settle`."""
        statement = _changing(transaction_id, found).values(sealed=sealed, version=found.version + 1, settled=1)
        return self._transactions.write(lambda connection: connection.execute(statement).rowcount) == 1

    def sweep(self) -> None:
        """See `ScepTransactions.sweep`; at most `SWEPT` at a time."""
        rows = self._transactions.read(lambda connection: rows_of(connection, self._answered, {}, SWEPT))
        answered = [its for its in rows if isinstance(its.transactionid, str) and isinstance(its.messageid, str)]
        if answered:
            swept = {
                "ids_": sorted(its.transactionid for its in answered),
                "messageids_": sorted({its.messageid for its in answered}),
            }
            self._transactions.write(lambda connection: connection.execute(self._sweep, swept))

    def purge(self, now: datetime) -> None:
        """See `ScepTransactions.purge`."""
        self._transactions.write(lambda connection: connection.execute(PURGE, _times(now)))


def _is_sound(row: Any) -> bool:
    numbers = isinstance(row.version, int) and isinstance(row.opened, int)
    return numbers and row.version < MAX_VERSION and isinstance(row.sealed, bytes)


def _open(
    connection: Connection,
    standing: Row[Any] | None,
    new: NewTransaction,
    bounds: Bounds,
    over: StoredTransaction | None,
) -> Opening:
    """One try; if another one takes the id meanwhile, the transaction is run again and finds it taken."""
    if standing is not None and (over is None or (standing.version, standing.opened) != (over.version, over.opened)):
        return Opening.TAKEN
    exceeded = _exceeded(connection, new, bounds)
    if exceeded is not None:
        return exceeded
    if standing is not None and over is not None and not _renamed(connection, new, over):
        return Opening.TAKEN
    connection.execute(insert(table), _values(new))
    return Opening.OPENED


def _exceeded(connection: Connection, new: NewTransaction, bounds: Bounds) -> Opening | None:
    whose = {"client_": new.client.name, "side_": int(new.client.side)}
    times = _times(new.opened)
    opened: Any = connection.execute(COUNT_OPEN, whose | {"now_": times["now_"]}).one()
    if opened.in_all >= bounds.in_all or opened.of_client >= bounds.per_client:
        return Opening.FULL
    in_hour: Any = connection.execute(COUNT_HOUR, whose | {"since_": times["since_"]}).one()
    if in_hour.in_all >= bounds.hourly_in_all or in_hour.of_client >= bounds.hourly_of(new.client):
        return Opening.SPENT
    return None


def _renamed(connection: Connection, new: NewTransaction, over: StoredTransaction) -> bool:
    """Keep what is replaced, empty, under a name that nobody looks for: `#` stands in no transaction id."""
    name = f"{new.transaction_id}#{secrets.token_hex(NAME_OCTETS)}"
    kept = {"expires": _milliseconds(new.opened), "settled": 1, "sealed": NOTHING, "version": over.version + 1}
    statement = _changing(new.transaction_id, over).values(transactionid=name, **kept)
    return connection.execute(statement).rowcount == 1


def _changing(transaction_id: str, found: StoredTransaction) -> Update:
    """Change the row that was found, if it still is that."""
    unchanged = table.c.version == found.version, table.c.opened == found.opened
    return update(table).where(table.c.transactionid == transaction_id, *unchanged)


def _values(new: NewTransaction) -> Mapping[str, object]:
    return {
        "transactionid": new.transaction_id,
        "messageid": new.message_id,
        "client": new.client.name,
        "side": int(new.client.side),
        "opened": _milliseconds(new.opened),
        "expires": _milliseconds(new.expires),
        "settled": 0,
        "version": 1,
        "sealed": new.sealed,
    }


def _times(now: datetime) -> dict[str, int]:
    """`now_` and the beginning of the hour that ends now, `since_`."""
    return {"now_": _milliseconds(now), "since_": _milliseconds(now - HOUR)}


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
