"""Message database servers that are hostile to their client: what they send is bounded in octets and in time."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from multiprocessing.connection import wait
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from lockgate.errors import PeerError, Unavailable
from lockgate.queue.message import NewMessage
from lockgate_persistence.dialects import dialect_of, notifications, postgresql_connections
from lockgate_persistence.dialects.base import ListeningConnection, cleaned
from lockgate_persistence.dialects.sockets import CountedSocket, Guard
from lockgate_persistence.engines import MAX_ANSWER, DatabaseSettings, open_engine
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from lockgate_persistence.schema import MAX_SIZE
from lockgate_persistence.wakeups import Channel, notify
from tests.support.databases.hostile_servers import MIB, SERVERS, misbehaving

LEASE = timedelta(minutes=5)
SECONDS, AT_MOST = 1, 5
"""For a statement to a server that is slow, as the client is told, and as it takes."""
MANY_SECONDS = 20
GROWTH = 128 * MIB
GROWTHS = {"results without end": 1024 * MIB, "a notification that is never finished": 256 * MIB}
"""Octets by which the client's process grows. libpq needs some 300 octets for a result that travels as 16. It doubles
the buffer for one long notification, and holds the old and the new one at once where the system cannot move pages."""


@pytest.mark.parametrize(
    ("database", "misbehaviour"),
    [(name, misbehaviour) for name, all_of_it in SERVERS.items() for misbehaviour in all_of_it],
)
def test_a_client_lets_go_of_a_server_that_misbehaves(database: str, misbehaviour: str) -> None:
    script = SERVERS[database][misbehaviour]
    with misbehaving(database, script) as url:
        found = told_by_client(url, SECONDS if script.pause else MANY_SECONDS)
    assert found["error"].startswith("Unavailable: the database is not available (")
    assert found["grown"] < GROWTHS.get(misbehaviour, GROWTH)
    assert found["seconds"] < (AT_MOST if script.pause else MANY_SECONDS)


def told_by_client(url: str, seconds: float) -> dict[str, Any]:
    """What a process says that asks that server; a statement of its own takes so many `seconds` at most."""
    command = [sys.executable, "-m", "tests.support.databases.hostile_client", url, str(seconds)]
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=MANY_SECONDS)
    except subprocess.TimeoutExpired:
        pytest.fail("the client has not let go")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def opened(url: str, max_answer: float = MAX_ANSWER) -> Iterator[Engine]:
    settings = DatabaseSettings(url=url, pool_min=1, pool_max=1, prefill=False, max_answer=max_answer)
    engine = open_engine(settings)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture(
    params=[pytest.param(database, marks=getattr(pytest.mark, database)) for database in ("postgresql", "mariadb")]
)
def url(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> str:
    return fresh_database(request.param)


@pytest.fixture
def postgresql_url(fresh_database: Callable[[str], str]) -> str:
    return fresh_database("postgresql")


def own_id(engine: Engine) -> int:
    own = {"postgresql": "select pg_backend_pid()", "mariadb": "select connection_id()"}
    with engine.connect() as connection:
        return int(connection.execute(text(own[engine.dialect.name])).scalar_one())


@contextmanager
def large_packets(url: str) -> Iterator[None]:
    """A server with a limit on its clients' statements has one that is large enough."""
    if not url.startswith("mariadb"):
        yield
        return
    with opened(url) as engine, engine.connect() as connection:
        before = connection.execute(text("select @@max_allowed_packet")).scalar_one()
        connection.execute(text(f"set global max_allowed_packet = {4 * MAX_SIZE}"))
        yield
        connection.execute(text(f"set global max_allowed_packet = {before}"))


def test_the_largest_message_travels(url: str) -> None:
    with large_packets(url), opened(url) as engine:
        upgrade(engine, MESSAGES)
        store = SqlMessageStore(engine, MAX_SIZE)
        store.put(NewMessage("id", b"r" * MAX_SIZE))
        (claimed,) = store.claim(10, LEASE)
    assert claimed.content == b"r" * MAX_SIZE


