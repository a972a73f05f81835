"""The SCEP server of an RA host."""

from collections.abc import Mapping

from dependency_injector import containers, providers

from lockgate.errors import ConfigurationError
from lockgate_app.container.enrolments import enrolments
from lockgate_app.container.http import Place, Serve, closing, listening, require_http
from lockgate_app.container.ra import RaContainer
from lockgate_app.scep import scep_servers
from lockgate_app.settings import RaZone, ScepTable
from lockgate_persistence.enrolments import SqlEnrolmentTransactions
from lockgate_transport.scep.server import ScepServer
from lockgate_transport.scep.vocabulary import SCEP


def scep_settings(zone: RaZone) -> ScepTable:
    """The SCEP server's settings.

    Raises:
        ConfigurationError: this host has none.
    """
    if zone.scep is None:
        raise ConfigurationError("there is no table [scep]: this RA host runs no SCEP server")
    return zone.scep


def scep_service(table: ScepTable, servers: Mapping[str, ScepServer]) -> Serve:
    """What serves SCEP over HTTP.

    Raises:
        ConfigurationError: what serves HTTP is not installed, or the files for TLS cannot be used.
    """
    require_http(table)
    # Only the extra `ra` brings what these import.
    from lockgate_transport.http.serving import serve_http  # noqa: PLC0415
    from lockgate_transport.scep.web import ScepWeb  # noqa: PLC0415

    def serve(place: Place) -> None:
        serve_http(ScepWeb(servers).application, listening(table, place), "lockgate.scep")

    return serve


class ScepContainer(containers.DeclarativeContainer):
    """The SCEP server of an RA host."""

    zone = providers.Dependency(instance_of=RaZone)
    ra = providers.Container(RaContainer, zone=zone)
    settings = providers.Callable(scep_settings, zone)
    transactions = providers.Singleton(SqlEnrolmentTransactions, ra.engine, SCEP)
    enrolments = providers.Singleton(enrolments, SCEP, settings, transactions, ra.client, ra.store, ra.clock, ra.random)
    servers = providers.Singleton(scep_servers, settings, ra.keystore, enrolments, ra.random)
    server = providers.Singleton(scep_service, settings, servers)
    service = providers.Singleton(closing, server, ra.tracer.provided.close)
