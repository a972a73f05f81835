"""Faults for the installed worker: Python loads this module at start where its directory is on PYTHONPATH.

LOCKGATE_FAULT chooses one:
  kill:before:N       SIGKILL before the N-th commit
  kill:after:N        SIGKILL after the N-th commit, before anything else happens
  stop:TEXT           SIGSTOP before the first statement that holds TEXT
"""

import itertools
import os
import signal
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

commits = itertools.count(1)
real_commit = Connection._commit_impl


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(when: str, number: int) -> None:
    def commit(connection: Connection) -> None:
        here = next(commits) == number
        if here and when == "before":
            die()
        real_commit(connection)
        if here and when == "after":
            die()

    Connection._commit_impl = commit  # type: ignore[method-assign,assignment]


def stop_before(text: str) -> None:
    stopped = False

    def statement(*arguments: Any) -> None:
        nonlocal stopped
        if text.lower() in arguments[2].lower() and not stopped:
            stopped = True
            os.kill(os.getpid(), signal.SIGSTOP)

    event.listen(Engine, "before_cursor_execute", statement)


match os.environ.get("LOCKGATE_FAULT", "").split(":", 2):
    case ["kill", when, number]:
        kill_at(when, int(number))
    case ["stop", text]:
        stop_before(text)
