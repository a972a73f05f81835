"""The contract suite of the port WakeUp."""

import selectors
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import pytest

from lockgate.ports import Sleep, WakeUp

FLOOR, CEILING = 0.05, 0.2
"""Seconds, real ones: the shortest and the longest pause between two looks of the wake-up under test."""
PATIENCE = 20.0


def sleep_of_this_host(seconds: float, readable: int | None = None) -> None:
    """Wait; less if the file descriptor `readable` can be read before."""
    if readable is None:
        time.sleep(seconds)
    else:
        with selectors.DefaultSelector() as selector:
            selector.register(readable, selectors.EVENT_READ)
            selector.select(seconds)


class WakeUpSubject(Protocol):
    """A wake-up under test."""

    def opened(self, sleep: Sleep) -> WakeUp:
        """A new one, with `FLOOR` and `CEILING` as its shortest and longest pause; it sleeps by `sleep`."""

    def notify(self, delay: float = 0) -> None:
        """After so many seconds, let there be something to find, and notify every wake-up that was opened."""

    def flood(self) -> Iterator[None]:
        """Notify all of them all the time, without a cause, until the iterator continues after its one `yield`."""


class WakeUpContract:
    """Every rule of the port WakeUp. A subclass supplies the fixture `subject`. It takes real time, a few seconds."""

    @pytest.fixture
    def subject(self) -> WakeUpSubject:
        """The wake-up under test."""
        raise NotImplementedError("supply the fixture `subject`: the wake-up under test")

    def test_no_wait_lasts_longer_than_its_limit(self, subject: WakeUpSubject) -> None:
        waiter = _settled(subject)
        begun = time.monotonic()
        for _ in range(5):
            waiter.wait(0.002)
        assert time.monotonic() - begun < CEILING

    def test_whatever_there_is_to_find_is_looked_for(self, subject: WakeUpSubject) -> None:
        waiter = _settled(subject)
        for _ in range(3):
            subject.notify(0.02)
            assert _woken(waiter, PATIENCE)
            waiter.looked(found=True)
            waiter.looked(found=False)

    def test_a_ring_before_the_wait_counts(self, subject: WakeUpSubject) -> None:
        waiter = _settled(subject)
        subject.notify()
        assert _woken(waiter, PATIENCE)

    def test_no_flood_makes_it_look_more_often_than_fast_polling_would(self, subject: WakeUpSubject) -> None:
        waiter = _settled(subject)
        looks, waits, duration = 0, 0, 0.5
        with _flooded(subject):
            end = time.monotonic() + duration
            while (left := end - time.monotonic()) > 0:
                waits += 1
                if waiter.wait(left):
                    looks += 1
                    waiter.looked(found=False)
        growing = 4  # looks while the pauses grow to the floor
        assert looks <= duration / FLOOR + growing
        assert waits <= 3 * (duration / FLOOR + growing)

    def test_a_sleep_that_is_cut_short_ends_the_wait(self, subject: WakeUpSubject) -> None:
        def stopped(seconds: float, readable: int | None = None) -> None:
            """As after a stop: no time passes."""

        waiter = _settled(subject, stopped)
        begun = time.monotonic()
        for _ in range(5):
            waiter.wait(60)
        assert time.monotonic() - begun < PATIENCE

    def test_closed_twice_and_used_again(self, subject: WakeUpSubject) -> None:
        waiter = _settled(subject)
        waiter.close()
        waiter.close()
        waiter.looked(found=False)
        waiter.wait(0.001)
        waiter.looked(found=False)
        subject.notify()
        assert _woken(waiter, PATIENCE)


@contextmanager
def _flooded(subject: WakeUpSubject) -> Iterator[None]:
    yield from subject.flood()


def _settled(subject: WakeUpSubject, sleep: Sleep = sleep_of_this_host) -> WakeUp:
    """One that has looked, and has begun to wait."""
    waiter = subject.opened(sleep)
    waiter.looked(found=False)
    waiter.wait(0.001)
    waiter.looked(found=False)
    return waiter


def _woken(waiter: WakeUp, within: float) -> bool:
    """Whether it says to look within so many seconds; after other returns the test waits on."""
    end = time.monotonic() + within
    while (left := end - time.monotonic()) > 0:
        if waiter.wait(left):
            return True
    return False
