"""What records traces, made from the table `[tracing]`."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from lockgate.errors import ConfigurationError
from lockgate.ports import NO_TRACING, Tracer
from lockgate_app.settings import CaZone, RaZone
from lockgate_app.settings.tracing import TracingTable

if TYPE_CHECKING:  # what a client of an RA loads only where it traces
    from lockgate_transport.receivers import Receiver

NAMES = {CaZone: "lockgate-ca", RaZone: "lockgate-ra"}
"""Of the services, as a collector shows them."""


def tracer(zone: CaZone | RaZone) -> Tracer:
    """What records traces of this host; nothing without the table. It starts a thread: a process that forks makes it
    afterwards.

    Raises:
        ConfigurationError: as `collector`.
    """
    if zone.tracing is None:
        return NO_TRACING
    send = collector(zone.tracing)
    from lockgate_transport.tracing import OtlpTracer  # noqa: PLC0415  (the extra `tracing` brings what it imports)

    return OtlpTracer(send, NAMES[type(zone)], zone.tracing.sample)


def collector(table: TracingTable) -> "Receiver":
    """What takes the traces; nothing is sent yet.

    Raises:
        ConfigurationError: what makes traces is not installed, a secret or file cannot be read, or this is no URL.
    """
    if not _is_installed():
        raise ConfigurationError("what makes traces is missing: pip install 'lockgate[tracing]'")
    from lockgate_app.container.tls import tls_trust  # noqa: PLC0415  (see above)
    from lockgate_transport.receivers import Receiver  # noqa: PLC0415  (see above)

    headers = {name: secret.reveal() for name, secret in table.headers.items()}
    tls = tls_trust(table.tls_certificates)
    protobuf = "application/x-protobuf"
    return Receiver(table.endpoint, "collector", protobuf, headers, seconds=table.timeout, tls=tls)


def _is_installed() -> bool:
    try:
        return all(map(find_spec, ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.common")))
    except ModuleNotFoundError:  # a package above it is missing
        return False
