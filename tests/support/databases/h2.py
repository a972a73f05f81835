"""H2 in its Oracle mode, in this process, plays Oracle: it runs what SQLAlchemy's Oracle dialect compiles.

H2 is more lenient than Oracle; `tests/unit/persistence/test_oracle_statements.py` holds the same statements to Oracle's
own rules. What H2 says differently is said so here (`H2_CLOCK`), and values are handed over as python-oracledb would.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import jaydebeapi
import jpype
import oracledb
import pytest
from oracledb.errors import _Error
from sqlalchemy import URL, Connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.oracle.base import OracleDialect, OracleExecutionContext
from sqlalchemy.engine.default import DefaultDialect

from lockgate_persistence.dialects.oracle import Oracle
from lockgate_persistence.dialects.oracle_connections import OracleConnections, Server
from tests.support.databases.derby import java, java_path
from tests.support.databases.servers import running
from tests.support.parts import part_or_skip

PACKAGES = {"h2.jar": "libh2-java"}
HAS_TABLE = "select 1 from information_schema.tables where table_schema = current_schema and table_name = ?"
H2_CLOCK = "cast(extract(epoch from systimestamp) * 1000 as number(19))"
"""H2 counts whole seconds where Oracle counts fractions too."""
ERRORS = {
    "23505": ("ORA-00001", oracledb.IntegrityError),
    "42S02": ("ORA-00942", oracledb.DatabaseError),
    "42S04": ("ORA-00942", oracledb.DatabaseError),
    "42S22": ("ORA-00904", oracledb.DatabaseError),
    "42000": ("ORA-00900", oracledb.DatabaseError),
    "42001": ("ORA-00900", oracledb.DatabaseError),
    "40001": ("ORA-00060", oracledb.DatabaseError),
    "90131": ("ORA-08177", oracledb.DatabaseError),
    "HYT00": ("ORA-30006", oracledb.DatabaseError),
}
"""By H2's SQLSTATE: what python-oracledb raises for the same."""
BINARY, VARBINARY, BIGINT, VARCHAR, BLOB = -2, -3, -5, 12, 2004
"""Numbers of java.sql.Types."""
PRODUCTION = (Oracle.drivername.replace("+", "."), OracleConnections.__module__, OracleConnections.__name__)


def oracles_error(code: str, words: str = "", family: type[oracledb.Error] = oracledb.DatabaseError) -> oracledb.Error:
    """The driver's error for that code."""
    return family(_Error(message=f"{code}: {words}"))


@contextmanager
def oracles_errors() -> Iterator[None]:
    """Turn H2's errors inside the block into the Oracle driver's."""
    try:
        yield
    except (jaydebeapi.DatabaseError, jpype.JException) as error:
        cause = error if isinstance(error, jpype.JException) else error.args[0]
        code, family = ERRORS.get(str(cause.getSQLState()), ("ORA-00600", oracledb.OperationalError))
        raise oracles_error(code, str(cause.getMessage()), family) from error


def octets(results: Any, column: int) -> bytes | None:
    """A binary value, however it is kept."""
    value = results.getBytes(column)
    return None if value is None else bytes(value)


def characters(results: Any, column: int) -> str | None:
    """A text."""
    value = results.getString(column)
    return None if value is None else str(value)


def number(results: Any, column: int) -> int | None:
    """A whole number."""
    value = results.getLong(column)
    return None if results.wasNull() else int(value)


def java_values(parameters: Sequence[Any]) -> list[Any]:
    """Parameters as JDBC takes them: octets as an array, not as a text."""
    octets = jpype.JArray(jpype.JByte)
    return [octets(value) if isinstance(value, bytes) else value for value in parameters]


CONVERTERS = {BINARY: octets, VARBINARY: octets, BLOB: octets, VARCHAR: characters, BIGINT: number}


class H2Connections(OracleConnections):
    """The production dialect with H2 behind it; everything that Oracle's driver alone can do is left out."""

    name = "oracle"
    supports_statement_cache = True
    default_paramstyle = "qmark"
    execution_ctx_cls = OracleExecutionContext  # type: ignore[assignment]  # not the driver's own
    colspecs = OracleDialect.colspecs
    bind_typing = DefaultDialect.bind_typing
    insert_returning = False
    postfetch_lastrowid = False

    def __init__(self, **more: Any) -> None:
        OracleDialect.__init__(
            self, paramstyle="qmark", **{name: given for name, given in more.items() if name == "dbapi"}
        )

    def create_connect_args(self, url: URL) -> Any:
        return [], {"database": url.database}

    def connect(self, *_: Any, database: str, **__: Any) -> Any:
        connection = jaydebeapi.connect(
            "org.h2.Driver",
            f"jdbc:h2:mem:{database};MODE=Oracle;DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=4000",
            ["sa", ""],
        )
        connection.jconn.setAutoCommit(False)
        connection._converters = connection._converters | CONVERTERS
        return connection

    def initialize(self, connection: Connection) -> None:
        self.server_version_info = (19,)

    def on_connect(self) -> None:
        return None

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        assert level == "READ COMMITTED"  # as H2 has it

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        return "READ COMMITTED"

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        with oracles_errors():
            cursor.execute(statement.replace(Oracle.clock, H2_CLOCK), java_values(parameters))

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        with oracles_errors():
            cursor.executemany(statement.replace(Oracle.clock, H2_CLOCK), [java_values(row) for row in parameters])

    def do_commit(self, dbapi_connection: Any) -> None:
        with oracles_errors():
            dbapi_connection.commit()

    def is_disconnect(self, e: BaseException, connection: Any, cursor: Any) -> bool:
        return False

    def has_table(self, connection: Connection, table_name: str, schema: str | None = None, **_: Any) -> bool:
        return connection.exec_driver_sql(HAS_TABLE, (table_name.upper(),)).first() is not None

    def has_multi_table(
        self, connection: Any, table_names: Any, schema: Any = None, dblink: Any = None, **_: Any
    ) -> Any:
        return DefaultDialect.has_multi_table(self, connection, table_names, schema)

    def server(self, connection: Connection) -> Server:
        return Server("as H2 plays it", "AL32UTF8")


class H2Server:
    """H2 as an Oracle; its databases are in this process's memory."""

    def __init__(self) -> None:
        """Start the Java machine, and let URLs for Oracle lead to H2."""
        java()
        if not jpype.isJVMStarted():
            options = ["-Xmx384m", "-XX:TieredStopAtLevel=1", "-Duser.timezone=UTC"]
            jpype.startJVM(*options, classpath=java_path(PACKAGES).split(":"), convertStrings=True)
        self._numbers = count(1)
        registry.register(PRODUCTION[0], __name__, H2Connections.__name__)

    def stop(self) -> None:
        """Let URLs for Oracle lead to Oracle again."""
        registry.register(*PRODUCTION)

    def fresh_url(self) -> str:
        """The URL of a new, empty database."""
        return f"oracle://app@127.0.0.1/fresh{os.getpid()}_{next(self._numbers)}"


@pytest.fixture(scope="session")
def oracle_server() -> Iterator[H2Server]:
    """H2 as an Oracle, for this test process."""
    with part_or_skip(running(H2Server)) as server:
        yield server
