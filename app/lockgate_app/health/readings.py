"""What is read of a host: each database by itself, so that one that does not answer hides nothing about the others."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from lockgate.administration.observations import NewEntries
from lockgate.errors import LockgateError
from lockgate_app.health.facts import CaFacts, HostFacts, KeystoreFacts, QueueFacts
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.trouble import TroubleReport

_log = Lines("lockgate.health")
Value = TypeVar("Value")
Read = Callable[[], Value]
"""Reads now; a LockgateError where that fails."""
Known = Callable[[], Value | None]
"""What is known now; None where nothing is."""
STALE = 4
"""Readings that may be missed before what was read before counts as unknown."""


@dataclass(frozen=True, slots=True)
class HostReadings:
    """What can be read of a host.

    Attributes:
        queues: of message databases, by data source.
        ca: of the CA's database; None on an RA's host.
        entries: the audit log's entries since the last reading; None on an RA's host.
    """

    queues: Mapping[str, Read[QueueFacts]]
    keystores: Read[tuple[KeystoreFacts, ...]]
    ca: Read[CaFacts] | None = None
    entries: Read[NewEntries] | None = None


@dataclass(frozen=True, slots=True)
class HostKnowledge:
    """What is known of a host, likewise."""

    queues: Mapping[str, Known[QueueFacts]]
    keystores: Known[tuple[KeystoreFacts, ...]]
    ca: Known[CaFacts] | None

    def facts(self) -> HostFacts:
        """All of it together."""
        queues = {name: known() for name, known in self.queues.items()}
        return HostFacts(queues, self.keystores() or (), self.ca is not None, None if self.ca is None else self.ca())


def read_now(readings: HostReadings) -> HostFacts:
    """The facts, each read once."""
    queues = {name: _attempt(read) for name, read in readings.queues.items()}
    return HostKnowledge(queues, _attempt(readings.keystores), readings.ca and _attempt(readings.ca)).facts()


def _attempt(read: Read[Value]) -> Known[Value]:
    def known() -> Value | None:
        with suppress(LockgateError):
            return read()
        return None

    return known


class Latest(Generic[Value]):
    """The last value that a thread of its own has read: who asks never waits, and asks no database.

    Args:
        read: called every `every` seconds.
        name: of what is read, for the log.
        monotonic: seconds.
    """

    def __init__(
        self, read: Read[Value], name: str, every: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._read, self._every, self._monotonic = read, every, monotonic
        self._trouble = TroubleReport(_log.bind(reading=name), monotonic)
        self._last: tuple[float, Value] | None = None
        self._ended = threading.Event()

    def __call__(self) -> Value | None:
        """The value; None before the first, after a failure, and where the last one is too old."""
        last = self._last
        return None if last is None or self._monotonic() - last[0] > STALE * self._every else last[1]

    def begin(self) -> None:
        """Read from now on, until `end` or until the process ends."""
        threading.Thread(target=self._run, daemon=True).start()

    def end(self) -> None:
        """Read no more."""
        self._ended.set()

    def look(self) -> None:
        """Read once."""
        try:
            self._last = (self._monotonic(), self._read())
        except Exception as error:  # noqa: BLE001  (a defect must not end the thread: the value would stay unknown)
            self._last = None
            self._trouble.met(error)
        else:
            self._trouble.over()

    def _run(self) -> None:
        while not self._ended.is_set():
            self.look()
            self._ended.wait(self._every)
