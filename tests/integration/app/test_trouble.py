"""Databases in trouble: one clear line from the worker and from each command, and all goes on once that is mended."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
import structlog
from sqlalchemy import Engine, create_engine, event, make_url, text

from lockgate.errors import Unavailable
from lockgate_app.container.ra import connect
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.deployment import Deployment
from lockgate_app.settings import CaZone, load_ca
from lockgate_app.workers.housekeeping import HousekeepingTurns
from lockgate_app.workers.service import Service, Timetable
from lockgate_app.workers.stops import Rest
from lockgate_persistence import engines
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from tests.cluster.proxy import Proxy
from tests.integration.app.commands import Outcome, edited
from tests.integration.app.test_worker import order
from tests.support.databases.servers import Server

RESTS = 3
"""How often the worker tries before the trouble is mended."""
FULL = {
    "postgresql": lambda: psycopg.errors.DiskFull("could not extend file: No space left on device"),
    "mariadb": lambda: pymysql.err.OperationalError(1021, "Disk full (/tmp); waiting for someone to free some space"),
}


class Mending(Rest):
    """Time that passes only while the worker rests. Its third rest mends the trouble; the one after it is the last."""

    def __init__(self, mend: Callable[[], None]) -> None:
        self._mend = mend
        self.rests: list[float] = []

    def rest(self, seconds: float, readable: int | None = None) -> None:
        self.rests.append(seconds)
        if len(self.rests) == RESTS:
            self._mend()

    def stopping(self) -> bool:
        return len(self.rests) > RESTS

    def monotonic(self) -> float:
        return sum(self.rests)


@dataclass
class Site:
    """A deployment whose message database can be put into trouble and mended.

    Attributes:
        server: None where that is SQLite.
        connections: every connection that SQLite's driver has opened to `file`.
        failing: what statements that write meet, if anything.
    """

    deployment: Deployment
    url: str
    server: Server | None
    connections: list[Any] = field(default_factory=list)
    failing: Callable[[], Exception] | None = None
    pragma: str = ""
    file: str = "fresh.db"

    @property
    def name(self) -> str:
        return self.url.partition(":")[0].partition("+")[0]

    def run(self, *statements: str, database: str = "") -> None:
        engine = create_engine(self.server.url(database) if self.server and database else self.url)
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def hang_up(self) -> None:
        """End every session of the PostgreSQL database, so that new ones begin as it is set now."""
        name = self.url.rpartition("/")[2]
        self.run(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'", database="admin")

    def set_pragma(self, pragma: str) -> None:
        """On all connections, present and future."""
        self.pragma = pragma
        for connection in self.connections:
            with suppress(sqlite3.ProgrammingError):  # closed
                connection.execute(pragma)


@dataclass(frozen=True)
class Trouble:
    """One kind of trouble.

    Attributes:
        says: what the worker's line and the commands say of it.
    """

    begin: Callable[[Site], None]
    mend: Callable[[Site], None]
    says: str


def read_only(site: Site, *, switch: bool) -> None:
    if site.name == "sqlite":
        site.set_pragma(f"PRAGMA query_only = {int(switch)}")
    elif site.name == "postgresql":
        site.run(
            f"alter database {site.url.rpartition('/')[2]} set default_transaction_read_only = {switch}",
            database="admin",
        )
        site.hang_up()
    else:
        site.run(f"set global read_only = {int(switch)}", database="admin")


def full(site: Site, *, switch: bool) -> None:
    if site.name == "sqlite":
        site.run("vacuum")  # migrations leave free pages
        site.set_pragma(f"PRAGMA max_page_count = {1 if switch else 1_000_000}")
        site.run("update message set duetime = 0 where status = 2")
    else:
        site.failing = FULL[site.name] if switch else None


def rename(site: Site, old: str, new: str) -> None:
    site.run(f"alter table {old} rename to {new}")


def password(site: Site, value: str) -> None:
    if site.name == "mariadb":
        site.run(f"alter user guarded_too identified by '{value}'", database="admin")
    else:
        site.run(f"alter user guarded password '{value}'", database="admin")
        site.hang_up()


def server(site: Site) -> Server:
    assert site.server is not None
    return site.server


TROUBLES = {
    "read-only": Trouble(
        lambda site: read_only(site, switch=True),
        lambda site: read_only(site, switch=False),
        "the database is read-only (",
    ),
    "full": Trouble(
        lambda site: full(site, switch=True),
        lambda site: full(site, switch=False),
        "the database has no room left (",
    ),
    "without its table": Trouble(
        lambda site: rename(site, "message", "elsewhere"),
        lambda site: rename(site, "elsewhere", "message"),
        "the database has no schema or an old one; run `lockgate db upgrade` (",
    ),
    "with another password": Trouble(
        lambda site: password(site, "changed"),
        lambda site: password(site, server(site).password),
        "guarded",
    ),
    "down": Trouble(
        lambda site: server(site).halt(),
        lambda site: server(site).start(),
        "the database is not available (",
    ),
}
EVERYWHERE, SERVERS = ("sqlite", "postgresql", "mariadb"), ("postgresql", "mariadb")
CASES = [
    pytest.param(name, kind, marks=[] if name == "sqlite" else getattr(pytest.mark, name), id=f"{name} {kind}")
    for kind in TROUBLES
    for name in (EVERYWHERE if kind in ("read-only", "full", "without its table") else SERVERS)
]


@pytest.fixture
def site(
    request: pytest.FixtureRequest, deployment: Deployment, fresh_database: Callable[[str], str]
) -> Iterator[Site]:
    """A deployment on that database, its message database reached as a user without any privilege beyond its own."""
    url = fresh_database(request.param)
    real_server: Server | None = (
        None if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_server")
    )
    engine = create_engine(url)
    upgrade(engine, MESSAGES)
    engine.dispose()
    used = url if real_server is None else guarded(real_server, url)
    for config in (deployment.ca_config, deployment.ra_config):
        edited(config, "sqlite:///../messages/messages.db", used)
    found = Site(deployment, url, real_server)
    with listening(found):
        yield found


def guarded(server: Server, url: str) -> str:
    """The URL with a user who needs a password and, unlike `app`, obeys a server that is read-only."""
    if url.startswith("postgresql"):
        return url.replace("app@", f"guarded:{server.password}@")
    engine = create_engine(server.url("admin"))
    with engine.begin() as connection:
        connection.execute(text(f"create or replace user guarded_too identified by '{server.password}'"))
        granted = f"select, insert, update, delete on {url.rpartition('/')[2]}.*"
        connection.execute(text(f"grant {granted} to guarded_too"))
    engine.dispose()
    return url.replace("app@", f"guarded_too:{server.password}@")


@contextmanager
def listening(site: Site) -> Iterator[None]:
    """SQLite's connections are noted; statements that write fail where they are to."""

    def connected(connection: Any, _: object) -> None:
        if site.name == "sqlite" and site.file in str(connection.execute("PRAGMA database_list").fetchall()):
            site.connections.append(connection)
            connection.execute(site.pragma or "PRAGMA query_only = 0")

    def execute(_cursor: object, statement: str, _parameters: object, _context: object) -> None:
        if site.failing and statement.lower().startswith(("insert", "update")) and "message" in statement:
            raise site.failing()

    event.listen(Engine, "connect", connected)
    event.listen(Engine, "do_execute", execute)
    yield
    event.remove(Engine, "connect", connected)
    event.remove(Engine, "do_execute", execute)


