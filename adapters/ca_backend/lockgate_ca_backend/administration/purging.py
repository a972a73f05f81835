"""The worker's housekeeping in the CA's database, as a command: the same deletions, without a fence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from lockgate.audit import Event
from lockgate_ca_backend.administration.work import AdministrativeWork
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork

BATCH = 200
_Purge = Callable[[UnitOfWork, timedelta, int], int]


@dataclass(frozen=True, slots=True)
class PurgedRecords:
    """How many were deleted.

    Attributes:
        verdicts: entries of the journal.
        operations: those at remote issuers that have ended and that no request waits for, and requests that waited.
        approvals: approvals that led to nothing, and requests that waited.
        protocol_transactions: those that have expired, with their answers.
        one_time_passwords: those that have expired unused.
    """

    verdicts: int
    operations: int
    approvals: int
    protocol_transactions: int
    one_time_passwords: int


class PurgeAdministration(AdministrativeWork):
    """Retention in the CA's database."""

    def purge(self, verdicts: timedelta | None, approvals: timedelta | None, batch: int = BATCH) -> PurgedRecords:
        """Delete older rows, `batch` in a transaction; may be interrupted and repeated.

        Args:
            verdicts, approvals: as `Journal.purge` and `Approvals.purge` take them; None deletes none. Operations have
                the age of verdicts. Transactions of protocols and one-time passwords go once they have expired.
        """
        expired = timedelta()
        return PurgedRecords(
            self._all("verdicts", verdicts, batch, lambda work, age, limit: work.journal.purge(age, limit)),
            self._all("operations", verdicts, batch, lambda work, age, limit: work.operations.purge(age, limit)),
            self._all("approvals", approvals, batch, lambda work, age, limit: work.approvals.purge(age, limit)),
            self._all(
                "protocol transactions", expired, batch, lambda work, _, limit: work.protocol_transactions.purge(limit)
            ),
            self._all(
                "one-time passwords", expired, batch, lambda work, _, limit: work.end_entities.purge_passwords(limit)
            ),
        )

    def _all(self, kind: str, age: timedelta | None, batch: int, purge: _Purge) -> int:
        total, count = 0, batch
        while age is not None and count >= batch:
            with self._work() as work:
                count = purge(work, age, batch)
                if count:
                    self._audit(work, Event.RECORDS_PURGED, kind, count=str(count))
            total += count
        return total
