"""SQLAlchemy's part for Oracle: its own dialect, with this product's changes.

Loaded when the first engine for Oracle is made.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Connection, text
from sqlalchemy.dialects.oracle.oracledb import OracleDialect_oracledb

PORT = 1521
CHECK = "select 1 from dual"
ENCODING = "select value from nls_database_parameters where parameter = 'NLS_CHARACTERSET'"


@dataclass(frozen=True, slots=True)
class Server:
    """Facts about a server: its version, and its name for the encoding of text."""

    version: str
    encoding: str


class OracleConnections(OracleDialect_oracledb):
    """SQLAlchemy's dialect for Oracle.

    Attributes:
        encrypted: whether the connections run over TLS.
    """

    driver = "lockgate"
    supports_statement_cache = True
    encrypted = False

    def create_connect_args(self, url: URL) -> Any:
        """The URL's database is a service; `Oracle.connect_arguments` adds the rest."""
        named = {"host": url.host, "port": url.port or PORT, "service_name": url.database}
        return [], {**named, "user": url.username, "password": url.password}

    def do_ping(self, dbapi_connection: Any) -> bool:
        """By the check statement."""
        cursor = dbapi_connection.cursor()
        try:
            cursor.execute(CHECK)
            cursor.fetchall()
        finally:
            cursor.close()
        return True

    def server(self, connection: Connection) -> Server:
        """Of the server behind `connection`."""
        driver: Any = connection.connection.dbapi_connection
        return Server(str(driver.version), connection.execute(text(ENCODING)).scalar_one())
