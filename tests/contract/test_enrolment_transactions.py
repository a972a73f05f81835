"""The double and every database pass the contract suite of the port EnrolmentTransactions; and what the table adds."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, column, delete, func, select, table, update

from lockgate.enrolment.clients import Client
from lockgate.errors import PeerError
from lockgate.ports import Bounds, Opening, StoredTransaction
from lockgate_persistence.dialects import execute_many, named
from lockgate_persistence.enrolment_statements import COUNT_HOUR, COUNT_OPEN, SWEPT, EnrolmentStatements
from lockgate_persistence.enrolments import MAX_VERSION, SqlEnrolmentTransactions
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from lockgate_persistence.schema import enrolment_transaction, message
from lockgate_testing.contracts.enrolment_transactions import (
    HOUR,
    MOMENT,
    NOW,
    ONE,
    OPENED,
    OTHER,
    OTHER_PROTOCOL,
    PROTOCOL,
    EnrolmentTransactionsContract,
    EnrolmentTransactionsSubject,
)
from lockgate_testing.doubles.enrolment_transactions import MemoryEnrolmentTransactions
from lockgate_testing.doubles.message_store import MemoryMessageStore
from tests.contract.message_stores import current_engine
from tests.support.databases.schema import step_back
from tests.support.databases.servers import MESSAGE_DATABASES, marked

KINDS = marked(MESSAGE_DATABASES)
former_table = table(
    "scep_transaction",
    column("transactionid", enrolment_transaction.c.transactionid.type),
    *map(column, ("client", "settled", "version", "sealed", "expires")),
)
"""As the first version had it."""


def subject_on(engine: Engine) -> EnrolmentTransactionsSubject:
    transactions, beside = (SqlEnrolmentTransactions(engine, protocol) for protocol in (PROTOCOL, OTHER_PROTOCOL))
    return EnrolmentTransactionsSubject(transactions, SqlMessageStore(engine), beside)


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database(request.param)) as engine:
        yield engine


@pytest.fixture
def sql(engine: Engine) -> EnrolmentTransactionsSubject:
    with engine.begin() as connection:
        connection.execute(delete(enrolment_transaction))
        connection.execute(delete(message))
    return subject_on(engine)


class TestMemoryEnrolmentTransactions(EnrolmentTransactionsContract):
    @pytest.fixture
    def subject(self) -> EnrolmentTransactionsSubject:
        messages = MemoryMessageStore()
        transactions = MemoryEnrolmentTransactions(messages, PROTOCOL)
        return EnrolmentTransactionsSubject(transactions, messages, transactions.beside(OTHER_PROTOCOL))


class TestSqlEnrolmentTransactions(EnrolmentTransactionsContract):
    @pytest.fixture
    def subject(self, sql: EnrolmentTransactionsSubject) -> EnrolmentTransactionsSubject:
        return sql


def test_sqlite_counts_and_sweeps_by_indexes(fresh_database: Callable[[str], str]) -> None:
    used = {
        COUNT_OPEN: ["COVERING INDEX enrolment_transaction_open (settled=? AND side=?)"],
        COUNT_HOUR: ["COVERING INDEX enrolment_transaction_opened (side=? AND opened>?)"],
        EnrolmentStatements(named("sqlite")).answered(): [
            "INDEX enrolment_transaction_open (settled=?)",
            "INDEX sqlite_autoindex_message_1 (type=? AND messageid=?)",
        ],
    }
    with current_engine(fresh_database("sqlite")) as engine, engine.connect() as connection:
        for statement, expected in used.items():
            compiled = statement.compile(engine)
            values = tuple(compiled.params[name] or 0 for name in compiled.positiontup or ())
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
            assert [row.detail.partition(" USING ")[2] for row in plan] == expected


def test_one_sweep_has_an_end_and_the_next_one_goes_on(sql: EnrolmentTransactionsSubject, engine: Engine) -> None:
    names = [str(number) for number in range(SWEPT + 1)]
    many = Bounds(per_client=1000, in_all=1000, hourly_per_client=1000, hourly_per_holder=1000, hourly_in_all=1000)
    for name in names[:2]:
        sql.open(name, bounds=many)
    with engine.begin() as connection:
        # As many rows as two that are opened in the usual way.
        (row,) = connection.execute(select(enrolment_transaction).where(enrolment_transaction.c.transactionid == "0"))
        rows = [row._asdict() | {"transactionid": name, "messageid": f"message of {name}"} for name in names[2:]]
        execute_many(connection, enrolment_transaction.insert(), rows)
    sql.conclude(*names)
    opened = select(func.count()).select_from(enrolment_transaction).where(enrolment_transaction.c.settled == 0)
    left = []
    for _ in range(2):
        sql.store.sweep()
        with engine.connect() as connection:
            left.append(connection.execute(opened).scalar_one())
    assert left == [1, 0]


def test_one_of_many_opens_an_id(sql: EnrolmentTransactionsSubject) -> None:
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda number: sql.open("one", Client(f"client {number}")), range(8)))
    assert sorted(outcome.name for outcome in outcomes) == ["OPENED", *["TAKEN"] * 7]


def test_one_of_many_opens_it_over_another(sql: EnrolmentTransactionsSubject) -> None:
    sql.open("one", lifetime=MOMENT)
    found, later = sql.found("one"), NOW + MOMENT
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda number: sql.open("one", Client(f"{number}"), later, over=found), range(8)))
    assert sorted(outcome.name for outcome in outcomes) == ["OPENED", *["TAKEN"] * 7]


def test_one_of_many_settles_it(sql: EnrolmentTransactionsSubject) -> None:
    sql.open("one")
    found = sql.found("one")
    with ThreadPoolExecutor(4) as pool:
        settled = list(pool.map(lambda number: sql.store.settle("one", found, str(number).encode()), range(8)))
    assert settled.count(True) == 1


@pytest.mark.parametrize("values", [{"sealed": bytes(1024 * 1024 + 1)}, {"version": MAX_VERSION}])
def test_a_row_that_is_none_of_ours_is_told(
    sql: EnrolmentTransactionsSubject, engine: Engine, values: dict[str, object]
) -> None:
    sql.open("one")
    with engine.begin() as connection:
        connection.execute(update(enrolment_transaction).values(**values))
    with pytest.raises(PeerError):
        sql.store.find("one")
    assert sql.store.find("x" * 300) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_open_before_the_schema_had_these_bounds_still_is(
    fresh_database: Callable[[str], str], kind: str
) -> None:
    with current_engine(fresh_database(kind)) as engine:
        step_back(engine, MESSAGES, "0002")
        former = {"transactionid": "one", "client": ONE.name, "settled": 0, "version": 7, "sealed": b"sealed"}
        with engine.begin() as connection:
            expires = round((NOW + HOUR).timestamp() * 1000)
            connection.execute(former_table.insert().values(**former, expires=expires))
        upgrade(engine, MESSAGES)
        subject = subject_on(engine)
        assert subject.found("one") == StoredTransaction(7, 0, b"sealed")
        assert [subject.open(name) for name in ("two", "three")] == [OPENED, Opening.FULL]
        subject.store.sweep()
        assert subject.open("one", OTHER, over=subject.found("one")) is OPENED
        assert subject.found("one").version == 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_open_before_there_were_other_protocols_still_is(
    fresh_database: Callable[[str], str], kind: str
) -> None:
    with current_engine(fresh_database(kind)) as engine:
        subject = subject_on(engine)
        for name in ("one", "two"):
            subject.open(name, sealed=b"\x00\xff" * 5000)
        subject.settle("two")
        before = [subject.found(name) for name in ("one", "two")]
        step_back(engine, MESSAGES, "0003")
        upgrade(engine, MESSAGES)
        assert [subject.found(name) for name in ("one", "two")] == before
        assert [subject.open(name) for name in ("three", "four")] == [OPENED, Opening.FULL]
        subject.conclude("one")
        subject.store.sweep()
        assert subject.open("four") is OPENED
