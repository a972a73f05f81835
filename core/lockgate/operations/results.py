"""What the answer of a remote issuer, or its failure, makes of an operation."""

import logging
from datetime import timedelta

from lockgate.audit import AuditEvent, Event
from lockgate.errors import NotSent, Unavailable
from lockgate.operations.asking import Result, Step
from lockgate.operations.conclusion import conclude_issued, conclude_refused, conclude_revoked
from lockgate.operations.status import CALLED, DOUBTFUL, INTENDED, LATER, RECEIVED, OperationKind
from lockgate.ports import Issued, Later, Operation, RegistryTransaction, Revoked, Traits
from lockgate.reasons import Rejected

_log = logging.getLogger(__name__)
PAUSE = timedelta(seconds=5)
"""Before the next attempt after an issuer could not be reached."""
MAX_DEFECTS = 10
"""Calls that fail because of an error in the product or the issuer's adapter before the operation is DOUBTFUL."""


class Results:
    """Stores what has come back, in the transaction of the caller.

    Args:
        name: the issuer's.
    """

    def __init__(self, name: str, traits: Traits) -> None:
        self._name = name
        self._traits = traits

    def take(self, step: Step, result: Result, operation: Operation, work: RegistryTransaction) -> None:
        """Store the answer to a question."""
        match result:
            case Issued(certificate) if operation.kind is OperationKind.ISSUE:
                work.operations.move(operation, RECEIVED, certificate=certificate, due=work.now())
            case Revoked() if operation.kind is OperationKind.REVOKE:
                conclude_revoked(operation, work)
            case Rejected():
                conclude_refused(operation, result, work)
            case Later(after) if self._traits.looks_up:
                work.operations.move(operation, LATER, due=work.now() + after)
            case None if step is Step.LOOKUP and operation.status is CALLED:
                work.operations.move(operation, INTENDED, due=work.now())
            case bool() if step is Step.CONFIRM:
                unfit = work.issuance.judge_received(operation)
                self.conclude(operation, unfit or (None if result else "it was rejected"), work, accepted=result)
            case _:
                self.doubt(operation, f"the CA's answer {type(result).__name__} does not fit", work)

    def conclude(self, operation: Operation, unfit: str | None, work: RegistryTransaction, *, accepted: bool) -> None:
        """Take the certificate, or leave the operation to an operator; one that counts at the CA is revoked there."""
        if unfit is None:
            conclude_issued(operation, work)
        else:
            self.doubt(operation, f"the CA has returned a certificate that was not ordered: {unfit}", work)
            if accepted:
                work.issuance.revoke_unfit(operation)

    def fail(self, step: Step, error: BaseException, operation: Operation, work: RegistryTransaction) -> None:
        """After `NotSent` a call has had no effect. After another error it may take effect until it is due."""
        soon = work.now() + PAUSE
        if isinstance(error, Unavailable):
            if step is not Step.CALL:
                work.operations.move(operation, operation.status, due=soon)
            elif isinstance(error, NotSent):
                work.operations.move(operation, INTENDED, due=soon)
            return
        self.count_defect(type(error).__name__, operation, work)

    def count_defect(self, what: str, operation: Operation, work: RegistryTransaction) -> None:
        """Try again later; the last time it is left to an operator."""
        defects = operation.defects + 1
        if defects >= MAX_DEFECTS:
            self.doubt(operation, f"{MAX_DEFECTS} attempts have failed: {what}", work)
        else:
            due = max(operation.due, work.now() + PAUSE)
            work.operations.move(operation, operation.status, due=due, defects=defects)

    def doubt(self, operation: Operation, why: str, work: RegistryTransaction) -> None:
        """Leave the operation to an operator."""
        work.operations.move(operation, DOUBTFUL)
        _log.error("issuer %s, operation %s is in doubt: %s", self._name, operation.id, why)
        details = {"issuer": self._name, "end entity": operation.username, "why": why}
        work.audit(AuditEvent(Event.OPERATION_DOUBTFUL, operation.requester, operation.id, details))
