"""Engines against real databases: what connections are set to, how the pool behaves, and TLS that is really checked."""

import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import Engine, make_url, select, text
from sqlalchemy.pool import QueuePool

from lockgate.errors import LockgateError, Unavailable
from lockgate_persistence import engines
from lockgate_persistence.dialects import dialect_of, translated
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.health import health
from lockgate_persistence.migrating import Migrations, SchemaState, state, upgrade
from lockgate_persistence.migrations import MESSAGES
from tests.cluster.proxy import Proxy
from tests.support.databases.servers import Server

CLOSED = 1
"""A port where nothing listens."""
SERVERS = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("postgresql", "mariadb")]


@contextmanager
def opened(settings: DatabaseSettings) -> Iterator[Engine]:
    engine = open_engine(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def answer(engine: Engine, statement: str) -> object:
    with translated(engine), engine.connect() as connection:
        return connection.execute(text(statement)).scalar_one()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found


class TestSchema:
    def test_a_fresh_database_is_brought_up_to_date_once(self, message_database_url: str) -> None:
        with opened(DatabaseSettings(url=message_database_url)) as engine:
            assert state(engine, MESSAGES) is SchemaState.EMPTY
            upgrade(engine, MESSAGES)
            assert state(engine, MESSAGES) is SchemaState.CURRENT
            upgrade(engine, MESSAGES)
            assert state(engine, MESSAGES) is SchemaState.CURRENT

    def test_a_newer_product_s_schema_is_left_alone(self, message_database_url: str) -> None:
        with opened(DatabaseSettings(url=message_database_url)) as engine:
            upgrade(engine, MESSAGES)
            with engine.begin() as connection:
                connection.execute(text(f"update {MESSAGES.version_table} set version_num = 'from the future'"))
            assert state(engine, MESSAGES) is SchemaState.UNKNOWN
            with pytest.raises(LockgateError, match="newer version"):
                upgrade(engine, MESSAGES)
            assert "newer version" in health(engine, MESSAGES).problems[0]

    def test_two_sets_of_migrations_do_not_see_each_other(self, message_database_url: str) -> None:
        other = Migrations(MESSAGES.package, "another_version", MESSAGES.newest)
        with opened(DatabaseSettings(url=message_database_url)) as engine:
            upgrade(engine, MESSAGES)
            assert state(engine, other) is SchemaState.EMPTY


class TestConnections:
    @pytest.mark.parametrize(
        ("name", "statement", "expected"),
        [
            ("sqlite", "PRAGMA journal_mode", "wal"),
            ("sqlite", "PRAGMA synchronous", 2),
            ("sqlite", "PRAGMA foreign_keys", 1),
            ("sqlite", "PRAGMA trusted_schema", 0),
            ("sqlite", "PRAGMA busy_timeout", 7000),
            pytest.param("postgresql", "show transaction_isolation", "read committed", marks=pytest.mark.postgresql),
            pytest.param("postgresql", "show lock_timeout", "7s", marks=pytest.mark.postgresql),
            pytest.param(
                "postgresql", "show idle_in_transaction_session_timeout", "5min", marks=pytest.mark.postgresql
            ),
            pytest.param("postgresql", "show tcp_keepalives_idle", "30", marks=pytest.mark.postgresql),
            pytest.param("mariadb", "select @@idle_transaction_timeout", 300, marks=pytest.mark.mariadb),
            pytest.param("mariadb", "select @@tx_isolation", "READ-COMMITTED", marks=pytest.mark.mariadb),
            pytest.param("mariadb", "select @@innodb_lock_wait_timeout", 7, marks=pytest.mark.mariadb),
            pytest.param("mariadb", "select @@wsrep_sync_wait", 1, marks=pytest.mark.mariadb),
        ],
    )
    def test_each_connection_is_set_up(
        self, fresh_database: Callable[[str], str], name: str, statement: str, expected: object
    ) -> None:
        with opened(DatabaseSettings(url=fresh_database(name), lock_timeout=7)) as engine:
            assert answer(engine, statement) == expected

    def test_an_sqlite_file_is_for_its_owner_only(self, tmp_path: Path) -> None:
        with opened(DatabaseSettings(url=f"sqlite:///{tmp_path}/messages.db")) as engine:
            upgrade(engine, MESSAGES)
            modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        assert modes == {0o600}

    @pytest.mark.mariadb
    def test_the_server_cannot_ask_for_files_of_this_host(self, mariadb_server: Server, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("secret\n")
        with opened(DatabaseSettings(url=mariadb_server.fresh_url())) as engine, engine.connect() as connection:
            connection.execute(text("create table stolen (line text)"))
            with pytest.raises(LockgateError), translated(engine):
                connection.execute(text(f"load data local infile '{tmp_path}/secret' into table stolen"))

    @pytest.mark.postgresql
    def test_the_cache_of_prepared_statements_is_bounded(self, postgresql_server: Server) -> None:
        settings = DatabaseSettings(url=postgresql_server.fresh_url(), prepared_statements=3)
        with opened(settings) as engine, engine.connect() as connection:
            for number in range(10):
                for _ in range(10):
                    connection.execute(text(f"select {number}"))
            kept = connection.execute(text("select count(*) from pg_prepared_statements")).scalar_one()
        assert 1 <= kept <= 3 + 1  # the driver drops the oldest with the next statement

    def test_the_clock_tells_milliseconds_since_1970(self, message_database_url: str) -> None:
        with opened(DatabaseSettings(url=message_database_url)) as engine, engine.connect() as connection:
            told = connection.execute(select(dialect_of(engine).now)).scalar_one()
        assert abs(told / 1000 - time.time()) < 2


class TestSeveralServers:
    """A URL may name several: `?host=HOST:PORT&host=HOST:PORT`."""

    OWN: ClassVar[dict[str, str]] = {"postgresql": "select pg_backend_pid()", "mariadb": "select connection_id()"}

    def url(self, server: Server, *ports: int) -> str:
        parsed = make_url(server.fresh_url())
        hosts = "&".join(f"host=127.0.0.1:{port}" for port in ports)
        return f"{parsed.drivername}://{parsed.username}@/{parsed.database}?{hosts}"

    @pytest.mark.parametrize("server", SERVERS, indirect=True)
    def test_the_first_that_is_there_is_taken(self, server: Server) -> None:
        with opened(DatabaseSettings(url=self.url(server, CLOSED, server.port))) as engine:
            assert answer(engine, "select 1") == 1

    @pytest.mark.parametrize("server", SERVERS, indirect=True)
    def test_if_none_is_there_the_database_is_unavailable(self, server: Server) -> None:
        refused = pytest.raises(Unavailable, match="not available")
        with opened(DatabaseSettings(url=self.url(server, CLOSED, CLOSED))) as engine, refused:
            answer(engine, "select 1")

    @pytest.mark.postgresql
    def test_a_connection_to_what_became_a_standby_is_left(self, postgresql_server: Server) -> None:
        settings = DatabaseSettings(url=postgresql_server.fresh_url(), pool_min=1, pool_max=1)
        with opened(settings) as engine:
            before = answer(engine, self.OWN["postgresql"])
            with engine.begin() as connection:
                connection.execute(text("set default_transaction_read_only = on"))
            with pytest.raises(Unavailable), translated(engine), engine.begin() as connection:
                connection.execute(text("create table written (number int)"))
            assert answer(engine, self.OWN["postgresql"]) != before

    @pytest.mark.parametrize("server", SERVERS, indirect=True)
    def test_whoever_is_frozen_in_a_transaction_holds_its_locks_no_longer_than_allowed(self, server: Server) -> None:
        settings = DatabaseSettings(url=server.fresh_url(), idle_transaction_timeout=1, lock_timeout=20)
        with opened(settings) as engine:
            with engine.begin() as connection:
                connection.execute(text("create table held (number int)"))
                connection.execute(text("insert into held values (1)"))
            with engine.connect() as frozen:
                frozen.execute(text("update held set number = 2"))
                with engine.begin() as other:
                    other.execute(text("update held set number = 3"))
                with pytest.raises(Unavailable), translated(engine):
                    frozen.commit()
            assert answer(engine, "select number from held") == 3


class TestPool:
    @pytest.mark.parametrize(("prefill", "expected"), [(True, 3), (False, 0)])
    def test_it_is_filled_at_the_start_if_asked_for(
        self, message_database_url: str, prefill: bool, expected: int
    ) -> None:
        with opened(DatabaseSettings(url=message_database_url, pool_min=3, prefill=prefill)) as engine:
            assert isinstance(engine.pool, QueuePool)
            opened_early = 0 if engine.dialect.name == "sqlite" else expected  # a file is opened when it is needed
            assert engine.pool.checkedin() == opened_early

    def test_it_is_bounded(self, message_database_url: str) -> None:
        settings = DatabaseSettings(url=message_database_url, pool_min=1, pool_max=2, connect_timeout=0.1)
        refused = pytest.raises(Unavailable, match="limit")
        with opened(settings) as engine, engine.connect(), engine.connect(), refused, translated(engine):
            engine.connect()

    @pytest.mark.parametrize(
        ("server", "end"),
        [
            pytest.param("postgresql", "select pg_terminate_backend({}, 5000)", marks=pytest.mark.postgresql),
            pytest.param("mariadb", "kill {}", marks=pytest.mark.mariadb),
        ],
        indirect=["server"],
    )
    def test_a_connection_that_died_in_the_pool_is_not_handed_out(self, server: Server, end: str) -> None:
        own = {"postgresql": "select pg_backend_pid()", "mariadb": "select connection_id()"}
        with opened(DatabaseSettings(url=server.fresh_url(), pool_min=1)) as engine:
            before = answer(engine, own[engine.dialect.name])
            with opened(DatabaseSettings(url=server.url("admin"), pool_min=1)) as other, other.connect() as connection:
                connection.execute(text(end.format(before)))
            assert answer(engine, own[engine.dialect.name]) != before


class TestSilence:
    """A server that no longer answers while its host, or a proxy, still acknowledges whatever it is sent."""

    LIMIT, AT_MOST = 1, 4
    """Seconds."""
    OWN = TestSeveralServers.OWN

    @pytest.fixture(autouse=True)
    def limits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(engines, "ANSWER_SECONDS", self.LIMIT)

    @contextmanager
    def given_up(self) -> Iterator[None]:
        begin = time.monotonic()
        with pytest.raises(Unavailable, match="not available"):
            yield
        assert self.LIMIT <= time.monotonic() - begin < self.AT_MOST

    @pytest.mark.parametrize("server", SERVERS, indirect=True)
    def test_waiting_ends_and_the_next_connection_is_a_new_one(self, server: Server) -> None:
        url = make_url(server.fresh_url())
        with closing(Proxy(server.port, "")) as proxy:
            through_proxy = url.set(port=proxy.port).render_as_string(hide_password=False)
            with opened(DatabaseSettings(url=through_proxy, pool_min=1, pool_max=1)) as engine:
                before = answer(engine, self.OWN[engine.dialect.name])
                with self.given_up(), translated(engine), engine.connect() as connection, proxy.silence():
                    connection.execute(text("select 1"))
                assert answer(engine, self.OWN[engine.dialect.name]) != before

    @pytest.mark.parametrize("words", [b"", b"N\0\0\0\x0cSINFO\0\0"], ids=["nothing", "notices for ever"])
    def test_a_server_that_lets_its_client_in_and_answers_nothing(self, words: bytes) -> None:
        with idle_postgresql(words) as url, opened(DatabaseSettings(url=url, prefill=False)) as engine, self.given_up():
            answer(engine, "select 1")

    @pytest.mark.parametrize("server", SERVERS, indirect=True)
    def test_a_change_of_the_schema_may_take_longer(self, server: Server) -> None:
        with opened(DatabaseSettings(url=server.fresh_url(), pool_min=1)) as engine, engine.connect() as connection:
            sleep = {"postgresql": "pg_sleep", "mariadb": "sleep"}[engine.dialect.name]
            with dialect_of(engine).unhurried(connection):
                connection.execute(text(f"select {sleep}({self.LIMIT + 0.5})"))
            with self.given_up(), translated(engine):
                connection.execute(text(f"select {sleep}({self.AT_MOST})"))


@contextmanager
def idle_postgresql(words: bytes) -> Iterator[str]:
    """The URL of what takes one PostgreSQL client, in clear and without a password, and from then on says `words`."""
    gone = threading.Event()

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            client.recv(65536)
            client.sendall(b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I")  # AuthenticationOk, ReadyForQuery
            while not gone.wait(0.05):
                try:
                    client.sendall(words)
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"postgresql://app@127.0.0.1:{listener.getsockname()[1]}/db"
        gone.set()
        thread.join()


class TestTls:
    """The servers' certificate is for `localhost`; the same servers answer at 127.0.0.1."""

    @pytest.fixture
    def secure(self, server: Server) -> DatabaseSettings:
        url = server.fresh_url().replace("127.0.0.1", "localhost")
        return DatabaseSettings(url=url, tls_ca=server.identity.ca, pool_min=1)

    @pytest.mark.parametrize("server", SERVERS, indirect=True)
    def test_the_right_ca_and_host_name_connect(self, secure: DatabaseSettings) -> None:
        with opened(secure) as engine:
            found = health(engine, MESSAGES)
        assert found.summary.endswith("over TLS")
        assert found.warnings == ()

    @pytest.mark.parametrize("server", SERVERS, indirect=True)
    def test_another_ca_is_refused(self, server: Server, secure: DatabaseSettings) -> None:
        with (
            opened(replace(secure, tls_ca=server.identity.other_ca)) as engine,
            pytest.raises(Unavailable, match=r"(?i)certificate verify failed"),
        ):
            answer(engine, "select 1")

    @pytest.mark.parametrize("server", SERVERS, indirect=True)
    def test_another_host_name_is_refused(self, secure: DatabaseSettings) -> None:
        with (
            opened(replace(secure, url=secure.url.replace("localhost", "127.0.0.1"))) as engine,
            pytest.raises(Unavailable, match=r"(?i)does not match|mismatch|not valid for"),
        ):
            answer(engine, "select 1")

    @pytest.mark.parametrize("server", SERVERS, indirect=True)
    def test_a_server_without_tls_is_refused(self, server: Server, secure: DatabaseSettings) -> None:
        plain = type(server)(tls=False)
        try:
            url = secure.url.replace(str(server.port), str(plain.port)).replace(secure.url.rpartition("/")[2], "admin")
            with opened(replace(secure, url=url)) as engine, pytest.raises(Unavailable, match=r"(?i)ssl"):
                answer(engine, "select 1")
            with opened(DatabaseSettings(url=plain.url("admin"), pool_min=1)) as engine:
                assert answer(engine, "select 1") == 1
        finally:
            plain.stop()

    @pytest.mark.parametrize("server", SERVERS, indirect=True)
    def test_without_tls_check_warns(self, server: Server) -> None:
        with opened(DatabaseSettings(url=server.fresh_url())) as engine:
            assert health(engine, MESSAGES).warnings == ("The connection to the database is not encrypted.",)

    @pytest.mark.parametrize("server", SERVERS, indirect=True)
    def test_passwords(self, server: Server, secure: DatabaseSettings) -> None:
        guarded = replace(secure, url=secure.url.replace("app@", "guarded@"))
        with opened(replace(guarded, password=server.password)) as engine:
            assert answer(engine, "select 1") == 1
        with opened(replace(guarded, password="mistaken-password")) as engine, pytest.raises(Unavailable) as refusal:
            answer(engine, "select 1")
        assert "mistaken-password" not in str(refusal.value)


class TestHealth:
    def test_a_current_database_is_well(self, message_database_url: str) -> None:
        with opened(DatabaseSettings(url=message_database_url)) as engine:
            assert "lockgate db upgrade" in health(engine, MESSAGES).problems[0]
            upgrade(engine, MESSAGES)
            assert health(engine, MESSAGES, max_size=4 * 1024 * 1024).problems == ()

    @pytest.mark.mariadb
    def test_messages_that_no_packet_can_hold_are_a_problem(self, mariadb_server: Server) -> None:
        with opened(DatabaseSettings(url=mariadb_server.fresh_url())) as engine:
            upgrade(engine, MESSAGES)
            (problem,) = health(engine, MESSAGES, max_size=16 * 1024 * 1024).problems
        assert "max_allowed_packet" in problem

    @pytest.mark.postgresql
    def test_an_encoding_that_cannot_hold_every_id_is_a_problem(self, postgresql_server: Server) -> None:
        url = postgresql_server.fresh_url("encoding 'LATIN1' template template0")
        with opened(DatabaseSettings(url=url)) as engine:
            upgrade(engine, MESSAGES)
            (problem,) = health(engine, MESSAGES).problems
        assert "UTF-8" in problem

    def test_a_database_that_is_down_is_unavailable(self, tmp_path: Path) -> None:
        closed = "postgresql://app:sesame@127.0.0.1:1/db", "mariadb://app:sesame@127.0.0.1:1/db"
        for url in closed:
            with opened(DatabaseSettings(url=url, prefill=True)) as engine, pytest.raises(Unavailable) as failure:
                health(engine, MESSAGES)
            assert "sesame" not in str(failure.value)
        (tmp_path / "no.db").write_bytes(b"this is no database" * 100)
        with (
            opened(DatabaseSettings(url=f"sqlite:///{tmp_path}/no.db")) as engine,
            pytest.raises(Unavailable, match="not a database"),
        ):
            health(engine, MESSAGES)
