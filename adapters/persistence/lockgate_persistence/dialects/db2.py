"""DB2 (Linux, UNIX, Windows) through IBM's own driver, ibm_db.

Claims take no locks before their compare-and-set: DB2's SKIP LOCKED DATA is not in every version, and an ORDER BY makes
a cursor read-only. The rows that `standing` reads stay locked by the isolation clause instead.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, Insert, Update, event
from sqlalchemy.dialects import registry
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from lockgate.errors import ConfigurationError
from lockgate_persistence.dialects.base import ConnectionOptions, Dialect, ServerFacts, Trouble, cleaned

TROUBLES = {
    "40001": Trouble.CONFLICT,  # deadlock; the transaction was rolled back
    "40001/68": Trouble.UNAVAILABLE,  # the same state where the lock timeout ran out
    "40003": Trouble.UNAVAILABLE,  # the connection broke while a statement ran
    "57033": Trouble.CONFLICT,  # deadlock; only the statement was rolled back
    "57033/68": Trouble.UNAVAILABLE,
    "23505": Trouble.TAKEN,
    "42703": Trouble.NO_SCHEMA,  # undefined column
    "42704": Trouble.NO_SCHEMA,  # undefined name
    "42501": Trouble.NO_RIGHT,
    "42502": Trouble.NO_RIGHT,
    "57011": Trouble.FULL,  # the transaction log or a table space
    "08": Trouble.UNAVAILABLE,  # connection
    "28": Trouble.NO_ENTRY,  # authorization
    "51": Trouble.UNAVAILABLE,  # the application's state: connection not usable
    "53": Trouble.UNAVAILABLE,  # read only, as a standby
    "55": Trouble.UNAVAILABLE,  # an object is not in the required state
    "57": Trouble.UNAVAILABLE,  # resources, the operator's doing: database stopped
    "58": Trouble.UNAVAILABLE,  # system errors
}
"""SQLSTATE values, with the reason code where it matters, and their classes (Db2 documentation, SQLSTATE messages)."""
DROPPED = ("Connection is not active", "connection is no longer active", "Connection Resource cannot be found")
"""The driver's text, without any SQLSTATE, for a connection that is closed."""
REFUSED = "SQL30082N"
"""The error for a user or password that the server does not accept; its SQLSTATE is only that of a connection error."""
RECEIVE_TIMEOUT = 60
"""Seconds without an octet after which the driver sends a probe, and finally closes the connection."""
UTF_8 = 1208
"""IBM's number of that encoding."""
SPECIAL = re.compile(r"[;\x00-\x1f]|^\s|\s$")
"""Characters that would end or change a value in the driver's connection string, which has no quoting."""

registry.register("db2.lockgate", f"{__package__}.db2_connections", "Db2Connections")


class Db2(Dialect):
    """DB2."""

    name: ClassVar[str] = "db2"
    drivername: ClassVar[str] = "db2+lockgate"
    driver: ClassVar[str] = "ibm_db_sa"
    extra: ClassVar[str | None] = "db2"
    url_options: ClassVar[frozenset[str]] = frozenset({"authentication", "currentschema", "lobcachesize"})
    isolation_level: ClassVar[str | None] = "CURSOR STABILITY"
    skip_locked: ClassVar[bool] = False
    troubles: ClassVar[Mapping[str, Trouble]] = TROUBLES
    idle_transactions: ClassVar[str | None] = "a threshold CONNECTIONIDLETIME of the server"
    # One statement reads its clock once; 719163 is 1970-01-01. UTC, because local time repeats an hour in autumn.
    clock: ClassVar[str] = (
        "((bigint(days(current timestamp - current timezone)) - 719163) * 86400000"
        " + bigint(midnight_seconds(current timestamp - current timezone)) * 1000"
        " + bigint(microsecond(current timestamp)) / 1000)"
    )

    def hosts(self, url: URL) -> tuple[str, ...]:
        """The URL's host.

        Raises:
            ConfigurationError: no host or no database is named, so that the driver's own files would choose; or a part
                holds what the driver's connection string cannot.
        """
        if not (url.host and url.database):
            raise ConfigurationError("a DB2 URL names host and database: db2://USER@HOST:50000/DATABASE")
        for part in (url.host, url.database, url.username, url.password, *url.query.values()):
            if isinstance(part, str) and SPECIAL.search(part):
                raise ConfigurationError(
                    "DB2's driver takes no semicolon, control character or space at the end in a URL's part or password"
                )
        return (url.host,)

    def connect_arguments(self, options: ConnectionOptions) -> dict[str, Any]:
        """The driver's keywords. TLS with chain and host name, or none.

        Raises:
            ConfigurationError: a client certificate is given, which the driver takes from IBM's key databases only.
        """
        keywords: dict[str, Any] = {
            "ConnectTimeout": max(1, round(options.connect_timeout)),
            "ReceiveTimeout": RECEIVE_TIMEOUT,
        }
        if options.tls is None:
            return keywords
        if options.tls.certificate is not None:
            raise ConfigurationError("DB2 takes no client certificate from PEM files; leave tls_certificate out")
        return keywords | {
            "Security": "SSL",
            "SSLServerCertificate": str(options.tls.ca),
            "SSLClientHostnameValidation": "Basic",
        }

    def install(self, engine: Engine, options: ConnectionOptions) -> None:
        """Bound the waiting for locks; keep the dialect's library from logging statements and their values."""
        logging.getLogger("ibm_db_sa").disabled = True
        engine.dialect.encrypted = options.tls is not None  # type: ignore[attr-defined]
        seconds = max(1, round(options.lock_timeout))

        def bound(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
            cursor = connection.cursor()
            cursor.execute(f"SET CURRENT LOCK TIMEOUT {seconds}")
            cursor.close()
            connection.commit()

        event.listen(engine, "connect", bound)

    def execute_many(
        self, connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
    ) -> int:
        """One by one: the driver's array form loses the error's class and the count of each row."""
        return sum(connection.execute(statement, row).rowcount for row in rows)

    def code(self, error: BaseException) -> str:
        """The SQLSTATE, or its class if only that has a meaning, and the reason code of a lock that could not be
        acquired."""
        words = str(error)
        if any(dropped in words for dropped in DROPPED):
            return "08"
        if REFUSED in words:
            return "28"
        found = re.search(r"SQLSTATE=(\w{5})", words)
        if found is None:
            return ""
        state = found[1]
        reason = re.search(r'[Rr]eason code "(\w+)"', words)
        known = (f"{state}/{reason[1]}" if reason else state, state, state[:2])
        return next((code for code in known if code in TROUBLES), state)

    def facts(self, connection: Connection) -> ServerFacts:
        """As the driver says."""
        dialect: Any = connection.dialect
        server = dialect.server(connection.connection.dbapi_connection)
        return ServerFacts(
            cleaned(f"DB2 {server.DBMS_NAME} {server.DBMS_VER}"),
            encrypted=dialect.encrypted,
            isolation=connection.get_isolation_level(),
            all_unicode=server.DB_CODEPAGE == UTF_8,
        )
