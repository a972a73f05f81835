"""The OCSP responder of an RA host."""

from dependency_injector import containers, providers

from lockgate.errors import ConfigurationError
from lockgate.ports import Clock, OcspAnswers
from lockgate_app.container.http import Place, Serve, listening, require_http
from lockgate_app.container.ra import RaContainer
from lockgate_app.settings import RaZone
from lockgate_app.settings.ocsp import OcspResponderTable
from lockgate_persistence.ocsp_answers import SqlOcspAnswers


def ocsp_settings(zone: RaZone) -> OcspResponderTable:
    """The responder's settings.

    Raises:
        ConfigurationError: this host has none.
    """
    if zone.ocsp is None:
        raise ConfigurationError("there is no table [ocsp]: this RA host runs no OCSP responder")
    return zone.ocsp


def ocsp_service(table: OcspResponderTable, answers: OcspAnswers, clock: Clock) -> Serve:
    """What serves published answers over HTTP.

    Raises:
        ConfigurationError: what serves HTTP is not installed, or the files for TLS cannot be used.
    """
    require_http(table)
    # Only the extra `ra` brings what these import.
    from lockgate_transport.http.hourly import HourlyBounds  # noqa: PLC0415
    from lockgate_transport.http.serving import serve_http  # noqa: PLC0415
    from lockgate_transport.responder.answering import PublishedResponder  # noqa: PLC0415
    from lockgate_transport.responder.web import OcspWeb  # noqa: PLC0415

    def serve(place: Place) -> None:
        hourly = HourlyBounds(table.hourly_requests_per_client, table.hourly_requests_in_all)
        web = OcspWeb(PublishedResponder(answers, clock), table.cache_seconds, clock.now, hourly=hourly)
        serve_http(web.application, listening(table, place), "lockgate.ocsp")

    return serve


class OcspResponderContainer(containers.DeclarativeContainer):
    """The OCSP responder of an RA host. It opens no keystore."""

    zone = providers.Dependency(instance_of=RaZone)
    ra = providers.Container(RaContainer, zone=zone)
    settings = providers.Callable(ocsp_settings, zone)
    answers = providers.Singleton(SqlOcspAnswers, ra.engine)
    service = providers.Singleton(ocsp_service, settings, answers, ra.clock)
