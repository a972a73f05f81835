"""The workers and runners of remote issuers that were chosen, and the process that each runs in.

One worker runs in this process; several run in one child process each, because unwrapping keys holds the interpreter
lock. A child that dies is started again; a child that refuses its configuration is not. Children end with their parent.
"""

import logging
import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from lockgate.errors import LockgateError
from lockgate.line.worker import RoundReport
from lockgate_app.container.issuer import IssuerContainer
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.logs import configure_logs
from lockgate_app.settings import CaZone, load_ca
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.preparation import ISSUER_LEASE, runner_service, worker_service
from lockgate_app.workers.service import STOP_LIMIT, STOPS, EventRest, Service, stopped_by_signals

_log = Lines("lockgate.workers")
_spawn = multiprocessing.get_context("spawn")
RESTART_PAUSE = 5.0
"""Seconds before a worker process that died is started again."""
MARGIN = 5.0
"""Seconds beyond `STOP_LIMIT` that a child has to end in."""


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
            with _service(self._zone, name, self._rest) as service:
                return service.run_once(patience)
        except LockgateError as error:
            if self._alone:
                raise
            self.failures[name] = error
            _log.error("worker failed, going on with the others", worker=name, reason=str(error))
            return RoundReport(0, 0)


def run(path: Path, names: Sequence[str]) -> int:
    """Run the workers until a signal asks for a stop; the exit code.

    Raises:
        LockgateError: the only worker cannot start.
    """
    rest = EventRest()
    with stopped_by_signals(rest):
        if len(names) == 1:
            with _service(load_ca(path), names[0], rest) as service:
                service.run()
            return 0
        return _Team(path, names, rest).run()


def _lease(zone: CaZone, name: str) -> timedelta:
    return timedelta(seconds=zone.workers[name].lease) if name in zone.workers else ISSUER_LEASE


def _service(zone: CaZone, name: str, rest: EventRest) -> AbstractContextManager[Service]:
    """The worker of that name, or the runner of that remote issuer.

    Raises:
        LockgateError: it cannot start.
    """
    if name in zone.ca.issuers:
        return runner_service(IssuerContainer(zone=zone, name=name), rest)
    return worker_service(WorkerContainer(zone=zone, name=name), rest)


def _child(path: Path, name: str) -> None:
    """A worker process's whole life."""
    configure_logs(logging.INFO)
    rest = EventRest()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_stop_with, args=(parent.sentinel, rest), daemon=True).start()
    try:
        with stopped_by_signals(rest):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            with _service(load_ca(path), name, rest) as service:
                service.run()
    except LockgateError as error:
        _log.error("not started", worker=name, reason=str(error))
        sys.exit(2)


@contextmanager
def _signals_kept_waiting() -> Iterator[None]:
    """A block whose child processes hear of Ctrl-C and SIGTERM when they unblock them: not while they import."""
    resource_tracker.ensure_running()  # would unblock them, if it started inside the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop_with(sentinel: int, rest: EventRest) -> None:
    wait([sentinel])
    rest.stop()


class _Team:
    """The worker processes, and the loop that starts, watches and ends them."""

    def __init__(self, path: Path, names: Sequence[str], rest: EventRest) -> None:
        self._path = path
        self._rest = rest
        self._refused = False
        self._due = dict.fromkeys(names, 0.0)
        self._running: dict[str, SpawnProcess] = {}

    def run(self) -> int:
        """Keep the workers running until a stop; 2 if one refused to start, 0 otherwise."""
        while not self._rest.stopping() and (self._due or self._running):
            self._start_due()
            self._collect()
            self._rest.rest(0.2)
        for process in self._running.values():
            process.terminate()
        self._join()
        return 2 if self._refused else 0

    def _join(self) -> None:
        """Wait for the ends of all; they end by themselves in time (`STOP_LIMIT`), or are killed."""
        end = time.monotonic() + STOP_LIMIT + MARGIN
        for name, process in self._running.items():
            process.join(max(0, end - time.monotonic()))
            if process.exitcode is None:
                _log.error("worker process does not end, killing it", worker=name)
                process.kill()
                process.join()

    def _start_due(self) -> None:
        now = time.monotonic()
        for name in [name for name, due in self._due.items() if due <= now]:
            del self._due[name]
            self._running[name] = _spawn.Process(target=_child, args=(self._path, name), name=name)
            with _signals_kept_waiting():
                self._running[name].start()

    def _collect(self) -> None:
        for name, process in list(self._running.items()):
            if process.exitcode is None:
                continue
            del self._running[name]
            if process.exitcode == 2:
                self._refused = True
            else:
                _log.error("worker process died, starting it again", worker=name, exit_code=process.exitcode)
                self._due[name] = time.monotonic() + RESTART_PAUSE
