"""Listening: how soon a ring is heard, what a flood of rings comes to, and what happens where listening fails."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from lockgate.errors import Unavailable
from lockgate.queue.polling import Bounds
from lockgate_persistence.dialects.base import Bells, Listening
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.wakeups import LISTENING_AGAIN, SHORTEST_HUSH, Bell, Listener

PERIOD, FLOOR = 10.0, 0.5


class Tower(Bells, Listening):
    """A bell and whoever listens to it, in a time of their own.

    Attributes:
        rings: when it rings, in seconds.
        noise: when something else comes in.
        down: whether nobody can listen; cut: whether the connection broke; cuts_all: that each one
            breaks at once.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.rings: list[float] = []
        self.noise: list[float] = []
        self.down = self.cut = self.cuts_all = False
        self.listened: list[float] = []
        self.open = 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, readable: int | None = None) -> None:
        coming = [its for its in (*self.rings, *self.noise) if readable is not None and its <= self.now + seconds]
        if readable is not None and self.cut:
            return
        self.now = max(self.now, min(coming)) if coming else math.ceil((self.now + seconds) * 1e6) / 1e6

    def ring(self, connection: Connection, bell: str) -> None:
        raise NotImplementedError

    def listen(self, engine: Engine, bell: str) -> Listening:
        self.listened.append(self.now)
        if self.down:
            raise OperationalError("listen", {}, Exception("down"))
        self.cut = self.cuts_all
        self.open += 1
        return self

    def fileno(self) -> int:
        return 0

    def heard(self) -> bool:
        if self.cut:
            raise Unavailable("cut")
        heard = any(its <= self.now for its in self.rings)
        self.rings = [its for its in self.rings if its > self.now]
        self.noise = [its for its in self.noise if its > self.now]
        return heard

    def close(self) -> None:
        self.open -= 1


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """For the translation of errors only."""
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{tmp_path / 'any.db'}", prefill=False))
    yield engine
    engine.dispose()


@pytest.fixture
def tower() -> Tower:
    return Tower()


@pytest.fixture
def listener(engine: Engine, tower: Tower) -> Listener:
    return Listener(engine, tower, Bell.REQUEST, Bounds(FLOOR, PERIOD), tower.sleep, tower.monotonic)


def looks(listener: Listener, tower: Tower, until: float, *found: bool) -> list[float]:
    """When one looks who waits no longer than `PERIOD`: first as `found` says, then in vain."""
    times, outcomes = [], iter(found)
    while tower.now < until:
        times.append(round(tower.now, 3))
        listener.looked(found=next(outcomes, False))
        end = min(tower.now + PERIOD, until)
        while tower.now < end and not listener.wait(end - tower.now):
            pass
    return times


def test_it_looks_once_more_when_it_begins_to_listen(listener: Listener, tower: Tower) -> None:
    assert looks(listener, tower, 25) == [0, 0, 10, 20]
    assert tower.listened == [0]


def test_a_ring_is_heard_at_once(listener: Listener, tower: Tower) -> None:
    tower.rings = [3, 7]
    assert looks(listener, tower, 16, False, False, True, True) == [0, 0, 3, 7]


def test_a_ring_right_after_a_look_is_heard_soon(listener: Listener, tower: Tower) -> None:
    tower.rings = [3, 3.001]
    assert looks(listener, tower, 12) == [0, 0, 3, pytest.approx(3 + 2 * SHORTEST_HUSH)]


def test_rings_for_nothing_are_heard_ever_more_rarely_until_it_is_quiet(listener: Listener, tower: Tower) -> None:
    flood = [1 + number / 1000 for number in range(5000)]
    tower.rings = [*flood, 20, 20.001]
    times = looks(listener, tower, 21)
    during = [its for its in times if 1 <= its < 6.5]
    assert len(during) <= 5 / FLOOR + 6
    assert [its for its in times if its >= 20] == [20, pytest.approx(20 + 2 * SHORTEST_HUSH)]


def test_other_noise_on_the_wire_leads_to_no_look_and_does_not_make_it_spin(listener: Listener, tower: Tower) -> None:
    tower.noise = [1 + number / 1000 for number in range(5000)]
    listener.looked(found=False)
    waits = 0
    while tower.now < 6:
        waits += 1
        listener.wait(6 - tower.now)
    assert waits <= 2 * (5 / FLOOR + 7)


def test_a_connection_that_broke_is_replaced_after_a_pause_and_what_was_missed_is_looked_for(
    listener: Listener, tower: Tower
) -> None:
    looks(listener, tower, 5)
    tower.cut = True
    again = 5 + SHORTEST_HUSH + LISTENING_AGAIN.floor
    assert looks(listener, tower, 8) == [5, pytest.approx(again)]
    assert tower.listened == [0, pytest.approx(again)]
    assert tower.open == 1


def test_a_server_that_cuts_every_connection_is_tried_ever_more_rarely(listener: Listener, tower: Tower) -> None:
    tower.cuts_all = True
    assert len(looks(listener, tower, 200)) < 40
    assert [round(its) for its in tower.listened] == [0, 2, 6, 14, 30, 62, 122, 182]
    assert tower.open == 0


def test_where_it_cannot_listen_it_polls_and_tries_again(listener: Listener, tower: Tower) -> None:
    tower.down = True
    assert looks(listener, tower, 12, True) == [0, 0.5, 1, 1.75, 2.875, 4.562, 7.094, 10.891]
    assert tower.listened == [0, 1, 3, 7]
    tower.down = False
    assert looks(listener, tower, 16) == [12, 15]


def test_closing_gives_the_connection_back(listener: Listener, tower: Tower) -> None:
    looks(listener, tower, 5)
    listener.close()
    listener.close()
    assert tower.open == 0
    assert looks(listener, tower, 6) == [5, 5]
