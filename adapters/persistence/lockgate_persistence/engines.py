"""Engines: a database's settings checked and turned into a pool of connections.

Rule: every network connection is protected by TLS with the server's name verified, unless the configuration switches
that off explicitly. The pool holds `pool_min` connections ready, opens up to `pool_max`, and tests each with the
database's own check statement when it is borrowed; on PostgreSQL a look at the socket is enough where the server has
answered a moment ago.
"""

import importlib.util
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from lockgate.errors import ConfigurationError
from lockgate.names.hosts import is_loopback
from lockgate_persistence.dialects import Dialect, named
from lockgate_persistence.dialects.base import AnswerLimits, ConnectionOptions, DatabaseTls
from lockgate_persistence.dialects.sqlite import READ_ONLY
from lockgate_persistence.schema import MAX_SIZE

ANSWER_SECONDS = 60.0
"""Seconds without a complete answer to a statement after which a connection counts as lost."""
MAX_ANSWER = MAX_SIZE + 4 * 1024 * 1024
"""Octets in the answer to a claim or a list at most; a claim returns up to `MAX_SIZE` of content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Where a database is and how to connect.

    Attributes:
        url: `sqlite:///FILE`, `postgresql://USER@HOST:PORT/DATABASE` or `mariadb://USER@HOST:PORT/DATABASE`; of several
            servers `…://USER@/DATABASE?host=HOST:PORT&host=HOST:PORT`.
        name: what errors call the database; empty where there is only one.
        password: if it does not stand in the URL.
        pool_min, pool_max: connections kept open, and open at most.
        prefill: open `pool_min` connections at once; without effect on SQLite, which opens a file.
        prepared_statements: how many each connection keeps, where the driver can; 0 for none.
        tls: None: required to other hosts, and used wherever `tls_ca` is given. False switches it off.
        tls_ca: PEM file with the CA certificates for the server's certificate.
        tls_certificate, tls_key: PEM files of this client's own certificate, if the server wants one.
        connect_timeout, lock_timeout: seconds.
        idle_transaction_timeout: seconds after which a server ends a transaction whose client does nothing: a host that
            froze or was cut off holds what it has locked for so long at most. Longer than any batch of keys takes to
            make. Without effect where the dialect names other `idle_transactions`.
        max_answer: octets in the answer to one statement, infinite for no limit: for a database whose server is
            trusted. More end the connection, where the driver can be made to count.
    """

    url: str = field(repr=False)
    name: str = ""
    password: str | None = field(default=None, repr=False)
    pool_min: int = 5
    pool_max: int = 150
    prefill: bool = True
    prepared_statements: int = 50
    tls: bool | None = None
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    connect_timeout: float = 10.0
    lock_timeout: float = 10.0
    idle_transaction_timeout: float = 300.0
    max_answer: float = MAX_ANSWER

    def __post_init__(self) -> None:
        if not 1 <= self.pool_min <= self.pool_max:
            raise ConfigurationError("the pool needs 1 <= pool_min <= pool_max")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ConfigurationError("tls_certificate and tls_key belong together")


def open_engine(settings: DatabaseSettings) -> Engine:
    """An engine for the database that `settings` describe. No error is raised if the database is down.

    Raises:
        ConfigurationError: the URL cannot be read or asks for an unsafe connection, or a driver or file is missing.
    """
    try:
        url, dialect = _location(settings)
        tls = _tls(settings, dialect.hosts(url))
    except ConfigurationError as error:
        raise ConfigurationError(f"{settings.name}: {error}" if settings.name else str(error)) from None
    limits = AnswerLimits(ANSWER_SECONDS, settings.max_answer * dialect.answer_form)
    options = ConnectionOptions(
        tls=tls,
        connect_timeout=settings.connect_timeout,
        lock_timeout=settings.lock_timeout,
        idle_transaction_timeout=settings.idle_transaction_timeout,
        prepared_statements=settings.prepared_statements,
        limits=limits,
    )
    level = {} if dialect.isolation_level is None else {"isolation_level": dialect.isolation_level}
    engine = create_engine(
        url,
        connect_args=dialect.connect_arguments(options),
        pool_size=settings.pool_min,
        max_overflow=settings.pool_max - settings.pool_min,
        pool_timeout=settings.connect_timeout,
        pool_pre_ping=True,
        hide_parameters=True,
        logging_name=settings.name or None,
        **level,
    )
    dialect.install(engine, options)
    _leave_misplaced(engine, dialect)
    _replace_worn(engine, 2 * limits.octets)
    if settings.prefill and dialect.prefills:
        _prefill(engine, settings.pool_min)
    return engine


