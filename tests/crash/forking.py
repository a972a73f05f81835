"""Workers that start in milliseconds: children of a process that has everything imported, configured and opened.

`WorkerServer` is that process: one thread, no open connection. Each child connects by itself, works under a holder's
name of its own like any other worker process, and may have a fault installed first. Faults are plain objects that
pickle; `Kill` dies at a commit. Whatever a child had not committed is gone with it.
"""

import itertools
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import Connection

from lockgate_app.container import WorkerContainer
from lockgate_app.logs import configure_logs
from lockgate_app.services import EventRest, Service, Timetable
from lockgate_app.settings import load_ca

_spawn = multiprocessing.get_context("spawn")
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


def die() -> None:
    """End this process as a power failure does."""
    os.kill(os.getpid(), signal.SIGKILL)


class WorkerServer(AbstractContextManager["WorkerServer"]):
    """Starts the worker `name` of a CA host, time and again."""

    def __init__(self, config: Path, name: str = "main") -> None:
        """Start the server.

        Args:
            config: the CA host's `lockgate.toml`; all logs go to `worker.log` beside it.
        """
        self._log = config.with_name("worker.log")
        self._pipe, theirs = _spawn.Pipe()
        self._process = _spawn.Process(target=_serve, args=(config, name, self._log, theirs), daemon=True)
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
    timetable = Timetable(period=timedelta(seconds=5), lease=timedelta(minutes=1))
    holder, rounds = f"process {os.getpid()}", lambda: container.worker().round
    rest = EventRest()
    wake_up = container.wake_up(sleep=rest.rest, monotonic=rest.monotonic)
    worker = Service(container.name(), holder, container.ca.coordinator, rounds, timetable, rest, wake_up)
    worker.run_once(patience=timedelta())
    for engine in (container.engine(), container.ca.engine()):
        engine.dispose()
    return 0
