"""PostgreSQL through psycopg 3."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from typing import Any, ClassVar

from sqlalchemy import URL, ColumnElement, Connection, Engine, Insert, Update, any_, bindparam, event, func, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.engine.interfaces import Dialect as DriverDialect
from sqlalchemy.pool import ConnectionPoolEntry

from lockgate.errors import ConfigurationError
from lockgate_persistence.dialects.arrays import array_of, for_arrays
from lockgate_persistence.dialects.base import ConnectionOptions, Dialect, Notifications, ServerFacts, Trouble, cleaned
from lockgate_persistence.dialects.notifications import PostgresqlNotifications

TROUBLES = {
    "40001": Trouble.CONFLICT,  # serialization_failure
    "40P01": Trouble.CONFLICT,  # deadlock_detected
    "23505": Trouble.TAKEN,  # unique_violation
    "22021": Trouble.TAMPERED,  # character_not_in_repertoire
    "3F000": Trouble.NO_SCHEMA,  # invalid_schema_name
    "42P01": Trouble.NO_SCHEMA,  # undefined_table
    "42703": Trouble.NO_SCHEMA,  # undefined_column
    "42501": Trouble.NO_RIGHT,  # insufficient_privilege
    "53100": Trouble.FULL,  # disk_full
    "53200": Trouble.UNAVAILABLE,  # out_of_memory
    "53300": Trouble.UNAVAILABLE,  # too_many_connections
    "57P01": Trouble.UNAVAILABLE,  # admin_shutdown
    "57P02": Trouble.UNAVAILABLE,  # crash_shutdown
    "57P03": Trouble.UNAVAILABLE,  # cannot_connect_now
    "25006": Trouble.READ_ONLY,  # read_only_sql_transaction: a standby, or a switch that somebody has thrown
}
"""SQLSTATE codes (PostgreSQL documentation, appendix A)."""
KEEPALIVES = {"tcp_keepalives_idle": 30, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 3}
"""For the server's side: after a power failure of a client's host, its locks must not stay for hours."""


class Postgresql(Dialect):
    """PostgreSQL."""

    name: ClassVar[str] = "postgresql"
    drivername: ClassVar[str] = "postgresql+psycopg"
    driver: ClassVar[str] = "psycopg"
    extra: ClassVar[str | None] = "postgresql"
    url_options: ClassVar[frozenset[str]] = frozenset({"host", "port", "target_session_attrs", "application_name"})
    troubles: ClassVar[Mapping[str, Trouble]] = TROUBLES
    misplaced: ClassVar[frozenset[str]] = frozenset({"25006"})
    notifications: ClassVar[Notifications | None] = PostgresqlNotifications()
    answer_form: ClassVar[int] = 2  # octets travel as hexadecimal digits
    # statement_timestamp() is stable, so that it can bound an index scan; clock_timestamp() is not.
    clock: ClassVar[str] = "cast(extract(epoch from statement_timestamp()) * 1000 as bigint)"

    def hosts(self, url: URL) -> tuple[str, ...]:
        """Every host in the URL's place and in `?host=`; a directory is a local socket.

        Raises:
            ConfigurationError: none is named, so that the driver's environment variables would choose.
        """
        in_query = (host.partition(":")[0] for host in url.normalized_query.get("host", ()))
        hosts = [host for host in (*(url.host or "").split(","), *in_query) if host]
        if not hosts:
            raise ConfigurationError("the PostgreSQL URL names no host; for a local socket add ?host=/run/postgresql")
        return tuple(host for host in hosts if not host.startswith("/"))

    def connect_arguments(self, options: ConnectionOptions) -> dict[str, Any]:
        """TLS is verify-full or off; a peer that went away is noticed within about a minute, by the server too."""
        session = KEEPALIVES | {
            "lock_timeout": round(options.lock_timeout * 1000),
            "idle_in_transaction_session_timeout": round(options.idle_transaction_timeout * 1000),
        }
        arguments: dict[str, Any] = {
            "sslmode": "disable",
            "gssencmode": "disable",
            "client_encoding": "utf8",
            "connect_timeout": max(2, round(options.connect_timeout)),
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,
            "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
        }
        if not options.prepared_statements:
            arguments["prepare_threshold"] = None
        if options.tls is not None:
            arguments |= {"sslmode": "verify-full", "sslrootcert": str(options.tls.ca)}
            arguments |= {"ssl_min_protocol_version": "TLSv1.2"}
        if options.tls is not None and options.tls.certificate is not None:
            arguments |= {"sslcert": str(options.tls.certificate), "sslkey": str(options.tls.key)}
        return arguments

    def install(self, engine: Engine, options: ConnectionOptions) -> None:
        """Bound the driver's waiting for an answer, the answer, and its cache of prepared statements."""
        from lockgate_persistence.dialects.postgresql_connections import PatientConnection  # noqa: PLC0415  (an extra)

        def connect(
            _: DriverDialect, __: ConnectionPoolEntry, arguments: list[Any], parameters: dict[str, Any]
        ) -> DBAPIConnection:
            connection: Any = PatientConnection.connect(*arguments, **parameters)
            connection.limits = options.limits
            connection.prepared_max = options.prepared_statements
            return connection  # type: ignore[no-any-return]

        event.listen(engine, "do_connect", connect)

    @contextmanager
    def unhurried(self, connection: Connection) -> Iterator[None]:
        """Wait as long as it takes."""
        driver: Any = connection.connection.dbapi_connection
        limits = getattr(driver, "limits", None)  # an engine of another's making has none
        driver.limits = None if limits is None else replace(limits, seconds=inf)
        try:
            yield
        finally:
            driver.limits = limits

    def octets(self, column: ColumnElement[Any]) -> ColumnElement[int]:
        """In octets; PostgreSQL's length() leaves out the spaces at the end of a `char(n)`."""
        return func.octet_length(column)

    def among(self, column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
        """The list travels as one array: the statement stays the same however long it is, and stays prepared."""
        return column == any_(bindparam(parameter, type_=array_of(column.type)))

    def execute_many(
        self, connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
    ) -> int:
        """One statement on one array a column: the driver's own way takes each row through a statement of its own."""
        columns = tuple(rows[0])
        whole = for_arrays(statement, columns, connection.dialect)
        arrays = {name: [row[name] for row in rows] for name in columns}
        return connection.exec_driver_sql(whole.text, whole.constants | arrays).rowcount

    def code(self, error: BaseException) -> str:
        """The SQLSTATE."""
        return getattr(error, "sqlstate", None) or ""

    def facts(self, connection: Connection) -> ServerFacts:
        """TLS as this side's library sees it, the rest as the server says."""
        row = connection.execute(
            text(
                "select version(), current_setting('transaction_isolation') as isolation,"
                " current_setting('server_encoding') as encoding"
            )
        ).one()
        driver: Any = connection.connection.dbapi_connection
        return ServerFacts(
            cleaned(row.version),
            encrypted=bool(driver.pgconn.ssl_in_use) if driver.info.host[:1] != "/" else None,
            isolation=row.isolation.upper(),
            all_unicode=row.encoding == "UTF8",
        )

    def size(self, connection: Connection) -> int:
        """As the server says."""
        return int(connection.execute(text("select pg_database_size(current_database())")).scalar_one())