def serve(zone: CaZone, rest: Rest) -> None:
    """The life of the worker, as `lockgate worker` makes it."""
    container = WorkerContainer(zone=zone, name="main")
    housekeeping_turns = HousekeepingTurns("main", lambda: container.housekeeping().round, rest.monotonic)
    wake_up = container.wake_up(sleep=rest.rest, monotonic=rest.monotonic)
    timetable = Timetable(timedelta(seconds=10), timedelta(seconds=60))
    held = container.ca.coordinator
    try:
        Service(
            "main",
            "this process",
            held,
            lambda: container.worker().round,
            timetable,
            rest,
            wake_up,
            (housekeeping_turns,),
        ).run()
    finally:
        container.engine().dispose()
        container.ca.engine().dispose()


@pytest.mark.parametrize(("site", "kind"), CASES, indirect=["site"])
def test_trouble_is_told_once_and_the_worker_comes_back(
    site: Site, kind: str, csr: Path, in_process: Callable[..., Outcome]
) -> None:
    trouble, deployment = TROUBLES[kind], site.deployment
    with connect(deployment.ra_config) as ra:
        pending = ra.send([order(csr, "alice")])
    rest = Mending(lambda: trouble.mend(site))
    trouble.begin(site)
    try:
        asked = in_process(
            "--config", deployment.ra_config, "request", "pkcs10", "--username", "bob", "--subject-dn", "CN=bob",
            "--csr", csr, "--ca", "ManagementCA", "--end-entity-profile", "EMPTY", "--certificate-profile", "ENDUSER",
            "--output", deployment.directory / "bob.pem",
        )  # fmt: skip
        with structlog.testing.capture_logs() as logged:
            serve(load_ca(deployment.ca_config), rest)
    finally:
        if len(rest.rests) < RESTS:
            trouble.mend(site)

    sent, line = asked.err.splitlines()
    assert sent.startswith("lockgate: message ")
    assert (asked.code, asked.out) == (2, "")
    assert line.startswith("lockgate: data source RAMessage1DS: ")
    assert trouble.says in line
    (told,) = (entry for entry in logged if entry["log_level"] in ("warning", "error"))
    assert told["reason"].startswith("data source RAMessage1DS: ")
    assert trouble.says in told["reason"]
    assert [entry["event"] for entry in logged if entry["log_level"] == "info"].count("works again") == 1
    assert sum(rest.rests[:RESTS]) >= 1 + 2 + 4
    with connect(deployment.ra_config) as ra:
        assert ra.wait(pending, timedelta())[0].success


