"""Oracle (12.2 or newer) through python-oracledb, thin mode: no client software of Oracle's is needed.

Claims take no locks before their compare-and-set: Oracle refuses FOR UPDATE together with FETCH FIRST (ORA-02014).
"""

import ssl
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from lockgate.errors import ConfigurationError
from lockgate_persistence.dialects.base import ConnectionOptions, DatabaseTls, Dialect, ServerFacts, Trouble, cleaned

CALL_TIMEOUT = 60
"""Seconds without an answer after which a connection counts as lost; nothing else bounds the wait for a row's lock."""
TROUBLES = {
    **{f"ORA-{number:05}": Trouble.DEFECT for number in range(900, 1000)},  # the statement is wrong
    "ORA-01461": Trouble.DEFECT,
    "ORA-01722": Trouble.DEFECT,
    "ORA-01795": Trouble.DEFECT,  # over 1000 values in a list
    "ORA-02014": Trouble.DEFECT,  # FOR UPDATE where rows are no table's
    "ORA-12899": Trouble.DEFECT,  # too long for its column
    "ORA-00060": Trouble.CONFLICT,  # deadlock
    "ORA-08177": Trouble.CONFLICT,  # cannot be serialized
    "ORA-00001": Trouble.TAKEN,
    "ORA-00904": Trouble.NO_SCHEMA,  # no such column
    "ORA-00942": Trouble.NO_SCHEMA,  # no such table, or no right to see it
    "ORA-01031": Trouble.NO_RIGHT,
    "ORA-01950": Trouble.NO_RIGHT,  # no room granted in the tablespace
    "ORA-41900": Trouble.NO_RIGHT,  # 23ai's words for a missing right
    "ORA-01017": Trouble.NO_ENTRY,  # user or password
    "ORA-01045": Trouble.NO_ENTRY,  # no right to connect
    "ORA-28000": Trouble.NO_ENTRY,  # account locked
    "ORA-28001": Trouble.NO_ENTRY,  # password expired
    "ORA-01536": Trouble.FULL,  # quota
    "ORA-01653": Trouble.FULL,  # table
    "ORA-01654": Trouble.FULL,  # index
    "ORA-01691": Trouble.FULL,  # BLOB
    "ORA-16000": Trouble.READ_ONLY,
    "ORA-00054": Trouble.UNAVAILABLE,  # a lock that was not to be had
    "ORA-30006": Trouble.UNAVAILABLE,  # the same, after waiting
}
"""Error codes (Oracle Database Error Messages). For others: the driver's class, which is OperationalError or plain
DatabaseError for a server that is not there or shutting down."""

registry.register("oracle.lockgate", f"{__package__}.oracle_connections", "OracleConnections")


class Oracle(Dialect):
    """Oracle."""

    name: ClassVar[str] = "oracle"
    drivername: ClassVar[str] = "oracle+lockgate"
    driver: ClassVar[str] = "oracledb"
    extra: ClassVar[str | None] = "oracle"
    skip_locked: ClassVar[bool] = False
    troubles: ClassVar[Mapping[str, Trouble]] = TROUBLES
    idle_transactions: ClassVar[str | None] = "the server's MAX_IDLE_BLOCKER_TIME"
    transactional_ddl: ClassVar[bool] = False
    # The difference of two times with zones is an interval; one statement reads its clock once.
    clock: ClassVar[str] = (
        "(extract(day from (systimestamp - timestamp '1970-01-01 00:00:00 +00:00')) * 86400000"
        " + extract(hour from (systimestamp - timestamp '1970-01-01 00:00:00 +00:00')) * 3600000"
        " + extract(minute from (systimestamp - timestamp '1970-01-01 00:00:00 +00:00')) * 60000"
        " + floor(extract(second from (systimestamp - timestamp '1970-01-01 00:00:00 +00:00')) * 1000))"
    )

    def hosts(self, url: URL) -> tuple[str, ...]:
        """The URL's host.

        Raises:
            ConfigurationError: no host or no service is named, so that the driver's own files would choose.
        """
        if not (url.host and url.database):
            raise ConfigurationError("an Oracle URL names host and service: oracle://USER@HOST:1521/SERVICE")
        return (url.host,)

    def connect_arguments(self, options: ConnectionOptions) -> dict[str, Any]:
        """TLS with chain and host name, or none; one attempt, because the caller tries again."""
        arguments = {
            "tcp_connect_timeout": options.connect_timeout,
            "retry_count": 0,
            "expire_time": 1,
            "stmtcachesize": options.prepared_statements,
        }
        if options.tls is None:
            return arguments | {"protocol": "tcp"}
        return arguments | {"protocol": "tcps", "ssl_context": _context(options.tls), "ssl_server_dn_match": True}

    def install(self, engine: Engine, options: ConnectionOptions) -> None:
        """Bound the waiting for an answer."""
        engine.dialect.encrypted = options.tls is not None  # type: ignore[attr-defined]

        def bound(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
            connection.call_timeout = CALL_TIMEOUT * 1000

        event.listen(engine, "connect", bound)

    def code(self, error: BaseException) -> str:
        """The code with its prefix, as ORA-00001."""
        code: str = getattr(error.args[0], "full_code", "") if error.args else ""
        return code

    def facts(self, connection: Connection) -> ServerFacts:
        """As the driver and the server say."""
        dialect: Any = connection.dialect
        server = dialect.server(connection)
        return ServerFacts(
            cleaned(f"Oracle {server.version}"),
            encrypted=dialect.encrypted,
            isolation=self.isolation_level,  # set on every connection; reading it back needs rights on V$ views
            all_unicode=server.encoding == "AL32UTF8",
        )


def _context(tls: DatabaseTls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.certificate is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    return context
