"""The next question to a remote issuer about an operation that is due."""

from collections.abc import Callable
from functools import partial

from lockgate.errors import NotSent
from lockgate.operations.asking import Asking, Confirmed, Result, Step, Task
from lockgate.operations.conclusion import conclude_refused
from lockgate.operations.results import Results
from lockgate.operations.status import CALLED, OperationKind, OperationStatus
from lockgate.ports import Counts, Operation, RegistryTransaction, RemoteIssuer
from lockgate.reasons import Rejected

_NOBODY_KNOWS = "nobody knows whether the CA has carried it out, and it cannot be asked"


class Questions:
    """Stores what is about to be asked, in the transaction of the caller.

    Args:
        monotonic: seconds, on a clock that never goes back.
    """

    def __init__(self, issuer: RemoteIssuer, results: Results, monotonic: Callable[[], float]) -> None:
        self._issuer = issuer
        self._results = results
        self._monotonic = monotonic

    def next(self, began: float, operation: Operation, work: RegistryTransaction) -> Asking | None:
        """The next question to the issuer; None where there is none.

        Args:
            began: seconds, by `monotonic`: before the transaction.
        """
        match operation.status:
            case OperationStatus.INTENDED:
                return self._draft(began, operation, work)
            case OperationStatus.CALLED:
                return self._after_no_answer(began, operation, work)
            case OperationStatus.LATER if self._issuer.traits.polls or self._issuer.traits.looks_up:
                return self._look_up(began, operation)
            case OperationStatus.RECEIVED:
                return self._judge(began, operation, work)
        self._results.doubt(operation, _NOBODY_KNOWS, work)
        return None

    def _after_no_answer(self, began: float, operation: Operation, work: RegistryTransaction) -> Asking | None:
        """The call can have no effect any more; or the same again has none."""
        traits = self._issuer.traits
        if traits.idempotent:
            return self._call(began, operation, operation.draft or b"", Step.REPEAT, work)
        if traits.looks_up:
            return self._look_up(began, operation)
        if operation.kind is OperationKind.REVOKE:  # the same again does no harm
            return self._draft(began, operation, work)
        if traits.confirms and traits.voids_unconfirmed:
            if operation.disowned:
                return self._draft(began, operation, work)
            self._results.give_up(operation, work)
            return None
        self._results.doubt(operation, _NOBODY_KNOWS, work)
        return None

    def _draft(self, began: float, operation: Operation, work: RegistryTransaction) -> Asking | None:
        """A new draft: an earlier one has not reached the CA, or counts no more. There is none for a request that was
        refused meanwhile."""
        if operation.refusal is not None:
            conclude_refused(operation, operation.refusal, work)
            return None
        draft = self._issuer.draft(operation.order)
        if isinstance(draft, Rejected):
            conclude_refused(operation, draft, work)
            return None
        return self._call(began, operation, draft, Step.CALL, work)

    def _call(self, began: float, operation: Operation, draft: bytes, step: Step, work: RegistryTransaction) -> Asking:
        traits = self._issuer.traits
        due = work.now() + traits.handover + traits.timeout
        called = work.operations.move(operation, CALLED, draft=draft, due=due)
        return self._asking(began, called, step, lambda: self._call_in_time(draft, began))

    def _call_in_time(self, draft: bytes, began: float) -> Result:
        """A call that began late could have an effect after another runner has looked it up."""
        if self._monotonic() - began > self._issuer.traits.handover.total_seconds():
            raise NotSent("the call would have begun too late")
        return self._issuer.call(draft)

    def _asking(self, began: float, operation: Operation, step: Step, task: Task) -> Asking:
        traits = self._issuer.traits
        return Asking(operation, step, task, began + (traits.handover + traits.timeout).total_seconds())

    def _look_up(self, began: float, operation: Operation) -> Asking:
        return self._asking(began, operation, Step.LOOKUP, lambda: self._issuer.lookup(operation.draft or b""))

    def _judge(self, began: float, operation: Operation, work: RegistryTransaction) -> Asking | None:
        """Confirm the certificate where the CA waits for that, or take it at once."""
        unfit = work.issuance.judge_received(operation)
        if self._issuer.traits.confirms:
            confirm = partial(self._confirm, operation, accepted=unfit is None)
            return self._asking(began, operation, Step.CONFIRM, confirm)
        self._results.conclude(operation, unfit, work, counts=True)
        return None

    def _confirm(self, operation: Operation, *, accepted: bool) -> Confirmed | Rejected:
        draft, certificate = operation.draft or b"", operation.certificate or b""
        answer = self._issuer.confirm(draft, certificate, accepted=accepted)
        if answer is None or isinstance(answer, Counts):
            return Confirmed(accepted, counts=accepted or answer is not None)
        return answer
