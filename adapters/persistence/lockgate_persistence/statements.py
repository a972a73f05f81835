"""The statements on the table `message`, the same for every database; statuses come from the state machine.

Each UPDATE is a compare-and-set: its WHERE names the statuses from which `lockgate.queue.message.TRANSITIONS` allows
the step, and the values that the row must still have.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    Integer,
    Select,
    Update,
    bindparam,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from lockgate.queue.message import (
    MAX_MESSAGE_ID_LENGTH,
    MAX_REASON_LENGTH,
    SETTLED,
    MessageEvent,
    Processed,
    SetAside,
    Settlement,
    WaitAgain,
    sources,
    target,
)
from lockgate_persistence.bounded import CLAIM_ID_CHARACTERS, DIGEST_OCTETS, Columns
from lockgate_persistence.dialects import Dialect
from lockgate_persistence.dialects.choices import when
from lockgate_persistence.schema import NEVER
from lockgate_persistence.schema import message as table


def numbers(*events: MessageEvent) -> list[int]:
    """The statuses from which one of `events` is possible, as plain numbers for the drivers."""
    return sorted(int(status) for event in events for status in sources(event))


def status_among(statuses: Sequence[int]) -> ColumnElement[bool]:
    """That the row's status is one of `statuses`; spelled with OR, because executemany cannot expand an IN."""
    return or_(*(table.c.status == status for status in statuses))


CLAIMABLE = numbers(MessageEvent.CLAIM, MessageEvent.RECLAIM)
HELD = numbers(MessageEvent.RECLAIM)
SETTLEMENTS: dict[type[Settlement], MessageEvent] = {
    Processed: MessageEvent.WRITE_BACK,
    WaitAgain: MessageEvent.WAIT_AGAIN,
    SetAside: MessageEvent.SET_ASIDE,
}
"""The event of each kind of settlement."""
FIRST_GENERATION = 1
MAX_ATTEMPTS = 2**31 - 1
"""The number at which counting stops: one row with the column's largest number must not make every claim fail."""

made_once = cache
"""Of a method that makes a statement: that takes longer than to send it. A process has one object with such methods for
each kind of database, and makes what it uses."""


