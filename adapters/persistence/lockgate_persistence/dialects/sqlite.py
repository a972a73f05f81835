"""SQLite: one file on this host, the embedded default.

Write-ahead log with full synchronisation (a commit survives a power cut). Transactions begin as writers at once, so
that none fails half-way on a lock; those of `lockgate_persistence.engines.reading` begin as readers.
"""

import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, LargeBinary, cast, event, func, literal_column
from sqlalchemy import Dialect as SqlAlchemyDialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.elements import ColumnElement

from lockgate.errors import ConfigurationError
from lockgate_persistence.dialects.base import ConnectionOptions, Dialect, Notifications, ServerFacts, Trouble
from lockgate_persistence.dialects.changes import SqliteChanges
from lockgate_persistence.dialects.choices import when

READ_ONLY = "lockgate_read_only"
"""The execution option of transactions that only read."""
MAX_VALUE = 32 * 1024 * 1024
"""Octets in a row or value at most, twice the largest message: the limit of memory that a hostile file can make this
process use."""
PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
)
NO_SUCH = "SQLITE_ERROR: no such"
"""SQLite has no code of its own for a table or column that is not there, only these words."""


class Sqlite(Dialect):
    """SQLite through Python's own driver."""

    name: ClassVar[str] = "sqlite"
    drivername: ClassVar[str] = "sqlite+pysqlite"
    driver: ClassVar[str] = "sqlite3"
    prefills: ClassVar[bool] = False
    isolation_level: ClassVar[str | None] = None
    skip_locked: ClassVar[bool] = False
    troubles: ClassVar[Mapping[str, Trouble]] = {
        NO_SUCH: Trouble.NO_SCHEMA,
        "SQLITE_CONSTRAINT_PRIMARYKEY": Trouble.TAKEN,
        "SQLITE_CONSTRAINT_UNIQUE": Trouble.TAKEN,
        "SQLITE_ERROR": Trouble.DEFECT,
        "SQLITE_FULL": Trouble.FULL,
        "SQLITE_READONLY": Trouble.READ_ONLY,
        "SQLITE_READONLY_DIRECTORY": Trouble.READ_ONLY,
        "SQLITE_READONLY_DBMOVED": Trouble.READ_ONLY,
        "SQLITE_READONLY_CANTINIT": Trouble.READ_ONLY,
    }
    notifications: ClassVar[Notifications | None] = SqliteChanges()
    idle_transactions: ClassVar[str | None] = "the end of its process"
    clock: ClassVar[str] = "cast((julianday('now') - 2440587.5) * 86400000 as integer)"

    def hosts(self, url: URL) -> tuple[str, ...]:
        """None: a file.

        Raises:
            ConfigurationError: the URL names no file in an existing directory.
        """
        name = url.database
        if url.host or not name or name == ":memory:" or name.startswith("file:"):
            raise ConfigurationError("an SQLite URL names a file: sqlite:////absolute/path or sqlite:///relative/path")
        if not Path(name).parent.is_dir():
            raise ConfigurationError(f"there is no directory {Path(name).parent} for the SQLite database")
        return ()

    def connect_arguments(self, options: ConnectionOptions) -> dict[str, Any]:
        """How long to wait for the writers' lock."""
        return {"timeout": options.lock_timeout}

    def install(self, engine: Engine, options: ConnectionOptions) -> None:  # noqa: ARG002  (the port's signature)
        """No connection without the file; pragmas on each connection; BEGIN as reader or writer."""
        event.listen(engine, "do_connect", _require_file)
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)

    def is_missing(self, engine: Engine) -> bool:
        """Whether there is no file."""
        return not _file(engine).exists()

    def create(self, engine: Engine) -> None:
        """The file, for its owner only."""
        if self.is_missing(engine):
            os.close(os.open(_file(engine), os.O_CREAT | os.O_RDWR, 0o600))

    def code(self, error: BaseException) -> str:
        """SQLite's name for the error."""
        name: str = getattr(error, "sqlite_errorname", "")
        return NO_SUCH if str(error).startswith(("no such table", "no such column")) else name

    def octets(self, column: ColumnElement[Any]) -> ColumnElement[int]:
        """In octets; of a text, SQLite's length() counts what stands before the first NUL."""
        is_octets = func.typeof(column) == literal_column("'blob'")  # their length is known without reading them
        return when(is_octets, func.length(column), func.length(cast(column, LargeBinary)))

    def number(self, column: ColumnElement[Any]) -> ColumnElement[int]:
        """An integer; a column of SQLite holds values of any type."""
        return when(func.typeof(column) == literal_column("'integer'"), column)

    def alike(self, column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
        """As `Dialect.alike`; SQLite's LIKE does not tell capital letters from small ones, its GLOB does."""
        return column.bool_op("GLOB")(pattern.replace("[", "[[]"))

    def facts(self, connection: Connection) -> ServerFacts:  # noqa: ARG002  (the port's signature)
        """Nothing but the library's version."""
        return ServerFacts(f"SQLite {sqlite3.sqlite_version}")

    def size(self, connection: Connection) -> int:
        """The pages of the file."""
        pages, octets = (connection.exec_driver_sql(f"PRAGMA page_{of}").scalar_one() for of in ("count", "size"))
        return int(pages) * int(octets)


def _file(engine: Engine) -> Path:
    return Path(engine.url.database or "")


def _require_file(_: SqlAlchemyDialect, __: ConnectionPoolEntry | None, arguments: Sequence[Any], ___: Any) -> None:
    # SQLite would make an empty database in the place of one that was lost, moved or not mounted.
    if not Path(arguments[0]).exists():
        raise sqlite3.OperationalError(
            f"there is no file {arguments[0]}: restore it, or run `lockgate db upgrade` for a new database"
        )


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # None: the driver itself begins no transactions; `_begin` does.
    connection.isolation_level = None
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
    # Text that is no UTF-8 comes out as text that this product never writes, instead of failing the whole statement.
    connection.text_factory = _text
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _text(octets: bytes) -> str:
    return octets.decode(errors="surrogateescape")


def _begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
