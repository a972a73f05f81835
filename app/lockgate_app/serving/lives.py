"""A process that does a job, as the process that watches it sees it."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from socket import socket

from lockgate_app.serving.child import GO, MARGIN, live
from lockgate_app.serving.jobs import Job, Kind
from lockgate_app.serving.preloading import signals_kept_waiting
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.stops import STOP_LIMIT

_log = Lines("lockgate.serve")
Entry = Callable[..., None]
SERVER_DIED = 255
"""The exit code of a process whose end nobody can tell, as `multiprocessing` has it."""


class Life:
    """A process, from its start to its end.

    Attributes:
        job: what it does.
        prepared: whether it has said that it has everything that it needs.
        ends_by: when it is killed, in seconds of the monotonic clock; None where it was not asked to end.

    Args:
        entry: the process's function.
    """

    def __init__(
        self, context: ForkServerContext, job: Job, sockets: Sequence[socket], level: int, entry: Entry = live
    ) -> None:
        self.job, self.prepared = job, False
        self.ends_by: float | None = None
        self._line, theirs = Pipe()
        self._process = context.Process(target=entry, args=(job, sockets, theirs, level), name=job.key)
        self._started = False
        with theirs, signals_kept_waiting(), suppress(OSError, EOFError):
            self._process.start()
            self._started = True  # the server may die at any moment
        self._begun = time.monotonic()

    def go(self) -> None:
        """Let it begin, at once or as soon as it is prepared."""
        with suppress(OSError):  # it has ended already, which its sentinel tells
            self._line.send_bytes(GO)

    def look(self) -> None:
        """Find out whether it is prepared."""
        with suppress(OSError, EOFError):
            if not self.prepared and self._line.poll():
                self._line.recv_bytes()
                self.prepared = True
                _log.debug("process prepared", service=self.job.key, seconds=round(self.seconds, 3))

    @property
    def waitable(self) -> "Sequence[int | Connection]":
        """What can be read once something has happened to it."""
        if not self._started:
            return [self._line]  # whose other end is closed
        awaited = not self.prepared and self.ends_by is None
        return [self._process.sentinel, self._line] if awaited else [self._process.sentinel]

    @property
    def exit_code(self) -> int | None:
        """None while it runs; `SERVER_DIED` where what it was forked from has died, and it is ending by itself."""
        return self._process.exitcode if self._started else SERVER_DIED

    @property
    def seconds(self) -> float:
        """For how long it has lived."""
        return time.monotonic() - self._begun

    def end(self) -> None:
        """Ask it to end: it finishes what it has in hand."""
        if self.ends_by is None:
            self.ends_by = time.monotonic() + STOP_LIMIT + MARGIN
            if self._started:
                self._process.terminate()

    def kill_if_late(self) -> None:
        """Kill it where it should have ended."""
        if self.ends_by is not None and self.exit_code is None and time.monotonic() >= self.ends_by:
            _log.error("process does not end, killing it", service=self.job.key)
            self._process.kill()

    def close(self) -> None:
        """Let go of it; it has ended."""
        if self._started:
            self._process.join()
            self._process.close()
        self._line.close()

    def join(self) -> None:
        """Wait for its end, until it is killed."""
        if self.ends_by is not None and self._started:
            self._process.join(max(0, self.ends_by - time.monotonic()))
        self.kill_if_late()
        self.close()


def end_all(lives: Iterable[Life]) -> None:
    """End them, side by side, and then those who tell how the host does; it takes bounded time."""
    ending = list(lives)
    telling = [life for life in ending if life.job.kind is Kind.HEALTH]
    _end_side_by_side([life for life in ending if life not in telling])
    _end_side_by_side(telling)


def _end_side_by_side(lives: Sequence[Life]) -> None:
    for life in lives:
        life.end()
    for life in lives:
        life.join()
