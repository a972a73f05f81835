"""One service worker: it holds the worker's lease, works on due messages, pauses, and goes on after failures.

A worker goes on at once while there is a backlog, and looks again when it is woken, or once a period. One whose lease
is held elsewhere looks for that lease several times while it may run out. A failure is reported once,
and the step is tried again after growing, random pauses: a database may come back, and an operator may repair it. While
nothing is due, a batch of housekeeping is done from time to time. If it is overdue, it is also done between messages;
its failures keep no message waiting. On a stop the worker finishes its batch and gives the lease back, unless that
takes too long.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from tenacity import RetryCallState, Retrying, wait_exponential, wait_random
from tenacity.wait import wait_base

from lockgate.errors import LockgateError, Unavailable
from lockgate.line.worker import RoundReport
from lockgate.ports import Coordinator, Fence, WakeUp
from lockgate_app.workers.housekeeping import HousekeepingTurns
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.outside import OutsideTurns
from lockgate_app.workers.record import ServiceRecord
from lockgate_app.workers.stops import DAY, Rest, Stopped
from lockgate_app.workers.trouble import TroubleReport

_log = Lines("lockgate.worker")
BACK_OFF = wait_exponential(max=50) + wait_random(0, 10)
"""Pauses while something is unavailable, in seconds: doubling up to 50, and up to ten more, so that many workers do not
come back to a database at the same moment."""
SOON = 0.5
"""Seconds between two looks while messages wait for operations."""


class WorkerElsewhere(Unavailable):
    """Another process holds this worker's lease."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a worker does what.

    Attributes:
        period: between two polls that find nothing.
        lease: how long the worker's lease outlives the last sign of life.
        back_off: the pauses after trouble.
    """

    period: timedelta
    lease: timedelta
    back_off: wait_base = BACK_OFF


class Service:
    """One worker, running."""

    def __init__(
        self,
        name: str,
        holder: str,
        coordinator: Callable[[], Coordinator],
        rounds: Callable[[], Callable[[Fence], RoundReport]],
        timetable: Timetable,
        rest: Rest,
        wake_up: WakeUp,
        housekeeping: Sequence[HousekeepingTurns] = (),
        outside: Sequence[OutsideTurns] = (),
        finish: Callable[[Fence], None] | None = None,
        record: ServiceRecord | None = None,
    ) -> None:
        """Prepare, without touching a database yet.

        Args:
            name: the worker's, unique in the CA installation; the name of its lease.
            holder: names this process, unlike any other.
            coordinator, rounds: give the coordinator and the worker's `round`; asked again after an error.
            timetable: its pauses.
            rest: time, and the wish to stop.
            wake_up: ends the pause between two looks; closed at the end.
            housekeeping: each done between rounds, mostly while no message is due.
            outside: done before and after the rounds of `run_once`.
            finish: ends what rounds have begun, before the lease is given back on a stop.
            record: is told what is done.
        """
        self._name = name
        self._holder = holder
        self._coordinator = coordinator
        self._rounds = rounds
        self._timetable = timetable
        self._rest = rest
        self._wake_up = wake_up
        self._fence: Fence | None = None
        self._elsewhere = False
        self._soon = False
        self._renewed = 0.0
        self._housekeeping = housekeeping
        self._outside = outside
        self._finish = finish
        self._record = record or ServiceRecord(rest.monotonic)
        self._log = _log.bind(worker=name)
        self._trouble = TroubleReport(self._log, rest.monotonic)

    def run(self) -> None:
        """Work until a stop is asked for; no error ends that."""
        self._log.info("started", period=self._timetable.period.total_seconds())
        try:
            while not self._rest.stopping():
                if not self._tried(self._step):
                    self._idle()
        finally:
            self._wake_up.close()
            self._end()
        self._log.info("stopped")

    def run_once(self, patience: timedelta) -> RoundReport:
        """Work until nothing is due; what all rounds together did.

        CAs outside are asked before, so that messages which wait for their word find it, and after, for those that
        have only begun to wait.

        Args:
            patience: how long to wait for another process's lease on this worker to end.

        Raises:
            WorkerElsewhere: another process kept the lease.
            Unavailable: something cannot be reached.
        """
        deadline = self._rest.monotonic() + patience.total_seconds()
        while self._hold() is None:
            if self._rest.stopping() or self._rest.monotonic() >= deadline:
                raise WorkerElsewhere(f"worker {self._name} runs in another process")
            self._log.warning("waiting for another process's lease on this worker to end")
            self._rest.rest(min(1, self._timetable.lease.total_seconds() / 4))
        claimed = settled = 0
        try:
            self._ask_outside()
            while not self._rest.stopping() and (report := self._round()) and report.claimed:
                claimed, settled = claimed + report.claimed, settled + report.settled
            self._ask_outside()
        finally:
            self._release()
        return RoundReport(claimed, settled)

    def _ask_outside(self) -> None:
        for work in self._outside:
            while not self._rest.stopping() and (fence := self._hold()):
                pause = work.turn(fence)
                if pause is None:
                    break
                self._rest.rest(pause)

    def _tried(self, step: Callable[[], bool]) -> bool:
        """The result of `step`, tried until it works or a stop is asked for."""
        attempts = Retrying(
            wait=self._timetable.back_off,
            stop=Stopped(self._rest),
            sleep=self._rest.rest,
            before_sleep=self._report_trouble,
            retry_error_callback=lambda _: False,
        )
        return attempts(step)

    def _report_trouble(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if error is not None:
            self._trouble.met(error)
            self._record.met(error)

    def _step(self) -> bool:
        """One round, and the housekeeping for which it is time; whether there may be more at once."""
        report = self._round()
        self._trouble.over()
        self._record.looked(report)
        busy = report is not None and report.claimed > 0
        if report is None or self._fence is None:
            return busy
        more = [turns.turn(self._fence, busy=busy) for turns in self._housekeeping]
        return any(more) or busy

    def _round(self) -> RoundReport | None:
        """One round, or None where another process holds the worker's lease."""
        try:
            fence = self._hold()
            self._note_where(elsewhere=fence is None)
            if fence is None:
                return None
            report = self._rounds()(fence)
        except Exception:
            self._release()  # so the next attempt, here or elsewhere, starts with a lease of its own
            raise
        self._soon = report.soon
        self._wake_up.looked(found=report.claimed > 0)
        if report.settled or (report.claimed and not report.soon):
            self._log.info("round", claimed=report.claimed, settled=report.settled)
        return report

    def _note_where(self, *, elsewhere: bool) -> None:
        if elsewhere != self._elsewhere:
            self._log.info("another process runs this worker; standing by" if elsewhere else "took this worker over")
        self._elsewhere = elsewhere

    def _hold(self) -> Fence | None:
        """The worker's lease: kept, renewed in time, or taken."""
        now, lease = self._rest.monotonic(), self._timetable.lease
        if self._fence and now - self._renewed < lease.total_seconds() / 3:
            return self._fence
        if self._fence is None or not self._coordinator().renew(self._fence, lease):
            self._fence = self._coordinator().acquire(self._name, self._holder, lease)
        self._renewed = now
        return self._fence

    def _idle(self) -> None:
        """Sleep until it is worth looking again, a period at most, and renew the lease, or look for it, meanwhile."""
        watch = self._timetable.lease.total_seconds() / 3
        end = self._rest.monotonic() + min(self._timetable.period.total_seconds(), SOON if self._soon else DAY)
        while not self._rest.stopping() and (left := end - self._rest.monotonic()) > 0:
            if self._fence is None:
                self._rest.rest(min(left, watch))
                return
            if self._tried(partial(self._wake_up.wait, min(left, watch))):
                return
            self._tried(lambda: self._hold() is not None)

    def _end(self) -> None:
        """End what was begun, and give the lease back."""
        try:
            if self._finish is not None and self._fence is not None:
                self._finish(self._fence)
        except LockgateError as error:  # the next holder goes on with it
            self._log.info("not finished", reason=str(error))
        finally:
            self._release()

    def _release(self) -> None:
        fence, self._fence = self._fence, None
        if fence is None:
            return
        try:
            self._coordinator().release(fence)
        except LockgateError as error:  # the lease then ends by itself
            self._log.info("lease not given back", reason=str(error))
