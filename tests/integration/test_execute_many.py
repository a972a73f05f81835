"""Many rows by one call, on every database: the same rows as one statement each would have written."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    bindparam,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from lockgate.errors import Defect
from lockgate_persistence.dialects import execute_many
from lockgate_persistence.dialects.arrays import for_arrays
from lockgate_persistence.engines import DatabaseSettings, open_engine

thing = Table(
    "thing",
    MetaData(),
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("name", String(50), nullable=False, unique=True),
    Column("words", Text, nullable=True),
    Column("small", SmallInteger, nullable=False),
    Column("large", BigInteger, nullable=True),
    Column("octets", LargeBinary, nullable=True),
)
RENUMBER = (
    update(thing)
    .where(thing.c.name == bindparam("name_"), thing.c.small < 3)
    .values(large=thing.c.large + bindparam("more", type_=BigInteger), words=bindparam("words_", type_=Text))
)
ROWS: list[dict[str, Any]] = [
    {"name": "plain", "words": "a word", "small": 1, "large": 2**62, "octets": bytes(range(256))},
    {"name": "quotes \" ' \\ {,} NULL %s", "words": "Grüße", "small": 2, "large": -1, "octets": b""},
    {"name": "nothing", "words": None, "small": 3, "large": None, "octets": None},
]


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = open_engine(DatabaseSettings(url=database_url, pool_min=1))
    thing.metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def stored(connection: Connection) -> list[dict[str, Any]]:
    columns = [column for column in thing.c if column.name != "sequence"]
    return [dict(row._mapping) for row in connection.execute(select(*columns).order_by(thing.c.sequence))]


def test_rows_are_inserted_as_given_and_in_order(connection: Connection) -> None:
    assert execute_many(connection, insert(thing), ROWS) == 3
    assert stored(connection) == ROWS


def test_a_column_may_be_null_in_every_row(connection: Connection) -> None:
    rows = [{"name": name, "words": None, "small": 1, "large": None, "octets": None} for name in "ab"]
    execute_many(connection, insert(thing), rows)
    assert stored(connection) == rows


def test_an_update_counts_the_rows_that_matched(connection: Connection) -> None:
    execute_many(connection, insert(thing), ROWS)
    names = [*(row["name"] for row in ROWS), "not there"]
    assert execute_many(connection, RENUMBER, [{"name_": name, "more": -5, "words_": name} for name in names]) == 2
    assert [(row["large"], row["words"]) for row in stored(connection)] == [
        (2**62 - 5, "plain"),
        (-6, ROWS[1]["name"]),
        (None, None),
    ]


def test_one_row_that_does_not_fit_fails_the_statement(connection: Connection) -> None:
    with pytest.raises(IntegrityError):
        execute_many(connection, insert(thing), [ROWS[0], ROWS[0]])


@pytest.mark.postgresql
def test_postgresql_takes_all_rows_in_one_statement(fresh_database: Any) -> None:
    engine = open_engine(DatabaseSettings(url=fresh_database("postgresql"), pool_min=1))
    thing.metadata.create_all(engine)
    executed: list[bool] = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: executed.append(arguments[-1]))
    with engine.begin() as connection:
        execute_many(connection, insert(thing), ROWS)
    assert executed == [False]
    engine.dispose()


def test_a_parameter_without_a_type_is_a_defect() -> None:
    dialect = make_url("postgresql+psycopg://").get_dialect()
    table = Table("dated", MetaData(), Column("day", Date))
    with pytest.raises(Defect, match="Date"):
        for_arrays(insert(table), ("day",), dialect())
    with pytest.raises(Defect, match="NullType"):
        for_arrays(update(thing).values(words=bindparam("words_")), ("words_",), dialect())
