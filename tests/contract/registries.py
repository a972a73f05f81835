"""The registry on a database, as the contract suites of its port ask for it."""

from datetime import timedelta

from sqlalchemy import Engine, select, update

from lockgate.certification.endentity import EndEntity
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.rights.authorization import Role
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.escrow import EscrowSealer
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.shared_secrets import SqlSharedSecrets
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.approvals import ApprovalTable
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_testing.contracts.registry import RegistrySubject
from lockgate_testing.contracts.registry.subjects import ASKED, OUTSIDE

SECRET = b"a key encryption secret"


class SqlRegistrySubject(RegistrySubject):
    """The registry on a database, and the CA in this process."""

    ca: SqlRegistry

    def __init__(self, engine: Engine, kind: type[SqlRegistry] = SqlRegistry) -> None:
        self.engine = engine
        escrow = EscrowSealer(b"an escrow secret for tests")
        self.ca = kind(engine, Facilities.under(SECRET, escrow=escrow, outside=[OUTSIDE, ASKED]))
        self.issuer = self.ca.issuer
        self.direct = self.ca
        self.shared_secrets = SqlSharedSecrets(engine, SECRET)
        self.coordinator = SqlCoordinator(engine)
        self.administration = Administration(engine, Facilities.under(SECRET))

    def age(self, duration: timedelta) -> None:
        age_leases(self.engine, duration)

    def put_profile(self, name: str, profile: CertificateProfile | EndEntityProfile) -> None:
        self.administration.put_profile(name, profile)

    def create_ca(self, name: str, subject: str, issuer: str | None = None) -> None:
        self.administration.create_ca(name, subject, key="P-256", issuer=issuer)

    def prepare_next(self, ca_name: str) -> None:
        self.administration.prepare_rollover(ca_name)

    def take_over(self, ca_name: str) -> None:
        self.administration.activate_rollover(ca_name)

    def register_remote_ca(self, name: str, issuer: str, certificate: bytes) -> None:
        self.administration.register_ca(name, issuer, certificate)

    def put_end_entity(self, end_entity: EndEntity, password: str) -> None:
        self.administration.put_end_entity(end_entity, password)

    def put_one_time_password(self, end_entity: EndEntity, password: str, lifetime: timedelta) -> None:
        self.administration.put_end_entity(end_entity, password, lifetime)

    def put_role(self, role: Role) -> None:
        self.administration.put_role(role)

    def put_decision(self, approval_id: str, decision: bytes) -> None:
        with self.engine.begin() as connection:
            ApprovalTable(connection, 0).decide(approval_id, decision)

    def publish_crl(self, ca_name: str) -> bytes:
        return self.administration.issue_crl(ca_name)

    def certificates(self) -> list[bytes]:
        query = select(tables.certificate.c.certificate).where(tables.certificate.c.endentityprofile != "")
        with self.engine.begin() as connection:
            return [bytes(der) for der in connection.execute(query).scalars()]

    def audited(self) -> list[str]:
        with self.engine.begin() as connection:
            return list(connection.execute(select(tables.audit.c.event).order_by(tables.audit.c.sequence)).scalars())


def new_engine(url: str) -> Engine:
    """An engine on a database with the current schema and the built-in profiles."""
    engine = open_engine(DatabaseSettings(url=url, pool_min=1, pool_max=20, prefill=False, lock_timeout=3))
    Administration(engine, Facilities.under(SECRET)).initialise()
    return engine


def age_leases(engine: Engine, duration: timedelta) -> None:
    """Make every worker's lease older."""
    lease = tables.worker_lease
    with engine.begin() as connection:
        milliseconds = duration // timedelta(milliseconds=1)
        connection.execute(update(lease).values(expires=lease.c.expires - milliseconds))
