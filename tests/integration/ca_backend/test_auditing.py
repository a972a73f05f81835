"""The audit log's chain on every database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from sqlalchemy import Engine, text

from lockgate.errors import Conflict
from lockgate.rights.authorization import Role
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.auditing import Auditor
from lockgate_ca_backend.facilities import Facilities
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.support.scenarios.ca_side import SECRET


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(url=database_url, prefill=False))
    Administration(engine, Facilities.under(SECRET)).initialise()
    yield engine
    engine.dispose()


def test_writers_at_the_same_time_make_one_chain(engine: Engine) -> None:
    administration, names = Administration(engine, Facilities.under(SECRET)), count()

    def add(_: int) -> None:
        name = f"role {next(names)}"
        while True:
            try:
                return administration.put_role(Role(name, frozenset()))
            except Conflict:
                continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(20)))
    tamperings, heads = Auditor(engine, SECRET).verify()
    assert tamperings == []
    entries = list(Auditor(engine, SECRET).entries())
    assert heads["administration"].number == len(entries)
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))


def test_a_changed_entry_is_found_on_every_database(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("update audit set who = 'é' where number = 2"))
    tamperings, _ = Auditor(engine, SECRET).verify()
    assert [(tampering.writer, tampering.number) for tampering in tamperings] == [("administration", 2)]


def test_another_secret_verifies_nothing(engine: Engine) -> None:
    tamperings, heads = Auditor(engine, b"another secret of some length").verify()
    assert len(tamperings) == heads["administration"].number
