"""The runner of one remote issuer: it drives the stored operations, with a bounded number of calls at a time.

    begin: commit what is about to be done -> call -> collect: commit what came of it

Only the holder of the issuer's lease drives them, and every commit is fenced. After a crash between the two commits the
operation is CALLED: an idempotent issuer is called again at once; another one is looked up when the call can no longer
take effect; where the issuer cannot look up, a revocation is called again then, a certificate is ordered anew where the
CA voids what is not confirmed, and is in doubt (DOUBTFUL) elsewhere. It is never ordered twice without that.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import timedelta
from functools import partial
from typing import TypeVar

from lockgate.errors import Conflict, Unavailable
from lockgate.line.worker import RoundReport
from lockgate.operations.asking import Asking, Calls, Result
from lockgate.operations.hanging import HangingCalls
from lockgate.operations.questions import Questions
from lockgate.operations.results import Results
from lockgate.ports import Fence, Operation, Registry, RegistryTransaction, RemoteIssuer

_log = logging.getLogger(__name__)
LOOK = timedelta(seconds=0.2)
"""How long a round waits for calls in flight; the next round looks for other operations that are due."""
TRIES = 5
"""How often a result is committed anew after conflicts; the next round goes on with it."""
Changed = TypeVar("Changed")


class IssuerRunner:
    """The operations of one remote issuer.

    Args:
        name: the issuer's.
        calls: carries out at least `issuer.traits.calls` at a time beside those that hang.
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
        self._results = Results(name, issuer)
        self._questions = Questions(issuer, self._results, monotonic)
        self._in_flight: dict[str, tuple[Asking, Future[Result]]] = {}
        self._hanging = HangingCalls(name, issuer.traits.calls)
        self._monotonic = monotonic
        self._fence: Fence | None = None

    def round(self, fence: Fence) -> RoundReport:
        """Collect what has come back, and begin what is due; `claimed` counts the calls in flight, too.

        While calls are in flight, `soon` is true. `trouble` tells that too many calls hang.

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
        claimed = begun + collected + len(self._in_flight)
        return RoundReport(claimed, collected, soon=bool(self._in_flight), trouble=self._hanging.trouble)

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
        free = min(traits.calls, self._hanging.room()) - len(self._in_flight)
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
        ask = self._asker()
        try:
            with self._registry.transaction(fence) as work:
                prepared = [ask(current, work) for operation in due if (current := _unchanged(operation, work))]
        except Exception as error:
            if isinstance(error, Unavailable) and not isinstance(error, Conflict):
                raise
            prepared = [self._attempt(operation, fence, self._asker()) for operation in due]
        return [asking for asking in prepared if asking is not None]

    def _asker(self) -> Callable[[Operation, RegistryTransaction], Asking | None]:
        """Asks the next question; to be made before the transaction: a call has to begin soon after."""
        return partial(self._questions.next, self._monotonic())

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
        for asking, future in [held for held in self._in_flight.values() if held[0].until <= now]:
            self._hanging.add(asking.operation.id, future)
            del self._in_flight[asking.operation.id]

    def _commit(self, asking: Asking, future: "Future[Result]", fence: Fence) -> None:
        operation, error = asking.operation, future.exception()
        if error is None:
            self._attempt(operation, fence, partial(self._results.take, asking.step, future.result()))
            return
        _log.warning("issuer %s, operation %s: %s", self._name, operation.id, error or type(error).__name__)
        self._attempt(operation, fence, partial(self._results.fail, asking.step, error))

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
        self._change(operation, fence, partial(self._results.count_defect, "see the log"))
        return None

    def _change(
        self, operation: Operation, fence: Fence, change: Callable[[Operation, RegistryTransaction], Changed]
    ) -> Changed | None:
        """Commit `change`; None where an operator has decided meanwhile: then it is not made."""
        for last in (*(False,) * (TRIES - 1), True):
            try:
                with self._registry.transaction(fence) as work:
                    current = _unchanged(operation, work)
                    return None if current is None else change(current, work)
            except Conflict:
                if last:
                    raise
        return None


def _unchanged(operation: Operation, work: RegistryTransaction) -> Operation | None:
    """As it is stored; None where an operator has decided meanwhile. All operations of its request are locked, in their
    order: another issuer's runner may conclude the same request."""
    same = operation.id, operation.revision
    return next((one for one in work.operations.of(operation.request) if (one.id, one.revision) == same), None)
