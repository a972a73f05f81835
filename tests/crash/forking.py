"""Workers that start in milliseconds: children forked from a server that has everything imported.

A child is the life of `lockgate worker --once` from the reading of its configuration on, with a fault installed first.
Faults are plain objects that pickle; `Kill` dies at a commit. Nothing of the child is shared with the test: it has its
own connections, and whatever it had not committed is gone with it.
"""

import itertools
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import Connection

from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ca
from lockgate_app.workforce import run_once

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["pytest", "psycopg", "pymysql", "lockgate_app.workforce", __name__])
SECONDS = 60
"""How long a worker may live."""

Fault = Callable[[], None]
"""Called in the child before anything else."""


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


def run_worker(config: Path, fault: Fault | None = None, *, name: str = "main") -> bool:
    """Let the worker `name` of a CA host work off what is due; whether it lived to see the end.

    Args:
        config: the CA host's `lockgate.toml`; the child's log goes to `worker.log` beside it.
    """
    log = config.with_name("worker.log")
    child = _server.Process(target=_live, args=(config, fault, name, log))
    child.start()
    child.join(SECONDS)
    exit_code = child.exitcode
    child.kill()
    child.join()
    child.close()
    assert exit_code in (0, -signal.SIGKILL), (exit_code, log.read_text())
    return exit_code == 0


def _live(config: Path, fault: Fault | None, name: str, log: Path) -> None:
    with log.open("w") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    if fault is not None:
        fault()
    configure_logs(logging.INFO)
    run_once(load_ca(config), (name,))
