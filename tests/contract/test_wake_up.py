"""The double, adaptive polling and PostgreSQL's notifications pass the contract suite of the port WakeUp."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from lockgate.ports import Sleep, WakeUp
from lockgate.queue.message import NewMessage
from lockgate.queue.polling import Polling, PollingBounds
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.wakeups import Channel, wake_up
from lockgate_testing.contracts.wake_up import CEILING, FLOOR, WakeUpContract, WakeUpSubject
from lockgate_testing.doubles.wake_up import MemoryWakeUp
from tests.contract.message_stores import current_engine

BOUNDS = PollingBounds(FLOOR, CEILING)


MESSAGE_IDS = map("message {}".format, itertools.count())
COMMOTIONS = {
    "postgresql": f"notify {Channel.REQUEST}, 'whatever'",
    "sqlite": "update message set attempts = attempts + 1",
}
"""What notifies without a cause."""


class MemorySubject:
    def __init__(self) -> None:
        self._made: list[MemoryWakeUp] = []

    def opened(self, sleep: Sleep) -> WakeUp:
        self._made.append(MemoryWakeUp(sleep, time.monotonic, floor=FLOOR))
        return self._made[-1]

    def notify(self, delay: float = 0) -> None:
        for waiter in self._made:
            waiter.notify(delay)

    def flood(self) -> Iterator[None]:
        for waiter in self._made:
            waiter.flooded = True
        yield


class PollingSubject:
    """Nothing tells it anything."""

    def opened(self, sleep: Sleep) -> WakeUp:
        return Polling(BOUNDS, sleep, time.monotonic)

    def notify(self, delay: float = 0) -> None: ...

    def flood(self) -> Iterator[None]:
        yield


class SqlSubject:
    def __init__(self, engine: Engine) -> None:
        self._engine, self._store = engine, SqlMessageStore(engine)
        self._commotion = COMMOTIONS[engine.dialect.name]
        self.made: list[WakeUp] = []

    def opened(self, sleep: Sleep) -> WakeUp:
        self.made.append(wake_up(self._engine, Channel.REQUEST, BOUNDS, sleep, time.monotonic))
        return self.made[-1]

    def notify(self, delay: float = 0) -> None:
        putting = threading.Timer(delay, self._store.put, (NewMessage(next(MESSAGE_IDS), b"request"),))
        putting.start()
        if not delay:
            putting.join()

    def flood(self) -> Iterator[None]:
        over = threading.Event()

        def notify() -> None:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                while not over.is_set():
                    connection.exec_driver_sql(self._commotion)

        notifying = threading.Thread(target=notify)
        notifying.start()
        yield
        over.set()
        notifying.join()


@pytest.fixture(scope="module")
def postgresql(fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database("postgresql")) as engine:
        yield engine


@pytest.fixture(scope="module")
def sqlite(fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database("sqlite")) as engine:
        yield engine


def listening(engine: Engine) -> Iterator[WakeUpSubject]:
    """Closed at the end."""
    subject = SqlSubject(engine)
    yield subject
    for waiter in subject.made:
        waiter.close()


class TestMemoryWakeUp(WakeUpContract):
    @pytest.fixture
    def subject(self) -> WakeUpSubject:
        return MemorySubject()


class TestPolling(WakeUpContract):
    @pytest.fixture
    def subject(self) -> WakeUpSubject:
        return PollingSubject()


@pytest.mark.postgresql
class TestPostgresqlWakeUp(WakeUpContract):
    @pytest.fixture
    def subject(self, postgresql: Engine) -> Iterator[WakeUpSubject]:
        yield from listening(postgresql)


class TestSqliteWakeUp(WakeUpContract):
    @pytest.fixture
    def subject(self, sqlite: Engine) -> Iterator[WakeUpSubject]:
        yield from listening(sqlite)
