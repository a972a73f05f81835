"""The `ScepTransactions` port on the table `scep_transaction` of the message database.

A row is never opened twice: what a new transaction replaces is renamed first, and stays to be counted in its hour.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Select,
    Update,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
    update,
)
from sqlalchemy.types import NullType

from lockgate.errors import PeerError
from lockgate.message import MessageStatus, MessageType, is_message_id
from lockgate.ports import Bounds, NewTransaction, Opening, ScepTransactions, StoredTransaction
from lockgate.ports.scep import HOUR
from lockgate_persistence.dialects import Dialect, dialect_of
from lockgate_persistence.schema import message
from lockgate_persistence.schema import scep_transaction as table
from lockgate_persistence.transactions import Transactions

MAX_SEALED = 1024 * 1024
"""Octets of a transaction at most; what is longer is not loaded."""
MAX_VERSION = 2**31 - 1
"""What the column holds; no transaction of ours comes near it."""
SWEPT = 500
"""Transactions in one sweep; Oracle takes at most 1000 in a list."""
NOTHING = b"\x00"
"""What is sealed in a row that is only counted; an empty text would be null to Oracle."""
NAME_OCTETS = 8
_OPEN = table.c.settled == 0
# Written out: DB2 wants the type of one of the two, and a parameter has none.
_ONE, _NONE = literal_column("1", Integer), literal_column("0", Integer)
_SEALED = case((func.length(table.c.sealed) <= MAX_SEALED, type_coerce(table.c.sealed, NullType())))
_THIS = table.c.transactionid == bindparam("id_")
_FIND = select(table.c.version, table.c.opened, _SEALED.label("sealed")).where(_THIS)
_STANDING = select(table.c.version, table.c.opened).where(_THIS)
_PURGE = delete(table).where(table.c.expires <= bindparam("now_"), table.c.opened <= bindparam("since_"))


def count(counted: ColumnElement[bool]) -> Select[Any]:
    """How many of a side's transactions are `counted`, in all and of one client."""
    of_client = case((table.c.client == bindparam("client_"), _ONE), else_=_NONE)
    columns = func.count().label("in_all"), func.coalesce(func.sum(of_client), _NONE).label("of_client")
    return select(*columns).where(table.c.side == bindparam("side_"), counted)


COUNT_OPEN = count(_OPEN & (table.c.expires > bindparam("now_")))
COUNT_HOUR = count(table.c.opened > bindparam("since_"))
ANSWERED = (
    select(table.c.transactionid, table.c.messageid)
    .join(message, message.c.messageid == table.c.messageid)
    .where(_OPEN, message.c.type == int(MessageType.SCEP), message.c.status == int(MessageStatus.PROCESSED))
    .limit(SWEPT)
)
"""Read without a lock: workers settle those messages, and must not wait for this."""


def sweeping(dialect: Dialect) -> Update:
    """Settle `ids_`, as far as the messages `messageids_` still stand for them."""
    among = dialect.among(table.c.transactionid, "ids_"), dialect.among(table.c.messageid, "messageids_")
    return update(table).where(*among, _OPEN).values(settled=1)


class SqlScepTransactions(ScepTransactions):
    """Transactions in the table `scep_transaction`; its schema must be current."""

    def __init__(self, engine: Engine) -> None:
        self._transactions = Transactions(engine)
        self._sweep = sweeping(dialect_of(engine))

    def find(self, transaction_id: str) -> StoredTransaction | None:
        """See `ScepTransactions.find`."""
        if not is_message_id(transaction_id):
            return None
        row = self._transactions.read(
            lambda connection: connection.execute(_FIND, {"id_": transaction_id}).one_or_none()
        )
        if row is None:
            return None
        if not _is_sound(row):
            raise PeerError("the SCEP transaction's row holds what this product never writes")
        return StoredTransaction(row.version, row.opened, row.sealed)

    def open(self, new: NewTransaction, bounds: Bounds, over: StoredTransaction | None = None) -> Opening:
        """See `ScepTransactions.open`."""
        return self._transactions.write(lambda connection: _open(connection, new, bounds, over))

    def settle(self, transaction_id: str, found: StoredTransaction, sealed: bytes) -> bool:
        """See `ScepTransactions.settle`."""
        statement = _changing(transaction_id, found).values(sealed=sealed, version=found.version + 1, settled=1)
        return self._transactions.write(lambda connection: connection.execute(statement).rowcount) == 1

    def sweep(self) -> None:
        """See `ScepTransactions.sweep`; at most `SWEPT` at a time."""
        rows = self._transactions.read(lambda connection: connection.execute(ANSWERED).all())
        answered = [its for its in rows if isinstance(its.transactionid, str) and isinstance(its.messageid, str)]
        if answered:
            swept = {
                "ids_": sorted(its.transactionid for its in answered),
                "messageids_": sorted({its.messageid for its in answered}),
            }
            self._transactions.write(lambda connection: connection.execute(self._sweep, swept))

    def purge(self, now: datetime) -> None:
        """See `ScepTransactions.purge`."""
        self._transactions.write(lambda connection: connection.execute(_PURGE, _times(now)))


def _is_sound(row: Any) -> bool:
    numbers = isinstance(row.version, int) and isinstance(row.opened, int)
    return numbers and row.version < MAX_VERSION and isinstance(row.sealed, bytes)


def _open(connection: Connection, new: NewTransaction, bounds: Bounds, over: StoredTransaction | None) -> Opening:
    """One try; if another one takes the id meanwhile, the transaction is run again and finds it taken."""
    standing = connection.execute(_STANDING, {"id_": new.transaction_id}).one_or_none()
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
