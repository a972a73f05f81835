"""Transactions of the CA's database on every database: who may commit, and what a batch costs."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, event, select, update

from lockgate.certification.endentity import IssuedCertificate
from lockgate.errors import Conflict, FenceLost, Unavailable, Unusable
from lockgate.line.journal import JournalEntry, JournalKey
from lockgate.ports import Fence
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.store import columns, tables
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.contract.registries import SECRET
from tests.integration.ca_backend.concurrency import another_fence, order
from tests.integration.ca_backend.conftest import LEASE, USER, Deployment
from tests.support.issuing import issue


def test_the_migrations_make_the_tables_that_the_store_uses(shared: Deployment) -> None:
    with shared.engine.begin() as connection:
        options = {"version_table": CERTIFICATION_AUTHORITY.version_table, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, columns.metadata) == []


def test_a_serial_number_that_is_taken_fails_the_transaction(shared: Deployment) -> None:
    stuck = SqlRegistry(shared.engine, Facilities.under(SECRET, octets=lambda count: b"\x11" * count))
    with stuck.transaction(another_fence(shared)) as work:
        issue(work, order("first with that number"))

    def again() -> None:
        with stuck.transaction(another_fence(shared)) as work:
            issue(work, order("second with that number"))

    with pytest.raises(Conflict):
        again()


def test_who_is_overtaken_within_a_transaction_commits_nothing(shared: Deployment, username: str) -> None:
    """On SQLite nobody is: the transaction has the database to itself."""
    fence = another_fence(shared)
    settings = DatabaseSettings(url=shared.engine.url.render_as_string(hide_password=False), lock_timeout=1)
    other = open_engine(settings)

    def overtaken() -> None:
        with shared.ca.transaction(fence) as work:
            work.end_entities.save(replace(USER, username=username))
            assert SqlCoordinator(other).acquire(fence.worker, "host", LEASE)

    with pytest.raises(Unavailable if shared.engine.dialect.name == "sqlite" else FenceLost):
        overtaken()
    other.dispose()
    with shared.ca.transaction(another_fence(shared)) as work:
        assert work.end_entities.get(username) is None


def test_a_stale_holder_never_commits(shared: Deployment) -> None:
    """Whichever comes first, the commit or the new holder: never both, over many tries."""
    for _ in range(30):
        fence, name = another_fence(shared), secrets.token_hex(8)
        barrier = Barrier(2)

        def commit(fence: Fence = fence, name: str = name, barrier: Barrier = barrier) -> datetime:
            with shared.ca.transaction(fence) as work:
                work.end_entities.save(replace(USER, username=name))
                barrier.wait(10)
            return datetime.now(UTC)

        def overtake(fence: Fence = fence, name: str = name, barrier: Barrier = barrier) -> bool:
            barrier.wait(10)
            newer = shared.coordinator.acquire(fence.worker, "host", LEASE)
            assert newer is not None
            with shared.ca.transaction(newer) as work:
                return work.end_entities.get(name) is not None

        with ThreadPoolExecutor(2) as pool:
            committed, seen = pool.submit(commit), pool.submit(overtake)
        error = committed.exception()
        assert error is None or isinstance(error, FenceLost)
        # What the new holder did not see must never appear afterwards.
        assert seen.result() is (error is None)


def test_a_holder_that_is_overtaken_in_its_transaction_does_not_commit(shared: Deployment, username: str) -> None:
    """Seen from the transaction itself, so that also the database shows it that lets nobody in between."""
    fence, lease = another_fence(shared), tables.worker_lease
    overtaken = update(lease).where(lease.c.worker == fence.worker).values(token=fence.token + 1)

    def work_until_overtaken() -> None:
        with shared.ca.transaction(fence) as work:
            work.end_entities.save(replace(USER, username=username))
            work.store.journal._connection.execute(overtaken)

    with pytest.raises(FenceLost):
        work_until_overtaken()
    with shared.ca.transaction(fence) as work:
        assert work.end_entities.get(username) is None


def test_a_batch_of_twenty_costs_a_handful_of_statements(shared: Deployment) -> None:
    fence = another_fence(shared)
    names = [secrets.token_hex(8) for _ in range(20)]
    keys = [JournalKey("a" * 64, secrets.token_hex(16)) for _ in names]
    statements: list[str] = []

    def count(_: Connection, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(shared.engine, "before_cursor_execute", count)
    try:
        for _ in range(2):
            statements.clear()
            with shared.ca.transaction(fence, keys=keys, usernames=names) as work:
                for name, key in zip(names, keys, strict=True):
                    assert work.journal.recall([key]) == {}
                    assert isinstance(issue(work, order(name)), IssuedCertificate)
                    work.journal.record(JournalEntry(key, "d" * 64, "m", 1, "success", b"answer", work.now()))
            keys = [JournalKey("b" * 64, secrets.token_hex(16)) for _ in names]
    finally:
        event.remove(shared.engine, "before_cursor_execute", count)
    begin = [executed for executed in statements if executed.startswith("BEGIN")]
    assert len(statements) - len(begin) <= 14, statements


def test_a_database_without_a_schema_is_named(fresh_database: Callable[[str], str], shared: Deployment) -> None:
    engine = open_engine(DatabaseSettings(url=fresh_database(shared.engine.dialect.name), pool_min=1, prefill=False))
    with pytest.raises(Unusable, match="upgrade"):
        SqlCoordinator(engine).acquire("worker", "host", LEASE)
    with (
        pytest.raises(Unusable, match="upgrade"),
        SqlRegistry(engine, Facilities.under(SECRET)).transaction(Fence("w", 1)),
    ):
        pass
    engine.dispose()


@pytest.mark.parametrize("url", ["postgresql://app@127.0.0.1:1/ca", "mariadb://app@127.0.0.1:1/ca"])
def test_a_database_that_does_not_answer_is_unavailable(url: str) -> None:
    engine = open_engine(DatabaseSettings(url=url, pool_min=1, prefill=False, connect_timeout=1))
    with pytest.raises(Unavailable):
        SqlCoordinator(engine).acquire("worker", "host", LEASE)
    with pytest.raises(Unavailable), SqlRegistry(engine, Facilities.under(SECRET)).transaction(Fence("w", 1)):
        pass
    engine.dispose()


def test_the_audit_log_says_who_when_and_what(shared: Deployment, username: str) -> None:
    fence = another_fence(shared)
    with shared.ca.transaction(fence) as work:
        issued = issue(work, order(username))
        now = work.now()
    assert isinstance(issued, IssuedCertificate)
    query = select(tables.audit).where(tables.audit.c.target == username)
    with shared.engine.begin() as connection:
        (row,) = connection.execute(query).all()
    assert (row.event, row.writer, row.who) == ("certificate.issued", fence.worker, "CN=ra")
    assert row.time == round(now.timestamp() * 1000)
    assert issued.fingerprint in row.details
