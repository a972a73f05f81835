"""The CMP service of a CA node behind an HTTP listener of its own."""

from dependency_injector import containers, providers

from lockgate.errors import ConfigurationError
from lockgate_app.container.cmp import CmpContainer
from lockgate_app.container.cmp_web import direct_serve
from lockgate_app.container.message_database import for_threads
from lockgate_app.container.tracing import tracer
from lockgate_app.settings import CaZone
from lockgate_app.settings.cmp_http import CmpHttpTable


def direct_settings(zone: CaZone) -> CmpHttpTable:
    """Where clients reach the service directly.

    Raises:
        ConfigurationError: this CA has none, or they may not.
    """
    if zone.cmp is None:
        raise ConfigurationError("there is no table [cmp]: this CA answers no CMP messages")
    if zone.cmp.direct is None:
        raise ConfigurationError("there is no table [cmp.direct]: clients reach this CA's CMP service by proxies only")
    return zone.cmp.direct


def threaded(zone: CaZone) -> CaZone:
    """The same CA, with a connection to its database kept for each thread that answers.

    Raises:
        ConfigurationError: as `direct_settings`.
    """
    database = for_threads(zone.ca.database, direct_settings(zone).threads)
    return zone.model_copy(update={"ca": zone.ca.model_copy(update={"database": database})})


class CmpDirectContainer(containers.DeclarativeContainer):
    """The CMP service of a CA node, and what serves it."""

    zone = providers.Dependency(instance_of=CaZone)
    cmp = providers.Container(CmpContainer, zone=providers.Callable(threaded, zone))
    settings = providers.Callable(direct_settings, zone)
    tracer = providers.Singleton(tracer, zone)
    service = providers.Singleton(direct_serve, settings, cmp.service.provided.answer, tracer)
