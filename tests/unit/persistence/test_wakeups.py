"""Listening: how soon a notification is heard, what a flood of them comes to, and what happens where it
fails.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from lockgate.errors import Unavailable
from lockgate.queue.polling import PollingBounds
from lockgate_persistence.dialects.base import ListeningConnection, Notifications
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.wakeups import LISTENING_AGAIN, SHORTEST_PAUSE, Channel, Listener

PERIOD, FLOOR = 10.0, 0.5


class FakeServer(Notifications, ListeningConnection):
    """A server that notifies, and a connection that listens, in a time of their own.

    Attributes:
        notified_at: when it notifies, in seconds.
        noise: when something else comes in.
        down: whether nobody can listen; cut: whether the connection broke; cuts_all: that each one
            breaks at once.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.notified_at: list[float] = []
        self.noise: list[float] = []
        self.down = self.cut = self.cuts_all = False
        self.listened: list[float] = []
        self.open = 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, readable: int | None = None) -> None:
        coming = [
            time for time in (*self.notified_at, *self.noise) if readable is not None and time <= self.now + seconds
        ]
        if readable is not None and self.cut:
            return
        self.now = max(self.now, min(coming)) if coming else math.ceil((self.now + seconds) * 1e6) / 1e6

    def notify(self, connection: Connection, channel: str) -> None:
        raise NotImplementedError

    def listen(self, engine: Engine, channel: str) -> ListeningConnection:
        self.listened.append(self.now)
        if self.down:
            raise OperationalError("listen", {}, Exception("down"))
        self.cut = self.cuts_all
        self.open += 1
        return self

    def fileno(self) -> int:
        return 0

    def notified(self) -> bool:
        if self.cut:
            raise Unavailable("cut")
        heard = any(time <= self.now for time in self.notified_at)
        self.notified_at = [time for time in self.notified_at if time > self.now]
        self.noise = [time for time in self.noise if time > self.now]
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
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def listener(engine: Engine, server: FakeServer) -> Listener:
    return Listener(engine, server, Channel.REQUEST, PollingBounds(FLOOR, PERIOD), server.sleep, server.monotonic)


def looks(listener: Listener, server: FakeServer, until: float, *found: bool) -> list[float]:
    """When one looks who waits no longer than `PERIOD`: first as `found` says, then in vain."""
    times, outcomes = [], iter(found)
    while server.now < until:
        times.append(round(server.now, 3))
        listener.looked(found=next(outcomes, False))
        end = min(server.now + PERIOD, until)
        while server.now < end and not listener.wait(end - server.now):
            pass
    return times


def test_it_looks_once_more_when_it_begins_to_listen(listener: Listener, server: FakeServer) -> None:
    assert looks(listener, server, 25) == [0, 0, 10, 20]
    assert server.listened == [0]


def test_a_notification_is_heard_at_once(listener: Listener, server: FakeServer) -> None:
    server.notified_at = [3, 7]
    assert looks(listener, server, 16, False, False, True, True) == [0, 0, 3, 7]


def test_a_notification_right_after_a_look_is_heard_soon(listener: Listener, server: FakeServer) -> None:
    server.notified_at = [3, 3.001]
    assert looks(listener, server, 12) == [0, 0, 3, pytest.approx(3 + 2 * SHORTEST_PAUSE)]


def test_notifications_for_nothing_are_heard_ever_more_rarely_until_it_is_quiet(
    listener: Listener, server: FakeServer
) -> None:
    flood = [1 + number / 1000 for number in range(5000)]
    server.notified_at = [*flood, 20, 20.001]
    times = looks(listener, server, 21)
    during = [time for time in times if 1 <= time < 6.5]
    assert len(during) <= 5 / FLOOR + 6
    assert [time for time in times if time >= 20] == [20, pytest.approx(20 + 2 * SHORTEST_PAUSE)]


def test_other_noise_on_the_wire_leads_to_no_look_and_does_not_make_it_spin(
    listener: Listener, server: FakeServer
) -> None:
    server.noise = [1 + number / 1000 for number in range(5000)]
    listener.looked(found=False)
    waits = 0
    while server.now < 6:
        waits += 1
        listener.wait(6 - server.now)
    assert waits <= 2 * (5 / FLOOR + 7)


def test_a_connection_that_broke_is_replaced_after_a_pause_and_what_was_missed_is_looked_for(
    listener: Listener, server: FakeServer
) -> None:
    looks(listener, server, 5)
    server.cut = True
    again = 5 + SHORTEST_PAUSE + LISTENING_AGAIN.floor
    assert looks(listener, server, 8) == [5, pytest.approx(again)]
    assert server.listened == [0, pytest.approx(again)]
    assert server.open == 1


def test_a_server_that_cuts_every_connection_is_tried_ever_more_rarely(listener: Listener, server: FakeServer) -> None:
    server.cuts_all = True
    assert len(looks(listener, server, 200)) < 40
    assert [round(time) for time in server.listened] == [0, 2, 6, 14, 30, 62, 122, 182]
    assert server.open == 0


def test_where_it_cannot_listen_it_polls_and_tries_again(listener: Listener, server: FakeServer) -> None:
    server.down = True
    assert looks(listener, server, 12, True)[:6] == [0, 0.5, 1, 1.525, 2.076, 2.655]
    assert server.listened == [0, 1, 3, 7]
    server.down = False
    assert looks(listener, server, 16) == [12, 13.091, 14.237, 15]


def test_closing_gives_the_connection_back(listener: Listener, server: FakeServer) -> None:
    looks(listener, server, 5)
    listener.close()
    listener.close()
    assert server.open == 0
    assert looks(listener, server, 6) == [5, 5]
