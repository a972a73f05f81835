"""The `EnrolmentTransactions` port on the table `enrolment_transaction` of the message database.

A row is never opened twice: what a new transaction replaces is renamed first, and stays to be counted in its hour.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Row, Update, insert, update

from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.errors import PeerError
from lockgate.ports import Bounds, EnrolmentTransactions, NewTransaction, Opening, StoredTransaction
from lockgate.ports.enrolments import HOUR
from lockgate.queue.message import is_message_id
from lockgate_persistence.bounded import row_of, rows_of
from lockgate_persistence.dialects import dialect_of
from lockgate_persistence.enrolment_statements import COUNT_HOUR, COUNT_OPEN, PURGE, SWEPT, EnrolmentStatements
from lockgate_persistence.schema import enrolment_transaction as table
from lockgate_persistence.transactions import Transactions

MAX_VERSION = 2**31 - 1
"""What the column holds; no transaction of ours comes near it."""
NOTHING = b"\x00"
"""What is sealed in a row that is only counted; an empty text would be null to Oracle."""
NAME_OCTETS = 8


class SqlEnrolmentTransactions(EnrolmentTransactions):
    """Transactions in the table `enrolment_transaction`; its schema must be current.

    Args:
        protocol: whose transactions.
    """

    def __init__(self, engine: Engine, protocol: EnrolmentProtocol) -> None:
        self._protocol = protocol
        self._transactions = Transactions(engine)
        statements = EnrolmentStatements(dialect_of(engine))
        self._find, self._standing = statements.find(), statements.standing()
        self._answered, self._sweep = statements.answered(), statements.sweep()

    def find(self, transaction_id: str) -> StoredTransaction | None:
        """See `EnrolmentTransactions.find`."""
        if not is_message_id(transaction_id):
            return None
        named = self._named(transaction_id)
        row = self._transactions.read(lambda connection: row_of(connection, self._find, named))
        if row is None:
            return None
        if not _is_sound(row):
            raise PeerError(
                f"the row of a transaction of {self._protocol.name.upper()} holds what this product never writes"
            )
        return StoredTransaction(row.version, row.opened, row.sealed)

    def open(self, new: NewTransaction, bounds: Bounds, over: StoredTransaction | None = None) -> Opening:
        """See `EnrolmentTransactions.open`."""

        def open_once(connection: Connection) -> Opening:
            standing = row_of(connection, self._standing, self._named(new.transaction_id))
            return self._open(connection, standing, new, bounds, over)

        return self._transactions.write(open_once)

    def settle(self, transaction_id: str, found: StoredTransaction, sealed: bytes) -> bool:
        """See `EnrolmentTransactions.settle`."""
        statement = self._changing(transaction_id, found).values(sealed=sealed, version=found.version + 1, settled=1)
        return self._transactions.write(lambda connection: connection.execute(statement).rowcount) == 1

    def sweep(self) -> None:
        """See `EnrolmentTransactions.sweep`; at most `SWEPT` at a time."""
        rows = self._transactions.read(lambda connection: rows_of(connection, self._answered, {}, SWEPT))
        sound = (row for row in rows if all(isinstance(value, str) for value in row))
        for protocol, answered in groupby(sorted(map(tuple, sound)), itemgetter(0)):
            _, ids, message_ids = zip(*answered, strict=True)
            swept = {"protocol_": protocol, "ids_": list(ids), "messageids_": sorted(set(message_ids))}
            self._transactions.write(partial(_executed, self._sweep, swept))

    def purge(self, now: datetime) -> None:
        """See `EnrolmentTransactions.purge`."""
        self._transactions.write(lambda connection: connection.execute(PURGE, _times(now)))

    def _named(self, transaction_id: str) -> dict[str, str]:
        return {"protocol_": self._protocol.name, "id_": transaction_id}

    def _open(
        self,
        connection: Connection,
        standing: Row[Any] | None,
        new: NewTransaction,
        bounds: Bounds,
        over: StoredTransaction | None,
    ) -> Opening:
        """One try; if another one takes the id meanwhile, the transaction is run again and finds it taken."""
        if standing is not None and not _is_same(standing, over):
            return Opening.TAKEN
        exceeded = _exceeded(connection, new, bounds)
        if exceeded is not None:
            return exceeded
        if standing is not None and over is not None and not self._renamed(connection, new, over):
            return Opening.TAKEN
        connection.execute(insert(table), self._values(new))
        return Opening.OPENED

    def _renamed(self, connection: Connection, new: NewTransaction, over: StoredTransaction) -> bool:
        """Keep what is replaced, empty, under a name that nobody looks for: `#` stands in no transaction id."""
        name = f"{new.transaction_id}#{secrets.token_hex(NAME_OCTETS)}"
        kept = {"expires": _milliseconds(new.opened), "settled": 1, "sealed": NOTHING, "version": over.version + 1}
        statement = self._changing(new.transaction_id, over).values(transactionid=name, **kept)
        return connection.execute(statement).rowcount == 1

    def _changing(self, transaction_id: str, found: StoredTransaction) -> Update:
        """Change the row that was found, if it still is that."""
        unchanged = table.c.version == found.version, table.c.opened == found.opened
        this = table.c.protocol == self._protocol.name, table.c.transactionid == transaction_id
        return update(table).where(*this, *unchanged)

    def _values(self, new: NewTransaction) -> Mapping[str, object]:
        return {
            "protocol": self._protocol.name,
            "messagetype": self._protocol.message_type,
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


def _is_same(standing: Row[Any], over: StoredTransaction | None) -> bool:
    return over is not None and (standing.version, standing.opened) == (over.version, over.opened)


def _is_sound(row: Any) -> bool:
    numbers = isinstance(row.version, int) and isinstance(row.opened, int)
    return numbers and row.version < MAX_VERSION and isinstance(row.sealed, bytes)


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


def _executed(statement: Executable, values: Mapping[str, object], connection: Connection) -> object:
    return connection.execute(statement, values)


def _times(now: datetime) -> dict[str, int]:
    """`now_` and the beginning of the hour that ends now, `since_`."""
    return {"now_": _milliseconds(now), "since_": _milliseconds(now - HOUR)}


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
