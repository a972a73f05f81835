"""The differences between the databases, one small module each. To add a database, add a class to `DIALECTS`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Insert, Update
from sqlalchemy.exc import SQLAlchemyError

from lockgate.errors import ConfigurationError, Conflict, LockgateError
from lockgate_persistence.dialects.base import AlreadyThere, Dialect, ServerFacts, Trouble
from lockgate_persistence.dialects.db2 import Db2
from lockgate_persistence.dialects.mariadb import Mariadb
from lockgate_persistence.dialects.oracle import Oracle
from lockgate_persistence.dialects.postgresql import Postgresql
from lockgate_persistence.dialects.sqlite import Sqlite

__all__ = [
    "DIALECTS",
    "AlreadyThere",
    "Conflict",
    "Dialect",
    "ServerFacts",
    "dialect_of",
    "error_of",
    "execute_many",
    "named",
    "told_of",
    "translated",
]

DIALECTS = {dialect.name: dialect for dialect in (Sqlite(), Postgresql(), Mariadb(), Db2(), Oracle())}
"""Every database that this product supports, by the name in its URL."""


def named(name: str) -> Dialect:
    """The dialect for the database `name` of a URL.

    Raises:
        ConfigurationError: no such database is supported.
    """
    try:
        return DIALECTS[name]
    except KeyError:
        raise ConfigurationError(f"no such database: {name}; there are {', '.join(DIALECTS)}") from None


def dialect_of(engine: Engine) -> Dialect:
    """The dialect of the database behind `engine`."""
    return named(engine.dialect.name)


def execute_many(connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]) -> int:
    """Run `statement` once for each of `rows`, as the database does it best; see `Dialect.execute_many`."""
    return named(connection.dialect.name).execute_many(connection, statement, rows)


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn SQLAlchemy's errors inside the block into this product's: `Unavailable`, `Conflict` and so on."""
    try:
        yield
    except SQLAlchemyError as error:
        raise error_of(engine, error) from error
    except UnicodeDecodeError:
        raise told_of(engine, Trouble.TAMPERED.error("text in another encoding", "")) from None


def error_of(engine: Engine, error: SQLAlchemyError) -> LockgateError:
    """This product's error for one of SQLAlchemy's, with the name of the database that it came from."""
    return told_of(engine, dialect_of(engine).translate(error))


def told_of(engine: Engine, error: LockgateError) -> LockgateError:
    """`error` with the name of the database behind `engine`, because neither its address nor the driver says which of
    several it is."""
    return type(error)(f"{engine.logging_name}: {error}") if engine.logging_name else error
