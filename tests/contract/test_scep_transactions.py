"""What every adapter of `ScepTransactions` does."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, func, select, update

from lockgate.enrolment.clients import Client, Side
from lockgate.errors import PeerError
from lockgate.ports import Bounds, MessageStore, NewTransaction, Opening, ScepTransactions, StoredTransaction
from lockgate.queue.message import ClaimedMessage, MessageType, NewMessage, Processed, SetAside, Settlement
from lockgate.reasons import Reason, Rejected
from lockgate_persistence.dialects import execute_many, named
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from lockgate_persistence.scep import MAX_VERSION, SqlScepTransactions
from lockgate_persistence.scep_statements import COUNT_HOUR, COUNT_OPEN, SWEPT, ScepStatements
from lockgate_persistence.schema import message, scep_transaction
from lockgate_testing.doubles.message_store import MemoryMessageStore
from tests.contract.message_stores import current_engine
from tests.doubles.scep_transactions import MemoryScepTransactions
from tests.support.databases.schema import step_back
from tests.support.databases.servers import MESSAGE_DATABASES, marked

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
KINDS = marked(MESSAGE_DATABASES)
MOMENT, HOUR = timedelta(milliseconds=1), timedelta(hours=1)
BOUNDS = Bounds(per_client=2, in_all=3, hourly_per_client=100, hourly_per_holder=100, hourly_in_all=100)
HOURLY = Bounds(per_client=100, in_all=100, hourly_per_client=2, hourly_per_holder=2, hourly_in_all=3)
BOTH = pytest.mark.parametrize(("bounds", "refused"), [(BOUNDS, Opening.FULL), (HOURLY, Opening.SPENT)])
ONE, OTHER, HOLDER = Client("192.0.2.1"), Client("2001:db8::/64"), Client("f" * 64, Side.HOLDERS)
OPENED, TAKEN = Opening.OPENED, Opening.TAKEN


Conclusion = Callable[[ClaimedMessage], Settlement]


def answered(claimed: ClaimedMessage) -> Settlement:
    return Processed(claimed, b"answer")


def set_aside(claimed: ClaimedMessage) -> Settlement:
    return SetAside(claimed, Rejected(Reason.INTERNAL_ERROR))


@dataclass(frozen=True)
class Subject:
    """An adapter, and the messages beside it."""

    store: ScepTransactions
    messages: MessageStore

    def open(
        self,
        name: str,
        client: Client = ONE,
        now: datetime = NOW,
        *,
        sealed: bytes = b"sealed",
        lifetime: timedelta = HOUR,
        bounds: Bounds = BOUNDS,
        over: StoredTransaction | None = None,
        message_id: str | None = None,
    ) -> Opening:
        new = NewTransaction(
            transaction_id=name,
            message_id=message_id or f"message of {name}",
            client=client,
            opened=now,
            expires=now + lifetime,
            sealed=sealed,
        )
        return self.store.open(new, bounds, over)

    def found(self, name: str) -> StoredTransaction:
        found = self.store.find(name)
        assert found is not None
        return found

    def settle(self, name: str, sealed: bytes = b"settled") -> None:
        assert self.store.settle(name, self.found(name), sealed)

    def conclude(self, *names: str, how: Conclusion = answered, of: MessageType = MessageType.SCEP) -> None:
        """Put the messages of those transactions and settle them."""
        for name in names:
            self.messages.put(NewMessage(f"message of {name}", b"request", of))
        self.messages.settle([how(its) for its in self.messages.claim(len(names), HOUR)])


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database(request.param)) as engine:
        yield engine


@pytest.fixture
def sql(engine: Engine) -> Subject:
    with engine.begin() as connection:
        connection.execute(delete(scep_transaction))
        connection.execute(delete(message))
    return Subject(SqlScepTransactions(engine), SqlMessageStore(engine))


@pytest.fixture(params=["memory", "sql"])
def its(request: pytest.FixtureRequest, sql: Subject) -> Subject:
    messages = MemoryMessageStore()
    return Subject(MemoryScepTransactions(messages), messages) if request.param == "memory" else sql


def test_what_is_opened_is_found(its: Subject) -> None:
    assert its.store.find("one") is None
    assert its.open("one", sealed=b"\x00\xff" * 5000) is OPENED
    found = its.found("one")
    assert (found.version, found.opened, found.sealed) == (1, 1_777_636_800_000, b"\x00\xff" * 5000)
    assert its.store.find("ONE") is None
    assert its.store.find("one ") is None


def test_an_id_is_taken_once(its: Subject) -> None:
    its.open("one", sealed=b"first")
    assert its.open("one", sealed=b"second") is TAKEN
    assert its.found("one").sealed == b"first"


# ---- bounds


@BOTH
def test_they_hold_for_each_client_and_in_all(its: Subject, bounds: Bounds, refused: Opening) -> None:
    assert [its.open(name, bounds=bounds) for name in ("one", "two", "three")] == [OPENED, OPENED, refused]
    assert [its.open(name, OTHER, bounds=bounds) for name in ("four", "five")] == [OPENED, refused]


@BOTH
def test_they_hold_for_each_side_apart(its: Subject, bounds: Bounds, refused: Opening) -> None:
    namesake = Client(ONE.name, Side.HOLDERS)
    for name, client in (("one", ONE), ("two", ONE), ("three", OTHER)):
        assert its.open(name, client, bounds=bounds) is OPENED
    assert its.open("four", Client("192.0.2.2"), bounds=bounds) is refused
    assert [its.open(name, namesake, bounds=bounds) for name in ("five", "six", "seven")] == [OPENED, OPENED, refused]
    assert [its.open(name, HOLDER, bounds=bounds) for name in ("eight", "nine")] == [OPENED, refused]
    assert its.open("ten", Client(HOLDER.name, Side.QUESTIONS), bounds=bounds) is OPENED


def test_a_network_may_ask_more_in_an_hour_than_a_key(its: Subject) -> None:
    bounds = Bounds(per_client=9, in_all=9, hourly_per_client=2, hourly_per_holder=1, hourly_in_all=9)
    clients = ONE, HOLDER, Client(HOLDER.name, Side.QUESTIONS)
    opened = [[its.open(f"{client} {number}", client, bounds=bounds) for number in range(2)] for client in clients]
    assert opened == [[OPENED, OPENED], [OPENED, Opening.SPENT], [OPENED, Opening.SPENT]]


@BOTH
def test_who_is_taken_already_is_not_told_of_them(its: Subject, bounds: Bounds, refused: Opening) -> None:
    for name in ("one", "two"):
        its.open(name, bounds=bounds)
    assert its.open("one", bounds=bounds) is TAKEN
    assert its.open("three", bounds=bounds) is refused


def test_settled_and_expired_transactions_are_not_open(its: Subject) -> None:
    its.open("one")
    its.open("two")
    its.settle("one")
    assert its.open("three") is OPENED
    assert its.open("four", now=NOW + HOUR) is OPENED


def test_whatever_became_of_them_they_count_for_an_hour(its: Subject) -> None:
    its.open("one", bounds=HOURLY)
    its.open("two", lifetime=timedelta(minutes=10), bounds=HOURLY)
    its.settle("one")
    its.store.purge(NOW + HOUR - MOMENT)
    assert its.open("three", now=NOW + HOUR - MOMENT, bounds=HOURLY) is Opening.SPENT
    assert its.open("three", now=NOW + HOUR, bounds=HOURLY) is OPENED


def test_sqlite_counts_and_sweeps_by_indexes(fresh_database: Callable[[str], str]) -> None:
    used = {
        COUNT_OPEN: ["COVERING INDEX scep_transaction_open (settled=? AND side=?)"],
        COUNT_HOUR: ["COVERING INDEX scep_transaction_opened (side=? AND opened>?)"],
        ScepStatements(named("sqlite")).answered(): [
            "INDEX scep_transaction_open (settled=?)",
            "INDEX sqlite_autoindex_message_1 (type=? AND messageid=?)",
        ],
    }
    with current_engine(fresh_database("sqlite")) as engine, engine.connect() as connection:
        for statement, expected in used.items():
            compiled = statement.compile(engine)
            values = tuple(compiled.params[name] or 0 for name in compiled.positiontup or ())
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
            assert [row.detail.partition(" USING ")[2] for row in plan] == expected


# ---- messages that were answered


def test_what_the_ca_has_answered_is_not_open_though_nobody_has_looked(its: Subject) -> None:
    its.open("one")
    its.open("two")
    before = its.found("one")
    its.conclude("one")
    assert its.open("three") is Opening.FULL
    its.store.sweep()
    assert its.found("one") == before
    assert its.open("three") is OPENED
    assert its.open("four") is Opening.FULL


@pytest.mark.parametrize(("how", "of"), [(set_aside, MessageType.SCEP), (answered, MessageType.API)])
def test_what_the_ca_has_not_answered_stays_open(its: Subject, how: Conclusion, of: MessageType) -> None:
    its.open("one")
    its.open("two")
    its.conclude("one", how=how, of=of)
    its.messages.put(NewMessage("message of two", b"request", MessageType.SCEP))
    its.store.sweep()
    assert its.open("three") is Opening.FULL


def test_the_answer_to_an_earlier_message_does_not_count(its: Subject) -> None:
    its.open("one")
    its.open("one", over=its.found("one"), message_id="another message", bounds=HOURLY)
    its.open("two")
    its.conclude("one")
    its.store.sweep()
    assert its.open("three") is Opening.FULL


def test_one_sweep_has_an_end_and_the_next_one_goes_on(sql: Subject, engine: Engine) -> None:
    names = [str(number) for number in range(SWEPT + 1)]
    many = Bounds(per_client=1000, in_all=1000, hourly_per_client=1000, hourly_per_holder=1000, hourly_in_all=1000)
    for name in names[:2]:
        sql.open(name, bounds=many)
    with engine.begin() as connection:
        # As many rows as two that are opened in the usual way.
        (row,) = connection.execute(select(scep_transaction).where(scep_transaction.c.transactionid == "0"))
        rows = [row._asdict() | {"transactionid": name, "messageid": f"message of {name}"} for name in names[2:]]
        execute_many(connection, scep_transaction.insert(), rows)
    sql.conclude(*names)
    opened = select(func.count()).select_from(scep_transaction).where(scep_transaction.c.settled == 0)
    left = []
    for _ in range(2):
        sql.store.sweep()
        with engine.connect() as connection:
            left.append(connection.execute(opened).scalar_one())
    assert left == [1, 0]


# ---- opening over what was there


def test_what_was_found_is_replaced_as_a_whole(its: Subject) -> None:
    its.open("one", ONE, sealed=b"first", lifetime=MOMENT)
    found = its.found("one")
    later = NOW + timedelta(minutes=1)
    assert its.open("one", OTHER, later, sealed=b"second", over=found) is OPENED
    assert its.found("one").sealed == b"second"
    assert its.found("one") != found
    its.conclude("one")
    its.store.purge(later + 59 * timedelta(minutes=1))
    assert its.found("one").sealed == b"second"
    bounds = Bounds(per_client=1, in_all=10, hourly_per_client=10, hourly_per_holder=10, hourly_in_all=10)
    assert its.open("two", ONE, later, bounds=bounds) is OPENED
    assert its.open("three", OTHER, later, bounds=bounds) is Opening.FULL


@BOTH
def test_it_is_bounded_as_every_opening(its: Subject, bounds: Bounds, refused: Opening) -> None:
    its.open("one", lifetime=MOMENT, bounds=bounds)
    found = its.found("one")
    later = NOW + timedelta(minutes=1)
    for name in ("two", "three")[: 2 if refused is Opening.FULL else 1]:
        assert its.open(name, now=later, bounds=bounds) is OPENED
    assert its.open("one", now=later, over=found, bounds=bounds) is refused
    assert its.found("one") == found


def test_each_opening_of_an_id_counts_in_its_hour(its: Subject) -> None:
    its.open("one", lifetime=MOMENT, bounds=HOURLY)
    for minutes, outcome in ((1, OPENED), (2, Opening.SPENT), (60, OPENED), (60, Opening.SPENT)):
        its.settle("one")
        now = NOW + timedelta(minutes=minutes)
        its.store.purge(now)
        assert its.open("one", now=now, over=its.store.find("one"), bounds=HOURLY) is outcome


def test_what_is_counted_only_is_removed_after_its_hour(its: Subject) -> None:
    its.open("one", lifetime=24 * HOUR, bounds=HOURLY)
    its.open("one", now=NOW + MOMENT, lifetime=24 * HOUR, over=its.found("one"), bounds=HOURLY)
    hourly = Bounds(per_client=10, in_all=10, hourly_per_client=2, hourly_per_holder=2, hourly_in_all=10)
    assert its.open("two", now=NOW + HOUR - MOMENT, bounds=hourly) is Opening.SPENT
    its.store.purge(NOW + HOUR)
    assert its.open("two", now=NOW + HOUR - MOMENT, bounds=hourly) is OPENED


def test_what_is_gone_is_opened_anew(its: Subject) -> None:
    its.open("one", sealed=b"first", lifetime=MOMENT)
    found = its.found("one")
    its.store.purge(NOW + HOUR)
    assert its.open("one", now=NOW + HOUR, sealed=b"second", over=found) is OPENED
    assert its.found("one").sealed == b"second"


def test_another_one_is_not_replaced(its: Subject) -> None:
    """Not even one whose changes are as many as those of the one that was found."""
    its.open("one", sealed=b"first", lifetime=MOMENT)
    found = its.found("one")
    its.store.purge(NOW + HOUR)
    its.open("one", now=NOW + HOUR, sealed=b"another's")
    assert its.found("one").version == found.version
    assert its.open("one", now=NOW + HOUR, sealed=b"second", over=found) is TAKEN
    assert not its.store.settle("one", found, b"settled")
    assert its.found("one").sealed == b"another's"


# ---- settling, purging


def test_only_what_was_found_is_settled(its: Subject) -> None:
    its.open("one")
    found = its.found("one")
    assert not its.store.settle("none", found, b"other")
    assert its.store.settle("one", found, b"other")
    assert not its.store.settle("one", found, b"again")
    assert (its.found("one").version, its.found("one").sealed) == (2, b"other")


def test_what_has_expired_and_counts_no_more_is_removed(its: Subject) -> None:
    its.open("one", lifetime=MOMENT)
    its.open("two", lifetime=2 * HOUR)
    its.open("three", OTHER, now=NOW + MOMENT, lifetime=MOMENT)
    its.store.purge(NOW + HOUR)
    assert [its.store.find(name) is None for name in ("one", "two", "three")] == [True, False, False]


# ---- several servers, hostile rows


def test_one_of_many_opens_an_id(sql: Subject) -> None:
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda number: sql.open("one", Client(f"client {number}")), range(8)))
    assert sorted(its.name for its in outcomes) == ["OPENED", *["TAKEN"] * 7]


def test_one_of_many_opens_it_over_another(sql: Subject) -> None:
    sql.open("one", lifetime=MOMENT)
    found, later = sql.found("one"), NOW + MOMENT
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda number: sql.open("one", Client(f"{number}"), later, over=found), range(8)))
    assert sorted(its.name for its in outcomes) == ["OPENED", *["TAKEN"] * 7]


def test_one_of_many_settles_it(sql: Subject) -> None:
    sql.open("one")
    found = sql.found("one")
    with ThreadPoolExecutor(4) as pool:
        settled = list(pool.map(lambda number: sql.store.settle("one", found, str(number).encode()), range(8)))
    assert settled.count(True) == 1


@pytest.mark.parametrize("values", [{"sealed": bytes(1024 * 1024 + 1)}, {"version": MAX_VERSION}])
def test_a_row_that_is_none_of_ours_is_told(sql: Subject, engine: Engine, values: dict[str, object]) -> None:
    sql.open("one")
    with engine.begin() as connection:
        connection.execute(update(scep_transaction).values(**values))
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
            connection.execute(scep_transaction.insert().values(**former, expires=expires))
        upgrade(engine, MESSAGES)
        its = Subject(SqlScepTransactions(engine), SqlMessageStore(engine))
        assert its.found("one") == StoredTransaction(7, 0, b"sealed")
        assert [its.open(name) for name in ("two", "three")] == [OPENED, Opening.FULL]
        its.store.sweep()
        assert its.open("one", OTHER, over=its.found("one")) is OPENED
        assert its.found("one").version == 1
