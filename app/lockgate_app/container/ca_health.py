"""What is read of a CA node, to tell how it does."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from cryptography import x509

from lockgate.administration.authorities import CaListing, CaStatus
from lockgate.administration.observations import LeaseListing, NewEntries, OperationTally
from lockgate_app.container.ca_host import CaHost, opened_zone
from lockgate_app.container.health import (
    CertificateFiles,
    Reader,
    keystore_file,
    queue_readings,
    server_certificate,
)
from lockgate_app.health.facts import AnswerFacts, AuthorityFacts, CaFacts, IssuerFacts, WorkerFacts
from lockgate_app.health.readings import HostReadings
from lockgate_app.serving.shares import identity
from lockgate_app.settings import CaZone, WorkerProperties
from lockgate_app.settings.ocsp import OcspAnswersTable
from lockgate_ca_backend.observation import Observation

OPERATOR = "lockgate serve"


@contextmanager
def ca_readings(zone: CaZone) -> Iterator[HostReadings]:
    """What is read of a CA node; the databases are let go at the end.

    Raises:
        ConfigurationError: the settings of a database are contradictory or unsafe, or a secret or driver is missing.
    """
    sources = {worker.data_source: zone.data_sources[worker.data_source] for worker in _here(zone).values()}
    with queue_readings(sources) as queues, opened_zone(zone, OPERATOR) as host:
        files = CertificateFiles(dict(_files(zone)))
        yield HostReadings(queues, files, partial(_ca_facts, zone, host), AuditTail(host.container.observation()))


class AuditTail:
    """The audit log's entries, each once, from the first reading on."""

    def __init__(self, observation: Observation) -> None:
        self._observation = observation
        self._ends: Mapping[str, int] | None = None

    def __call__(self) -> NewEntries:
        """Those that were added since the last reading; none in the first one.

        Raises:
            Unavailable: the database cannot be reached; the next reading goes on behind the last one that worked.
        """
        new = (
            NewEntries(ends=self._observation.chain_ends())
            if self._ends is None
            else self._observation.entries_after(self._ends)
        )
        self._ends = new.ends
        return new


def _here(zone: CaZone) -> Mapping[str, WorkerProperties]:
    """The workers that run on this node."""
    elsewhere = zone.elsewhere()
    return {name: worker for name, worker in zone.active_workers().items() if name not in elsewhere}


def _files(zone: CaZone) -> Iterator[tuple[str, tuple[Path, Reader]]]:
    for name, worker in _here(zone).items():
        if worker.keystore_password is not None:
            yield f"keystore of worker {name}", keystore_file(worker.keystore_path, worker.keystore_password)
    if zone.cmp is not None:
        yield "CMP keystore", keystore_file(zone.cmp.keystore_path, zone.cmp.keystore_password)
        if (kga := zone.cmp.kga) is not None:
            yield "CMP keystore of the key authority", keystore_file(kga.keystore_path, kga.keystore_password)
        yield from server_certificate("CMP service", zone.cmp.direct).items()
    if zone.console is not None:
        yield from server_certificate("console", zone.console.http).items()


def _ca_facts(zone: CaZone, host: CaHost) -> CaFacts:
    observation, now = host.container.observation(), host.inspection.now()
    size, leases = observation.size(), {lease.worker: lease for lease in observation.leases()}
    return CaFacts(
        octets=size.octets,
        journal_entries=size.journal,
        authorities=tuple(_authority(authority, now) for authority in host.inspection.authorities()),
        workers=tuple(_worker(name, source, leases.get(name)) for name, source in _leased(zone)),
        issuers=tuple(_issuers(zone, observation.operations())),
        ocsp_answers=() if zone.ocsp is None else tuple(_ocsp_answers(zone.ocsp, observation)),
    )


def _leased(zone: CaZone) -> Iterator[tuple[str, str]]:
    """Everything that the configuration has and that runs under a lease, with its data source."""
    for name, worker in zone.active_workers().items():
        for number in range(1, worker.processes + 1):
            yield identity(name, number), worker.data_source
    for name in zone.ca.issuers:
        yield name, ""


def _worker(name: str, data_source: str, lease: LeaseListing | None) -> WorkerFacts:
    if lease is None:
        return WorkerFacts(name, data_source, alive=False, lease_changes=0)
    return WorkerFacts(name, data_source, lease.held, lease.changes)


def _issuers(zone: CaZone, operations: Mapping[str, OperationTally]) -> Iterator[IssuerFacts]:
    for name in zone.ca.issuers:
        found = operations.get(name, OperationTally())
        yield IssuerFacts(name, found.under_way, found.in_doubt, found.overdue.total_seconds())


def _ocsp_answers(table: OcspAnswersTable, observation: Observation) -> Iterator[AnswerFacts]:
    for name, found in observation.ocsp_answers(table.data_sources, table.terms, table.late).items():
        age = None if found.age is None else found.age.total_seconds()
        overdue = None if age is None else max(age - table.late.total_seconds(), 0)
        yield AnswerFacts(name, age, overdue, found.overdue)


def _authority(authority: CaListing, now: datetime) -> AuthorityFacts:
    end = x509.load_der_x509_certificate(authority.certificate).not_valid_after_utc
    issued, ends = authority.crl_issued, authority.crl_ends
    return AuthorityFacts(
        name=authority.name,
        active=authority.status is CaStatus.ACTIVE,
        certificate_seconds_left=(end - now).total_seconds(),
        crl_age_seconds=None if issued is None else (now - issued).total_seconds(),
        crl_seconds_left=None if ends is None else (ends - now).total_seconds(),
    )
