"""What serves the console of a CA node."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from ssl import SSLContext
from typing import TYPE_CHECKING

from lockgate.administration.entrants import Entrants
from lockgate.administration.listings import CertificateQuery
from lockgate.errors import ConfigurationError
from lockgate.ports import MessageStore
from lockgate_app.container.ca_health import ca_readings
from lockgate_app.container.ca_host import CaHost, opened_zone
from lockgate_app.container.databases import SourceContainer, ring_workers
from lockgate_app.container.http import Place, Serve, listening, require_http
from lockgate_app.facts import certificate_details
from lockgate_app.health.readings import HostReadings, Latest
from lockgate_app.settings import CaZone
from lockgate_app.settings.console import ConsoleTable
from lockgate_app.words import Facts

if TYPE_CHECKING:  # only the extra `console` brings what these import
    from lockgate_transport.console.entrance import CertificateEntrance, LinkEntrance
    from lockgate_transport.console.links import LinkFile
    from lockgate_transport.console.web import ConsoleWeb
    from lockgate_transport.http.serving import BoundedServer, Listening

OPERATOR = "lockgate console"
CA_SECONDS = 60.0
"""Between two looks for new CAs whose certificates administrators may have."""


def console_settings(zone: CaZone) -> ConsoleTable:
    """Where the console is, and who enters it.

    Raises:
        ConfigurationError: there is no table `[console]`.
    """
    if zone.console is None:
        raise ConfigurationError("there is no table [console]: this node has no console")
    return zone.console


def link_file(table: ConsoleTable) -> "LinkFile":
    """What makes one-time links.

    Raises:
        ConfigurationError: administrators enter with client certificates.
    """
    from lockgate_transport.console.links import LinkFile  # noqa: PLC0415

    if table.takes_certificates:
        raise ConfigurationError("[console] has tls_certificate: administrators enter with client certificates")
    return LinkFile(table.link_file)


@contextmanager
def console_service(zone: CaZone) -> Iterator[Serve]:
    """What serves the console; the databases are let go at the end.

    Raises:
        ConfigurationError: there is no table `[console]`, what serves it is not installed, or the settings of a
            database are contradictory or unsafe.
    """
    with console_server(zone) as server:
        from lockgate_transport.http.serving import run_server  # noqa: PLC0415

        yield lambda place: run_server(server(place), "lockgate.console")


@contextmanager
def console_server(zone: CaZone) -> "Iterator[Callable[[Place], BoundedServer]]":
    """What makes the console's server at a place.

    Raises:
        ConfigurationError: as `console_service`.
    """
    table = console_settings(zone)
    require_console(table)
    with opened_zone(zone, OPERATOR) as host, ca_readings(zone) as readings, ExitStack() as stack:
        stores = {name: _store(zone, name, stack) for name in zone.data_sources}
        web = console_web(host, stores, readings)
        yield lambda place: web.server(_listening(table, place, host, stack))


def console_web(host: CaHost, stores: Mapping[str, MessageStore], readings: HostReadings) -> "ConsoleWeb":
    """The console's pages.

    Args:
        stores: the message databases, by data source.
        readings: what is read to tell how the host does.

    Raises:
        ConfigurationError: there is no table `[console]`.
    """
    from lockgate.administration.console import DetailView  # noqa: PLC0415
    from lockgate_app.console.approvals import ShownApprovals  # noqa: PLC0415
    from lockgate_app.console.lists import Lists  # noqa: PLC0415
    from lockgate_transport.console.web import ConsoleParts, ConsoleWeb  # noqa: PLC0415

    zone = host.container.zone()
    links = {"ra_certificate": "/certificates/", "approval": "/approvals/"}
    table = console_settings(zone)
    parts = ConsoleParts(
        lists=Lists(host, stores, readings).views(),
        details=(DetailView("/certificates", "Certificate", partial(_certificate, host), links),),
        approvals=ShownApprovals(host, partial(ring_workers, zone)),
        entrance=_entrance(table, host),
    )
    return ConsoleWeb(parts, secure=table.takes_certificates)


def require_console(table: ConsoleTable) -> None:
    """Find that there is what serves the console, and that its files for TLS can be used.

    Raises:
        ConfigurationError: it is not so.
    """
    if find_spec("jinja2") is None or find_spec("starlette") is None:
        raise ConfigurationError("what serves the console is missing: pip install 'lockgate[console]'")
    require_http(table.http)


def _entrance(table: ConsoleTable, host: CaHost) -> "CertificateEntrance | LinkEntrance":
    from lockgate_transport.console.entrance import CertificateEntrance, LinkEntrance  # noqa: PLC0415

    administrators = Entrants(host.container.administrators(), host.container.registry())
    if table.takes_certificates:
        return CertificateEntrance(administrators)
    return LinkEntrance(administrators, link_file(table))


def _listening(table: ConsoleTable, place: Place, host: CaHost, stack: ExitStack) -> "Listening":
    from lockgate_transport.http.certified import CertifiedProtocol  # noqa: PLC0415

    found = listening(table.http, place)
    if found.tls is None:
        return found
    return replace(found, protocol=CertifiedProtocol, tls=replace(found.tls, prepare=partial(_believe, host, stack)))


def _believe(host: CaHost, stack: ExitStack, context: SSLContext) -> None:
    """Take client certificates of the CAs that this installation knows, also of those that it comes to know later."""
    from lockgate_transport.http.certified import BelievedIssuers  # noqa: PLC0415

    issuers = BelievedIssuers(context, host.container.issuers)
    issuers.look()
    latest = Latest(issuers.look, "CAs of administrators", CA_SECONDS)
    latest.begin()
    stack.callback(latest.end)


def _store(zone: CaZone, name: str, stack: ExitStack) -> MessageStore:
    container = SourceContainer(source=zone.data_sources[name].model_copy(update={"prefill": False}), name=name)
    stack.callback(container.engine().dispose)
    return container.store()


def _certificate(host: CaHost, fingerprint: str) -> Facts:
    found = host.inspection.certificate(CertificateQuery(fingerprint=fingerprint))
    approval = host.approvals.behind(found.operation)
    kept = host.inspection.is_key_kept(found.fingerprint)
    return certificate_details(found, host.behind(found), approval, key_kept=kept)
