"""What publishes OCSP answers about this installation's certificates, on a CA host."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from sqlalchemy import Engine

from lockgate.errors import ConfigurationError
from lockgate.publishing.rounds import AnswerPublishing
from lockgate_app.container.ca_host import CaHost, opened_zone
from lockgate_app.container.databases import database_engine
from lockgate_app.settings import CaZone
from lockgate_app.settings.ocsp import OcspAnswersTable
from lockgate_ca_backend.ocsp import OcspSigning
from lockgate_persistence.ocsp_answers import SqlOcspAnswers

OPERATOR = "lockgate ocsp"


def ocsp_table(zone: CaZone) -> OcspAnswersTable:
    """The table `[ocsp]`.

    Raises:
        ConfigurationError: there is none.
    """
    if zone.ocsp is None:
        raise ConfigurationError("there is no table [ocsp]: this CA publishes no OCSP answers")
    return zone.ocsp


@contextmanager
def answer_publishing(zone: CaZone, stopping: Callable[[], bool] = lambda: False) -> Iterator[AnswerPublishing]:
    """What publishes by the table `[ocsp]`; the databases are let go at the end.

    Args:
        stopping: whether this process is to end.

    Raises:
        ConfigurationError: there is no such table, or the settings of a database are contradictory or unsafe.
    """
    table = ocsp_table(zone)
    with opened_zone(zone, OPERATOR) as host, _engines(zone, table) as engines:
        yield publishing(host, table, engines, stopping)


def publishing(
    host: CaHost, table: OcspAnswersTable, engines: Mapping[str, Engine], stopping: Callable[[], bool] = lambda: False
) -> AnswerPublishing:
    """The same on open databases.

    Args:
        engines: of the message databases, by the names of their data sources.
    """
    container = host.container
    return AnswerPublishing(
        OcspSigning(container.registry(), container.facilities()),
        container.coordinator(),
        {name: SqlOcspAnswers(engine) for name, engine in engines.items()},
        table.terms,
        f"{container.zone().node}/{os.getpid()}/{secrets.token_hex(8)}",
        stopping,
    )


@contextmanager
def _engines(zone: CaZone, table: OcspAnswersTable) -> Iterator[Mapping[str, Engine]]:
    with ExitStack() as stack:
        engines = {}
        for name in dict.fromkeys(table.data_sources):
            source = zone.data_sources[name].model_copy(update={"prefill": False})
            engines[name] = database_engine(source, name)
            stack.callback(engines[name].dispose)
        yield engines
