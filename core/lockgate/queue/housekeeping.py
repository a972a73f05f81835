"""Retention: rows that are no longer needed are deleted by age, in small batches, each in a transaction of its own; and
services act for what is due.

A row that prevents a second effect is never deleted while it is needed: a verdict stays in the journal until its
request has expired, and after that the request is refused as not fresh (docs/threat-model.md, rule 12). The audit log
is kept whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from lockgate.audit import AuditEvent, Event
from lockgate.errors import Conflict
from lockgate.ports import Fence, MessageStore, Registry, RegistryTransaction
from lockgate.queue.due import DUE_BATCH, DueService
from lockgate.queue.message import MessageStatus

BATCH = 200
"""Rows that one transaction deletes at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long rows are kept; None for ever.

    Attributes:
        processed, set_aside: messages, since they were settled.
        journal: verdicts, since their requests can no longer be played again.
        approvals: those that expired unused, and requests that wait for them, since they expired.
    """

    processed: timedelta | None = timedelta(days=30)
    set_aside: timedelta | None = timedelta(days=90)
    journal: timedelta | None = timedelta(days=30)
    approvals: timedelta | None = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Purged:
    """The rows that a round of housekeeping deleted.

    Attributes:
        counts: rows, by kind.
        more: whether there may be more at once.
    """

    counts: Mapping[str, int]
    more: bool


class Housekeeping:
    """One worker's share of the purging and of the due actions.

    Args:
        batch: rows of one kind that a round deletes at most.
        services: those that may have something due.
    """

    def __init__(
        self,
        store: MessageStore,
        ca: Registry,
        retention: Retention,
        batch: int = BATCH,
        services: Sequence[DueService] = (),
    ) -> None:
        self._store = store
        self._ca = ca
        self._retention = retention
        self._batch = batch
        self._services = services
        ages = {MessageStatus.PROCESSED: retention.processed, MessageStatus.SET_ASIDE: retention.set_aside}
        self._ages = {status: age for status, age in ages.items() if age is not None}
        self._left: dict[MessageStatus, int | None] | None = None

    def round(self, fence: Fence) -> Purged:
        """Delete one batch of each kind and act for what is due, so that the messages that come in meanwhile need not
        wait for more.

        While there is more, each round continues where the last one ended: no message is looked at twice.

        Raises:
            FenceLost: another process holds this worker's lease now.
            Unavailable: a database cannot be reached or used; batches that were committed stay deleted.
        """
        records = dict(self._purge_records(fence))
        messages = dict(self._purge_messages())
        more = bool(self._left) or any(count >= self._batch for count in records.values())
        if not more:
            self._left = None
        acted = self.due_actions(fence)
        return Purged(records | messages, more or acted.more)

    def due_actions(self, fence: Fence) -> Purged:
        """Let each service act for one batch of what is due; deletes nothing. It may be called far more often than
        `round`: without services it asks no database.

        Raises:
            FenceLost: another process holds this worker's lease now.
            Unavailable: the database cannot be reached or used; what services before did stays done.
        """
        acted = [self._act(service, fence) for service in self._services]
        return Purged({}, any(count >= DUE_BATCH for count in acted))

    def _act(self, service: DueService, fence: Fence) -> int:
        """For how many it has acted. After a conflict it is called once more."""
        try:
            return self._act_once(service, fence)
        except Conflict:
            return self._act_once(service, fence)

    def _act_once(self, service: DueService, fence: Fence) -> int:
        with self._ca.transaction(fence) as work:
            return service.act(work, DUE_BATCH)

    def _purge_records(self, fence: Fence) -> Iterator[tuple[str, int]]:
        """The CA's database first: it shows whether this process still holds the worker's lease."""
        retention = self._retention
        if retention.journal is not None:
            with self._ca.transaction(fence) as work:
                verdicts = work.journal.purge(retention.journal, self._batch)
                _audit(work, fence, "verdicts", verdicts)
                operations = work.operations.purge(retention.journal, self._batch)
                _audit(work, fence, "operations", operations)
            yield "verdicts", verdicts
            yield "operations", operations
        if retention.approvals is not None:
            with self._ca.transaction(fence) as work:
                approvals = work.approvals.purge(retention.approvals, self._batch)
                _audit(work, fence, "approvals", approvals)
            yield "approvals", approvals
        with self._ca.transaction(fence) as work:
            transactions = work.protocol_transactions.purge(self._batch)
            _audit(work, fence, "protocol transactions", transactions)
            passwords = work.end_entities.purge_passwords(self._batch)
            _audit(work, fence, "one-time passwords", passwords)
        yield "protocol_transactions", transactions
        yield "one_time_passwords", passwords

    def _purge_messages(self) -> Iterator[tuple[str, int]]:
        if self._left is None:
            self._left = dict.fromkeys(self._ages)
        for status, last in list(self._left.items()):
            done = self._store.purge(status, self._ages[status], self._batch, last)
            if done.last is None:
                del self._left[status]
            else:
                self._left[status] = done.last
            yield status.name.lower(), done.count


def _audit(work: RegistryTransaction, fence: Fence, kind: str, count: int) -> None:
    if count:
        work.audit(AuditEvent(Event.RECORDS_PURGED, fence.worker, kind, {"count": str(count)}))
