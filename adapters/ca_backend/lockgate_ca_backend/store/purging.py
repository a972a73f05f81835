"""Deletions of what is no longer needed in the CA's database. Each DELETE tests again the conditions of its
SELECT.

Never deleted: the audit log; approvals that were used; a worker's lease, so that tokens never repeat (there is one row
for each name that a worker ever had).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, delete, exists, or_, select, update

from lockgate.errors import Defect
from lockgate.operations.status import ENDED, OPEN
from lockgate.requests.content import CLOCK_TOLERANCE, LONGEST_LIFETIME
from lockgate_ca_backend.store import protocol_tables, tables
from lockgate_persistence.dialects import dialect_of

_end_entity = tables.end_entity
_journal, _pending = tables.journal, tables.pending_request
_approval, _decision, _operation = tables.approval, tables.approval_decision, tables.operation
_transaction, _answer = protocol_tables.protocol_transaction, protocol_tables.protocol_answer


class Purging:
    """Deletions in one transaction.

    Args:
        now: milliseconds, by the database's clock.
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now
        self._among = dialect_of(connection.engine).among

    def verdicts(self, age: timedelta, limit: int) -> int:
        """Entries of the journal; see `Journal.purge`."""
        old = _journal.c.keepuntil <= self._before(age)
        query = select(_journal.c.sequence).where(old).order_by(_journal.c.keepuntil).limit(limit)
        return self._delete(_journal.c.sequence, self._connection.execute(query).scalars().all(), old)

    def approvals(self, age: timedelta, limit: int) -> int:
        """Requests that wait for approvals, then the approvals; see `Approvals.purge`."""
        expired = _approval.c.expires <= self._before(age)
        waiting = self._waiting(expired, limit)
        awaited = exists().where(_pending.c.approval == _approval.c.id).correlate(_approval)
        useless = expired, _approval.c.succeeded == 0, ~awaited
        query = select(_approval.c.id).where(*useless).order_by(_approval.c.opened).limit(limit)
        ids = self._connection.execute(query).scalars().all()
        self._delete(_decision.c.approval, ids)
        return waiting + self._delete(_approval.c.id, ids, *useless)

    def operations(self, age: timedelta, limit: int) -> int:
        """Requests that waited for operations, then the operations that have ended; see `Operations.purge`."""
        forgotten = self._played_out(age, limit)
        awaited = exists().where(_pending.c.operation == _operation.c.request).correlate(_operation)
        useless = _operation.c.status.in_(ENDED), _operation.c.changed <= self._before(age), ~awaited
        query = select(_operation.c.id).where(*useless).order_by(_operation.c.changed).limit(limit)
        return forgotten + self._delete(_operation.c.id, self._connection.execute(query).scalars().all(), *useless)

    def _played_out(self, age: timedelta, limit: int) -> int:
        """Requests whose operations have ended so long ago that they would be refused as expired if they came again."""
        old = self._before(age + LONGEST_LIFETIME + CLOCK_TOLERANCE)
        counts = or_(_operation.c.status.in_(OPEN), _operation.c.changed > old)
        awaits = exists().where(_operation.c.request == _pending.c.operation, counts).correlate(_pending)
        useless = _pending.c.operation != "", _pending.c.changed <= old, ~awaits
        query = select(_pending.c.nonce).where(*useless).order_by(_pending.c.nonce).limit(limit)
        return self._delete(_pending.c.nonce, self._connection.execute(query).scalars().all(), *useless)

    def passwords(self, limit: int) -> int:
        """One-time passwords that have expired; see `EndEntities.purge_passwords`. Whoever has read the end entity and
        changes it loses, so that none comes back."""
        expired = _end_entity.c.passwordexpires <= self._now
        query = select(_end_entity.c.username).where(expired).order_by(_end_entity.c.passwordexpires).limit(limit)
        found = self._connection.execute(query.with_for_update(skip_locked=True)).scalars().all()
        if not found:
            return 0
        statement = update(_end_entity).where(self._among(_end_entity.c.username, "keys"), expired)
        gone: dict[str, Any] = dict.fromkeys(("passwordhash", "passwordexpires", "sealedpassword"))
        changed = statement.values(**gone, revision=_end_entity.c.revision + 1, modified=self._now)
        return self._connection.execute(changed, {"keys": sorted(found)}).rowcount

    def protocol_transactions(self, limit: int) -> int:
        """Those that have expired, with their answers; see `ProtocolTransactions.purge`. They are locked first: one
        that a message still uses keeps its answers."""
        useless = _transaction.c.expires <= self._now, _transaction.c.due.is_(None)
        query = select(_transaction.c.sequence).where(*useless).order_by(_transaction.c.expires).limit(limit)
        found = self._connection.execute(query.with_for_update(skip_locked=True)).scalars().all()
        self._delete(_answer.c.transactionsequence, found)
        return self._delete(_transaction.c.sequence, found, *useless)

    def _waiting(self, expired: ColumnElement[bool], limit: int) -> int:
        """Also requests that wait for an approval that no longer exists; none that wait for operations."""
        awaits = exists().where(_approval.c.id == _pending.c.approval, ~expired).correlate(_pending)
        useless = ~awaits, _pending.c.operation == ""
        query = select(_pending.c.nonce).where(*useless).order_by(_pending.c.nonce).limit(limit)
        return self._delete(_pending.c.nonce, self._connection.execute(query).scalars().all(), *useless)

    def _delete(self, key: Column[Any], keys: Sequence[Any], *conditions: ColumnElement[bool]) -> int:
        if not keys:
            return 0
        statement = delete(key.table).where(self._among(key, "keys"), *conditions)
        return self._connection.execute(statement, {"keys": sorted(set(keys))}).rowcount

    def _before(self, age: timedelta) -> int:
        if age < timedelta():
            raise Defect("the age of what is purged is not negative")
        return self._now - age // timedelta(milliseconds=1)
