"""What every adapter of `ScepTransactions` does."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, text

from lockgate.errors import PeerError
from lockgate.ports import Bounds, Opening, ScepTransactions, StoredTransaction
from lockgate_persistence.scep import SqlScepTransactions
from lockgate_persistence.schema import scep_transaction
from tests.contract.message_stores import current_engine
from tests.databases import MESSAGE_DATABASES, marked
from tests.doubles.scep_transactions import MemoryScepTransactions

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOUNDS = Bounds(per_client=2, in_all=3)
KINDS = marked(MESSAGE_DATABASES)


@pytest.fixture(scope="module", params=marked(MESSAGE_DATABASES))
def engine(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database(request.param)) as engine:
        yield engine


@pytest.fixture
def sql(engine: Engine) -> ScepTransactions:
    with engine.begin() as connection:
        connection.execute(delete(scep_transaction))
    return SqlScepTransactions(engine)


@pytest.fixture(params=["memory", "sql"])
def store(request: pytest.FixtureRequest, sql: ScepTransactions) -> ScepTransactions:
    return MemoryScepTransactions() if request.param == "memory" else sql


def opened(
    store: ScepTransactions, name: str, client: str = "192.0.2.1", now: datetime = NOW, *, sealed: bytes = b"sealed"
) -> Opening:
    return store.open(name, client, sealed, now, now + HOUR, BOUNDS)


def test_what_is_opened_is_found(store: ScepTransactions) -> None:
    assert store.find("one") is None
    assert opened(store, "one", sealed=b"\x00\xff" * 5000) is Opening.OPENED
    assert store.find("one") == StoredTransaction(1, b"\x00\xff" * 5000)
    assert store.find("ONE") is None
    assert store.find("one ") is None


def test_an_id_is_taken_once(store: ScepTransactions) -> None:
    opened(store, "one", sealed=b"first")
    assert opened(store, "one", sealed=b"second") is Opening.TAKEN
    assert store.find("one") == StoredTransaction(1, b"first")


def test_open_transactions_are_bounded_for_each_client_and_in_all(store: ScepTransactions) -> None:
    assert [opened(store, name) for name in ("one", "two", "three")] == [Opening.OPENED, Opening.OPENED, Opening.FULL]
    others = [opened(store, name, "2001:db8::1") for name in ("four", "five")]
    assert others == [Opening.OPENED, Opening.FULL]


def test_who_is_taken_already_is_not_told_that_it_is_full(store: ScepTransactions) -> None:
    for name in ("one", "two"):
        opened(store, name)
    assert opened(store, "one") is Opening.TAKEN


def test_settled_and_expired_transactions_do_not_count(store: ScepTransactions) -> None:
    opened(store, "one")
    opened(store, "two")
    assert store.change("one", 1, b"settled", settled=True)
    assert opened(store, "three") is Opening.OPENED
    assert opened(store, "four", now=NOW + HOUR) is Opening.OPENED


def test_a_change_needs_the_current_version(store: ScepTransactions) -> None:
    opened(store, "one")
    assert not store.change("one", 2, b"other", settled=False)
    assert not store.change("none", 1, b"other", settled=False)
    assert store.change("one", 1, b"other", settled=False)
    assert not store.change("one", 1, b"again", settled=False)
    assert store.find("one") == StoredTransaction(2, b"other")


def test_what_has_expired_is_removed(store: ScepTransactions) -> None:
    opened(store, "one")
    opened(store, "two")
    assert store.change("two", 1, b"longer", settled=False, expires=NOW + 3 * HOUR)
    store.purge(NOW + HOUR)
    assert (store.find("one"), store.find("two")) == (None, StoredTransaction(2, b"longer"))


def test_one_of_many_opens_an_id(sql: ScepTransactions) -> None:
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda number: opened(sql, "one", f"client {number}"), range(8)))
    assert sorted(its.name for its in outcomes) == ["OPENED", *["TAKEN"] * 7]


def test_one_of_many_changes_it(sql: ScepTransactions) -> None:
    opened(sql, "one")
    with ThreadPoolExecutor(4) as pool:
        changed = list(pool.map(lambda number: sql.change("one", 1, str(number).encode(), settled=False), range(8)))
    assert changed.count(True) == 1


def test_a_row_that_is_none_of_ours_is_told(sql: ScepTransactions, engine: Engine) -> None:
    opened(sql, "one", sealed=bytes(1024 * 1024 + 1))
    with pytest.raises(PeerError):
        sql.find("one")
    with engine.begin() as connection:
        connection.execute(text("delete from scep_transaction"))
    assert sql.find("x" * 300) is None