class Statements:
    """The statements for one database. Parameters are named as the columns they are compared with or assigned to, with
    a trailing underscore; durations are in milliseconds."""

    def __init__(self, dialect: Dialect) -> None:
        self._columns = Columns(dialect)
        self._number = dialect.number
        self._now = dialect.now
        self._skip_locked = dialect.skip_locked
        self._among = dialect.among

    @made_once
    def find(self) -> Select[Any]:
        """The row that exists already when a message is put."""
        digest = self._columns.octets(table.c.requestdigest, DIGEST_OCTETS)
        columns = map(self._columns.number, (table.c.uniqueid, table.c.generation, table.c.status))
        return select(*columns, digest).where(
            table.c.type == bindparam("type_"), table.c.messageid == bindparam("messageid_")
        )

    @made_once
    def put(self) -> Insert:
        """A first put."""
        return insert(table).values(
            type=bindparam("type_"),
            messageid=bindparam("messageid_"),
            generation=FIRST_GENERATION,
            createtime=self._now,
            **self._put(MessageEvent.PUT),
        )

    @made_once
    def replace(self) -> Update:
        """A put over an existing row."""
        return (
            update(table)
            .where(
                table.c.uniqueid == bindparam("uniqueid_"),
                table.c.generation == bindparam("generation_"),
                status_among(numbers(MessageEvent.REPLACE)),
            )
            .values(
                generation=table.c.generation + 1,
                createtime=self._now,
                claimid=null(),
                reason=null(),
                **self._put(MessageEvent.REPLACE),
            )
        )

    @made_once
    def due(self) -> Select[Any]:
        """Up to `limit_` due rows, longest due first. Rows that another claim has locked are skipped if the database
        supports that."""
        found = (
            select(*map(self._columns.number, (table.c.uniqueid, table.c.status)), self._columns.size(table.c.message))
            .where(*self._claimable())
            .order_by(table.c.duetime, table.c.uniqueid)
            .limit(bindparam("limit_", type_=Integer))
        )
        return found.with_for_update(skip_locked=True) if self._skip_locked else found

    @made_once
    def claim(self) -> Update:
        """Take those of `uniqueids_` that are still due.

        Afterwards generation and attempts are numbers, even if the rows had other values, so that each row can be
        written back.
        """
        return (
            update(table)
            .where(self._among(table.c.uniqueid, "uniqueids_"), *self._claimable())
            .values(
                status=int(target(MessageEvent.CLAIM)),
                claimid=bindparam("claimid_"),
                duetime=self._now + bindparam("lease_"),
                generation=func.coalesce(self._number(table.c.generation), FIRST_GENERATION),
                attempts=func.coalesce(self._number(table.c.attempts), 0),
                modifytime=self._now,
            )
        )

    @made_once
    def begin(self) -> Update:
        """Count an attempt, where row, generation and claim id still match."""
        counted = when(table.c.attempts < MAX_ATTEMPTS, table.c.attempts + 1, table.c.attempts)
        return update(table).where(*self._claim_of(HELD)).values(attempts=counted)

    @made_once
    def expedite(self) -> Update:
        """Let the messages `messageids_` that wait until later be due now, but for those that name a trouble."""
        waiting = table.c.duetime > self._now, status_among(numbers(MessageEvent.EXPEDITE)), table.c.reason.is_(None)
        return update(table).where(self._among(table.c.messageid, "messageids_"), *waiting).values(duetime=self._now)

    @made_once
    def claimed(self, max_size: int) -> Select[Any]:
        """The rows among `uniqueids_` that claim `claimid_` holds; content over `max_size` octets is left out."""
        numbers = table.c.uniqueid, table.c.type, table.c.generation, table.c.attempts
        columns = (
            *map(self._columns.number, numbers),
            self._columns.text(table.c.messageid, MAX_MESSAGE_ID_LENGTH),
            *self._content(max_size),
        )
        return select(*columns).where(
            self._among(table.c.uniqueid, "uniqueids_"),
            table.c.claimid == bindparam("claimid_"),
            status_among(HELD),
        )

    @made_once
    def renew(self) -> Update:
        """Let the leases of `claimids_` on `uniqueids_` run on; a claim id is random, so one row has at most one."""
        return (
            update(table)
            .where(
                self._among(table.c.uniqueid, "uniqueids_"),
                self._among(table.c.claimid, "claimids_"),
                status_among(HELD),
            )
            .values(duetime=self._now + bindparam("lease_"))
        )

    @made_once
    def standing(self) -> Select[Any]:
        """The claims that hold `uniqueids_` now; no other transaction changes that before this one ends."""
        columns = map(self._columns.number, (table.c.uniqueid, table.c.generation, table.c.status))
        return (
            select(*columns, self._columns.text(table.c.claimid, CLAIM_ID_CHARACTERS))
            .where(self._among(table.c.uniqueid, "uniqueids_"))
            .order_by(table.c.uniqueid)
            .with_for_update()
        )

    @made_once
    def settle(self, event: MessageEvent) -> Update:
        """One of `SETTLEMENTS`, where row, generation and claim id still match."""
        return (
            update(table)
            .where(*self._claim_of(numbers(event)))
            .values(status=int(target(event)), modifytime=self._now, **self._outcome(event))
        )

    @made_once
    def fetch(self, max_size: int) -> Select[Any]:
        """A message as its client sees it, without content over `max_size` octets."""
        numbers = table.c.status, table.c.generation, table.c.createtime, table.c.modifytime
        reason = self._columns.text(table.c.reason, MAX_REASON_LENGTH)
        return select(*map(self._columns.number, numbers), reason, *self._content(max_size)).where(
            table.c.type == bindparam("type_"), table.c.messageid == bindparam("messageid_")
        )

    @made_once
    def settled(self) -> Select[Any]:
        """Which of the messages `messageids_` of a type are settled."""
        return select(self._columns.text(table.c.messageid, MAX_MESSAGE_ID_LENGTH)).where(
            table.c.type == bindparam("type_"),
            self._among(table.c.messageid, "messageids_"),
            status_among(sorted(map(int, SETTLED))),
        )

    def _content(self, max_size: int) -> tuple[ColumnElement[Any], ...]:
        return self._columns.size(table.c.message), self._columns.octets(table.c.message, max_size)

    def _claimable(self) -> tuple[ColumnElement[bool], ...]:
        return table.c.duetime <= self._now, status_among(CLAIMABLE)

    def _claim_of(self, statuses: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
        return (
            table.c.uniqueid == bindparam("uniqueid_"),
            table.c.generation == bindparam("generation_"),
            table.c.claimid == bindparam("claimid_"),
            status_among(statuses),
        )

    def _put(self, event: MessageEvent) -> dict[str, Any]:
        return {
            "status": int(target(event)),
            "modifytime": self._now,
            "duetime": self._now,
            "attempts": 0,
            "requestdigest": bindparam("requestdigest_"),
            "message": bindparam("message_"),
        }

    def _outcome(self, event: MessageEvent) -> dict[str, Any]:
        match event:
            case MessageEvent.WRITE_BACK:
                answer = bindparam("message_", type_=table.c.message.type)
                return {"duetime": null(), "message": answer, "reason": null()}
            case MessageEvent.WAIT_AGAIN:
                return {
                    "duetime": self._now + bindparam("delay_", type_=BigInteger),
                    "attempts": bindparam("attempts_", type_=table.c.attempts.type),
                    "reason": bindparam("reason_", type_=table.c.reason.type),
                }
            case _:
                return {"duetime": NEVER, "reason": bindparam("reason_", type_=table.c.reason.type)}
