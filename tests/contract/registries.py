"""The registry that the contract suite runs against, with hooks to prepare and to look behind the port."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine, select, update

from lockgate.certification.endentity import EndEntity, IssuedCertificate
from lockgate.ports import Fence, RegistryTransaction
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.rights.authorization import Role
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.escrow import EscrowSealer
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.approvals import ApprovalTable
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.support.issuing import must_issue
from tests.support.registry_values import described, order

SERIALS = "SERIALS"
ESCROW = "ESCROW"
UNPROVEN = "UNPROVEN"
SECRET = b"a key encryption secret"
WORKER = "worker"
LEASE = timedelta(minutes=1)


class RegistrySubject:
    """The registry on a database, and the CA in this process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        escrow = EscrowSealer(b"an escrow secret for tests")
        self.ca = SqlRegistry(engine, SECRET, escrow=escrow)
        self.coordinator = SqlCoordinator(engine)
        self.administration = Administration(engine, SECRET)
        serials = CertificateProfile(validity_days=1, chosen_serial_number=True, renewal_days=30, renewal_same_key=True)
        self.administration.put_profile(SERIALS, serials)
        self.administration.put_profile(ESCROW, CertificateProfile(validity_days=1, key_recovery=True))
        self.administration.put_profile(UNPROVEN, CertificateProfile(validity_days=1, unproven_keys=True))
        listed = CERTIFICATE_PROFILES.keys() | {SERIALS, ESCROW, UNPROVEN}
        self.administration.put_profile("EMPTY", EndEntityProfile(certificate_profiles=frozenset(listed)))

    def fence(self, holder: str = "host") -> Fence:
        """The newest fence of the worker, whoever held it before."""
        self.age(2 * LEASE)
        fence = self.coordinator.acquire(WORKER, holder, LEASE)
        assert fence is not None
        return fence

    def age(self, duration: timedelta) -> None:
        age_leases(self.engine, duration)

    def put_end_entity(self, end_entity: EndEntity, password: str) -> None:
        self.administration.put_end_entity(end_entity, password)

    def put_role(self, role: Role) -> None:
        self.administration.put_role(role)

    def put_decision(self, approval_id: str, decision: bytes) -> None:
        with self.engine.begin() as connection:
            ApprovalTable(connection, 0).decide(approval_id, decision)

    def publish_crl(self) -> bytes:
        return self.administration.issue_crl("ManagementCA")

    def certificates(self) -> list[bytes]:
        query = select(tables.certificate.c.certificate).where(tables.certificate.c.endentityprofile != "")
        with self.engine.begin() as connection:
            return [bytes(der) for der in connection.execute(query).scalars()]

    def audited(self) -> list[str]:
        with self.engine.begin() as connection:
            return list(connection.execute(select(tables.audit.c.event)).scalars())


def new_engine(url: str) -> Engine:
    """An engine on a database with the current schema and the built-in profiles."""
    engine = open_engine(DatabaseSettings(url=url, pool_min=1, pool_max=20, prefill=False, lock_timeout=3))
    Administration(engine, SECRET).initialise()
    return engine


def age_leases(engine: Engine, duration: timedelta) -> None:
    """Make every worker's lease older."""
    lease = tables.worker_lease
    with engine.begin() as connection:
        milliseconds = duration // timedelta(milliseconds=1)
        connection.execute(update(lease).values(expires=lease.c.expires - milliseconds))


def issued(subject: RegistrySubject, fence: Fence, username: str) -> IssuedCertificate:
    with subject.ca.transaction(fence) as work:
        certificate = must_issue(work, order(described(username)))
    assert isinstance(certificate, IssuedCertificate)
    return certificate


def run(subject: RegistrySubject, fence: Fence, body: Callable[[RegistryTransaction], None]) -> None:
    with subject.ca.transaction(fence) as work:
        body(work)
