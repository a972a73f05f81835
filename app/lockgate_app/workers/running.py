"""Workers and runners of remote issuers in this process: a turn of each, or the life of one."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta

from lockgate.errors import LockgateError
from lockgate.line.worker import RoundReport
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.settings import CaZone
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.preparation import ISSUER_LEASE, runner_service, worker_service
from lockgate_app.workers.service import Service
from lockgate_app.workers.stops import EventRest, stopped_by_signals

_log = Lines("lockgate.workers")


def run_once(zone: CaZone, names: Sequence[str], *, wait: bool = True) -> int:
    """Let each worker in turn work off what is due, then each runner; tells how many messages were settled.

    After a runner has had something to do, the workers have another turn: messages may have waited for that, and
    further ones behind them. This goes on until no runner finds an operation that is due.

    Args:
        wait: for the lease of another process that runs the same worker, or died while it did.

    Raises:
        WorkerElsewhere: another process runs it.
        LockgateError: a worker cannot start or a database cannot be reached; the others have done their work then.
    """
    runners = [name for name in names if name in zone.ca.issuers]
    workers = [name for name in names if name not in zone.ca.issuers]
    rest = EventRest()
    turns = _Turns(zone, rest, wait=wait, alone=len(names) == 1)
    with stopped_by_signals(rest):
        settled = turns.take(workers).settled
        while turns.take(runners).claimed:
            settled += turns.take(workers).settled
    for error in turns.failures.values():
        raise error
    return settled


class _Turns:
    """Workers and runners, one after another in this process. One that has failed has no further turn.

    Attributes:
        failures: why, by name.

    Args:
        alone: there is one only: its failure is raised at once.
    """

    def __init__(self, zone: CaZone, rest: EventRest, *, wait: bool, alone: bool) -> None:
        self._zone, self._rest, self._wait, self._alone = zone, rest, wait, alone
        self.failures: dict[str, LockgateError] = {}

    def take(self, names: Sequence[str]) -> RoundReport:
        """A turn of each; what they did together."""
        reports = [self._turn(name) for name in names if name not in self.failures]
        return RoundReport(sum(report.claimed for report in reports), sum(report.settled for report in reports))

    def _turn(self, name: str) -> RoundReport:
        patience = 2 * _lease(self._zone, name) if self._wait else timedelta()
        try:
            with service(self._zone, name, self._rest) as running:
                return running.run_once(patience)
        except LockgateError as error:
            if self._alone:
                raise
            self.failures[name] = error
            _log.error("worker failed, going on with the others", worker=name, reason=str(error))
            return RoundReport(0, 0)


def run(zone: CaZone, name: str) -> None:
    """Run the worker, or the runner, until a signal asks for a stop.

    Raises:
        LockgateError: it cannot start.
    """
    rest = EventRest()
    with stopped_by_signals(rest), service(zone, name, rest) as running:
        running.run()


def _lease(zone: CaZone, name: str) -> timedelta:
    return timedelta(seconds=zone.workers[name].lease) if name in zone.workers else ISSUER_LEASE


def service(zone: CaZone, name: str, rest: EventRest) -> AbstractContextManager[Service]:
    """The worker of that name, or the runner of that remote issuer.

    Raises:
        LockgateError: it cannot start.
    """
    if name in zone.ca.issuers:
        from lockgate_app.container.issuer import IssuerContainer  # noqa: PLC0415  (workers need nothing of that)

        return runner_service(IssuerContainer(zone=zone, name=name), rest)
    return worker_service(WorkerContainer(zone=zone, name=name), rest)
