"""Operators are told of a matter once, on every database of a CA."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from lockgate_ca_backend.notices import SqlNotices
from lockgate_ca_backend.store import tables
from tests.contract.registries import new_engine
from tests.support.databases.servers import DATABASES, marked

HOLD = timedelta(minutes=10)
A, B = "a" * 64, "b" * 64


@pytest.fixture(params=marked(DATABASES))
def engine(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    engine = new_engine(fresh_database(request.param))
    yield engine
    engine.dispose()


def later(engine: Engine, column: str, duration: timedelta) -> None:
    """Make that time of every matter earlier, as if so much had passed."""
    chosen = tables.notice.c[column]
    with engine.begin() as connection:
        connection.execute(update(tables.notice).values({column: chosen - duration // timedelta(milliseconds=1)}))


def test_one_node_tells_and_nobody_after_it(engine: Engine) -> None:
    one, other = SqlNotices(engine), SqlNotices(engine)
    assert one.claim([A], HOLD) == {A}
    assert other.claim([A, B], HOLD) == {B}
    one.told([A])
    later(engine, "due", HOLD)
    assert other.claim([A, B], HOLD) == {B}
    assert one.claim([A, B], HOLD) == frozenset()


def test_what_was_not_taken_is_told_by_the_next(engine: Engine) -> None:
    one, other = SqlNotices(engine), SqlNotices(engine)
    one.claim([A, B], HOLD)
    one.told([B])
    one.release([A, B])
    assert other.claim([A, B], HOLD) == {A}


def test_it_is_forgotten_after_its_time(engine: Engine) -> None:
    notices = SqlNotices(engine)
    notices.claim([A, B], HOLD)
    notices.told([A])
    later(engine, "told", timedelta(days=2))
    notices.purge(timedelta(days=3))
    assert notices.claim([A], HOLD) == frozenset()
    notices.purge(timedelta(days=1))
    assert notices.claim([A, B], HOLD) == {A}
