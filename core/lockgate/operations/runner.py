"""The runner of one remote issuer: it drives the stored operations, with a bounded number of calls at a time.

    begin: commit what is about to be done -> call -> collect: commit what came of it

Only the holder of the issuer's lease drives them, and every commit is fenced. After a crash between the two commits the
operation is CALLED: an idempotent issuer is called again at once; another one is looked up when the call can no longer
take effect; where the issuer cannot look up, a revocation is called again then, and a certificate is in doubt
(DOUBTFUL). It is never ordered twice without that.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from functools import partial
from typing import Protocol, TypeVar

from lockgate.audit import AuditEvent, Event
from lockgate.errors import Conflict, NotSent, Unavailable
from lockgate.line.worker import RoundReport
from lockgate.operations.conclusion import conclude_issued, conclude_refused, conclude_revoked
from lockgate.operations.status import CALLED, DOUBTFUL, INTENDED, LATER, RECEIVED, OperationKind, OperationStatus
from lockgate.ports import (
    Fence,
    Issued,
    IssuerAnswer,
    Later,
    Operation,
    Registry,
    RegistryTransaction,
    RemoteIssuer,
    Revoked,
)
from lockgate.reasons import Rejected

_log = logging.getLogger(__name__)
PAUSE = timedelta(seconds=5)
"""Before the next attempt after an issuer could not be reached."""
LOOK = timedelta(seconds=0.2)
"""How long a round waits for calls in flight; the next round looks for other operations that are due."""
TRIES = 5
"""How often a result is committed anew after conflicts; the next round goes on with it."""
MAX_DEFECTS = 10
"""Calls that fail because of an error in the product or the issuer's adapter before the operation is DOUBTFUL."""
Confirmed = bool
"""Whether the certificate was accepted."""
Result = IssuerAnswer | Confirmed | None
Task = Callable[[], Result]
Changed = TypeVar("Changed")


class Step(Enum):
    """What an issuer is asked."""

    CALL = auto()
    LOOKUP = auto()
    CONFIRM = auto()


@dataclass(frozen=True, slots=True)
class Asking:
    """A step that is about to be taken, or is in flight.

    Attributes:
        operation: as it is stored.
        until: seconds, by the runner's clock: what has not ended by then is not waited for.
    """

    operation: Operation
    step: Step
    task: Task
    until: float


class Calls(Protocol):
    """Calls in flight (`concurrent.futures.Executor`)."""

    def submit(self, task: Task, /) -> "Future[Result]":
        """Begin the call."""