def test_a_connection_is_replaced_once_it_has_received_its_share(url: str) -> None:
    octets = 100_000
    with opened(url, octets) as engine:
        before = own_id(engine)
        for _ in range(2 * dialect_of(engine).answer_form):
            assert own_id(engine) == before
            with engine.connect() as connection:
                connection.execute(text(f"select repeat('a', {octets - 5000})"))
        with engine.connect() as connection:
            connection.execute(text(f"select repeat('a', {octets // 5})"))
        assert own_id(engine) != before


def test_a_trusted_database_answers_at_any_size(url: str) -> None:
    with opened(url, float("inf")) as engine, engine.connect() as connection:
        assert len(connection.execute(text(f"select repeat('a', {MAX_SIZE - 1024})")).scalar_one()) == MAX_SIZE - 1024


@pytest.mark.postgresql
def test_only_an_answer_that_is_read_in_pieces_has_a_guard(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded: list[float] = []

    class Counted(Guard):
        def __init__(self, guarded_socket: CountedSocket, octets: float) -> None:
            guarded.append(octets)
            super().__init__(guarded_socket, octets)

    monkeypatch.setattr(postgresql_connections, "Guard", Counted)
    with opened(postgresql_url) as engine, engine.connect() as connection:
        for _ in range(20):
            connection.execute(text("select 1"))
        assert guarded == []
        connection.execute(text("select repeat('a', 1024) from generate_series(1, 1024)"))
        assert len(guarded) == 1


@pytest.mark.postgresql
def test_a_session_that_was_made_to_listen_is_left(postgresql_url: str) -> None:
    with opened(postgresql_url) as engine, opened(postgresql_url) as owner:
        upgrade(owner, MESSAGES)
        store = SqlMessageStore(engine)
        store.put(NewMessage("id", b"request"))
        with owner.begin() as connection:
            connection.execute(
                text(
                    "create function listen() returns trigger language plpgsql as"
                    " $$ begin execute 'listen flood'; return new; end $$"
                )
            )
            connection.execute(text("create trigger listen after update on message execute function listen()"))
        before = own_id(engine)
        returned: list[Any] = []
        event.listen(engine, "checkin", lambda driver, _: returned.append(driver))
        assert len(store.claim(10, LEASE)) == 1
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(
                text("select count(pg_notify('flood', repeat('n', 7000) || n)) from generate_series(1, 50) n")
            )
        assert wait([returned[-1].pgconn.socket], MANY_SECONDS)
        assert store.fetch(1, "id") is not None
        assert own_id(engine) != before


def readable_of(listening: ListeningConnection) -> int:
    readable = listening.fileno()
    assert readable is not None
    return readable


def hear_all(listening: ListeningConnection) -> None:
    while wait([readable_of(listening)], MANY_SECONDS):
        assert listening.notified()


@pytest.mark.postgresql
def test_who_listens_does_so_anew_after_so_many_octets(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "MOST_OCTETS", 20_000)
    flood = f"select count(pg_notify('{Channel.REQUEST}', repeat('n', 7000) || n)) from generate_series(1, 5) n"
    with (
        opened(postgresql_url) as engine,
        closing(notifications.PostgresqlNotifications().listen(engine, Channel.REQUEST)) as listening,
    ):
        notify(engine, Channel.REQUEST)
        assert wait([readable_of(listening)], MANY_SECONDS)
        assert listening.notified()
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(flood))
        with pytest.raises(Unavailable, match="anew"):
            hear_all(listening)


@pytest.mark.postgresql
def test_two_rows_where_one_can_be_are_the_peer_s_error(postgresql_url: str) -> None:
    with opened(postgresql_url) as engine:
        upgrade(engine, MESSAGES)
        store = SqlMessageStore(engine)
        for name in ("one", "two"):
            store.put(NewMessage(name, b"request"))
        with engine.begin() as connection:
            connection.execute(text("alter table message drop constraint message_unique"))
            connection.execute(text("update message set messageid = 'one'"))
        with pytest.raises(PeerError, match="more than 1 row"):
            store.fetch(1, "one")


def test_of_a_long_error_no_more_than_the_beginning_is_looked_at() -> None:
    assert cleaned("e" * 10 * MIB) == "e" * 200
