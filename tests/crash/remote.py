"""A worker and the runner of a remote issuer in one process that is killed, and the clock of their databases.

Boundaries are those of `tests.crash.boundaries`, and besides them the moments before and after each call to the issuer.
Leases and calls end by a clock that is put forward between two lives.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from sqlalchemy import event

from lockgate.operations.asking import Result, Task
from lockgate.ports import Coordinator, Fence, RemoteIssuer
from lockgate_app.container.issuer import IssuerContainer
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ca
from lockgate_testing.doubles.remote_ca import RemoteCa
from tests.crash import boundaries
from tests.crash.forking import SECONDS, Fault

_server = multiprocessing.get_context("forkserver")
ISSUER = "backend"
LEASE, TIMEOUT, HANDOVER = timedelta(seconds=0.5), timedelta(seconds=0.3), timedelta(seconds=0.3)
STEP = timedelta(seconds=0.7)
"""How far the clock is put forward between two lives: every lease and every call has ended then."""
_EPOCH = 2440587.5
"""The Julian day of 1970-01-01."""


class Calls:
    """Calls that are carried out at once; a life may end before and after each."""

    def submit(self, task: Task, /) -> "Future[Result]":
        future: Future[Result] = Future()
        boundaries.notify("before a call")
        try:
            future.set_result(task())
        except Exception as error:  # noqa: BLE001  (whatever the call ends with)
            future.set_exception(error)
        boundaries.notify("after a call")
        return future


class Lives(AbstractContextManager["Lives"]):
    """Lives of one worker and one runner, each a process of its own, forked from one that has everything open."""

    def __init__(
        self, config: Path, worker: str, issuer: Callable[[], RemoteIssuer] | None = None, step: timedelta = STEP
    ) -> None:
        """Begin.

        Args:
            issuer: makes the issuer, if the configuration does not say how.
            step: how far the clock is put forward between two lives.
        """
        self.passed, self._step = timedelta(), step
        self._pipe, theirs = _server.Pipe()
        self._log = config.with_name(f"{worker}.log")
        arguments = (config, worker, issuer, self._log, theirs)
        self._process = _server.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()

    def live(self, fault: Fault | None = None) -> bool:
        """A life of worker, runner and worker again; whether it lived to see the end."""
        self.passed += self._step
        self._pipe.send((fault, self.passed))
        assert self._pipe.poll(2 * SECONDS), "the server does not answer"
        exit_code = int(self._pipe.recv())
        assert exit_code in (0, -signal.SIGKILL), (exit_code, self._log.read_text())
        return exit_code == 0

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(SECONDS)


def double(path: Path, traits: dict[str, Any]) -> RemoteIssuer:
    """A client of the double's CA."""
    return RemoteCa(path).issuer(timeout=TIMEOUT, handover=HANDOVER, **traits)


def _serve(config: Path, worker: str, issuer: Callable[[], RemoteIssuer] | None, log: Path, pipe: Pipe) -> None:
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), sys.stderr.fileno())
    configure_logs()
    zone = load_ca(config)
    workers, issuers = WorkerContainer(zone=zone, name=worker), IssuerContainer(zone=zone, name=ISSUER)
    issuers.ca.override(workers.ca)
    if issuer is not None:
        issuers.issuer.override(issuer())
    issuers.calls.override(Calls())
    workers.worker(), issuers.runner()  # every child finds keys open
    clock = _Clock()
    for engine in (workers.engine(), workers.ca.engine()):
        event.listen(engine, "connect", clock.connected)
        engine.dispose()
    while True:
        try:
            fault, clock.passed = pipe.recv()
        except EOFError:
            return
        pipe.send(_fork(workers, issuers, fault))


class _Clock:
    def __init__(self) -> None:
        self.passed = timedelta()

    def connected(self, connection: Any, _record: Any) -> None:
        connection.create_function("julianday", 1, self._julian_day)

    def _julian_day(self, _now: str) -> float:
        return _EPOCH + (datetime.now(UTC) + self.passed).timestamp() / 86400


def _fork(workers: WorkerContainer, issuers: IssuerContainer, fault: Fault | None) -> int:
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        if fault is not None:
            fault()
        code = 1
        try:
            _work(workers, issuers)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _work(workers: WorkerContainer, issuers: IssuerContainer) -> None:
    for name, rounds in (
        (workers.name(), workers.worker().round),
        (ISSUER, issuers.runner().round),
        (workers.name(), workers.worker().round),
    ):
        fence = _fence(workers.ca.coordinator(), name)
        while rounds(fence).claimed:
            pass


def _fence(coordinator: Coordinator, name: str) -> Fence:
    fence = coordinator.acquire(name, f"process {os.getpid()}", LEASE)
    assert fence is not None, f"the lease {name} is held by a process that has died"
    return fence
