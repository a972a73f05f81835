"""What serves `/metrics`, `/healthz` and `/readyz` of a host."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from lockgate.errors import ConfigurationError
from lockgate_app.container.health import host_readings
from lockgate_app.container.http import Place, Serve, listening, require_http
from lockgate_app.health.processes import DIRECTORY, reported
from lockgate_app.health.readings import HostKnowledge, HostReadings, Latest, Read, Value
from lockgate_app.settings import CaZone, RaZone
from lockgate_app.settings.health import HealthTable


@contextmanager
def health_service(zone: CaZone | RaZone) -> Iterator[Serve]:
    """What serves; the databases are let go at the end.

    Raises:
        ConfigurationError: there is no table `[health]`, what serves it is not installed, or the settings of a database
            are contradictory or unsafe.
    """
    if zone.health is None:
        raise ConfigurationError("there is no table [health]: this host serves no metrics")
    if find_spec("prometheus_client") is None:
        raise ConfigurationError("what makes metrics is missing: pip install 'lockgate[health]'")
    require_http(zone.health.http)
    with host_readings(zone) as readings:
        yield _serve(zone.health, readings)


def _serve(table: HealthTable, readings: HostReadings) -> Serve:
    # Only the extra `health` brings what these import.
    from prometheus_client import CONTENT_TYPE_LATEST  # noqa: PLC0415

    from lockgate_app.health.metrics import HostCollector, Recordings, exposition  # noqa: PLC0415
    from lockgate_transport.health import HealthWeb  # noqa: PLC0415
    from lockgate_transport.http.serving import run_server  # noqa: PLC0415

    def latest(read: Read[Value], name: str) -> Latest[Value]:
        found = Latest(read, name, table.interval)
        found.begin()
        return found

    def serve(place: Place) -> None:
        known = HostKnowledge(
            {name: latest(read, f"data source {name}") for name, read in readings.queues.items()},
            latest(readings.keystores, "keystores"),
            None if readings.ca is None else latest(readings.ca, "CA database"),
        )
        recordings = None
        if (entries := readings.entries) is not None:
            recordings = Recordings()
            latest(lambda: recordings.count(entries()), "audit log")
        directory = os.environ.get(DIRECTORY)
        collector = HostCollector(known.facts, reported, recordings)
        metrics = exposition(collector, None if directory is None else Path(directory))
        web = HealthWeb(metrics, CONTENT_TYPE_LATEST, _troubles(known))
        run_server(web.server(listening(table.http, place)), "lockgate.health")

    return serve


def _troubles(known: HostKnowledge) -> Callable[[], Sequence[str]]:
    return lambda: [*reported().troubles(), *known.facts().troubles()]
