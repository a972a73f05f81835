"""The enrolment page of an RA host."""

from dependency_injector import containers, providers

from lockgate.enrolment.enrolments import Enrolments
from lockgate.errors import ConfigurationError
from lockgate.ports import Clock, Random
from lockgate_app.container.enrolments import enrolments
from lockgate_app.container.http import Place, Serve, closing, listening, require_http, require_pages
from lockgate_app.container.ra import RaContainer
from lockgate_app.settings import RaZone
from lockgate_app.settings.web import WebTable
from lockgate_persistence.enrolments import SqlEnrolmentTransactions
from lockgate_transport.web.handles import Handles
from lockgate_transport.web.service import EnrolmentService
from lockgate_transport.web.vocabulary import WEB


def web_settings(zone: RaZone) -> WebTable:
    """The enrolment page's settings.

    Raises:
        ConfigurationError: this host has none.
    """
    if zone.web is None:
        raise ConfigurationError("there is no table [web]: this RA host runs no enrolment page")
    return zone.web


def enrolment_service(table: WebTable, enrolments: Enrolments, clock: Clock, random: Random) -> EnrolmentService:
    """What opens and finds the page's transactions."""
    return EnrolmentService(enrolments, Handles(table.secret.reveal().encode()), random, clock.monotonic)


def web_serve(table: WebTable, service: EnrolmentService) -> Serve:
    """What serves the page over HTTP.

    Raises:
        ConfigurationError: what serves HTTP is not installed, or the files for TLS cannot be used.
    """
    require_http(table)
    require_pages()
    # Only the extra `ra` brings what these import.
    from lockgate_transport.http.serving import serve_http  # noqa: PLC0415
    from lockgate_transport.web.server import EnrolmentPages  # noqa: PLC0415

    def serve(place: Place) -> None:
        try:
            table.judge_host(place.host or table.host)
        except ValueError as error:
            raise ConfigurationError(str(error)) from None
        pages = EnrolmentPages(service, table.keystore_keys)
        serve_http(pages.application, listening(table, place), "lockgate.web")

    return serve


class WebContainer(containers.DeclarativeContainer):
    """The enrolment page of an RA host."""

    zone = providers.Dependency(instance_of=RaZone)
    ra = providers.Container(RaContainer, zone=zone)
    settings = providers.Callable(web_settings, zone)
    transactions = providers.Singleton(SqlEnrolmentTransactions, ra.engine, WEB)
    enrolments = providers.Singleton(enrolments, WEB, settings, transactions, ra.client, ra.store, ra.clock, ra.random)
    enrolment = providers.Singleton(enrolment_service, settings, enrolments, ra.clock, ra.random)
    server = providers.Singleton(web_serve, settings, enrolment)
    service = providers.Singleton(closing, server, ra.tracer.provided.close)
