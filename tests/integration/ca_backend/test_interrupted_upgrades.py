"""An upgrade that is interrupted at any change of a table, on a database that commits each at once, is run again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from sqlalchemy import Connection, Engine, event, inspect, text

from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence.migrating import Migrations, SchemaState, examining, state, upgrade
from lockgate_persistence.migrations import MESSAGES
from tests.contract.message_stores import current_engine
from tests.contract.registries import new_engine
from tests.integration.ca_backend.conftest import Deployment
from tests.support.databases.schema import step_back

pytestmark = [pytest.mark.mariadb, pytest.mark.timeout(300)]
CHANGES = ("create", "alter", "drop")
SCEP_ROW = {"id": "open", "client": "client", "expires": 1, "settled": 0, "version": 1, "sealed": b"sealed"}
Description = dict[str, tuple[list[str], list[str]]]


class Interrupted(BaseException):
    """The end of the process that upgrades."""


@contextmanager
def interrupted(engine: Engine, number: int, *, before: bool) -> Iterator[None]:
    """The block ends at the N-th change of a table, from 1: after it, or when it has committed what was before it."""
    numbers = count(1)

    def changing(connection: Connection, *arguments: object) -> None:
        if str(arguments[1]).lower().lstrip().startswith(CHANGES) and next(numbers) == number:
            if before:
                connection.connection.commit()
            raise Interrupted

    moment = "before_cursor_execute" if before else "after_cursor_execute"
    event.listen(engine, moment, changing)
    try:
        yield
    except Interrupted:
        pass
    finally:
        event.remove(engine, moment, changing)


def revision(engine: Engine, migrations: Migrations) -> str:
    with examining(), engine.connect() as connection:
        return str(connection.execute(text(f"select version_num from {migrations.version_table}")).scalar_one())


def interrupt_everywhere(engine: Engine, migrations: Migrations) -> int:
    """Run the upgrade until it is done, each time interrupted a change later; how often that was."""
    times, begun, reached = 0, 0, ""
    while state(engine, migrations) is not SchemaState.CURRENT:
        if revision(engine, migrations) != reached:
            reached, begun = revision(engine, migrations), times
        number, late = divmod(times - begun, 2)
        with interrupted(engine, number + 1, before=not late):
            upgrade(engine, migrations)
        times += 1
    return times


def described(engine: Engine) -> Description:
    """Every table's columns and indexes."""
    inspector = inspect(engine)
    return {
        table: (
            [f"{column['name']} {column['type']} {column['nullable']}" for column in inspector.get_columns(table)],
            sorted(f"{index['name']} {index['column_names']}" for index in inspector.get_indexes(table)),
        )
        for table in inspector.get_table_names()
    }


def rows(engine: Engine, *tables: str) -> list[list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return [sorted(map(tuple, connection.execute(text(f"select * from {table}")).all())) for table in tables]


def test_the_ca_s_database(fresh_database: Callable[[str], str]) -> None:
    engine = new_engine(fresh_database("mariadb"))
    deployment = Deployment(engine)
    deployment.administration.create_ca("ManagementCA", "CN=ManagementCA", key="P-256")
    deployment.issue(username="bob")
    tables = ("ca_generation", "username_key", "end_entity", "unsettled", "audit")
    before, schema = rows(engine, *tables), described(engine)
    step_back(engine, CERTIFICATION_AUTHORITY, "0001")
    assert interrupt_everywhere(engine, CERTIFICATION_AUTHORITY) > len(schema)
    assert described(engine) == schema
    assert rows(engine, *tables) == before
    assert Deployment(engine).issue(username="bob").serial_number
    engine.dispose()


def test_a_message_database(fresh_database: Callable[[str], str]) -> None:
    with current_engine(fresh_database("mariadb")) as engine:
        schema = described(engine)
        step_back(engine, MESSAGES, "0002")
        columns = "transactionid, client, expires, settled, version, sealed"
        with engine.begin() as connection:
            values = ", ".join(f":{name}" for name in SCEP_ROW)
            connection.execute(text(f"insert into scep_transaction ({columns}) values ({values})"), SCEP_ROW)
        assert interrupt_everywhere(engine, MESSAGES) > len(schema)
        assert described(engine) == schema
        with engine.connect() as connection:
            found = connection.execute(text(f"select {columns} from enrolment_transaction")).all()
        assert [tuple(row) for row in found] == [tuple(SCEP_ROW.values())]
