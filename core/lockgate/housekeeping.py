"""Retention: what nobody needs any more is deleted by age, in small batches, each in a transaction of its own.

What guards against a second effect is never deleted while it guards: a verdict stays in the journal until its request
has expired, and after that freshness refuses the request (docs/threat-model.md, rule 12). The audit log is kept whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from lockgate.audit import AuditEvent, Event
from lockgate.message import MessageStatus
from lockgate.ports import CaTransaction, CertificationAuthority, Fence, MessageStore

BATCH = 200
"""Rows that one transaction deletes at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long things are kept; None for ever.

    Attributes:
        processed, set_aside: messages, since they were settled.
        journal: verdicts, since their requests can no longer be played again.
        approvals: those that came to nothing, and what waits for them, since they expired.
    """

    processed: timedelta | None = timedelta(days=30)
    set_aside: timedelta | None = timedelta(days=90)
    journal: timedelta | None = timedelta(days=30)
    approvals: timedelta | None = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Purged:
    """What a round of housekeeping deleted.

    Attributes:
        counts: rows, by kind.
        more: whether there may be more at once.
    """

    counts: Mapping[str, int]
    more: bool


class Housekeeping:
    """One worker's share of the purging."""

    def __init__(
        self, store: MessageStore, ca: CertificationAuthority, retention: Retention, batch: int = BATCH
    ) -> None:
        self._store = store
        self._ca = ca
        self._retention = retention
        self._batch = batch

    def round(self, fence: Fence) -> Purged:
        """Delete one batch of each kind, so that the messages that come in meanwhile need not wait for more.

        Raises:
            FenceLost: another process holds this worker's lease now.
            Unavailable: a database cannot be reached or used; batches that were committed stay deleted.
        """
        counts = dict(self._purge(fence))
        return Purged(counts, more=any(count >= self._batch for count in counts.values()))

    def _purge(self, fence: Fence) -> Iterator[tuple[str, int]]:
        """The CA's database first: it tells whether the worker is still this one."""
        its = self._retention
        if its.journal is not None:
            with self._ca.transaction(fence) as work:
                verdicts = work.purge_verdicts(its.journal, self._batch)
                _audit(work, fence, "verdicts", verdicts)
            yield "verdicts", verdicts
        if its.approvals is not None:
            with self._ca.transaction(fence) as work:
                approvals = work.purge_approvals(its.approvals, self._batch)
                _audit(work, fence, "approvals", approvals)
            yield "approvals", approvals
        if its.processed is not None:
            yield "processed", self._store.purge(MessageStatus.PROCESSED, its.processed, self._batch)
        if its.set_aside is not None:
            yield "set_aside", self._store.purge(MessageStatus.SET_ASIDE, its.set_aside, self._batch)


def _audit(work: CaTransaction, fence: Fence, kind: str, count: int) -> None:
    if count:
        work.audit(AuditEvent(Event.RECORDS_PURGED, fence.worker, kind, {"count": str(count)}))
