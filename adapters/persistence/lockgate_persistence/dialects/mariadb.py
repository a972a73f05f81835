"""MariaDB through PyMySQL.

A URL may name several hosts, the nodes of a Galera cluster: each new connection goes to the first one that takes it
and is in the cluster.
"""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import inf
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.engine.interfaces import Dialect as DriverDialect
from sqlalchemy.pool import ConnectionPoolEntry

from lockgate.errors import ConfigurationError
from lockgate_persistence.dialects.base import ConnectionOptions, DatabaseTls, Dialect, ServerFacts, Trouble, cleaned

DEFAULT_PORT = 3306
TROUBLES = {
    "1020": Trouble.CONFLICT,  # ER_CHECKREAD
    "1213": Trouble.CONFLICT,  # ER_LOCK_DEADLOCK; under Galera a conflict between nodes, seen at COMMIT
    "1153": Trouble.TOO_LARGE,  # ER_NET_PACKET_TOO_LARGE
    "1062": Trouble.TAKEN,  # ER_DUP_ENTRY
    "1054": Trouble.NO_SCHEMA,  # ER_BAD_FIELD_ERROR
    "1146": Trouble.NO_SCHEMA,  # ER_NO_SUCH_TABLE
    "1049": Trouble.NO_SCHEMA,  # ER_BAD_DB_ERROR
    "1044": Trouble.NO_ENTRY,  # ER_DBACCESS_DENIED_ERROR
    "1045": Trouble.NO_ENTRY,  # ER_ACCESS_DENIED_ERROR
    "1698": Trouble.NO_ENTRY,  # ER_ACCESS_DENIED_NO_PASSWORD_ERROR
    "1021": Trouble.FULL,  # ER_DISK_FULL
    "1114": Trouble.FULL,  # ER_RECORD_FILE_FULL
    "1142": Trouble.NO_RIGHT,  # ER_TABLEACCESS_DENIED_ERROR
    "1143": Trouble.NO_RIGHT,  # ER_COLUMNACCESS_DENIED_ERROR
    "1292": Trouble.DEFECT,  # ER_TRUNCATED_WRONG_VALUE
    "1047": Trouble.UNAVAILABLE,  # ER_UNKNOWN_COM_ERROR: a Galera node outside the primary component
    "1205": Trouble.UNAVAILABLE,  # ER_LOCK_WAIT_TIMEOUT
    "1040": Trouble.UNAVAILABLE,  # ER_CON_COUNT_ERROR
    "1053": Trouble.UNAVAILABLE,  # ER_SERVER_SHUTDOWN
    "1203": Trouble.UNAVAILABLE,  # ER_TOO_MANY_USER_CONNECTIONS
    "1290": Trouble.READ_ONLY,  # ER_OPTION_PREVENTS_STATEMENT
    "1792": Trouble.READ_ONLY,  # ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
    "1836": Trouble.READ_ONLY,  # ER_READ_ONLY_MODE
}
"""Error codes (MariaDB documentation)."""


