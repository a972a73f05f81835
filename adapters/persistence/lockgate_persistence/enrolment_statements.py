"""The statements on the table `enrolment_transaction`, the same for every database."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Update,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from lockgate.enrolment.protocol import MAX_PROTOCOL_NAME
from lockgate.queue.message import MAX_MESSAGE_ID_LENGTH, MessageStatus
from lockgate_persistence.bounded import Columns
from lockgate_persistence.dialects import Dialect
from lockgate_persistence.dialects.choices import when
from lockgate_persistence.schema import enrolment_transaction as table
from lockgate_persistence.schema import message

MAX_SEALED = 1024 * 1024
"""Octets of a transaction at most; what is longer is not loaded."""
SWEPT = 500
"""Transactions in one sweep; Oracle takes at most 1000 in a list."""
_OPEN = table.c.settled == 0
# Written out: DB2 wants the type of one of the two, and a parameter has none.
_ONE, _NONE = literal_column("1", Integer), literal_column("0", Integer)
_OF_PROTOCOL = table.c.protocol == bindparam("protocol_")
_THIS = _OF_PROTOCOL & (table.c.transactionid == bindparam("id_"))
PURGE = delete(table).where(table.c.expires <= bindparam("now_"), table.c.opened <= bindparam("since_"))


def count(counted: ColumnElement[bool]) -> Select[Any]:
    """How many of a side's transactions, whatever their protocol, are `counted`, in all and of one client."""
    of_client = when(table.c.client == bindparam("client_"), _ONE, _NONE)
    columns = func.count().label("in_all"), func.coalesce(func.sum(of_client), _NONE).label("of_client")
    return select(*columns).where(table.c.side == bindparam("side_"), counted)


COUNT_OPEN = count(_OPEN & (table.c.expires > bindparam("now_")))
COUNT_HOUR = count(table.c.opened > bindparam("since_"))


class EnrolmentStatements:
    """The statements for one database that select columns, or that name several rows."""

    def __init__(self, dialect: Dialect) -> None:
        self._columns = Columns(dialect)
        self._among = dialect.among

    def find(self) -> Select[Any]:
        """The transaction `id_` of `protocol_`."""
        return self.standing().add_columns(self._columns.octets(table.c.sealed, MAX_SEALED))

    def standing(self) -> Select[Any]:
        """The same without what is sealed."""
        return select(self._columns.number(table.c.version), self._columns.number(table.c.opened)).where(_THIS)

    def answered(self) -> Select[Any]:
        """Up to `SWEPT` open transactions, of any protocol, whose message is processed.

        Read without a lock: workers settle those messages, and must not wait for this.
        """
        ids = (
            self._columns.text(column, MAX_MESSAGE_ID_LENGTH) for column in (table.c.transactionid, table.c.messageid)
        )
        its_message = (message.c.type == table.c.messagetype) & (message.c.messageid == table.c.messageid)
        return (
            select(self._columns.text(table.c.protocol, MAX_PROTOCOL_NAME), *ids)
            .join(message, its_message)
            .where(_OPEN, message.c.status == int(MessageStatus.PROCESSED))
            .limit(SWEPT)
        )

    def sweep(self) -> Update:
        """Settle `ids_` of `protocol_`, as far as the messages `messageids_` still stand for them."""
        among = self._among(table.c.transactionid, "ids_"), self._among(table.c.messageid, "messageids_")
        return update(table).where(_OF_PROTOCOL, *among, _OPEN).values(settled=1)
