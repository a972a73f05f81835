"""What the CA's operators do: set up, create CAs, certify keystores, give roles, revoke, publish CRLs.

Every change goes through the same unit of work as the workers' and leaves an audit entry; there is no fence, because
administrators are no workers.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import gmpy2
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Engine, select

from lockgate.audit import AuditEvent, Event
from lockgate.authorization import Role
from lockgate.dn import parse_dn
from lockgate.endentity import CertificationRequest, EndEntity, EndEntityStatus, IssuedCertificate
from lockgate.errors import CallerError
from lockgate.ports import IssuanceOrder
from lockgate.reasons import Rejected
from lockgate.revocation import RevocationReason, next_standing
from lockgate.signer import CertificateStanding
from lockgate_ca_backend.audit_chain import AuditKey
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES, END_ENTITY_PROFILES
from lockgate_ca_backend.certificates import Octets
from lockgate_ca_backend.creation import CaCreation, Refused
from lockgate_ca_backend.facilities import Facilities, KeyRules
from lockgate_ca_backend.key_checks import SubjectKey, read_key
from lockgate_ca_backend.key_sealing import KeySealer
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_ca_backend.profiles import CertificateProfile, EndEntityProfile
from lockgate_ca_backend.revocation import sign_crl
from lockgate_ca_backend.shared_primes import moduli_with_shared_primes
from lockgate_ca_backend.signing import Signer, generate_key
from lockgate_ca_backend.store.authorities import CaStatus, Issuer
from lockgate_ca_backend.store.certificates import StoredCertificate
from lockgate_ca_backend.unit_of_work import UnitOfWork
from lockgate_persistence.dialects import dialect_of, translated
from lockgate_persistence.migrating import upgrade

DEFAULT_CA_KEY = "RSA-3072"
CRL_LIFETIME = timedelta(days=7)
SERVICE_PROFILE = "SERVICE"
ADMINISTRATION = "administration"
"""The writer of these entries in the audit log."""
Accepted = TypeVar("Accepted", IssuedCertificate, Issuer, CertificateStanding)


@dataclass(frozen=True, slots=True)
class CaDescription:
    """A CA as operators see it.

    Attributes:
        certificate: DER.
        chain: DER, from its issuer up to the root; empty for a root.
    """

    name: str
    status: CaStatus
    certificate: bytes
    chain: tuple[bytes, ...]


class Administration:
    """The CA's operators' side.

    Args:
        engine: the CA's database.
        key_encryption_secret: protects the CA's keys; at least 16 octets.
        administrator: who acts, for the audit log.
        key_rules: what the operator decides about keys.
        octets: a cryptographic generator.
    """

    def __init__(
        self,
        engine: Engine,
        key_encryption_secret: bytes,
        *,
        administrator: str = ADMINISTRATION,
        key_rules: KeyRules | None = None,
        octets: Octets = secrets.token_bytes,
    ) -> None:
        self._engine = engine
        self._administrator = administrator
        self._facilities = Facilities(
            KeySealer(key_encryption_secret), AuditKey(key_encryption_secret), key_rules or KeyRules(), octets
        )

    def initialise(self) -> None:
        """Bring the schema up to date and add the built-in profiles that are missing; existing ones stay."""
        upgrade(self._engine, CERTIFICATION_AUTHORITY)
        with self._work() as work:
            for name, certificate_profile in CERTIFICATE_PROFILES.items():
                if work.profiles.digest(CertificateProfile, name) is None:
                    self._put_profile(work, name, certificate_profile)
            for name, end_entity_profile in END_ENTITY_PROFILES.items():
                if work.profiles.digest(EndEntityProfile, name) is None:
                    self._put_profile(work, name, end_entity_profile)

    def put_profile(self, name: str, profile: CertificateProfile | EndEntityProfile) -> None:
        """Add or replace a profile."""
        with self._work() as work:
            self._put_profile(work, name, profile)

    def create_ca(
        self,
        name: str,
        subject_dn: str,
        *,
        key: str = DEFAULT_CA_KEY,
        issuer: str | None = None,
        certificate_profile: str | None = None,
    ) -> bytes:
        """A new CA, self-signed or signed by the CA `issuer`; returns its DER certificate.

        Args:
            key: one of `lockgate_ca_backend.signing.KEY_SPECIFICATIONS`.
            certificate_profile: ROOTCA or SUBCA by default.

        Raises:
            CallerError: the name is taken, the subject cannot be read, profile or issuer do not exist.
            Refused: the issuer cannot sign now.
        """
        subject, signer = parse_dn(subject_dn), Signer(generate_key(key))
        if not subject.attributes:
            raise CallerError("a CA needs a subject (RFC 5280, 4.1.2.6)")
        profile = certificate_profile or ("ROOTCA" if issuer is None else "SUBCA")
        with self._work() as work:
            return self._creation(work).create(name, subject, signer, profile, issuer)

    def import_ca(self, name: str, key: PrivateKeyTypes, certificate: bytes, chain: Sequence[bytes] = ()) -> None:
        """Take a CA over that was made elsewhere.

        Args:
            certificate: DER.
            chain: DER, from its issuer up to and including the root; empty for a root.

        Raises:
            CallerError: the name is taken, or key, certificate and chain do not belong together.
            Refused: the key is weak.
        """
        with self._work() as work:
            self._creation(work).import_ca(name, key, certificate, chain)

    def certification_authorities(self) -> Sequence[CaDescription]:
        """Every CA, by name.

        Raises:
            KeystoreError: the key encryption secret does not open a CA's key.
        """
        with self._work() as work:
            found = [(outline, work.authorities.issuer(name)) for name, outline in work.authorities.outlines().items()]
        return [
            CaDescription(its.name, its.status, issuer.certificate.public_bytes(Encoding.DER), issuer.chain)
            for its, issuer in found
        ]

    def set_ca_status(self, name: str, status: CaStatus) -> None:
        """Let a CA sign, or not.

        Raises:
            CallerError: there is no such CA.
        """
        with self._work() as work:
            self._known(work, name)
            work.authorities.set_status(name, status)
            self._audit(work, Event.CA_CHANGED, name, status=status)

    def issue_keystore_certificate(
        self, username: str, subject_dn: str, public_key: bytes, *, ca_name: str, certificate_profile: str
    ) -> IssuedCertificate:
        """Certify the key of an RA's or worker's keystore, by the same rules as any other certificate.

        Args:
            public_key: DER SubjectPublicKeyInfo.
            certificate_profile: RA or WORKER, or another one that the end entity profile SERVICE allows.

        Raises:
            InvalidName: the subject cannot be read.
            Refused: as `CaTransaction.issue` rejects.
        """
        end_entity = EndEntity(
            username=username,
            subject_dn=parse_dn(subject_dn),
            subject_alt_name=(),
            email=None,
            end_entity_profile=SERVICE_PROFILE,
            certificate_profile=certificate_profile,
            ca_name=ca_name,
            status=EndEntityStatus.NEW,
        )
        order = IssuanceOrder(
            operation=secrets.token_hex(16),
            end_entity=end_entity,
            request=CertificationRequest(public_key=public_key),
            requester=self._administrator,
            requester_fingerprint=None,
        )
        with self._work() as work:
            return _accepted(work.issue(order))

    def put_end_entity(self, end_entity: EndEntity, password: str | None = None) -> None:
        """Add or replace an end entity; with a password, that and all attempts are set anew.

        Raises:
            Refused: its profiles do not allow it.
        """
        with self._work() as work:
            known = work.end_entity(end_entity.username) is not None
            if rejected := work.save_end_entity(end_entity):
                raise Refused(rejected)
            if password is not None:
                work.set_password(end_entity.username, password)
            self._audit(
                work,
                Event.END_ENTITY_EDITED if known else Event.END_ENTITY_ADDED,
                end_entity.username,
                password="unchanged" if password is None else "set",
            )

    def put_role(self, role: Role) -> None:
        """Add or replace a role."""
        with self._work() as work:
            work.roles.put(role)
            self._audit(
                work, Event.ROLE_CHANGED, role.name, rules=" ".join(sorted(role.rules)), members=str(len(role.members))
            )

    def roles(self) -> Sequence[Role]:
        """Every role, by name."""
        with self._work() as work:
            return work.roles.all()

    def revoke(
        self,
        reason: RevocationReason,
        *,
        fingerprint: str | None = None,
        ca_name: str | None = None,
        serial_number: int | None = None,
    ) -> None:
        """Revoke a certificate, put it on hold, or (REMOVE_FROM_CRL) take it from hold.

        The certificate is named by its fingerprint, or by its CA and serial number. A certificate on hold may be
        revoked for good; a revoked one stays so. A compromised key is never certified again.

        Raises:
            CallerError: there is no such certificate.
            Refused: its standing does not allow this.
        """
        with self._work() as work:
            if fingerprint is not None:
                found = work.certificates.find_locked(fingerprint=fingerprint)
            elif ca_name is not None and serial_number is not None:
                found = work.certificates.find_serial_locked(ca_name, serial_number)
            else:
                raise CallerError("a fingerprint, or a CA with a serial number is needed")
            if found is None:
                raise CallerError("there is no such certificate")
            self._revoke(work, found, reason)

    def issue_crl(self, ca_name: str, lifetime: timedelta = CRL_LIFETIME) -> bytes:
        """A new CRL, DER, stored and returned.

        Args:
            lifetime: from now to the CRL's Next Update.

        Raises:
            CallerError: there is no such CA.
            Refused: it cannot sign now.
        """
        with self._work() as work:
            self._known(work, ca_name)
            issuer = _accepted(work.factory.active_issuer(ca_name))
            now = work.now().replace(microsecond=0)
            number = work.authorities.next_crl_number(ca_name)
            # RFC 5280, 3.3: an entry stays until it was on a CRL issued after the certificate's end.
            revoked = work.certificates.revoked(ca_name, work.crls.last_update(ca_name))
            crl = sign_crl(issuer.signer, issuer.certificate, number, now, now + lifetime, revoked)
            work.crls.add(ca_name, number, now, now + lifetime, crl)
            self._audit(work, Event.CRL_ISSUED, ca_name, number=str(number), entries=str(len(revoked)))
            return crl

    def latest_crl(self, ca_name: str) -> bytes | None:
        """The CA's last CRL, DER."""
        with self._work() as work:
            return work.crls.latest(ca_name)

    def certificates_with_shared_primes(self) -> Sequence[str]:
        """The fingerprints of all certificates whose RSA keys share a prime with another key: all are broken."""
        moduli: dict[gmpy2.mpz, list[str]] = {}
        with self._work() as work:
            for fingerprint, spki in work.certificates.public_keys():
                key = read_key(spki)
                if isinstance(key, SubjectKey) and key.modulus is not None:
                    moduli.setdefault(key.modulus, []).append(fingerprint)
        return sorted(its for modulus in moduli_with_shared_primes(moduli) for its in moduli[modulus])

    def _put_profile(self, work: UnitOfWork, name: str, profile: CertificateProfile | EndEntityProfile) -> None:
        work.profiles.put(name, profile)
        digest = work.profiles.digest(type(profile), name) or ""
        self._audit(work, Event.PROFILE_CHANGED, name, kind=type(profile).__name__, digest=digest)

    def _revoke(self, work: UnitOfWork, found: StoredCertificate, reason: RevocationReason) -> None:
        _accepted(next_standing(found.facts.standing, reason))
        work.revoke(found.facts, reason, self._administrator)

    def _creation(self, work: UnitOfWork) -> CaCreation:
        return CaCreation(work, self._facilities, self._administrator)

    def _audit(self, work: UnitOfWork, event: Event, target: str, **details: str) -> None:
        work.audit(AuditEvent(event, self._administrator, target, details))

    @staticmethod
    def _known(work: UnitOfWork, ca_name: str) -> None:
        if ca_name not in work.authorities.outlines():
            raise CallerError(f"there is no CA {ca_name}")

    @contextmanager
    def _work(self) -> Iterator[UnitOfWork]:
        with translated(self._engine), self._engine.begin() as connection:
            now = int(connection.execute(select(dialect_of(self._engine).now)).scalar_one())
            work = UnitOfWork(connection, self._facilities, now, ADMINISTRATION)
            yield work
            work.flush()


def _accepted(outcome: Accepted | Rejected) -> Accepted:
    if isinstance(outcome, Rejected):
        raise Refused(outcome)
    return outcome
