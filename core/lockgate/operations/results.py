"""What the answer of a remote issuer, or its failure, makes of an operation."""

import logging
from datetime import timedelta

from lockgate.audit import AuditEvent, Event
from lockgate.errors import NotSent, NotTaken, Unavailable
from lockgate.names.counted import counted
from lockgate.operations.asking import Confirmed, Result, Step
from lockgate.operations.conclusion import conclude_issued, conclude_refused, conclude_revoked
from lockgate.operations.status import CALLED, DOUBTFUL, INTENDED, LATER, RECEIVED, OperationKind
from lockgate.ports import Issued, Later, Operation, RegistryTransaction, RemoteIssuer, Revoked
from lockgate.reasons import Rejected

_log = logging.getLogger(__name__)
PAUSE = timedelta(seconds=5)
"""Before the next attempt after an issuer could not be reached."""
MAX_DEFECTS = 10
"""Calls that fail because of an error in the product or the issuer's adapter, and orders given anew, before the
operation is DOUBTFUL."""
LONGEST_PAUSE = timedelta(hours=1)
"""Before an order is given anew."""
LATEST = timedelta(days=1)
"""Before a CA that answers later is asked again, whatever it says."""
MAX_REFERENCE = 200
"""Characters of an adapter's reference that are logged."""


def pause_before(attempts: int) -> timedelta:
    """Before an order is given anew after so many attempts: none, then a minute, and twice as long each time."""
    return min(timedelta(minutes=1) * 2 ** (attempts - 2), LONGEST_PAUSE) if attempts > 1 else timedelta()


class Results:
    """Stores what has come back, in the transaction of the caller.

    Args:
        name: the issuer's.
    """

    def __init__(self, name: str, issuer: RemoteIssuer) -> None:
        self._name = name
        self._issuer = issuer

    def take(self, step: Step, result: Result, operation: Operation, work: RegistryTransaction) -> None:
        """Store the answer to a question."""
        match result:
            case Issued(certificate, draft) if operation.kind is OperationKind.ISSUE:
                work.operations.move(operation, RECEIVED, certificate=certificate, draft=draft, due=work.now())
            case Revoked() if operation.kind is OperationKind.REVOKE:
                conclude_revoked(operation, work)
            case Rejected() if step is Step.CONFIRM:
                self._unconfirmed(operation, result, work)
            case Rejected():
                conclude_refused(operation, result, work)
            case Later(after, draft) if self._issuer.traits.polls or self._issuer.traits.looks_up:
                due = work.now() + min(max(after, timedelta()), LATEST)
                put_off = work.operations.move(operation, LATER, draft=draft, due=due)
                self._require_in_time(put_off, "the CA has put its answer off", work)
            case None if step is Step.LOOKUP and operation.status is CALLED:
                work.operations.move(operation, INTENDED, due=work.now())
            case Confirmed(accepted, counts) if step is Step.CONFIRM:
                unfit = work.issuance.judge_received(operation)
                self.conclude(operation, unfit or (None if accepted else "it was rejected"), work, counts=counts)
            case _:
                self.doubt(operation, f"the CA's answer {type(result).__name__} does not fit", work)

    def conclude(self, operation: Operation, unfit: str | None, work: RegistryTransaction, *, counts: bool) -> None:
        """Take the certificate, or leave the operation to an operator; one that counts at the CA is revoked there."""
        if unfit is None:
            conclude_issued(operation, work)
        else:
            self.doubt(operation, f"the CA has returned a certificate that was not ordered: {unfit}", work)
            if counts:
                work.issuance.revoke_unfit(operation)

    def _unconfirmed(self, operation: Operation, refusal: Rejected, work: RegistryTransaction) -> None:
        """The CA does not take the confirmation: whether the certificate counts there, an operator finds out."""
        self.doubt(operation, f"the CA does not take the confirmation: {refusal.detail}", work)
        if work.issuance.judge_received(operation) is not None:
            work.issuance.revoke_unfit(operation)

    def fail(self, step: Step, error: BaseException, operation: Operation, work: RegistryTransaction) -> None:
        """After `NotSent` a call has had no effect. After another error it may take effect until it is due.

        Where a draft is repeated, an error tells nothing of the call before.
        """
        soon = work.now() + PAUSE
        never_taken = step is Step.REPEAT and isinstance(error, NotTaken)
        if never_taken or not isinstance(error, Unavailable):
            self.count_defect(type(error).__name__, operation, work)
        elif step is Step.CALL and isinstance(error, NotSent):
            if isinstance(error, NotTaken):
                self._anew(operation, "was not taken", work)
            work.operations.move(operation, INTENDED, due=soon)
        elif isinstance(error, NotSent) or step not in (Step.CALL, Step.REPEAT):
            waiting = work.operations.move(operation, operation.status, due=soon)
            if step is Step.CONFIRM:
                self._require_in_time(waiting, "the CA has not taken the confirmation", work)

    def _require_in_time(self, operation: Operation, what: str, work: RegistryTransaction) -> None:
        """Leave it to an operator if it has waited in its status for too long."""
        limit = self._issuer.traits.longest_wait
        if work.now() - operation.since > limit:
            self.doubt(operation, f"{what} for more than {counted(limit.days, 'day')}", work)

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
        known_as = self._at_ca(operation)
        _log.error("issuer %s, operation %s%s is in doubt: %s", self._name, operation.id, known_as, why)
        self._audit(Event.OPERATION_DOUBTFUL, operation, work, why=why)

    def give_up(self, operation: Operation, work: RegistryTransaction) -> None:
        """The draft that was sent counts no more, whatever has become of it: the order is given anew.

        Each time the CA may have made a certificate that it has to void. So pauses grow, and the last time the
        operation is left to an operator.
        """
        attempts = operation.defects + 1
        if attempts >= MAX_DEFECTS:
            self.doubt(operation, f"{MAX_DEFECTS} orders had no answer", work)
            return
        self._anew(operation, "had no answer", work)
        work.operations.move(operation, INTENDED, due=work.now() + pause_before(attempts), defects=attempts)

    def _anew(self, operation: Operation, why: str, work: RegistryTransaction) -> None:
        """Name the draft that another one follows."""
        known_as = self._at_ca(operation)
        _log.warning("issuer %s, operation %s%s %s, and is ordered anew", self._name, operation.id, known_as, why)
        self._audit(Event.OPERATION_ANEW, operation, work, why=why)

    def _audit(self, event: Event, operation: Operation, work: RegistryTransaction, **details: str) -> None:
        known = {"issuer": self._name, "end entity": operation.username, **details}
        if reference := self._reference(operation):
            known["at the CA"] = reference
        work.audit(AuditEvent(event, operation.requester, operation.id, known))

    def _at_ca(self, operation: Operation) -> str:
        reference = self._reference(operation)
        return f" ({reference})" if reference else ""

    def _reference(self, operation: Operation) -> str:
        """Whatever the adapter says: printable and short, so that it can be stored."""
        try:
            reference = self._issuer.reference(operation.draft) if operation.draft else ""
            return "".join(sign if sign.isprintable() else "?" for sign in reference[:MAX_REFERENCE])
        except Exception:  # noqa: BLE001  (whatever the adapter does, others go on)
            _log.exception("issuer %s, operation %s: the adapter names no reference", self._name, operation.id)
        return ""
