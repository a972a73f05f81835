"""Operations at remote issuers, for operators: those that are open, and decisions about those that are in doubt."""

from collections.abc import Sequence

from lockgate.audit import Event
from lockgate.errors import CallerError
from lockgate.operations.conclusion import conclude_issued, conclude_refused, conclude_revoked
from lockgate.operations.status import OPEN, OperationKind, OperationStatus
from lockgate.ports import Operation
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.administration.work import AdministrativeWork
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork
from lockgate_persistence.transactions import RETRYING


class OperationAdministration(AdministrativeWork):
    """Operations."""

    def open_operations(self) -> Sequence[Operation]:
        """Those that have not ended, the oldest first."""
        with self._work() as work:
            return work.store.operations.listed(OPEN)

    def settle_issued(self, operation: str, certificate: bytes) -> None:
        """The CA has issued this certificate for an operation that is in doubt; its request is answered with it.

        Args:
            certificate: DER.

        Raises:
            CallerError: there is no such operation, it is not in doubt or revokes, or the certificate is not the
                ordered one.
            Conflict: there were too many conflicts; nothing was stored, and the same decision can be given again.
        """
        RETRYING(self._settle_issued, operation, certificate)

    def _settle_issued(self, operation: str, certificate: bytes) -> None:
        with self._work() as work:
            found = self._doubtful(work, operation, OperationKind.ISSUE)
            received = work.operations.move(found, OperationStatus.RECEIVED, certificate=certificate)
            if unfit := work.issuance.judge_received(received):
                raise CallerError(f"operation {operation}: the certificate was not ordered: {unfit}")
            conclude_issued(received, work)
            self._audit(work, Event.OPERATION_SETTLED, operation, decision="issued")

    def settle_revoked(self, operation: str) -> None:
        """The CA has carried out a revocation that is in doubt, or a release from hold.

        Raises:
            CallerError: there is no such operation, it is not in doubt, or it issues.
        """
        with self._work() as work:
            conclude_revoked(self._doubtful(work, operation, OperationKind.REVOKE), work)
            self._audit(work, Event.OPERATION_SETTLED, operation, decision="revoked")

    def settle_refused(self, operation: str, reason: str) -> None:
        """The CA has not carried out an operation that is in doubt, and will not; its request is refused.

        One that is only intended can be refused, too: the CA was not called for it.

        Args:
            reason: for the requester.

        Raises:
            CallerError: there is no such operation, or it is neither in doubt nor only intended.
        """
        with self._work() as work:
            found = _found(work, operation)
            if found.status is not OperationStatus.INTENDED:
                found = self._doubtful(work, operation, None)
            conclude_refused(found, Rejected(Reason.ISSUER_REFUSED, reason), work)
            self._audit(work, Event.OPERATION_SETTLED, operation, decision="refused")

    @staticmethod
    def _doubtful(work: UnitOfWork, operation: str, kind: OperationKind | None) -> Operation:
        found = _found(work, operation)
        if found.status is not OperationStatus.DOUBTFUL:
            raise CallerError(f"operation {operation} is not in doubt: it is {found.status}")
        if kind not in (None, found.kind):
            raise CallerError(f"operation {operation} is there to {found.kind}")
        return found


def _found(work: UnitOfWork, operation: str) -> Operation:
    found = work.operations.get(operation)
    if found is None:
        raise CallerError(f"there is no operation {operation}")
    return found
