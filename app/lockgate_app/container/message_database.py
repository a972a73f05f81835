"""Engines for message databases. An RA's process needs nothing else of `databases.py`, which knows the CA's, too."""

from typing import TypeVar

from sqlalchemy import Engine, create_engine, select

from lockgate_app.settings import DatabaseTable, DataSource
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.migrations import MESSAGES
from lockgate_persistence.schema import message
from lockgate_persistence.schema_guard import guard

T = TypeVar("T", bound=DatabaseTable)
_CONNECTION = DatabaseTable.model_fields.keys() - {"password"}


def database_settings(table: DatabaseTable, name: str) -> DatabaseSettings:
    """A database's settings, its password resolved.

    Args:
        name: of the database, for errors.

    Raises:
        ConfigurationError: the password cannot be read.
    """
    password = table.password.reveal() if table.password else None
    connection = {key: getattr(table, key) for key in _CONNECTION}
    return DatabaseSettings(**connection, password=password, name=name)


def message_engine(source: DataSource, name: str) -> Engine:
    """The engine for the message database of data source `name`; it runs statements on the schema that this version
    knows, only. The server's answers are bounded.

    Raises:
        ConfigurationError: its settings are contradictory or unsafe, or a secret or driver is missing.
    """
    return opened_messages(database_settings(source, source_name(name)))


def for_threads(table: T, threads: int) -> T:
    """The same database, with a connection kept for each of so many threads, and one more, as far as there may be."""
    kept = min(max(table.pool_min, threads + 1), table.pool_max)
    return table.model_copy(update={"pool_min": kept})


def opened_messages(settings: DatabaseSettings) -> Engine:
    """The engine for a message database with these settings.

    Raises:
        ConfigurationError: as `message_engine`.
    """
    return guard(open_engine(settings), MESSAGES)


def use_database() -> None:
    """Use a message database in memory: SQLAlchemy keeps what it looks up at its first use. The connection is closed at
    once."""
    engine = create_engine("sqlite://", pool_pre_ping=True)
    message.create(engine)
    with engine.begin() as connection:
        connection.execute(select(message).where(message.c.type == 1).limit(1))
    engine.dispose()


def source_name(name: str) -> str:
    """A message database's name in messages to the operator."""
    return f"data source {name}"
