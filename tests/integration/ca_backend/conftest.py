"""A CA with a root on SQLite, or on every database, and the certificates it issues."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from sqlalchemy import Engine, select

from lockgate.certification.endentity import (
    CertificationRequest,
    EndEntity,
    EndEntityStatus,
    IssuedCertificate,
    Possession,
)
from lockgate.certification.revocation import RevocationReason
from lockgate.names.altname import parse_alt_name
from lockgate.names.dn import parse_dn
from lockgate.ports import Fence, IssuanceRequest
from lockgate.reasons import Rejected
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.facilities import Facilities, KeyRules
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.store import tables
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.contract.registries import SECRET, new_engine
from tests.support.databases.servers import DATABASES, marked
from tests.support.issuing import issue
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key

USER = EndEntity(
    username="user",
    subject_dn=parse_dn("CN=Åsa,OU=Unit,O=Example,C=SE"),
    subject_alt_name=parse_alt_name("DNSNAME=host.example.org"),
    email=None,
    end_entity_profile="EMPTY",
    certificate_profile="ENDUSER",
    ca_name="ManagementCA",
    status=EndEntityStatus.NEW,
)
LEASE = timedelta(hours=1)


class Deployment:
    """A CA as one process has it."""

    def __init__(self, engine: Engine, key_rules: KeyRules | None = None) -> None:
        self.engine = engine
        facilities = Facilities.under(SECRET, key_rules=key_rules)
        self.administration = Administration(engine, facilities)
        self.ca = SqlRegistry(engine, facilities)
        self.coordinator = SqlCoordinator(engine)

    def fence(self) -> Fence:
        fence = self.coordinator.acquire("worker", "host", LEASE)
        assert fence is not None
        return fence

    def attempt(self, public_key: bytes | None = None, /, **changes: object) -> IssuedCertificate | Rejected:
        order = IssuanceRequest(
            operation="operation",
            end_entity=replace(USER, **changes),  # type: ignore[arg-type]
            request=CertificationRequest(public_key=public_key or spki(ec_key(1)), possession=Possession.PROVEN),
            requester="CN=ra",
            requester_fingerprint=None,
        )
        with self.ca.transaction(self.fence()) as work:
            return issue(work, order)

    def issue(self, public_key: bytes | None = None, /, **changes: object) -> x509.Certificate:
        issued = self.attempt(public_key, **changes)
        assert isinstance(issued, IssuedCertificate), issued
        return x509.load_der_x509_certificate(issued.certificate)


def event_count(deployment: Deployment, event: str) -> int:
    with deployment.engine.begin() as connection:
        events = connection.execute(select(tables.audit.c.event)).scalars().all()
    return events.count(event)


def revoke(deployment: Deployment, certificate: x509.Certificate, reason: RevocationReason) -> None:
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    deployment.administration.revoke(reason, fingerprint=fingerprint)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a root CA, ManagementCA (P-256), to be copied."""
    path = tmp_path_factory.mktemp("template") / "ca.db"
    engine = new_engine(f"sqlite:///{path}")
    Administration(engine, Facilities.under(SECRET)).create_ca(
        "ManagementCA", "CN=ManagementCA,O=Example,C=SE", key="P-256"
    )
    engine.dispose()
    return path


@pytest.fixture
def deployment(template: Path, tmp_path: Path) -> Iterator[Deployment]:
    """A CA of the test's own, with ManagementCA."""
    path = shutil.copy(template, tmp_path / "ca.db")
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{path}", pool_min=1, prefill=False))
    yield Deployment(engine)
    engine.dispose()


@pytest.fixture(scope="module", params=marked(DATABASES))
def shared(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Deployment]:
    """A CA that a module's tests share, with ManagementCA, on every database."""
    engine = new_engine(fresh_database(request.param))
    deployment = Deployment(engine)
    deployment.administration.create_ca("ManagementCA", "CN=ManagementCA", key="P-256")
    yield deployment
    engine.dispose()


@pytest.fixture
def username() -> str:
    """One of the test's own."""
    return secrets.token_hex(8)
