"""Messages counted by their status, for those who watch a message database.

Answered messages are not counted: no index leads to them, and there may be millions. Whatever the table's owner has
written into a row, each number is one of 64 bits, and each time at most `LONGEST`.
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Engine, Integer, Row, Select, func, literal_column, select

from lockgate.errors import PeerError
from lockgate.queue.message import MessageStatus
from lockgate.queue.tally import MessageTally
from lockgate_persistence.bounded import rows_of
from lockgate_persistence.dialects import Dialect, dialect_of
from lockgate_persistence.dialects.choices import when
from lockgate_persistence.schema import message as table
from lockgate_persistence.statements import CLAIMABLE, status_among
from lockgate_persistence.transactions import Transactions

LONGEST = timedelta(days=36_500)
_COUNTED = (MessageStatus.WAITING, MessageStatus.IN_PROCESS, MessageStatus.SET_ASIDE)
_MILLISECOND = timedelta(milliseconds=1)


def tally(engine: Engine) -> MessageTally:
    """What is not answered yet in the message database behind `engine`.

    Raises:
        Unavailable: it cannot be reached.
        PeerError: the server answers with something else than numbers.
    """
    query = _query(dialect_of(engine))
    rows = Transactions(engine).read(lambda connection: rows_of(connection, query, {}, len(_COUNTED)))
    return _tally({status: row for row in rows if (status := _number(row.status)) is not None})


@cache
def _query(dialect: Dialect) -> Select[Any]:
    """A row for each status that has messages. The clock is an aggregate: DB2 wants nothing else beside one."""
    is_due = when(table.c.duetime <= dialect.now, literal_column("1", Integer), literal_column("0", Integer))
    return (
        select(
            table.c.status,
            func.count().label("messages"),
            func.sum(is_due).label("due"),
            func.min(dialect.number(table.c.createtime)).label("created"),
            func.min(dialect.number(table.c.duetime)).label("earliest"),
            func.max(dialect.now).label("now"),
        )
        .where(table.c.duetime.is_not(None), status_among(sorted(map(int, _COUNTED))))
        .group_by(table.c.status)
    )


def _tally(rows: Mapping[int, Row[Any]]) -> MessageTally:
    waiting = rows.get(MessageStatus.WAITING)
    due = [rows[status] for status in CLAIMABLE if status in rows and _count(rows[status].due)]
    return MessageTally(
        waiting=_messages(rows, MessageStatus.WAITING),
        due=sum(_count(row.due) for row in due),
        in_process=_messages(rows, MessageStatus.IN_PROCESS),
        set_aside=_messages(rows, MessageStatus.SET_ASIDE),
        oldest=timedelta() if waiting is None else _since(waiting.now, waiting.created),
        overdue=max((_since(row.now, row.earliest) for row in due), default=timedelta()),
    )


def _messages(rows: Mapping[int, Row[Any]], status: MessageStatus) -> int:
    return _count(rows[status].messages) if status in rows else 0


def _count(value: object) -> int:
    number = _number(value)
    if number is None or not 0 <= number < 2**63:
        raise PeerError("the message database counts its messages in something else than numbers")
    return number


def _since(now: object, then: object) -> timedelta:
    """How long ago that was; nothing where the row holds no time."""
    end, start = _number(now), _number(then)
    passed = 0 if end is None or start is None else end - start
    return min(max(passed, 0), LONGEST // _MILLISECOND) * _MILLISECOND


def _number(value: object) -> int | None:
    """An integer: some drivers hand sums out as decimal numbers."""
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and abs(value) < 2**63 else None
    return value if isinstance(value, int) else None