def test_trouble_with_the_cas_own_database_is_told_once_too(deployment: Deployment, csr: Path) -> None:
    site = Site(deployment, load_ca(deployment.ca_config).ca.database.url, None, file="ca.db")
    with listening(site), connect(deployment.ra_config) as ra:
        pending = ra.send([order(csr, "alice")])
        read_only(site, switch=True)
        rest = Mending(lambda: read_only(site, switch=False))
        with structlog.testing.capture_logs() as logged:
            serve(load_ca(deployment.ca_config), rest)
        (told,) = (line for line in logged if line["log_level"] in ("warning", "error"))
        assert told["reason"].startswith("CA database: the database is read-only (")
        assert ra.wait(pending, timedelta())[0].success


class Interrupted(Mending):
    """As `Mending`, with the trouble's beginning at the first rest: the worker was at work before."""

    def __init__(self, begin: Callable[[], None], mend: Callable[[], None]) -> None:
        super().__init__(mend)
        self._begin = begin

    def rest(self, seconds: float, readable: int | None = None) -> None:
        super().rest(seconds, readable)
        if len(self.rests) == 1:
            self._begin()


@pytest.mark.parametrize(
    "site", [pytest.param(name, marks=getattr(pytest.mark, name)) for name in SERVERS], indirect=True
)
def test_worker_and_client_outlive_a_database_that_falls_silent(
    site: Site, csr: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "ANSWER_SECONDS", 1)
    deployment, place = site.deployment, f"{server(site).port}/{make_url(site.url).database}"
    with closing(Proxy(server(site).port, "")) as proxy, ExitStack() as silence:
        proxied = place.replace(str(server(site).port), str(proxy.port), 1)
        for config in (deployment.ca_config, deployment.ra_config):
            edited(config, f'{place}"', f'{proxied}"\nconnect_timeout = 2')
        rest = Interrupted(lambda: silence.enter_context(proxy.silence()), silence.close)
        with connect(deployment.ra_config) as ra:
            with proxy.silence(), pytest.raises(Unavailable):
                ra.send([order(csr, "alice")])
            pending = ra.send([order(csr, "bob")])
            with proxy.silence(), pytest.raises(Unavailable):
                ra.wait(pending, timedelta())
            with structlog.testing.capture_logs() as logged:
                serve(load_ca(deployment.ca_config), rest)
            (told,) = (line for line in logged if line["log_level"] in ("warning", "error"))
            assert "the database is not available (" in told["reason"]
            assert [line["event"] for line in logged].count("works again") == 1
            assert ra.wait(pending, timedelta())[0].success
