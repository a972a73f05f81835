"""The CAs that the contract suite runs against, each with hooks to prepare and to look behind the port."""

from abc import ABC, abstractmethod
from datetime import timedelta

from sqlalchemy import Engine, select, update

from lockgate.certification.endentity import EndEntity
from lockgate.ports import CertificationAuthority, Coordinator, Fence, ForeignCertificationAuthority
from lockgate.rights.authorization import Role
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.authority import InProcessCa
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.escrow import EscrowSealer
from lockgate_ca_backend.profiles import CertificateProfile, EndEntityProfile
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.approvals import Approvals
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.doubles.coordinator import MemoryCoordinator
from tests.doubles.foreign_ca import ATTEMPTS, ESCROW, SERIALS, UNPROVEN, ForeignCa

SECRET = b"a key encryption secret"
WORKER = "worker"
LEASE = timedelta(minutes=1)


class CaSubject(ABC):
    """A CA under test."""

    ca: CertificationAuthority
    coordinator: Coordinator

    def fence(self, holder: str = "host") -> Fence:
        """The newest fence of the worker, whoever held it before."""
        self.age(2 * LEASE)
        fence = self.coordinator.acquire(WORKER, holder, LEASE)
        assert fence is not None
        return fence

    @abstractmethod
    def age(self, duration: timedelta) -> None:
        """Make every lease older."""

    @abstractmethod
    def put_end_entity(self, end_entity: EndEntity, password: str) -> None:
        """Store an end entity with a password."""

    @abstractmethod
    def put_role(self, role: Role) -> None:
        """Store a role."""

    @abstractmethod
    def put_decision(self, approval_id: str, decision: bytes) -> None:
        """Store a decision, whatever it is."""

    @abstractmethod
    def publish_crl(self) -> bytes:
        """Let ManagementCA issue a CRL; DER."""

    @abstractmethod
    def certificates(self) -> list[bytes]:
        """Every certificate issued to an end entity, DER."""

    @abstractmethod
    def audited(self) -> list[str]:
        """Every event in the audit log."""


class InProcessSubject(CaSubject):
    """The real CA on a database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        escrow = EscrowSealer(b"an escrow secret for tests")
        self.ca = InProcessCa(engine, SECRET, escrow=escrow)
        self.coordinator = SqlCoordinator(engine)
        self.administration = Administration(engine, SECRET)
        serials = CertificateProfile(validity_days=1, chosen_serial_number=True, renewal_days=30, renewal_same_key=True)
        self.administration.put_profile(SERIALS, serials)
        self.administration.put_profile(ESCROW, CertificateProfile(validity_days=1, key_recovery=True))
        self.administration.put_profile(UNPROVEN, CertificateProfile(validity_days=1, unproven_keys=True))
        listed = CERTIFICATE_PROFILES.keys() | {SERIALS, ESCROW, UNPROVEN}
        self.administration.put_profile("EMPTY", EndEntityProfile(certificate_profiles=frozenset(listed)))

    def age(self, duration: timedelta) -> None:
        age_leases(self.engine, duration)

    def put_end_entity(self, end_entity: EndEntity, password: str) -> None:
        self.administration.put_end_entity(end_entity, password)

    def put_role(self, role: Role) -> None:
        self.administration.put_role(role)

    def put_decision(self, approval_id: str, decision: bytes) -> None:
        with self.engine.begin() as connection:
            Approvals(connection, 0).decide(approval_id, decision)

    def publish_crl(self) -> bytes:
        return self.administration.issue_crl("ManagementCA")

    def certificates(self) -> list[bytes]:
        query = select(tables.certificate.c.certificate).where(tables.certificate.c.endentityprofile != "")
        with self.engine.begin() as connection:
            return [bytes(der) for der in connection.execute(query).scalars()]

    def audited(self) -> list[str]:
        with self.engine.begin() as connection:
            return list(connection.execute(select(tables.audit.c.event)).scalars())


class ForeignSubject(CaSubject):
    """The double of a CA elsewhere."""

    def __init__(self) -> None:
        self.memory = MemoryCoordinator()
        self.foreign = ForeignCa(self.memory)
        self.coordinator = self.memory
        self.ca: ForeignCertificationAuthority = self.foreign

    def age(self, duration: timedelta) -> None:
        self.memory.advance(duration)

    def put_end_entity(self, end_entity: EndEntity, password: str) -> None:
        self.foreign.state.end_entities[end_entity.username] = end_entity
        self.foreign.state.passwords[end_entity.username] = (password, ATTEMPTS)

    def put_role(self, role: Role) -> None:
        self.foreign.state.roles.append(role)

    def put_decision(self, approval_id: str, decision: bytes) -> None:
        self.foreign.state.decisions.setdefault(approval_id, []).append(decision)

    def publish_crl(self) -> bytes:
        self.foreign.crl = b"the CRL of a CA elsewhere"
        return self.foreign.crl

    def certificates(self) -> list[bytes]:
        return [its.certificate for its in self.foreign.issued.values()]

    def audited(self) -> list[str]:
        return [its.event for its in self.foreign.state.audit]


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