class Mariadb(Dialect):
    """MariaDB, a single server or Galera."""

    name: ClassVar[str] = "mariadb"
    drivername: ClassVar[str] = "mariadb+pymysql"
    driver: ClassVar[str] = "pymysql"
    extra: ClassVar[str | None] = "mariadb"
    url_options: ClassVar[frozenset[str]] = frozenset({"unix_socket", "host"})
    misplaced: ClassVar[frozenset[str]] = frozenset({"1047", "1290", "1836"})
    troubles: ClassVar[Mapping[str, Trouble]] = TROUBLES
    transactional_ddl: ClassVar[bool] = False
    repeatable_ddl: ClassVar[Mapping[str, str]] = {
        r"^\s*(CREATE TABLE|CREATE INDEX|ALTER TABLE \S+ ADD COLUMN) ": r"\1 IF NOT EXISTS ",
        r"^\s*(DROP TABLE|DROP INDEX|ALTER TABLE \S+ DROP COLUMN) ": r"\1 IF EXISTS ",
    }
    # UTC_TIMESTAMP, because UNIX_TIMESTAMP(NOW()) repeats an hour when a session's summer time ends.
    clock: ClassVar[str] = "timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000"

    def hosts(self, url: URL) -> tuple[str, ...]:
        """The URL's host, or every host in `?host=`, unless a local socket is named.

        Raises:
            ConfigurationError: neither a host nor a socket is named, or both are.
        """
        if "unix_socket" in url.query:
            if "host" in url.query:
                raise ConfigurationError("the MariaDB URL names hosts and a local socket: one of them is too much")
            return ()
        hosts = [host for host in (url.host, *(host for host, _ in _places(url))) if host]
        if not hosts:
            raise ConfigurationError("the MariaDB URL names no host; for a local socket add ?unix_socket=/PATH")
        return tuple(hosts)

    def connect_arguments(self, options: ConnectionOptions) -> dict[str, Any]:
        """TLS with chain and host name or none; the server may never ask for this host's files."""
        limits = {
            "innodb_lock_wait_timeout": max(1, round(options.lock_timeout)),
            "idle_transaction_timeout": max(1, round(options.idle_transaction_timeout)),
        }
        session = ", session ".join(f"{name} = {seconds}" for name, seconds in limits.items())
        arguments: dict[str, Any] = {
            "charset": "utf8mb4",
            "local_infile": False,
            "connect_timeout": max(1, round(options.connect_timeout)),
            "write_timeout": options.limits.seconds,
            # wsrep_sync_wait: on Galera a read waits for what other nodes have committed; otherwise without effect.
            "init_command": f"set session {session}, session wsrep_sync_wait = 1, session sql_mode = 'TRADITIONAL'",
        }
        return arguments | ({"ssl_disabled": True} if options.tls is None else {"ssl": _context(options.tls)})

    def install(self, engine: Engine, options: ConnectionOptions) -> None:
        """Bound the driver's waiting for an answer, and the answer; try the hosts in their order."""
        from lockgate_persistence.dialects.mariadb_connections import BoundedConnection  # noqa: PLC0415  (an extra)

        own = [(engine.url.host, engine.url.port or DEFAULT_PORT)] if engine.url.host else []
        places = [*own, *_places(engine.url)]

        def connect(
            _: DriverDialect, __: ConnectionPoolEntry, ___: list[Any], parameters: dict[str, Any]
        ) -> DBAPIConnection:
            connect: Any = partial(BoundedConnection, options.limits, **parameters)
            return _first(places, connect) if len(places) > 1 else connect()  # type: ignore[no-any-return]

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

    def code(self, error: BaseException) -> str:
        """The error number."""
        return str(error.args[0]) if error.args else ""

    def facts(self, connection: Connection) -> ServerFacts:
        """As the server says."""
        row = connection.execute(text("select version() as version, @@max_allowed_packet as packet")).one()
        # The variable's name differs between versions; either says the same.
        isolation = connection.execute(text("show session variables where variable_name like 't%\\_isolation'")).first()
        cipher = connection.execute(text("show session status like 'Ssl_cipher'")).one()
        local = "unix_socket" in connection.engine.url.query
        return ServerFacts(
            cleaned(f"MariaDB {row.version}"),
            encrypted=None if local else bool(cipher[1]),
            isolation=None if isolation is None else isolation[1].replace("-", " "),
            max_packet=int(row.packet),
        )

    def size(self, connection: Connection) -> int:
        """As the server estimates it."""
        tables = "select sum(data_length + index_length) from information_schema.tables where table_schema = database()"
        return int(connection.execute(text(tables)).scalar_one() or 0)


def _places(url: URL) -> Sequence[tuple[str, int]]:
    """Host and port of every `HOST:PORT` in `?host=`; an IPv6 address stands in brackets."""
    return [_place(text) for text in url.normalized_query.get("host", ())]


def _place(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    named = bool(colon) and port.isdigit()
    return (host if named else text).strip("[]"), int(port) if named else DEFAULT_PORT


def _first(places: Sequence[tuple[str, int]], connect: Any) -> Any:
    """A connection to the first place that gives a good one.

    A node outside Galera's primary component takes connections and even `SELECT 1`, but neither tables nor ROLLBACK.
    """
    for number, (host, port) in enumerate(places, start=1):
        try:
            connection = connect(host=host, port=port)
            connection.rollback()
        except connect.func.Error:
            if number == len(places):
                raise
        else:
            return connection
    raise AssertionError("there is no place")


def _context(tls: DatabaseTls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.certificate is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    return context
