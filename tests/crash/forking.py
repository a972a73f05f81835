"""Workers that start in milliseconds, forked from processes that have everything imported.

`WorkerServer` has its worker configured and opened besides: one thread, no open connection. Each of its children
connects by itself, and works under a holder's name of its own like any other worker process. `start_worker` starts the
whole life of `lockgate worker` instead, beside the test. Either may have a fault installed first: a plain object that
pickles. Whatever a child had not committed is gone with it.
"""

import itertools
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from lockgate_app.container.worker import WorkerContainer
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ca
from lockgate_app.workers.running import run, run_once
from lockgate_app.workers.service import Service, Timetable
from lockgate_app.workers.stops import EventRest

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["pytest", "psycopg", "pymysql", "lockgate_app.workers.running", __name__])
SECONDS = 60
"""How long a worker may live."""

Fault = Callable[[], None]
"""Called in the child before anything else."""
_Task = Callable[[WorkerContainer, Fault | None], int]


@dataclass(frozen=True)
class Kill:
    """SIGKILL right before or right after the child's N-th commit, from 1."""

    when: Literal["before", "after"]
    commit: int

    def __call__(self) -> None:
        numbers, real_commit = itertools.count(1), Connection._commit_impl

        def commit(connection: Connection) -> None:
            here = next(numbers) == self.commit
            if here and self.when == "before":
                die()
            real_commit(connection)
            if here:
                die()

        Connection._commit_impl = commit  # type: ignore[method-assign,assignment]


@dataclass(frozen=True)
class Hurry:
    """The child's pauses pass faster: period and back-off. Leases run by the databases' clocks."""

    factor: float = 10.0

    def __call__(self) -> None:
        rest, monotonic = EventRest.rest, EventRest.monotonic
        EventRest.rest = lambda waiter, seconds, *more: rest(waiter, seconds / self.factor, *more)  # type: ignore[method-assign]
        EventRest.monotonic = lambda waiter: monotonic(waiter) * self.factor  # type: ignore[method-assign,assignment]


@dataclass(frozen=True)
class StopBefore:
    """SIGSTOP before the first statement that holds `text`."""

    text: str

    def __call__(self) -> None:
        stopped = False

        def statement(*arguments: Any) -> None:
            nonlocal stopped
            if self.text in arguments[2].lower() and not stopped:
                stopped = True
                os.kill(os.getpid(), signal.SIGSTOP)

        event.listen(Engine, "before_cursor_execute", statement)


def die() -> None:
    """End this process as a power failure does."""
    os.kill(os.getpid(), signal.SIGKILL)


class WorkerServer(AbstractContextManager["WorkerServer"]):
    """Starts the worker `name` of a CA host, time and again."""

    def __init__(self, config: Path, name: str = "main") -> None:
        """Start the server.

        Args:
            config: the CA host's `lockgate.toml`; all logs go to a file named after the worker beside it.
        """
        self._log = config.with_name(f"{name}.log")
        self._pipe, theirs = _server.Pipe()
        self._process = _server.Process(target=_serve, args=(config, name, self._log, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, fault: Fault | None = None) -> bool:
        """Let a new worker process work off what is due; whether it lived to see the end."""
        return self._ask(_fork, fault) == 0

    def warm_up(self) -> None:
        """Let the server itself work off what is due, so that its children find keys open and statements compiled."""
        self._ask(_work_off, None)

    def _ask(self, task: _Task, fault: Fault | None) -> int:
        self._pipe.send((task, fault))
        assert self._pipe.poll(2 * SECONDS), "the server does not answer"
        exit_code = int(self._pipe.recv())
        assert exit_code in (0, -signal.SIGKILL), (exit_code, self._log.read_text())
        return exit_code

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(SECONDS)


def _serve(config: Path, name: str, log: Path, pipe: Pipe) -> None:
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), sys.stderr.fileno())
    configure_logs(logging.INFO)
    container = WorkerContainer(zone=load_ca(config), name=name)
    while True:
        try:
            task, fault = pipe.recv()
        except EOFError:
            return
        pipe.send(task(container, fault))


def _fork(container: WorkerContainer, fault: Fault | None) -> int:
    """Run a child; its exit code."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        if fault is not None:
            fault()
        os._exit(_work_off(container, None))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _work_off(container: WorkerContainer, _: Fault | None) -> int:
    """The life of one worker, which gives every connection back; its exit code."""
    timetable = Timetable(period=timedelta(seconds=5), lease=container.lease())
    holder, rounds = f"process {os.getpid()}", lambda: container.worker().round
    rest = EventRest()
    wake_up = container.wake_up(sleep=rest.rest, monotonic=rest.monotonic)
    worker = Service(container.name(), holder, container.ca.coordinator, rounds, timetable, rest, wake_up)
    worker.run_once(patience=2 * timetable.lease)
    for engine in (container.engine(), container.ca.engine()):
        engine.dispose()
    return 0


class Child:
    """A running worker."""

    def __init__(self, process: ForkServerProcess, log: Path) -> None:
        self._process = process
        self._log = log
        self._closed = False

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process.pid is not None
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def is_stopped(self) -> bool:
        """Whether SIGSTOP has taken effect."""
        status = Path(f"/proc/{self.pid}/stat").read_text()
        return status.rpartition(")")[2].split()[0] == "T"

    def log(self) -> str:
        """What it has logged so far."""
        return self._log.read_text() if self._log.exists() else ""

    def stop(self) -> None:
        """Let it end, if it has not."""
        if not self._closed:
            with suppress(ProcessLookupError):
                self.send(signal.SIGCONT)
                self.send(signal.SIGTERM)
            self.ended()

    def ended(self, *codes: int) -> int:
        """Wait for the worker's end; its exit code: 0, -SIGKILL or another one of `codes`."""
        self._process.join(SECONDS)
        code = self._process.exitcode
        self._process.kill()
        self._process.join()
        self._process.close()
        self._closed = True
        assert code in (0, -signal.SIGKILL, *codes), (code, self.log())
        assert code is not None
        return code


def start_worker(
    config: Path, fault: Fault | None = None, *, name: str = "main", log: str = "worker", once: bool = True
) -> Child:
    """Start the worker `name` of a CA host.

    Args:
        config: the CA host's `lockgate.toml`; the child's log goes to a file named after `log` beside it.
        once: end when nothing more is due; otherwise on SIGTERM.
    """
    path = config.with_name(f"{log}.log")
    process = _server.Process(target=_live, args=(config, fault, name, path, once))
    process.start()
    return Child(process, path)


def _live(config: Path, fault: Fault | None, name: str, log: Path, once: bool) -> None:
    with log.open("a") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    if fault is not None:
        fault()
    configure_logs(logging.INFO)
    if once:
        run_once(load_ca(config), (name,))
    else:
        run(load_ca(config), name)
