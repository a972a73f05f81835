"""What operators and housekeeping do with messages: look at them without their content, retry, purge.

Nothing that waits or is in process is ever purged. Lists and deletions are bounded: settled rows are found by
`message_settled`, and each DELETE tests again what its SELECT found.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Integer,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    null,
    or_,
    select,
    update,
)

from lockgate.errors import CallerError, PeerError
from lockgate.message import (
    MAX_REASON_LENGTH,
    SETTLED,
    MessageEvent,
    MessageOutline,
    MessagePage,
    MessageStatus,
    Position,
    is_message_id,
    target,
)
from lockgate.ports import MessageStore
from lockgate_persistence.dialects import Dialect, execute_many
from lockgate_persistence.schema import message as table
from lockgate_persistence.statements import SIZE, numbers, status_among
from lockgate_persistence.transactions import Transactions

_COLUMNS = (
    table.c.uniqueid,
    table.c.messageid,
    table.c.type,
    table.c.status,
    table.c.generation,
    table.c.createtime,
    table.c.modifytime,
    table.c.duetime,
    table.c.attempts,
    table.c.reason,
    SIZE.label("size"),
)
_ORDER = table.c.modifytime, table.c.uniqueid


class UpkeepStatements:
    """The statements for one database; parameters as in `lockgate_persistence.statements.Statements`."""

    def __init__(self, dialect: Dialect) -> None:
        self._now = dialect.now
        self._among = dialect.among

    def outline(self) -> Select[Any]:
        """One message."""
        its = table.c.type == bindparam("type_"), table.c.messageid == bindparam("messageid_")
        return select(*_COLUMNS).where(*its)

    def browse(self, status: MessageStatus, *, further: bool) -> Select[Any]:
        """Up to `limit_` messages of a status; `further`: behind the one with `modifytime_` and `uniqueid_`."""
        query = select(*_COLUMNS).where(*_standing(status)).order_by(*_ORDER).limit(bindparam("limit_"))
        if not further:
            return query
        changed, unique_id = bindparam("modifytime_", type_=BigInteger), bindparam("uniqueid_", type_=BigInteger)
        behind = or_(table.c.modifytime > changed, and_(table.c.modifytime == changed, table.c.uniqueid > unique_id))
        return query.where(table.c.modifytime >= changed, behind)

    def retry(self) -> Update:
        """Let one message wait again, if it is still set aside and of that generation."""
        return (
            update(table)
            .where(
                table.c.uniqueid == bindparam("uniqueid_", type_=BigInteger),
                table.c.generation == bindparam("generation_", type_=Integer),
                status_among(numbers(MessageEvent.RETRY)),
            )
            .values(
                status=int(target(MessageEvent.RETRY)),
                duetime=self._now,
                modifytime=self._now,
                attempts=0,
                claimid=null(),
                reason=null(),
            )
        )

    def old(self, status: MessageStatus) -> Select[Any]:
        """Up to `limit_` messages that were settled so `age_` ago or earlier."""
        return select(table.c.uniqueid).where(*self._old(status)).order_by(*_ORDER).limit(bindparam("limit_"))

    def purge(self, status: MessageStatus) -> Delete:
        """Delete those of `uniqueids_` that are still so."""
        return delete(table).where(self._among(table.c.uniqueid, "uniqueids_"), *self._old(status))

    def _old(self, status: MessageStatus) -> tuple[ColumnElement[bool], ...]:
        return *_standing(status), table.c.modifytime <= self._now - bindparam("age_", type_=BigInteger)


class MessageUpkeep(MessageStore):
    """The part of a message store that clients and claims do not need."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions = transactions
        statements = UpkeepStatements(dialect)
        self._outline, self._retry = statements.outline(), statements.retry()
        self._first = {its: statements.browse(its, further=False) for its in MessageStatus}
        self._further = {its: statements.browse(its, further=True) for its in MessageStatus}
        self._old = {its: statements.old(its) for its in SETTLED}
        self._purge = {its: statements.purge(its) for its in SETTLED}

    def outline(self, message_type: int, message_id: str) -> MessageOutline | None:
        """One message; see `MessageStore.outline`.

        Raises:
            PeerError: the row holds what this product never writes.
        """
        if not is_message_id(message_id):
            return None
        parameters = {"type_": int(message_type), "messageid_": message_id}
        row = self._transactions.read(lambda connection: connection.execute(self._outline, parameters).one_or_none())
        if row is not None and not _is_sound(row):
            raise PeerError("the message's row holds what this product never writes")
        return None if row is None else _outlined(row)

    def browse(self, status: MessageStatus, limit: int, after: Position | None = None) -> MessagePage:
        """A page of messages; see `MessageStore.browse`. Rows that hold what this product never writes are left out."""
        query = self._first[status] if after is None else self._further[status]
        place = {} if after is None else {"modifytime_": after[0], "uniqueid_": after[1]}
        parameters = place | {"limit_": limit + 1}
        rows = self._transactions.read(lambda connection: connection.execute(query, parameters).all())
        shown = rows[:limit]
        last = (shown[-1].modifytime, shown[-1].uniqueid) if len(rows) > limit else None
        return MessagePage(tuple(_outlined(row) for row in shown if _is_sound(row)), last)

    def retry(self, messages: Iterable[MessageOutline]) -> int:
        """Let messages wait again; see `MessageStore.retry`."""
        rows = [{"uniqueid_": its.unique_id, "generation_": its.generation} for its in messages]
        rows.sort(key=lambda row: row["uniqueid_"])
        if not rows:
            return 0
        return self._transactions.write(lambda connection: execute_many(connection, self._retry, rows))

    def purge(self, status: MessageStatus, age: timedelta, limit: int) -> int:
        """Delete settled messages; see `MessageStore.purge`."""
        if status not in SETTLED or age < timedelta():
            raise CallerError("only messages that were settled are purged, and not ahead of time")
        parameters = {"age_": age // timedelta(milliseconds=1), "limit_": limit}
        query = self._old[status]
        old = self._transactions.read(lambda connection: connection.execute(query, parameters).scalars().all())
        if not old:
            return 0
        chosen = {"uniqueids_": sorted(old), "age_": parameters["age_"]}
        return self._transactions.write(lambda connection: connection.execute(self._purge[status], chosen).rowcount)


def _standing(status: MessageStatus) -> tuple[ColumnElement[bool], ...]:
    """That a row has this status; settled ones are named as their index knows them."""
    has = table.c.status == int(status)
    return (has, table.c.duetime.is_(None)) if status in SETTLED else (has,)


def _is_sound(row: Row[Any]) -> bool:
    numbers_ = (row.uniqueid, row.type, row.generation, row.createtime, row.modifytime, row.attempts, row.size)
    return (
        all(isinstance(number, int) for number in numbers_)
        and row.status in set(MessageStatus)
        and isinstance(row.duetime, int | None)
        and isinstance(row.messageid, str)
        and is_message_id(row.messageid)
        and isinstance(row.reason, str | None)
    )


def _outlined(row: Row[Any]) -> MessageOutline:
    return MessageOutline(
        unique_id=row.uniqueid,
        message_id=row.messageid,
        type=row.type,
        status=MessageStatus(row.status),
        generation=row.generation,
        created=row.createtime,
        modified=row.modifytime,
        due=row.duetime,
        attempts=row.attempts,
        size=row.size,
        reason=None if row.reason is None else row.reason[:MAX_REASON_LENGTH],
    )
