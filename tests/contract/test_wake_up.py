"""Every rule of the port WakeUp, on the double, on adaptive polling, and on PostgreSQL's bells."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import pytest
from sqlalchemy import Engine

from lockgate.ports import Sleep, WakeUp
from lockgate.queue.message import NewMessage
from lockgate.queue.polling import Bounds, Polling
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.wakeups import Bell, wake_up
from lockgate_transport.host.clock import HostClock
from tests.contract.message_stores import current_engine
from tests.doubles.wake_up import MemoryWakeUp

FLOOR, CEILING = 0.05, 0.2
"""Seconds, real ones: a descriptor that becomes readable is what this port is about."""
BOUNDS = Bounds(FLOOR, CEILING)
PATIENCE = 20.0
SLEEP = HostClock().sleep


class Subject(Protocol):
    """A wake-up under test."""

    def opened(self, sleep: Sleep) -> WakeUp:
        """A new one."""

    def ring(self, delay: float = 0) -> None:
        """Let something be there to find, in so many seconds, and tell so."""

    def flood(self) -> Iterator[None]:
        """Ring all the time, for nothing."""


class MemorySubject:
    def __init__(self) -> None:
        self._made: list[MemoryWakeUp] = []

    def opened(self, sleep: Sleep) -> WakeUp:
        self._made.append(MemoryWakeUp(sleep, time.monotonic, floor=FLOOR))
        return self._made[-1]

    def ring(self, delay: float = 0) -> None:
        for its in self._made:
            its.ring(delay)

    def flood(self) -> Iterator[None]:
        for its in self._made:
            its.flooded = True
        yield


class PollingSubject:
    """Nothing tells it anything."""

    def opened(self, sleep: Sleep) -> WakeUp:
        return Polling(BOUNDS, sleep, time.monotonic)

    def ring(self, delay: float = 0) -> None: ...

    def flood(self) -> Iterator[None]:
        yield


class PostgresqlSubject:
    def __init__(self, engine: Engine) -> None:
        self._engine, self._store = engine, SqlMessageStore(engine)
        self.made: list[WakeUp] = []

    def opened(self, sleep: Sleep) -> WakeUp:
        self.made.append(wake_up(self._engine, Bell.REQUEST, BOUNDS, sleep, time.monotonic))
        return self.made[-1]

    def ring(self, delay: float = 0) -> None:
        putting = threading.Timer(delay, self._store.put, (NewMessage("the same", b"request"),))
        putting.start()
        if not delay:
            putting.join()

    def flood(self) -> Iterator[None]:
        over = threading.Event()

        def ring() -> None:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                while not over.is_set():
                    connection.exec_driver_sql(f"notify {Bell.REQUEST}, 'whatever'")

        ringing = threading.Thread(target=ring)
        ringing.start()
        yield
        over.set()
        ringing.join()


@pytest.fixture(scope="module")
def engine(fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database("postgresql")) as engine:
        yield engine


@pytest.fixture(params=["memory", "polling", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "postgresql":
        listening = PostgresqlSubject(request.getfixturevalue("engine"))
        yield listening
        for its in listening.made:
            its.close()
    else:
        yield MemorySubject() if request.param == "memory" else PollingSubject()


@contextmanager
def flooded(subject: Subject) -> Iterator[None]:
    yield from subject.flood()


def settled(subject: Subject, sleep: Sleep = SLEEP) -> WakeUp:
    """One that has looked, and has begun to wait."""
    its = subject.opened(sleep)
    its.looked(found=False)
    its.wait(0.001)
    its.looked(found=False)
    return its


def woken(its: WakeUp, within: float) -> bool:
    """Whether it says to look within so many seconds; other returns only wait on."""
    end = time.monotonic() + within
    while (left := end - time.monotonic()) > 0:
        if its.wait(left):
            return True
    return False


def test_no_wait_lasts_longer_than_its_limit(subject: Subject) -> None:
    its = settled(subject)
    begun = time.monotonic()
    for _ in range(5):
        its.wait(0.002)
    assert time.monotonic() - begun < CEILING


def test_whatever_there_is_to_find_is_looked_for(subject: Subject) -> None:
    its = settled(subject)
    for _ in range(3):
        subject.ring(0.02)
        assert woken(its, PATIENCE)
        its.looked(found=True)
        its.looked(found=False)


def test_a_ring_before_the_wait_counts(subject: Subject) -> None:
    its = settled(subject)
    subject.ring()
    assert woken(its, PATIENCE)


def test_no_flood_makes_it_look_more_often_than_fast_polling_would(subject: Subject) -> None:
    its = settled(subject)
    looks, waits, duration = 0, 0, 0.5
    with flooded(subject):
        end = time.monotonic() + duration
        while (left := end - time.monotonic()) > 0:
            waits += 1
            if its.wait(left):
                looks += 1
                its.looked(found=False)
    growing = 4  # looks while the pauses grow to the floor
    assert looks <= duration / FLOOR + growing
    assert waits <= 3 * (duration / FLOOR + growing)


def test_a_sleep_that_is_cut_short_ends_the_wait(subject: Subject) -> None:
    def stopped(seconds: float, readable: int | None = None) -> None:
        """As after a stop: no time passes."""

    its = settled(subject, stopped)
    begun = time.monotonic()
    for _ in range(5):
        its.wait(60)
    assert time.monotonic() - begun < PATIENCE


def test_closed_twice_and_used_again(subject: Subject) -> None:
    its = settled(subject)
    its.close()
    its.close()
    its.looked(found=False)
    its.wait(0.001)
    its.looked(found=False)
    subject.ring()
    assert woken(its, PATIENCE)
