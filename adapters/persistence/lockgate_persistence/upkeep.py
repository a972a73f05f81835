"""Operations on messages for operators and housekeeping: list them without their content, retry, purge.

Nothing that waits or is in process is ever purged; each DELETE tests again what its SELECT found. There is no index
only for this: messages that are set aside are found by their due time, processed ones by reading all messages in the
order of their keys. In both orders the oldest come first, and reading ends with a piece in which no message is old
enough to have been settled so long ago.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
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
    literal_column,
    null,
    select,
    update,
)

from lockgate.errors import CallerError, PeerError
from lockgate.ports import MessageStore
from lockgate.queue.message import (
    MAX_MESSAGE_ID_LENGTH,
    MAX_REASON_LENGTH,
    SETTLED,
    MessageEvent,
    MessageOutline,
    MessagePage,
    MessageStatus,
    PurgedMessages,
    is_message_id,
    target,
)
from lockgate_persistence.bounded import Columns, row_of, rows_of
from lockgate_persistence.dialects import Dialect, execute_many
from lockgate_persistence.dialects.choices import when
from lockgate_persistence.schema import NEVER
from lockgate_persistence.schema import message as table
from lockgate_persistence.statements import made_once, numbers, status_among
from lockgate_persistence.transactions import Transactions
from lockgate_persistence.wakeups import Channel

_NUMBERS = ("uniqueid", "type", "status", "generation", "createtime", "modifytime", "duetime", "attempts")
PIECE = 1000
"""Rows that one statement reads at most."""
PIECES = 20
"""Statements in one step of a purge that read rows, at most."""
_FIRST = -(2**63)


class UpkeepStatements:
    """The statements for one database; parameters as in `lockgate_persistence.statements.Statements`."""

    def __init__(self, dialect: Dialect) -> None:
        self._columns = Columns(dialect)
        self._now = dialect.now
        self._among = dialect.among

    @made_once
    def outline(self) -> Select[Any]:
        """One message."""
        conditions = table.c.type == bindparam("type_"), table.c.messageid == bindparam("messageid_")
        return select(*self._outlined()).where(*conditions)

    @made_once
    def browse(self, status: MessageStatus) -> Select[Any]:
        """Up to `limit_` messages of a status behind `uniqueid_`."""
        behind = table.c.uniqueid > bindparam("uniqueid_", type_=BigInteger)
        found = select(*self._outlined()).where(*_standing(status), behind)
        return found.order_by(table.c.uniqueid).limit(bindparam("limit_"))

    @made_once
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

    @made_once
    def walk(self, status: MessageStatus) -> Select[Any]:
        """Up to `limit_` messages behind `uniqueid_`, among them each one of `status`: whether they are `old`, settled
        so `age_` ago or earlier, and whether they `began` so long ago."""
        old = and_(*self._old(status))
        began = table.c.createtime <= self._before()
        columns = self._columns.number(table.c.uniqueid), _flag(old, "old"), _flag(began, "began")
        behind = table.c.uniqueid > bindparam("uniqueid_", type_=BigInteger)
        # No other rows are left out, so that one statement reads no more rows than that, with any content.
        among = (table.c.duetime == NEVER,) if status is MessageStatus.SET_ASIDE else ()
        return select(*columns).where(behind, *among).order_by(table.c.uniqueid).limit(bindparam("limit_"))

    @made_once
    def purge(self, status: MessageStatus) -> Delete:
        """Delete those of `uniqueids_` that are still as old."""
        return delete(table).where(self._among(table.c.uniqueid, "uniqueids_"), *self._old(status))

    def _outlined(self) -> tuple[ColumnElement[Any], ...]:
        return (
            *(self._columns.number(table.c[name]) for name in _NUMBERS),
            self._columns.text(table.c.messageid, MAX_MESSAGE_ID_LENGTH),
            self._columns.text(table.c.reason, MAX_REASON_LENGTH),
            self._columns.size(table.c.message),
        )

    def _old(self, status: MessageStatus) -> tuple[ColumnElement[bool], ...]:
        return *_standing(status), table.c.modifytime <= self._before()

    def _before(self) -> ColumnElement[int]:
        return self._now - bindparam("age_", type_=BigInteger)


_statements = cache(UpkeepStatements)


class MessageUpkeep(MessageStore):
    """The part of a message store for operators and housekeeping."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions = transactions
        self._upkeep = _statements(dialect)

    def outline(self, message_type: int, message_id: str) -> MessageOutline | None:
        """One message; see `MessageStore.outline`.

        Raises:
            PeerError: the row holds what this product never writes.
        """
        if not is_message_id(message_id):
            return None
        parameters = {"type_": int(message_type), "messageid_": message_id}
        row = self._transactions.read(lambda connection: row_of(connection, self._upkeep.outline(), parameters))
        if row is not None and not _is_sound(row):
            raise PeerError("the message's row holds what this product never writes")
        return None if row is None else _outlined(row)

    def browse(self, status: MessageStatus, limit: int, after: int | None = None) -> MessagePage:
        """A page of messages; see `MessageStore.browse`. Rows that hold what this product never writes are left out."""
        parameters = {"uniqueid_": _FIRST if after is None else after, "limit_": limit + 1}
        rows = self._all(self._upkeep.browse(status), parameters)
        last = rows[limit - 1].uniqueid if len(rows) > limit else None
        return MessagePage(tuple(_outlined(row) for row in rows[:limit] if _is_sound(row)), last)

    def retry(self, messages: Iterable[MessageOutline]) -> int:
        """Let messages wait again; see `MessageStore.retry`."""
        rows = [{"uniqueid_": message.unique_id, "generation_": message.generation} for message in messages]
        rows.sort(key=lambda row: row["uniqueid_"])
        if not rows:
            return 0
        return self._transactions.write(
            lambda connection: execute_many(connection, self._upkeep.retry(), rows), channel=Channel.REQUEST
        )

    def purge(self, status: MessageStatus, age: timedelta, limit: int, after: int | None = None) -> PurgedMessages:
        """Delete settled messages; see `MessageStore.purge`."""
        if status not in SETTLED or age < timedelta():
            raise CallerError("only messages that were settled are purged, and not ahead of time")
        milliseconds = age // timedelta(milliseconds=1)
        old, last = self._find_old(self._upkeep.walk(status), milliseconds, limit, _FIRST if after is None else after)
        if not old:
            return PurgedMessages(0, last)
        chosen = {"uniqueids_": old, "age_": milliseconds}
        count = self._transactions.write(
            lambda connection: connection.execute(self._upkeep.purge(status), chosen).rowcount
        )
        return PurgedMessages(count, last)

    def _find_old(self, walk: Select[Any], milliseconds: int, limit: int, last: int) -> tuple[list[int], int | None]:
        """Up to `limit` old messages behind `last`, and where to go on."""
        found: list[int] = []
        for _ in range(PIECES):
            rows = self._all(walk, {"age_": milliseconds, "uniqueid_": last, "limit_": PIECE})
            found += [row.uniqueid for row in rows if row.old]
            if len(found) > limit:
                return found[:limit], found[limit - 1]
            if len(rows) < PIECE or not any(row.began for row in rows):
                return found, None
            last = rows[-1].uniqueid
        return found, last

    def _all(self, query: Select[Any], parameters: Mapping[str, int]) -> Sequence[Row[Any]]:
        return self._transactions.read(lambda connection: rows_of(connection, query, parameters, parameters["limit_"]))


def _flag(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    # Written out: DB2 wants the type of one of the two, and a parameter has none.
    return when(condition, literal_column("1", Integer), literal_column("0", Integer)).label(name)


def _standing(status: MessageStatus) -> tuple[ColumnElement[bool], ...]:
    """That a row has this status, and the due time that goes with it."""
    due: Mapping[MessageStatus, ColumnElement[bool]] = {
        MessageStatus.PROCESSED: table.c.duetime.is_(None),
        MessageStatus.SET_ASIDE: table.c.duetime == NEVER,
    }
    return table.c.status == int(status), due.get(status, table.c.duetime < NEVER)


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
        due=None if row.duetime == NEVER else row.duetime,
        attempts=row.attempts,
        size=row.size,
        reason=None if row.reason is None else row.reason[:MAX_REASON_LENGTH],
    )
