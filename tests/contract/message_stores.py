"""The message store on a database, with what the contract suite does behind the port's back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from lockgate.ports import MessageStore
from lockgate_persistence.dialects import execute_many
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from lockgate_persistence.schema import NEVER
from lockgate_persistence.schema import message as table
from lockgate_persistence.transactions import Transactions


class SqlSubject:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.store = SqlMessageStore(engine)

    def limited(self, max_size: int) -> MessageStore:
        return SqlMessageStore(self.engine, max_size)

    def add_malformed(self, count: int) -> None:
        with self.engine.begin() as connection:
            add_malformed(connection, count)

    def age(self, duration: timedelta) -> None:
        milliseconds = round(duration / timedelta(milliseconds=1))

        def older(connection: Connection) -> None:
            # In the order in which the store locks, so that ageing in the middle of claims and settlements works.
            connection.execute(select(table.c.uniqueid).order_by(table.c.uniqueid).with_for_update())
            changes = {column.name: column - milliseconds for column in (table.c.createtime, table.c.modifytime)}
            connection.execute(update(table).values(changes))
            comes = table.c.duetime < NEVER
            connection.execute(update(table).where(comes).values(duetime=table.c.duetime - milliseconds))

        # Where a database locks in an order of its own, one of two has to try again.
        Transactions(self.engine).write(older)


def add_malformed(connection: Connection, count: int, **columns: object) -> None:
    """Insert waiting rows without a message id, each of a type of its own."""
    # Oracle takes an empty text for NULL.
    message_id = "\0" if connection.dialect.name == "oracle" else ""
    row: dict[str, object] = {"messageid": message_id, "status": 1, "generation": 1, "attempts": 0}
    row |= dict.fromkeys(("createtime", "modifytime", "duetime"), 0)
    row |= dict.fromkeys(("requestdigest", "message"), bytes(32))
    execute_many(connection, insert(table), [row | {"type": number} | columns for number in range(1, count + 1)])


@contextmanager
def current_engine(url: str) -> Iterator[Engine]:
    """An engine for a database that is brought up to date."""
    engine = open_engine(DatabaseSettings(url=url))
    try:
        upgrade(engine, MESSAGES)
        yield engine
    finally:
        engine.dispose()


def emptied(engine: Engine) -> SqlSubject:
    """A store on `engine` without messages."""
    with engine.begin() as connection:
        connection.execute(delete(table))
    return SqlSubject(engine)
