"""What is read of a host's message databases and keystores, to tell how it does."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography import x509
from sqlalchemy import Engine

from lockgate.errors import LockgateError
from lockgate_app.container.keystores import open_keystore
from lockgate_app.container.message_database import message_engine
from lockgate_app.health.facts import KeystoreFacts, QueueFacts
from lockgate_app.health.readings import HostReadings, Read
from lockgate_app.keys import read_certificate, read_first_certificate
from lockgate_app.settings import CaZone, DataSource, RaZone, Secret
from lockgate_app.settings.http import HttpTable
from lockgate_persistence.tallying import tally

Reader = Callable[[Path], bytes]
"""Gives the DER certificate in a file."""
State = tuple[int, int, int]


class CertificateFiles:
    """Certificates in files: a file is read again when it has changed, because opening a keystore takes time by design.

    Args:
        files: what reads each, by the names that facts have.
        pinned: the names of those that are pinned.
        now: UTC.
    """

    def __init__(
        self,
        files: Mapping[str, tuple[Path, Reader]],
        pinned: Collection[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._files, self._pinned, self._now = files, pinned, now
        self._known: dict[str, tuple[State, datetime]] = {}

    def __call__(self) -> tuple[KeystoreFacts, ...]:
        """How long each certificate is valid yet."""
        return tuple(KeystoreFacts(name, self._seconds_left(name), name in self._pinned) for name in self._files)

    def _seconds_left(self, name: str) -> float | None:
        try:
            return (self._end(name) - self._now()).total_seconds()
        except (LockgateError, OSError, ValueError):
            self._known.pop(name, None)
            return None

    def _end(self, name: str) -> datetime:
        path, read = self._files[name]
        found = path.stat()
        state = found.st_ino, found.st_size, found.st_mtime_ns
        if (known := self._known.get(name)) is None or known[0] != state:
            known = state, x509.load_der_x509_certificate(read(path)).not_valid_after_utc
            self._known[name] = known
        return known[1]


def keystore_file(path: Path, password: Secret) -> tuple[Path, Reader]:
    """A PKCS#12 file for `CertificateFiles`."""
    return path, lambda there: open_keystore(there, password.reveal()).certificate


def certificate_file(path: Path) -> tuple[Path, Reader]:
    """A PEM file for `CertificateFiles`."""
    return path, read_certificate


def server_certificate(name: str, table: HttpTable | None) -> Mapping[str, tuple[Path, Reader]]:
    """The certificate of an HTTP server, where it speaks TLS."""
    if table is None or table.tls_certificate is None:
        return {}
    return {f"TLS certificate of the {name}": (table.tls_certificate, read_first_certificate)}


def queue_reading(engine: Engine) -> Read[QueueFacts]:
    """What reads a message database."""
    return partial(_queue_facts, engine)


def _queue_facts(engine: Engine) -> QueueFacts:
    found = tally(engine)
    return QueueFacts(
        waiting=found.waiting,
        due=found.due,
        in_process=found.in_process,
        set_aside=found.set_aside,
        oldest_seconds=found.oldest.total_seconds(),
        overdue_seconds=found.overdue.total_seconds(),
    )


@contextmanager
def queue_readings(sources: Mapping[str, DataSource]) -> Iterator[Mapping[str, Read[QueueFacts]]]:
    """What reads these message databases, by data source; they are let go at the end.

    Raises:
        ConfigurationError: the settings of one are contradictory or unsafe, or a secret or driver is missing.
    """
    with ExitStack() as stack:
        engines = {}
        for name, source in sources.items():
            engines[name] = message_engine(source.model_copy(update={"prefill": False}), name)
            stack.callback(engines[name].dispose)
        yield {name: queue_reading(engine) for name, engine in engines.items()}


def host_readings(zone: CaZone | RaZone) -> AbstractContextManager[HostReadings]:
    """What is read of a host; its databases are let go at the end.

    Raises:
        ConfigurationError: the settings of a database are contradictory or unsafe, or a secret or driver is missing.
    """
    if isinstance(zone, RaZone):
        return ra_readings(zone)
    from lockgate_app.container.ca_health import ca_readings  # noqa: PLC0415  (an RA's process needs nothing of it)

    return ca_readings(zone)


@contextmanager
def ra_readings(zone: RaZone) -> Iterator[HostReadings]:
    """What is read of an RA's host; the database is let go at the end.

    Raises:
        ConfigurationError: as `queue_readings`.
    """
    with queue_readings({zone.ra.data_source: zone.data_source}) as queues:
        yield HostReadings(queues, CertificateFiles(dict(_ra_files(zone)), zone.ra.pinned()))


def _ra_files(zone: RaZone) -> Iterator[tuple[str, tuple[Path, Reader]]]:
    if zone.ra.keystore_path is not None and zone.ra.keystore_password is not None:
        yield "RA keystore", keystore_file(zone.ra.keystore_path, zone.ra.keystore_password)
    for name, path in zone.ra.pinned().items():
        yield name, certificate_file(path)
    for alias, address in zone.scep.addresses.items() if zone.scep else ():
        name = f"SCEP keystore {alias}".rstrip()
        yield name, keystore_file(address.keystore_path, address.keystore_password)
    yield from server_certificate("SCEP server", zone.scep).items()
    yield from server_certificate("CMP proxy", zone.cmp).items()
    yield from server_certificate("OCSP responder", zone.ocsp).items()
    yield from server_certificate("enrolment page", zone.web).items()
