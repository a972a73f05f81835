"""CAs: created, imported, switched on and off, their keys audited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import gmpy2
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.administration.authorities import DEFAULT_CA_KEY, CaStatus
from lockgate.audit import Event
from lockgate.errors import CallerError
from lockgate.names.dn import parse_dn
from lockgate.rights.approval import MAX_QUORUM, ApprovalKind
from lockgate_ca_backend.administration.work import AdministrativeWork, check_name
from lockgate_ca_backend.creation import CaCreation
from lockgate_ca_backend.issued_before import Found
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork
from lockgate_ca_backend.shared_primes import moduli_with_shared_primes
from lockgate_formats.public_keys import SubjectKey, read_key


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


class CaAdministration(AdministrativeWork):
    """CAs."""

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
            key: one of `CA_KEY_SPECIFICATIONS`.
            certificate_profile: ROOTCA or SUBCA by default.

        Raises:
            CallerError: the name is taken or unfit, the subject cannot be read, profile or issuer do not exist.
            RefusedByCa: the issuer cannot sign now.
            Unavailable: the token in which its key is to be made cannot be used now.
        """
        subject = parse_dn(subject_dn)
        if not subject.attributes:
            raise CallerError("a CA needs a subject (RFC 5280, 4.1.2.6)")
        profile = certificate_profile or ("ROOTCA" if issuer is None else "SUBCA")
        with self._facilities.new_ca_key(key, check_name("a CA", name)) as signer, self._work() as work:
            return self._creation(work).create(name, subject, signer, profile, issuer)

    def import_ca(
        self,
        name: str,
        key: PrivateKeyTypes,
        certificate: bytes,
        chain: Sequence[bytes] = (),
        *,
        crl: bytes | None = None,
        issued: Iterable[Found] = (),
    ) -> int:
        """Import a CA that was made elsewhere; returns how many of its certificates were imported with it.

        Its next CRL has the number after that of `crl`, and lists the same certificates.

        Args:
            certificate: DER.
            chain: DER, from its issuer up to and including the root; empty for a root.
            crl: DER, the last full CRL; None if the CA has issued none.
            issued: certificates that the CA has issued, where each was found and its DER. They belong to no end entity.

        Raises:
            CallerError: the name is taken or unfit; key, certificate and chain do not belong together; the CRL is not a
                full one that the CA has signed; or a certificate is none that it has issued. Nothing was imported.
            RefusedByCa: the key is weak.
        """
        with self._work() as work:
            return self._creation(work).import_ca(check_name("a CA", name), key, certificate, chain, crl, issued)

    def register_ca(self, name: str, issuer: str, certificate: bytes, chain: Sequence[bytes] = ()) -> None:
        """Add a CA whose key is not in the registry.

        Args:
            issuer: the name of the remote issuer that signs, as the configuration has it; or `PROGRAM`.
            certificate: DER.
            chain: DER, from its issuer up to and including the root; empty for a root.

        Raises:
            CallerError: the name is taken or unfit, or certificate and chain do not belong together.
            RefusedByCa: the key is weak.
            KeystoreError: `PROGRAM` is to sign with a kind of key that no CA has inside the transaction.
        """
        with self._work() as work:
            self._creation(work).register(check_name("a CA", name), issuer, certificate, chain)

    def certification_authorities(self) -> Sequence[CaDescription]:
        """Every CA, by name.

        Raises:
            KeystoreError: the key encryption secret does not open a CA's key.
        """
        with self._work() as work:
            found = [
                (outline, work.store.authorities.issuer(name))
                for name, outline in work.store.authorities.outlines().items()
            ]
        return [
            CaDescription(outline.name, outline.status, issuer.certificate.public_bytes(Encoding.DER), issuer.chain)
            for outline, issuer in found
        ]

    def set_ca_status(self, name: str, status: CaStatus) -> None:
        """Let a CA sign, or not.

        Raises:
            CallerError: there is no such CA.
        """
        with self._work() as work:
            self._known(work, name)
            work.store.authorities.set_status(name, status)
            self._audit(work, Event.CA_CHANGED, name, status=status)

    def approval_rules(self) -> Mapping[str, Mapping[ApprovalKind, int]]:
        """How many administrators must approve, for each CA that asks for approvals, by kind."""
        found: dict[str, dict[ApprovalKind, int]] = {}
        with self._work() as work:
            for (ca_name, kind), quorum in sorted(work.store.approvals.rules().items()):
                found.setdefault(ca_name, {})[ApprovalKind(kind)] = quorum
        return found

    def set_approval_rule(self, ca_name: str, kind: ApprovalKind, quorum: int) -> None:
        """Let a CA ask for the approval of so many administrators; 0 for none.

        Raises:
            CallerError: there is no such CA, or the number is not from 0 to 20.
        """
        if not 0 <= quorum <= MAX_QUORUM:
            raise CallerError(f"the number of approvals is from 0 to {MAX_QUORUM}")
        with self._work() as work:
            self._known(work, ca_name)
            work.store.approvals.set_rule(ca_name, kind, quorum)
            self._audit(work, Event.CA_CHANGED, ca_name, approvals=f"{kind}: {quorum}")

    def certificates_with_shared_primes(self) -> Sequence[str]:
        """The fingerprints of all certificates whose RSA keys share a prime with another key: all are broken."""
        moduli: dict[gmpy2.mpz, list[str]] = {}
        with self._work() as work:
            for fingerprint, spki in work.store.certificates.public_keys():
                key = read_key(spki)
                if isinstance(key, SubjectKey) and key.modulus is not None:
                    moduli.setdefault(key.modulus, []).append(fingerprint)
        return sorted(fingerprint for modulus in moduli_with_shared_primes(moduli) for fingerprint in moduli[modulus])

    def _creation(self, work: UnitOfWork) -> CaCreation:
        return CaCreation(work, self._facilities, self._administrator)
