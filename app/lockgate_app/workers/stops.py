"""How a process that works on and on is asked to stop, and what ends it if it does not."""

import os
import signal
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection as PipeConnection
from multiprocessing.connection import wait
from typing import Protocol

from tenacity import RetryCallState
from tenacity.stop import stop_base

from lockgate_app.workers.lines import Lines

_log = Lines("lockgate.worker")
STOP_LIMIT = 60.0
"""Seconds from being asked for a stop to the end of the process, whatever a database's server does meanwhile."""
STOPPED_LATE = 3
"""The exit code of a process that had to be ended."""
DAY = 86_400.0


class Rest(Protocol):
    """Time passing, until someone asks the worker to stop."""

    @abstractmethod
    def rest(self, seconds: float, readable: int | None = None) -> None:
        """Wait for `seconds`, or less if a stop is asked for, or the file descriptor `readable` can be read."""

    @abstractmethod
    def stopping(self) -> bool:
        """Whether a stop was asked for."""

    @abstractmethod
    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""


class EventRest(Rest):
    """Real time; `stop`, which a signal handler may call, ends it."""

    def __init__(self) -> None:
        self._stopping = False
        self._ended, self._end = Pipe(duplex=False)

    def fileno(self) -> int:
        """A file descriptor that can be read once a stop is asked for."""
        return self._ended.fileno()

    def stop(self) -> None:
        """Ask for a stop. No lock is taken: a signal may come in the middle of `rest`."""
        if not self._stopping:
            self._stopping = True
            self._end.send_bytes(b"stop")

    def rest(self, seconds: float, readable: int | None = None) -> None:
        """As `Rest.rest`."""
        wait([self._ended] if readable is None else [self._ended, readable], seconds)

    def stopping(self) -> bool:
        """As `Rest.stopping`."""
        return self._stopping

    def monotonic(self) -> float:
        """As `Rest.monotonic`."""
        return time.monotonic()


STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Signals that ask for a stop: a terminal that is closed, too, ends what it runs in order."""


@contextmanager
def handled(handlers: Mapping[signal.Signals, Callable[[], object]]) -> Iterator[None]:
    """Each of the signals calls its handler inside the block."""
    before = {number: signal.signal(number, partial(_call, handle)) for number, handle in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _call(handle: Callable[[], object], *_: object) -> None:
    handle()


@contextmanager
def stopped_by_signals(
    rest: EventRest, end: Callable[[int], object] = os._exit, signals: Sequence[signal.Signals] = STOPS
) -> Iterator[None]:
    """The signals ask `rest` for a stop inside the block.

    Args:
        end: ends the process, with an exit code, where the block is not left within `STOP_LIMIT` seconds from then.
            A worker may end at any point: the journal holds what it has done, and leases run out.
    """
    with handled(dict.fromkeys(signals, rest.stop)):
        left, leave = Pipe(duplex=False)
        watch = threading.Thread(target=_end_in_time, args=(rest, left, end), daemon=True)
        watch.start()  # before any signal: a handler that interrupts the start of a thread could start none
        try:
            yield
        finally:
            leave.close()
            watch.join()
            left.close()


def _end_in_time(rest: EventRest, left: PipeConnection, end: Callable[[int], object]) -> None:
    while not rest.stopping() and not left.poll():
        rest.rest(DAY, left.fileno())
    if not left.poll(STOP_LIMIT):
        _log.error("ended before its batch was finished; the next worker continues it", seconds=STOP_LIMIT)
        end(STOPPED_LATE)


class Stopped(stop_base):
    """Give up trying again once a stop is asked for."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def __call__(self, retry_state: RetryCallState) -> bool:  # noqa: ARG002  (tenacity passes it by name)
        """Whether to give up."""
        return self._rest.stopping()