class IssuerRunner:
    """The operations of one remote issuer.

    Args:
        name: the issuer's.
        calls: carries out at least `issuer.traits.calls` at a time.
        monotonic: seconds, on a clock that never goes back.
    """

    def __init__(
        self,
        name: str,
        issuer: RemoteIssuer,
        registry: Registry,
        calls: Calls,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._issuer = issuer
        self._registry = registry
        self._calls = calls
        self._in_flight: dict[str, tuple[Asking, Future[Result]]] = {}
        self._monotonic = monotonic
        self._began = monotonic()
        self._fence: Fence | None = None

    def round(self, fence: Fence) -> RoundReport:
        """Collect what has come back, and begin what is due; `claimed` counts the calls in flight, too.

        While calls are in flight, `soon` is true.

        Raises:
            FenceLost: another process holds the issuer's lease now.
            Unavailable: the registry's database cannot be reached.
        """
        taken_over = self._fence != fence
        collected = self._collect(fence)
        begun = self._begin(fence, taken_over=taken_over)
        self._fence = fence
        if self._in_flight and not begun:
            self._wait(LOOK.total_seconds())
        return RoundReport(begun + collected + len(self._in_flight), collected, soon=bool(self._in_flight))

    def finish(self, fence: Fence, limit: float) -> None:
        """Collect the calls that are in flight, and begin no more.

        Args:
            limit: seconds at most; what has not ended by then is left to the next runner.

        Raises:
            FenceLost, Unavailable: as for `round`.
        """
        end = self._monotonic() + limit
        while self._in_flight and (left := end - self._monotonic()) > 0:
            self._wait(left)
            self._collect(fence)

    def _wait(self, seconds: float) -> None:
        wait([future for _, future in self._in_flight.values()], seconds, FIRST_COMPLETED)

    # ---- what is due

    def _begin(self, fence: Fence, *, taken_over: bool) -> int:
        """Commit what is about to be done, then do it; how many operations were due.

        Args:
            taken_over: this is the first round under this lease: calls of earlier holders may be in flight.
        """
        traits = self._issuer.traits
        free = traits.calls - len(self._in_flight)
        if free <= 0:
            return 0
        called = taken_over and traits.idempotent
        with self._registry.transaction(fence) as work:
            due = work.operations.due(self._name, free, self._in_flight, called=called)
        for asking in self._prepared(due, fence):
            self._in_flight[asking.operation.id] = asking, self._calls.submit(asking.task)
        return len(due)

    def _prepared(self, due: Sequence[Operation], fence: Fence) -> Sequence[Asking]:
        """The next questions, all in one transaction; each in its own where that fails."""
        if not due:
            return ()
        self._began = self._monotonic()
        try:
            with self._registry.transaction(fence) as work:
                prepared = [self._prepare(operation, work) for operation in due if _locked(operation, work)]
        except Exception as error:
            if isinstance(error, Unavailable) and not isinstance(error, Conflict):
                raise
            prepared = [self._attempt(operation, fence, self._prepare) for operation in due]
        return [asking for asking in prepared if asking is not None]

    def _prepare(self, operation: Operation, work: RegistryTransaction) -> Asking | None:
        """The next question to the issuer; None where there is none."""
        match operation.status:
            case OperationStatus.INTENDED:
                return self._draft(operation, work)
            case OperationStatus.CALLED if self._repeats(operation):
                return self._call(operation, operation.draft or b"", work)
            case OperationStatus.CALLED | OperationStatus.LATER if self._issuer.traits.looks_up:
                return self._look_up(operation)
            case OperationStatus.RECEIVED:
                return self._judge(operation, work)
        self._doubt(operation, "nobody knows whether the CA has carried it out, and it cannot be asked", work)
        return None

    def _repeats(self, operation: Operation) -> bool:
        """Whether the same call again does no harm. A revocation never does, and is repeated where nobody can tell."""
        traits = self._issuer.traits
        return traits.idempotent or (operation.kind is OperationKind.REVOKE and not traits.looks_up)

    def _draft(self, operation: Operation, work: RegistryTransaction) -> Asking | None:
        draft = operation.draft or self._issuer.draft(operation.order)
        if isinstance(draft, Rejected):
            conclude_refused(operation, draft, work)
            return None
        return self._call(operation, draft, work)

    def _call(self, operation: Operation, draft: bytes, work: RegistryTransaction) -> Asking:
        traits, began = self._issuer.traits, self._began
        due = work.now() + traits.handover + traits.timeout
        called = work.operations.move(operation, CALLED, draft=draft, due=due)
        return self._asking(called, Step.CALL, lambda: self._call_in_time(draft, began))

    def _call_in_time(self, draft: bytes, began: float) -> Result:
        """A call that began late could have an effect after another runner has looked it up."""
        if self._monotonic() - began > self._issuer.traits.handover.total_seconds():
            raise NotSent("the call would have begun too late")
        return self._issuer.call(draft)

    def _asking(self, operation: Operation, step: Step, task: Task) -> Asking:
        traits = self._issuer.traits
        return Asking(operation, step, task, self._began + (traits.handover + traits.timeout).total_seconds())

    def _look_up(self, operation: Operation) -> Asking:
        return self._asking(operation, Step.LOOKUP, lambda: self._issuer.lookup(operation.draft or b""))

    def _judge(self, operation: Operation, work: RegistryTransaction) -> Asking | None:
        """Confirm the certificate where the CA waits for that, or take it at once."""
        unfit = work.issuance.judge_received(operation)
        if self._issuer.traits.confirms:
            return self._asking(operation, Step.CONFIRM, lambda: self._confirm(operation, accepted=unfit is None))
        self._conclude(operation, unfit, work, accepted=True)
        return None

    def _confirm(self, operation: Operation, *, accepted: bool) -> Confirmed:
        self._issuer.confirm(operation.draft or b"", operation.certificate or b"", accepted=accepted)
        return accepted

    # ---- what has come back

    def _collect(self, fence: Fence) -> int:
        """Commit the results of calls that have ended; how many."""
        ended = [(asking, future) for asking, future in self._in_flight.values() if future.done()]
        for asking, future in ended:
            self._commit(asking, future, fence)
            del self._in_flight[asking.operation.id]
        self._abandon()
        return len(ended)

    def _abandon(self) -> None:
        """Wait no longer for calls that hang: they have no effect any more, and others need their places."""
        now = self._monotonic()
        for asking, _ in [held for held in self._in_flight.values() if held[0].until <= now]:
            _log.error(
                "issuer %s, operation %s: no answer in time, and the call hangs", self._name, asking.operation.id
            )
            del self._in_flight[asking.operation.id]

    def _commit(self, asking: Asking, future: "Future[Result]", fence: Fence) -> None:
        operation, error = asking.operation, future.exception()
        if error is None:
            self._attempt(operation, fence, partial(self._take, asking.step, future.result()))
            return
        _log.warning("issuer %s, operation %s: %s", self._name, operation.id, error or type(error).__name__)
        self._change(operation, fence, partial(self._fail, asking.step, error))

    def _attempt(
        self, operation: Operation, fence: Fence, change: Callable[[Operation, RegistryTransaction], Changed]
    ) -> Changed | None:
        """Commit `change`. A defect is counted, and stops no other operation; None then."""
        try:
            return self._change(operation, fence, change)
        except Unavailable:
            raise
        except Exception:
            _log.exception("issuer %s, operation %s: defect", self._name, operation.id)
        self._change(operation, fence, partial(self._count_defect, "see the log"))
        return None

    def _change(
        self, operation: Operation, fence: Fence, change: Callable[[Operation, RegistryTransaction], Changed]
    ) -> Changed | None:
        """Commit `change`; None where an operator has decided meanwhile: then it is not made."""
        for last in (*(False,) * (TRIES - 1), True):
            self._began = self._monotonic()
            try:
                with self._registry.transaction(fence) as work:
                    current = _locked(operation, work)
                    same = current is not None and current.revision == operation.revision
                    return change(current, work) if current is not None and same else None
            except Conflict:
                if last:
                    raise
        return None

    def _take(self, step: Step, result: Result, operation: Operation, work: RegistryTransaction) -> None:
        match result:
            case Issued(certificate) if operation.kind is OperationKind.ISSUE:
                work.operations.move(operation, RECEIVED, certificate=certificate, due=work.now())
            case Revoked() if operation.kind is OperationKind.REVOKE:
                conclude_revoked(operation, work)
            case Rejected():
                conclude_refused(operation, result, work)
            case Later(after) if self._issuer.traits.looks_up:
                work.operations.move(operation, LATER, due=work.now() + after)
            case None if step is Step.LOOKUP and operation.status is CALLED:
                work.operations.move(operation, INTENDED, due=work.now())
            case bool() if step is Step.CONFIRM:
                unfit = work.issuance.judge_received(operation)
                self._conclude(operation, unfit or (None if result else "it was rejected"), work, accepted=result)
            case _:
                self._doubt(operation, f"the CA's answer {type(result).__name__} does not fit", work)

    def _conclude(self, operation: Operation, unfit: str | None, work: RegistryTransaction, *, accepted: bool) -> None:
        """Take the certificate, or leave the operation to an operator; one that counts at the CA is revoked there."""
        if unfit is None:
            conclude_issued(operation, work)
        else:
            self._doubt(operation, f"the CA has returned a certificate that was not ordered: {unfit}", work)
            if accepted:
                work.issuance.revoke_unfit(operation)

    def _fail(self, step: Step, error: BaseException, operation: Operation, work: RegistryTransaction) -> None:
        """After `NotSent` a call has had no effect. After another error it may take effect until it is due."""
        soon = work.now() + PAUSE
        if isinstance(error, Unavailable):
            if step is not Step.CALL:
                work.operations.move(operation, operation.status, due=soon)
            elif isinstance(error, NotSent):
                work.operations.move(operation, INTENDED, due=soon)
            return
        self._count_defect(type(error).__name__, operation, work)

    def _count_defect(self, what: str, operation: Operation, work: RegistryTransaction) -> None:
        """Try again later; the last time it is left to an operator."""
        defects = operation.defects + 1
        if defects >= MAX_DEFECTS:
            self._doubt(operation, f"{MAX_DEFECTS} attempts have failed: {what}", work)
        else:
            due = max(operation.due, work.now() + PAUSE)
            work.operations.move(operation, operation.status, due=due, defects=defects)

    def _doubt(self, operation: Operation, why: str, work: RegistryTransaction) -> None:
        """Leave the operation to an operator."""
        work.operations.move(operation, DOUBTFUL)
        _log.error("issuer %s, operation %s is in doubt: %s", self._name, operation.id, why)
        details = {"issuer": self._name, "end entity": operation.username, "why": why}
        work.audit(AuditEvent(Event.OPERATION_DOUBTFUL, operation.requester, operation.id, details))


def _locked(operation: Operation, work: RegistryTransaction) -> Operation | None:
    """As it is stored. All operations of its request are locked, in their order: another issuer's runner may conclude
    the same request."""
    return next((one for one in work.operations.of(operation.request) if one.id == operation.id), None)
