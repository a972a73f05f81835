"""The registry under test, and the CAs and profiles that the tests name."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from cryptography import x509

from lockgate.certification.endentity import EndEntity
from lockgate.errors import Unavailable
from lockgate.outside.answers import OcspAnswer, OcspQuestion
from lockgate.outside.cas import OutsideCa
from lockgate.ports import Coordinator, DirectWork, Fence, Issuer, OcspResponder, Registry, SharedSecrets
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.rights.approval import ApprovalKind
from lockgate.rights.authorization import Role
from lockgate_testing.doubles.remote_ca.certificates import Signer, new_key, own_certificate

CA, CA_SUBJECT = "ManagementCA", "CN=ManagementCA,O=Example,C=SE"
REMOTE_CA, REMOTE_CA_SUBJECT = "RemoteCA", "CN=Remote CA,O=Example,C=SE"
REMOTE_ISSUER = "backend"
"""The remote issuer that signs for `REMOTE_CA`."""
_REMOTE_KEY = new_key()
REMOTE_CERTIFICATE = own_certificate(_REMOTE_KEY, REMOTE_CA_SUBJECT)
REMOTE_SIGNER = Signer(_REMOTE_KEY, x509.Name.from_rfc4514_string(REMOTE_CA_SUBJECT).public_bytes())
"""Signs as `REMOTE_CA`."""

ASKED_CA, ASKED_SUBJECT = "AskedCA", "CN=Asked CA,O=Example,C=SE"
"""A CA outside whose certificates stand as its OCSP answers say."""
ASKED_KEY = new_key()
ASKED_CERTIFICATE = own_certificate(ASKED_KEY, ASKED_SUBJECT)
OUTSIDE_CA, OUTSIDE_SUBJECT = "OutsideCA", "CN=Outside CA,O=Example,C=SE"
"""A CA outside whose certificates are believed."""
OUTSIDE_KEY = new_key()
OUTSIDE_CERTIFICATE = own_certificate(OUTSIDE_KEY, OUTSIDE_SUBJECT)
OUTSIDE_MAX_AGE = timedelta(days=30)
"""How long after its thisUpdate a CRL of it counts at most."""
OUTSIDE = OutsideCa(name=OUTSIDE_CA, certificates=(OUTSIDE_CERTIFICATE,), max_age=OUTSIDE_MAX_AGE)
"""As the registry knows it."""


class _Silent(OcspResponder):
    """Registries ask nobody."""

    def status(self, question: OcspQuestion) -> OcspAnswer:
        raise Unavailable(f"nobody answers for CA {question.ca_name}")


ASKED = OutsideCa(name=ASKED_CA, certificates=(ASKED_CERTIFICATE,), max_age=OUTSIDE_MAX_AGE, responder=_Silent())
"""As the registry knows `ASKED_CA`."""

PLAIN, SERIALS, ESCROW, UNPROVEN, APPROVED = "PLAIN", "SERIALS", "ESCROW", "UNPROVEN", "APPROVED"
ENCRYPTION = "ENCRYPTION"
"""Its certificates are for keys that only encrypt."""
CERTIFICATE_PROFILES: Mapping[str, CertificateProfile] = {
    PLAIN: CertificateProfile(validity_days=1),
    SERIALS: CertificateProfile(validity_days=1, chosen_serial_number=True, renewal_days=30, renewal_same_key=True),
    ESCROW: CertificateProfile(validity_days=1, key_recovery=True),
    UNPROVEN: CertificateProfile(validity_days=1, unproven_keys=True),
    ENCRYPTION: CertificateProfile(
        validity_days=1, key_usage=frozenset({"keyEncipherment", "keyAgreement"}), distinct_keys=True
    ),
    APPROVED: CertificateProfile(validity_days=1, approvals={ApprovalKind.ISSUE: 2}),
}
END_ENTITY_PROFILE = "ANYBODY"
EVERY_PROFILE = EndEntityProfile(certificate_profiles=frozenset(CERTIFICATE_PROFILES))
"""It allows every certificate profile of the tests."""
WORKER = "worker"
LEASE = timedelta(minutes=1)


class RegistrySubject(Protocol):
    """A registry under test, and actions that its port does not have. It keeps keys for recovery.

    Attributes:
        ca: the registry. It believes the CAs `OUTSIDE` and `ASKED`.
        coordinator: gives the fences that the registry asks for.
        issuer: signs, inside a transaction, what the registry orders from the CAs of `create_ca`.
        direct: the registry, for work without a fence.
        shared_secrets: says the secrets that the registry keeps recoverable.
    """

    ca: Registry
    coordinator: Coordinator
    issuer: Issuer
    direct: DirectWork
    shared_secrets: SharedSecrets

    def prepare(self) -> None:
        """Store the CAs and profiles that the tests name; call it once in each registry."""
        for name, profile in CERTIFICATE_PROFILES.items():
            self.put_profile(name, profile)
        self.put_profile(END_ENTITY_PROFILE, EVERY_PROFILE)
        self.create_ca(CA, CA_SUBJECT)
        self.register_remote_ca(REMOTE_CA, REMOTE_ISSUER, REMOTE_CERTIFICATE)

    def fence(self, holder: str = "host") -> Fence:
        """The newest fence of the worker; every earlier one is lost."""
        self.age(2 * LEASE)
        fence = self.coordinator.acquire(WORKER, holder, LEASE)
        assert fence is not None
        return fence

    @abstractmethod
    def age(self, duration: timedelta) -> None:
        """Make every lease of a worker older."""

    @abstractmethod
    def put_profile(self, name: str, profile: CertificateProfile | EndEntityProfile) -> None:
        """Add the profile."""

    @abstractmethod
    def create_ca(self, name: str, subject: str, issuer: str | None = None) -> None:
        """Add an active CA whose key is the installation's own.

        Args:
            subject: as `lockgate.names.dn.parse_dn` reads it.
            issuer: the name of the CA that certifies it; None for a root.
        """

    @abstractmethod
    def prepare_next(self, ca_name: str) -> None:
        """Give a CA of `create_ca` a next key and certificate, which do not sign yet."""

    @abstractmethod
    def take_over(self, ca_name: str) -> None:
        """Let the CA's next key and certificate become its current ones."""

    @abstractmethod
    def register_remote_ca(self, name: str, issuer: str, certificate: bytes) -> None:
        """Add an active CA whose certificates a remote issuer signs.

        Args:
            issuer: the remote issuer's name.
            certificate: the CA's own, self-signed, DER.
        """

    @abstractmethod
    def put_end_entity(self, end_entity: EndEntity, password: str) -> None:
        """Add the end entity with a password and all attempts, as an administrator of the CA's host does."""

    @abstractmethod
    def put_one_time_password(self, end_entity: EndEntity, password: str, lifetime: timedelta) -> None:
        """Add or replace the end entity, with a one-time password that expires after `lifetime`."""

    @abstractmethod
    def put_role(self, role: Role) -> None:
        """Add the role, as an administrator of the CA's host does."""

    @abstractmethod
    def put_decision(self, approval_id: str, decision: bytes) -> None:
        """Add a decision on an approval, whatever its octets are."""

    @abstractmethod
    def publish_crl(self, ca_name: str) -> bytes:
        """Have a CA of `create_ca` publish its next CRL; the CRL, DER."""

    @abstractmethod
    def certificates(self) -> Sequence[bytes]:
        """Every certificate that is recorded for an end entity, DER."""

    @abstractmethod
    def audited(self) -> Sequence[str]:
        """The kind of every event in the audit log, the oldest first: values of `lockgate.audit.Event`."""
