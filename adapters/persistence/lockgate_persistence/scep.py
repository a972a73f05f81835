"""The `ScepTransactions` port on the table `scep_transaction` of the message database."""

from datetime import datetime

from sqlalchemy import (
    Connection,
    Engine,
    Integer,
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
from lockgate.message import is_message_id
from lockgate.ports import Bounds, Opening, ScepTransactions, StoredTransaction
from lockgate_persistence.schema import scep_transaction as table
from lockgate_persistence.transactions import Transactions

MAX_SEALED = 1024 * 1024
"""Octets of a transaction at most; what is longer is not loaded."""
_OPEN = table.c.settled == 0
# Written out: DB2 wants the type of one of the two, and a parameter has none.
_ONE, _NONE = literal_column("1", Integer), literal_column("0", Integer)
_COUNT = select(
    func.count(),
    func.coalesce(func.sum(case((table.c.client == bindparam("client_"), _ONE), else_=_NONE)), _NONE),
).where(_OPEN, table.c.expires > bindparam("now_"))
_SEALED = case((func.length(table.c.sealed) <= MAX_SEALED, type_coerce(table.c.sealed, NullType())))
_FIND = select(table.c.version, _SEALED.label("sealed")).where(table.c.transactionid == bindparam("id_"))
_PURGE = delete(table).where(table.c.expires <= bindparam("now_"))


class SqlScepTransactions(ScepTransactions):
    """Transactions in the table `scep_transaction`; its schema must be current."""

    def __init__(self, engine: Engine) -> None:
        self._transactions = Transactions(engine)

    def find(self, transaction_id: str) -> StoredTransaction | None:
        """See `ScepTransactions.find`."""
        if not is_message_id(transaction_id):
            return None
        row = self._transactions.read(
            lambda connection: connection.execute(_FIND, {"id_": transaction_id}).one_or_none()
        )
        if row is None:
            return None
        if not (isinstance(row.version, int) and isinstance(row.sealed, bytes)):
            raise PeerError("the SCEP transaction's row holds what this product never writes")
        return StoredTransaction(row.version, row.sealed)

    def open(
        self, transaction_id: str, client: str, sealed: bytes, now: datetime, expires: datetime, bounds: Bounds
    ) -> Opening:
        """See `ScepTransactions.open`."""
        values = {
            "transactionid": transaction_id,
            "client": client,
            "expires": _milliseconds(expires),
            "settled": 0,
            "version": 1,
            "sealed": sealed,
        }
        return self._transactions.write(lambda connection: _insert(connection, values, _milliseconds(now), bounds))

    def change(
        self, transaction_id: str, version: int, sealed: bytes, *, settled: bool, expires: datetime | None = None
    ) -> bool:
        """See `ScepTransactions.change`."""
        values: dict[str, object] = {"sealed": sealed, "version": version + 1, "settled": int(settled)}
        if expires is not None:
            values["expires"] = _milliseconds(expires)
        statement = (
            update(table).where(table.c.transactionid == transaction_id, table.c.version == version).values(**values)
        )
        return self._transactions.write(lambda connection: connection.execute(statement).rowcount) == 1

    def purge(self, now: datetime) -> None:
        """See `ScepTransactions.purge`."""
        self._transactions.write(lambda connection: connection.execute(_PURGE, {"now_": _milliseconds(now)}))


def _insert(connection: Connection, values: dict[str, object], now: int, bounds: Bounds) -> Opening:
    """One try; if another one takes the id meanwhile, the transaction is run again and finds it taken."""
    if connection.execute(_FIND, {"id_": values["transactionid"]}).one_or_none() is not None:
        return Opening.TAKEN
    in_all, of_client = connection.execute(_COUNT, {"client_": values["client"], "now_": now}).one()
    if in_all >= bounds.in_all or of_client >= bounds.per_client:
        return Opening.FULL
    connection.execute(insert(table), values)
    return Opening.OPENED


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
