"""Engines for the databases of a configuration, and message databases as operators reach them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from math import inf
from pathlib import Path

from dependency_injector import containers, providers
from sqlalchemy import Engine

from lockgate.administration.imported import OriginalRecords
from lockgate.errors import LockgateError
from lockgate_app.container.message_database import database_settings, opened_messages, source_name
from lockgate_app.settings import CaZone, DatabaseTable, DataSource
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence.dialects import translated
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.health import Health, health
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from lockgate_persistence.original import OriginalDatabase
from lockgate_persistence.schema_guard import guard
from lockgate_persistence.wakeups import Channel, notify


def database_engine(table: DatabaseTable, source: str | None) -> Engine:
    """The engine for a database of the configuration; it runs statements on the schema that this version knows, only.

    The answers of a message database's server are bounded; the CA's own server is trusted.

    Args:
        source: the name of the data source, for errors; None for the CA's database.

    Raises:
        ConfigurationError: its settings are contradictory or unsafe, or a secret or driver is missing.
    """
    settings = database_settings(table, database_name(source))
    if isinstance(table, DataSource):
        return opened_messages(settings)
    return guard(open_engine(replace(settings, max_answer=inf)), CERTIFICATION_AUTHORITY)


def database_health(table: DatabaseTable, source: str | None) -> Health:
    """The facts about a database that `lockgate check` shows.

    Args:
        source: as for `database_engine`.

    Raises:
        ConfigurationError: as `database_engine`.
        Unavailable: it cannot be reached.
    """
    size = table.max_message_size if isinstance(table, DataSource) else None
    migrations = MESSAGES if isinstance(table, DataSource) else CERTIFICATION_AUTHORITY
    with _opened(table.model_copy(update={"prefill": False}), source) as engine:
        return health(engine, migrations, size)


def upgrade_messages(source: DataSource, name: str) -> None:
    """Bring the schema of the message database of data source `name` up to date.

    Raises:
        ConfigurationError, Unavailable: as `lockgate_persistence.migrating.upgrade`.
    """
    with _opened(source, name) as engine:
        upgrade(engine, MESSAGES)


def require_current(engine: Engine) -> None:
    """Find that the database behind `engine` has the schema of this version.

    Raises:
        ConfigurationError: it has another one.
        Unavailable: it cannot be reached, or has no tables yet.
    """
    with translated(engine), engine.connect():
        pass  # judged when it is borrowed


@contextmanager
def _opened(table: DatabaseTable, source: str | None) -> Iterator[Engine]:
    engine = database_engine(table, source)
    try:
        yield engine
    finally:
        engine.dispose()


def database_name(source: str | None) -> str:
    """A database's name in messages to the operator: its data source, or the CA's."""
    return "CA database" if source is None else source_name(source)


class SourceContainer(containers.DeclarativeContainer):
    """A message database, as operators reach it."""

    source = providers.Dependency(instance_of=DataSource)
    name = providers.Dependency(instance_of=str)
    engine = providers.Singleton(database_engine, source, name)
    store = providers.Singleton(SqlMessageStore, engine, source.provided.max_message_size)


def ring_workers(zone: CaZone) -> None:
    """Let the workers look now, where their message databases can wake them; where that fails, they look in time."""
    for name in sorted({worker.data_source for worker in zone.active_workers().values()}):
        source = zone.data_sources[name].model_copy(update={"prefill": False})
        with suppress(LockgateError), _opened(source, name) as engine:
            notify(engine, Channel.REQUEST)


@contextmanager
def original_records(url: str, password: str | None, tls_ca: Path | None) -> Iterator[OriginalRecords]:
    """What the database of an installation of EJBCA holds.

    Raises:
        ConfigurationError: as of `open_engine`, or it is none.
        Unavailable: it cannot be reached.
    """
    engine = open_engine(DatabaseSettings(url=url, password=password, pool_min=1, prefill=False, tls_ca=tls_ca))
    try:
        yield OriginalDatabase(engine)
    finally:
        engine.dispose()
