"""Databases of messages for tests that look behind the store: fixtures, statements, and one claim."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from lockgate.queue.message import ClaimedMessage
from lockgate_persistence.dialects import translated
from lockgate_persistence.messages import SqlMessageStore
from tests.contract.message_stores import current_engine

LEASE = timedelta(minutes=5)


@pytest.fixture
def engine(message_database_url: str) -> Iterator[Engine]:
    with current_engine(message_database_url) as engine:
        yield engine


@pytest.fixture
def server_engine(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database(request.param)) as engine:
        yield engine


@pytest.fixture
def sqlite_engine(fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database("sqlite")) as engine:
        yield engine


def run(engine: Engine, statement: str, **parameters: object) -> None:
    with translated(engine), engine.begin() as connection:
        connection.execute(text(statement), parameters)


def value(engine: Engine, query: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(query)).scalar_one()


def claim_one(store: SqlMessageStore) -> ClaimedMessage:
    (claimed,) = store.claim(10, LEASE)
    return claimed
