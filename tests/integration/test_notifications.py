"""PostgreSQL's notifications on a real server: which event notifies on which channel, and how little that
says.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from lockgate.errors import Unavailable
from lockgate.queue.message import MessageType, NewMessage, Processed, SetAside, WaitAgain
from lockgate.reasons import Reason, Rejected
from lockgate_persistence.dialects.base import ListeningConnection
from lockgate_persistence.dialects.notifications import PostgresqlNotifications
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.wakeups import Channel, notify
from lockgate_transport.host.clock import HostClock
from tests.contract.message_stores import current_engine
from tests.support.databases.servers import SERVER_NAME, Server

pytestmark = pytest.mark.postgresql
LEASE = timedelta(minutes=5)
PATIENCE = 20


@pytest.fixture(scope="module")
def engine(fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database("postgresql")) as engine:
        yield engine


@pytest.fixture
def notifications(engine: Engine) -> Iterator[dict[Channel, ListeningConnection]]:
    """Each channel, heard."""
    heard = {channel: PostgresqlNotifications().listen(engine, channel) for channel in Channel}
    yield heard
    for listening in heard.values():
        listening.close()


def is_notified(listening: ListeningConnection, seconds: float = PATIENCE) -> bool:
    HostClock().sleep(seconds, listening.fileno())
    return listening.notified()


def hear(listening: ListeningConnection) -> None:
    """Wait for a notification, whatever else comes in."""
    while not is_notified(listening):
        pass


def test_each_channel_is_notified_of_its_own_event(
    engine: Engine, notifications: dict[Channel, ListeningConnection]
) -> None:
    store = SqlMessageStore(engine)
    for outcome in ("processed", "set aside"):
        store.put(NewMessage(outcome, b"request"))
        assert is_notified(notifications[Channel.REQUEST])
        (claimed,) = store.claim(10, LEASE)
        store.settle([WaitAgain(claimed, timedelta())])
        assert not is_notified(notifications[Channel.ANSWER], 0.05)
        (claimed,) = store.claim(10, LEASE)
        store.settle(
            [Processed(claimed, b"a") if outcome == "processed" else SetAside(claimed, Rejected(Reason.TOO_LARGE))]
        )
        assert is_notified(notifications[Channel.ANSWER])
        assert not notifications[Channel.REQUEST].notified(), "a worker is not woken by what it wrote itself"


def test_many_notifications_are_heard_as_one(engine: Engine, notifications: dict[Channel, ListeningConnection]) -> None:
    for _ in range(100):
        notify(engine, Channel.REQUEST)
    while is_notified(notifications[Channel.REQUEST], 0.1):
        pass
    assert not notifications[Channel.REQUEST].notified()


def test_a_ring_that_fails_takes_nothing_back(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: PostgresqlNotifications, connection: Connection, channel: str) -> None:
        raise OperationalError("notify", {}, Exception("the connection is lost"))

    monkeypatch.setattr(PostgresqlNotifications, "notify", broken)
    store = SqlMessageStore(engine)
    store.put(NewMessage("unheard", b"request"))
    stored = store.fetch(MessageType.API, "unheard")
    assert stored is not None


def test_a_connection_that_was_cut_says_so(engine: Engine) -> None:
    listening = PostgresqlNotifications().listen(engine, Channel.ANSWER)
    with engine.connect() as connection:
        connection.execute(text("select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%'"))
    with pytest.raises(Unavailable):
        hear(listening)
    listening.close()


def test_it_is_heard_over_tls_like_everything_and_takes_no_place_in_the_pool(postgresql_server: Server) -> None:
    url = postgresql_server.fresh_url().replace("127.0.0.1", SERVER_NAME)
    engine = open_engine(DatabaseSettings(url=url, tls_ca=postgresql_server.identity.ca, pool_min=1, pool_max=1))
    listening = PostgresqlNotifications().listen(engine, Channel.REQUEST)
    query = (
        "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where query like 'LISTEN%' and datname = :name"
    )
    with engine.connect() as connection:
        assert connection.execute(text(query), {"name": engine.url.database}).scalars().all() == [True]
    notify(engine, Channel.REQUEST)
    assert is_notified(listening)
    listening.close()
    engine.dispose()
