"""A worker, or a runner of a remote issuer, in a thread of the host program.

All of its work is done by one thread: it opens the databases, and lets them go. The host's signals, logging and exit
are the host's: no handler is installed, nothing is configured, no process is started, and no end of the process asked
for. A thread that is left behind at the end of the process does no harm: the journal holds what was done, and its lease
runs out.
"""

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from lockgate.errors import CallerError, Defect, Unavailable
from lockgate_app.container.issuer import IssuerContainer
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.embedding.state import Health, State
from lockgate_app.workers.choice import require_startable
from lockgate_app.workers.lines import plain
from lockgate_app.workers.preparation import runner_service, worker_service
from lockgate_app.workers.record import ServiceRecord
from lockgate_app.workers.service import Service
from lockgate_app.workers.stops import EventRest

Prepare = Callable[[EventRest, ServiceRecord], AbstractContextManager[Service]]


class Hosted:
    """What `Worker` and `Runner` have in common. A context manager: started on entry; stopped, and waited for, on exit.

    It lives once: for another life make another one, with another container. It lives in the process that has started
    it: in one that was forked from that, `stop` does nothing, and there is no end to wait for.
    """

    def __init__(self, name: str, prepare: Prepare) -> None:
        self._name, self._prepare = name, prepare
        self._rest, self._process = EventRest(), os.getpid()
        self._record = ServiceRecord(self._rest.monotonic)
        self._lock = threading.Lock()
        self._begun = self._runs = False
        self._prepared, self._ended = threading.Event(), threading.Event()
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Run in a thread of its own; returns when what is needed was found there.

        The thread is a daemon: it does not keep the process from ending. It waits for databases that cannot be reached
        now.

        Raises:
            CallerError: it was started before.
            ConfigurationError: the configuration, a secret or a database's tables are not as they must be.
            KeystoreError: the keystore cannot be opened.
            Unavailable: the process can start no thread now.
        """
        self._begin()
        try:
            threading.Thread(target=self._live, name=f"lockgate {self._name}", daemon=True).start()
        except Exception as error:
            self._failure = Unavailable(f"{self._name}: no thread can be started: {error}")
            self._end()
            raise self._failure from error
        self._prepared.wait()
        if not self._runs:
            self._raise_failure()

    def run(self) -> None:
        """Run in the calling thread, until `stop`.

        Raises:
            CallerError, ConfigurationError, KeystoreError: as `start`.
        """
        self._begin()
        self._live()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Ask for the end: the batch in hand is finished, and the lease is given back. Returns at once.

        Any thread may call it, any number of times, and so may a signal handler: it takes no lock. A handler that a
        forked process has inherited stops nothing.
        """
        if self._is_here():
            self._rest.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end; whether it has come.

        Args:
            timeout: seconds; None for ever. A database's server can keep a worker for a minute after `stop`.

        Raises:
            CallerError: another process has started it, and this one was forked from that.
            Exception: what has ended it, if not `stop`. A `Defect` stands for what is no `Exception`, such as
                `SystemExit`: it was meant for the other thread.
        """
        if not self._is_here():
            raise CallerError(f"{self._name} runs in the process that has started it, not in this one")
        if not self._ended.wait(timeout):
            return False
        self._raise_failure()
        return True

    @property
    def health(self) -> Health:
        """How it does now; for any thread."""
        done, failure = self._record.done, self._failure
        idle = None if done.last is None else self._rest.monotonic() - done.last
        trouble = done.trouble if failure is None else plain(f"{type(failure).__name__}: {failure}")
        return Health(self._state(), done.rounds, done.claimed, done.settled, idle, trouble)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._is_here():
            self.stop()
            self.wait()

    def _is_here(self) -> bool:
        return self._process == os.getpid()

    def _raise_failure(self) -> None:
        if isinstance(self._failure, Exception):
            raise self._failure
        if self._failure is not None:
            raise Defect(f"{self._name} has ended: {type(self._failure).__name__}") from self._failure

    def _state(self) -> State:
        done = self._record.done
        if self._ended.is_set():
            return State.STOPPED if self._failure is None else State.FAILED
        if not self._begun:
            return State.NEW
        if done.trouble is not None:
            return State.IN_TROUBLE
        if done.last is None:
            return State.STARTING
        return State.STANDING_BY if done.elsewhere else State.WORKING

    def _begin(self) -> None:
        with self._lock:
            if self._begun:
                raise CallerError(f"{self._name} was started before: a worker lives once")
            self._begun = True
        if not self._is_here():  # made before a fork: what ends a pause is the other process's
            self._rest, self._process = EventRest(), os.getpid()

    def _live(self) -> None:
        try:
            with self._prepare(self._rest, self._record) as service:
                self._runs = True
                self._prepared.set()
                service.run()
        except BaseException as error:  # noqa: BLE001  (for the thread that waits, whatever it is)
            self._failure = error
        finally:
            self._end()

    def _end(self) -> None:
        self._ended.set()
        self._prepared.set()


class Worker(Hosted):
    """A service worker, as `lockgate worker` runs it: one at a time holds the worker's lease, in whichever process.

    Args:
        container: with the zone, the worker's name, and what the program puts in the place of Lockgate's parts.
    """

    def __init__(self, container: WorkerContainer) -> None:
        super().__init__(container.name(), lambda rest, record: _started(container, rest, record))


class Runner(Hosted):
    """The runner of a remote issuer: it calls the issuer for the operations that the workers have stored.

    Args:
        container: with the zone, the issuer's name, and the issuer where the program brings it.
    """

    def __init__(self, container: IssuerContainer) -> None:
        super().__init__(container.name(), lambda rest, record: runner_service(container, rest, record))


def _started(container: WorkerContainer, rest: EventRest, record: ServiceRecord) -> AbstractContextManager[Service]:
    require_startable(container.zone(), container.name())
    return worker_service(container, rest, record)
