"""Every statement boundary of a worker: before and after each statement and each commit, on either database.

`KillAt` kills the child at one of them, `StopAt` stops it there; `Record` writes down all that a whole life passes, so
that there is something to choose from.
"""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from tests.crash.forking import die

Passed = Callable[[str], None]
"""Called at each boundary with what it is: when, what, and where."""


@dataclass(frozen=True)
class Record:
    """Write each boundary to a file, a line each."""

    file: Path

    def __call__(self) -> None:
        lines = self.file.open("w", buffering=1)
        listen(lambda label: print(label, file=lines))

    @property
    def passed(self) -> Sequence[str]:
        """What it was."""
        return self.file.read_text().splitlines()


@dataclass(frozen=True)
class KillAt:
    """SIGKILL at the N-th boundary, from 1; which one that was goes to a file first."""

    number: int
    file: Path

    def __call__(self) -> None:
        _at(self.number, self.file, die)


@dataclass(frozen=True)
class StopAt:
    """SIGSTOP at the N-th boundary, from 1; which one that was goes to a file first."""

    number: int
    file: Path

    def __call__(self) -> None:
        _at(self.number, self.file, lambda: os.kill(os.getpid(), signal.SIGSTOP))


def _at(number: int, file: Path, act: Callable[[], None]) -> None:
    left = number

    def passed(label: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            file.write_text(label)
            act()

    listen(passed)


_listeners: list[Passed] = []


def notify(label: str) -> None:
    """Pass a boundary that is none of an engine's."""
    for passed in _listeners:
        passed(label)


def listen(passed: Passed) -> None:
    """Call `passed` at every boundary of every engine of this process, and of `notify`."""
    _listeners.append(passed)

    def before(connection: Connection, _: Any, statement: str, *__: Any) -> None:
        passed(f"before {_head(statement)} on {_place(connection)}")

    def after(connection: Connection, _: Any, statement: str, *__: Any) -> None:
        passed(f"after {_head(statement)} on {_place(connection)}")

    real_commit = Connection._commit_impl

    def commit(connection: Connection) -> None:
        passed(f"before commit on {_place(connection)}")
        real_commit(connection)
        passed(f"after commit on {_place(connection)}")

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    Connection._commit_impl = commit  # type: ignore[method-assign,assignment]


def _head(statement: str) -> str:
    """The verb and the table."""
    words = statement.replace("(", " ").lower().split()
    marks = {"select": "from", "delete": "from", "insert": "into", "update": "update"}
    mark = marks.get(words[0])
    return f"{words[0]} {words[words.index(mark) + 1]}" if mark in words else words[0]


def _place(connection: Connection) -> str:
    return Path(str(connection.engine.url.database)).stem
