"""No statement runs on a schema of another version (docs/threat-model.md, rule 23).

A worker on another version's tables would refuse requests, or write what that version misreads. Every connection is
checked when it is borrowed for the first time, in every command and server. Only code that creates, upgrades or
examines the schema is excepted.
"""

from typing import Any, cast

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from lockgate.errors import ConfigurationError
from lockgate_persistence.dialects import error_of, told_of
from lockgate_persistence.migrating import SENTENCES, Migrations, SchemaState, is_examined

_STATES = (SchemaState.BEHIND, SchemaState.CURRENT, SchemaState.UNKNOWN)


def guard(engine: Engine, migrations: Migrations) -> Engine:
    """`engine`, from which no connection can be borrowed to a database whose schema is not the one that `migrations`
    make.

    Borrowing one raises a ConfigurationError that names the database and says what to do.
    """

    def judge(connection: Any, record: Any, _: object) -> None:
        if migrations.version_table in record.info or is_examined():
            return
        found = _state(engine, connection, migrations)
        if found is not SchemaState.CURRENT:
            raise told_of(engine, ConfigurationError(SENTENCES[found]))
        record.info[migrations.version_table] = True

    event.listen(engine, "checkout", judge)
    return engine


def _state(engine: Engine, connection: Any, migrations: Migrations) -> SchemaState:
    """By one number that the database computes: the revision itself is a text of any length in a hostile table."""
    newest = migrations.newest
    place = f"case when version_num < '{newest}' then 0 when version_num = '{newest}' then 1 else 2 end"
    cursor = connection.cursor()
    try:
        cursor.execute(f"select max({place}) from {migrations.version_table}")  # noqa: S608  (names of our own)
        (found,) = cursor.fetchone()
    except engine.dialect.loaded_dbapi.Error as error:
        raise error_of(engine, _wrapped(engine, error)) from None
    finally:
        cursor.close()
        connection.rollback()
    return SchemaState.EMPTY if found is None else _STATES[int(found)]


def _wrapped(engine: Engine, error: Exception) -> SQLAlchemyError:
    """A driver's error as SQLAlchemy raises it where a statement runs on one of its own connections."""
    family = engine.dialect.loaded_dbapi.Error
    return cast("SQLAlchemyError", DBAPIError.instance(None, None, error, family, dialect=engine.dialect))
