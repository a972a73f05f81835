"""Columns that the table's owner has widened and filled: of a longer value nothing arrives, and its neighbours do."""

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from lockgate.errors import DuplicateMessage
from lockgate.queue.message import MessageStatus, NewMessage, SetAside
from lockgate.reasons import Reason, Rejected
from lockgate_persistence.messages import SqlMessageStore
from tests.contract.message_stores import current_engine

LEASE = timedelta(minutes=5)
MIB = 1024 * 1024
LONG = 16 * MIB
"""Characters in a value; what this process may allocate while it is stored there is less."""
WIDER_REASON = {
    "sqlite": "select 1",
    "postgresql": "alter table message alter column reason type text",
    "mariadb": "alter table message modify reason longtext",
    "db2": "alter table message alter column reason set data type varchar(32000)",
    "oracle": "alter table message modify reason varchar2(8000)",
}
POSTGRESQL_S_MESSAGE_ID = [
    "alter table message drop constraint message_unique",
    "alter table message alter column messageid type {type}",
    "update message set messageid = {value} where messageid = 'bad'",
]
FILLED_MESSAGE_ID = {
    "sqlite": [f"update message set messageid = hex(zeroblob({LONG // 2})) where messageid = 'bad'"],
    "sqlite, behind a NUL": [
        f"update message set messageid = char(0) || hex(zeroblob({LONG // 2})) where messageid = 'bad'"
    ],
    "postgresql": [
        statement.format(type="text", value=f"repeat('a', {LONG})") for statement in POSTGRESQL_S_MESSAGE_ID
    ],
    "postgresql, of spaces": [
        statement.format(type="char(10485760)", value="'spaces'") for statement in POSTGRESQL_S_MESSAGE_ID
    ],
    "mariadb": [
        "alter table message drop index message_unique, modify messageid longtext not null",
        f"update message set messageid = repeat('a', {LONG - 1}) where messageid = 'bad'",
    ],
}


@contextmanager
def little_memory() -> Iterator[None]:
    """What happens in the block allocates less than one long value."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB


@pytest.fixture
def engine(message_database_url: str) -> Iterator[Engine]:
    with current_engine(message_database_url) as engine:
        yield engine


def run(engine: Engine, *statements: str) -> None:
    for statement in statements:
        with engine.begin() as connection:
            connection.execute(text(statement))


def test_a_reason_longer_than_its_column_was_is_none(engine: Engine) -> None:
    store = SqlMessageStore(engine)
    store.put(NewMessage("id", b"request"))
    (claimed,) = store.claim(1, LEASE)
    store.settle([SetAside(claimed, Rejected(Reason.TOO_LARGE))])
    run(engine, WIDER_REASON[engine.dialect.name], f"update message set reason = '{'a' * 5000}'")
    (outline,) = store.browse(MessageStatus.SET_ASIDE, 10).messages
    stored = store.fetch(1, "id")
    assert stored is not None
    assert (outline.reason, stored.reason) == (None, None)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(name, marks=[] if name.startswith("sqlite") else getattr(pytest.mark, name.partition(",")[0]))
        for name in FILLED_MESSAGE_ID
    ],
)
def test_a_long_message_id_is_not_loaded(case: str, fresh_database: Callable[[str], str]) -> None:
    with current_engine(fresh_database(case.partition(",")[0])) as engine:
        store = SqlMessageStore(engine)
        for name in ("bad", "good"):
            store.put(NewMessage(name, b"request"))
        run(engine, *FILLED_MESSAGE_ID[case])
        with little_memory():
            listed = store.browse(MessageStatus.WAITING, 10).messages
            claimed = store.claim(10, LEASE)
        # Every text of a `char(n)` is filled up with spaces.
        sound = [] if case == "postgresql, of spaces" else ["good"]
        assert [row.message_id for row in listed] == sound
        assert [message.message_id for message in claimed if not message.malformed] == sound
        assert all(store.settle([SetAside(message, Rejected(Reason.MALFORMED_ROW)) for message in claimed]))


@pytest.mark.postgresql
@pytest.mark.parametrize("column", ["claimid", "requestdigest"])
def test_a_long_value_that_is_compared_is_not_loaded(column: str, fresh_database: Callable[[str], str]) -> None:
    with current_engine(fresh_database("postgresql")) as engine:
        store = SqlMessageStore(engine)
        store.put(NewMessage("id", b"request"))
        (claimed,) = store.claim(1, LEASE)
        value = f"repeat('a', {LONG})" if column == "claimid" else f"convert_to(repeat('a', {LONG}), 'UTF8')"
        kind = "text" if column == "claimid" else "bytea"
        run(
            engine,
            f"alter table message alter column {column} type {kind}",
            f"update message set {column} = {value}",
        )
        with little_memory():
            settled = store.settle([SetAside(claimed, Rejected(Reason.TOO_LARGE))])
            with pytest.raises(DuplicateMessage):
                store.put(NewMessage("id", b"another request"))
        assert settled == [column != "claimid"]


@pytest.mark.postgresql
@pytest.mark.parametrize("column", ["type", "generation", "attempts", "createtime"])
def test_a_number_of_many_digits_is_not_loaded(column: str, fresh_database: Callable[[str], str]) -> None:
    with current_engine(fresh_database("postgresql")) as engine:
        store = SqlMessageStore(engine)
        for name in ("bad", "good"):
            store.put(NewMessage(name, b"request"))
        run(
            engine,
            f"alter table message alter column {column} type numeric",
            f"update message set {column} = power(10::numeric, 100000) where messageid = 'bad'",
        )
        assert [message.message_id for message in store.browse(MessageStatus.WAITING, 10).messages] == ["good"]