def reading(engine: Engine) -> Engine:
    """The same engine for transactions that only read: on SQLite they do not wait for writers."""
    return engine.execution_options(**{READ_ONLY: True})


def _location(settings: DatabaseSettings) -> tuple[URL, Dialect]:
    try:
        url = make_url(settings.url)
    except (ArgumentError, ValueError):
        # The driver's text would repeat the URL, and with it the password.
        raise ConfigurationError("the database URL cannot be read") from None
    dialect = named(url.get_backend_name())
    if url.drivername not in (dialect.name, dialect.drivername):
        raise ConfigurationError(f"{dialect.name} is reached through {dialect.drivername}; leave the driver out")
    if unknown := sorted(url.query.keys() - dialect.url_options):
        raise ConfigurationError(f"the database URL must not hold the option {unknown[0]}; TLS has its own settings")
    if importlib.util.find_spec(dialect.driver) is None:
        raise ConfigurationError(f"{dialect.name} needs a driver: pip install 'lockgate[{dialect.extra}]'")
    url = url.set(drivername=dialect.drivername)
    return url if settings.password is None else url.set(password=settings.password), dialect


def _tls(settings: DatabaseSettings, hosts: tuple[str, ...]) -> DatabaseTls | None:
    remote = [host for host in hosts if not is_loopback(host)]
    wanted = settings.tls if settings.tls is not None else bool(remote) or settings.tls_ca is not None
    if not wanted:
        return None
    if not hosts:
        raise ConfigurationError("TLS is asked for, but this database is reached without a network")
    if settings.tls_ca is None:
        raise ConfigurationError(
            f"the connection to {hosts[0]} crosses a network: name the CA of the server's certificate in tls_ca, or at"
            " init with --tls-ca FILE (tls = false does without: whoever is on the way reads and changes everything)"
        )
    for path in filter(None, (settings.tls_ca, settings.tls_certificate, settings.tls_key)):
        if not path.is_file():
            raise ConfigurationError(f"there is no file {path}")
    return DatabaseTls(settings.tls_ca, settings.tls_certificate, settings.tls_key)


def _leave_misplaced(engine: Engine, dialect: Dialect) -> None:
    """Remove connections from the pool whose server accepts no writes; the test on borrowing would not detect that."""

    def judge(context: ExceptionContext) -> None:
        if context.original_exception is not None and dialect.code(context.original_exception) in dialect.misplaced:
            context.is_disconnect = True

    event.listen(engine, "handle_error", judge)


def _replace_worn(engine: Engine, octets: float) -> None:
    """Replace a connection before it is borrowed if it has received more than so many `octets`, where that is
    counted."""

    def judge(connection: DBAPIConnection, _: ConnectionPoolEntry, __: PoolProxiedConnection) -> None:
        received: Callable[[], int] | None = getattr(connection, "received", None)
        if received is not None and received() > octets:
            raise DisconnectionError("the connection has received its share")

    event.listen(engine, "checkout", judge)


def _prefill(engine: Engine, count: int) -> None:
    # Opening connections early is optional: if the database is down, the first use of the engine reports it.
    with suppress(SQLAlchemyError), ExitStack() as held:
        for _ in range(count):
            held.enter_context(engine.connect())
