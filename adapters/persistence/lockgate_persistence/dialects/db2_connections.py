"""SQLAlchemy's part for DB2: the library ibm_db_sa, with this product's changes.

Loaded when the first engine for DB2 is made, because the library is an extra. It logs every statement's values at debug
level; `Db2.install` switches that off.
"""

from typing import Any, ClassVar

from ibm_db import server_info
from ibm_db_sa.base import DB2Compiler, DB2IdentifierPreparer, DB2TypeCompiler
from ibm_db_sa.ibm_db import DB2Dialect_ibm_db
from sqlalchemy import URL, Integer
from sqlalchemy.types import NullType

from lockgate_persistence.dialects.db2 import DROPPED

KEYWORDS = {
    "host": "HOSTNAME",
    "port": "PORT",
    "database": "DATABASE",
    "username": "UID",
    "password": "PWD",
    "authentication": "Authentication",
    "currentschema": "CurrentSchema",
    "lobcachesize": "LOBCacheSize",
}
"""A URL's parts and options, by the driver's keywords."""
LOST = (*DROPPED, "SQLSTATE=08", "SQLSTATE=58", "SQL1224N", "SQL1776N", "CLI0106E", "CLI0108E")
"""The driver's texts for a connection that can no longer be used."""

HAS_TABLE = "SELECT tabname FROM syscat.tables WHERE tabschema = CURRENT SCHEMA AND tabname = ?"


class Compiler(DB2Compiler):  # type: ignore[misc]
    """Paging as the standard has it, and locks that a read-only cursor keeps."""

    def limit_clause(self, select: Any, **more: Any) -> str:
        """The number stands in the statement: not every version takes a parameter here."""
        number = select._limit_clause.render_literal_execute()  # noqa: SLF001
        number.type = Integer()
        return f" FETCH FIRST {self.process(number, **more)} ROWS ONLY"

    def for_update_clause(self, select: Any, **more: Any) -> str:  # noqa: ARG002  (the library's signature)
        """Rows that were read stay unchanged until the transaction ends."""
        return " FOR READ ONLY WITH RS USE AND KEEP UPDATE LOCKS"


class TypeCompiler(DB2TypeCompiler):  # type: ignore[misc]
    """Types that the library lacks."""

    def visit_VARBINARY(self, type_: Any, **more: Any) -> str:  # noqa: ARG002, N802  (the library's signature)
        """As every version knows it."""
        return f"VARCHAR({type_.length}) FOR BIT DATA"


class IdentifierPreparer(DB2IdentifierPreparer):  # type: ignore[misc]
    """Quotes nothing that DB2 takes as it is: a quoted lower-case name is another name than the deployer writes."""

    reserved_words: ClassVar[set[str]] = DB2IdentifierPreparer.reserved_words - {"type"}


class Anything(NullType):
    """A value of no declared type; the driver's views of octets become octets."""

    def result_processor(self, dialect: Any, coltype: Any) -> Any:  # noqa: ARG002  (the library's signature)
        """As SQLAlchemy asks for it."""
        return lambda value: bytes(value) if isinstance(value, memoryview) else value


class Db2Connections(DB2Dialect_ibm_db):  # type: ignore[misc]
    """SQLAlchemy's dialect for DB2.

    Attributes:
        encrypted: whether the connections run over TLS.
    """

    name = "db2"
    driver = "lockgate"
    supports_statement_cache = True
    postfetch_lastrowid = False
    statement_compiler = Compiler
    type_compiler_cls = TypeCompiler
    type_compiler = TypeCompiler
    preparer = IdentifierPreparer
    colspecs: ClassVar[dict[Any, Any]] = {**DB2Dialect_ibm_db.colspecs, NullType: Anything}
    encrypted = False

    def create_connect_args(self, url: URL) -> tuple[list[str], dict[str, Any]]:
        """The URL as the driver's keywords; `connect` adds those of `Db2.connect_arguments`."""
        parts = {**url.translate_connect_args(), **url.query}
        return [], {"PROTOCOL": "TCPIP"} | {KEYWORDS[name]: value for name, value in parts.items()}

    def connect(self, *_: Any, **keywords: Any) -> Any:
        """A connection of the driver, which takes everything in one string."""
        return self.loaded_dbapi.connect("".join(f"{name}={value};" for name, value in keywords.items()))

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:  # noqa: ARG002
        """Straight to the driver; the library would write values into some statements."""
        cursor.execute(statement, parameters)

    def is_disconnect(self, ex: BaseException, connection: Any, cursor: Any) -> bool:  # noqa: ARG002
        """Whether the connection can no longer be used."""
        return isinstance(ex, self.loaded_dbapi.Error) and any(words in str(ex) for words in LOST)

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> bool:  # noqa: ARG002
        """Whether the current schema has that table; the library looks into every schema where it does not know it."""
        return connection.exec_driver_sql(HAS_TABLE, (table_name.upper(),)).first() is not None

    def server(self, connection: Any) -> Any:
        """The driver's information about the server of its own `connection`."""
        return server_info(connection.conn_handler)
