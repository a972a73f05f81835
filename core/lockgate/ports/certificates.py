"""Certificates that were issued, inside one unit of work."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.revocation import RevocationReason
from lockgate.names.dn import DistinguishedName
from lockgate.ports.operations import Operation
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding, TrustedCertificate


class Certificates(Protocol):
    """The stored certificates."""

    @abstractmethod
    def find(self, issuer: DistinguishedName, serial_number: int) -> CertificateFacts | None:
        """The certificate with that serial number of the CA whose subject is `issuer`, by meaning (RFC 5280, 7.1)."""

    @abstractmethod
    def of(self, username: str) -> Sequence[CertificateFacts]:
        """Every certificate of the end entity, in the order of issuance."""

    @abstractmethod
    def on_key(self, key: str) -> Sequence[CertificateFacts]:
        """Every certificate for the key, in the order of issuance."""

    @abstractmethod
    def holder(self, fingerprint: str) -> str | None:
        """The end entity that the certificate was issued to; None where it was not issued here."""

    @abstractmethod
    def content(self, certificate: CertificateFacts) -> bytes:
        """The certificate itself, DER."""

    @abstractmethod
    def is_certified(self, public_key: bytes, username: str) -> bool:
        """Whether a certificate for the key of the DER SubjectPublicKeyInfo was issued to the end entity, or to another
        one that had shown possession of it.
        """

    @abstractmethod
    def may_sign(self, certificate: CertificateFacts) -> bool:
        """Whether the certificate has the bit digitalSignature of Key Usage (RFC 5280, 4.2.1.3)."""

    @abstractmethod
    def show_possession(self, certificate: CertificateFacts) -> Rejected | None:
        """Record that possession of the key was shown, which was awaited (`Possession.AWAITED`). From now on the
        certificate counts as any other.

        The rejection is `weak_key`: meanwhile the key was compromised, or belongs to somebody else.

        Raises:
            Conflict: the certificate has changed since its facts were read, or its possession was not awaited.
        """

    @abstractmethod
    def standing(self, certificate: TrustedCertificate) -> CertificateStanding:
        """The standing that `certificate` has now at the CA that issued it; `blocked` if it is good but its key is
        condemned, and `worker's` whatever else it would be if it is a worker's (`Coordinator.introduce`).

        It is the one that is stored here; that of a certificate of a CA outside (`lockgate.outside.cas`) stands on the
        CRL that was kept for the CA's key, or is as the OCSP answer says that was kept. It stays so until this
        transaction ends.

        Raises:
            StandingUntold: no CRL of that key counts at this time.
            Conflict: the CRL is to be read while no transaction is open; the same work can be done again at once.
            StandingUnasked: no OCSP answer does; the caller stores its question (`OutsideAnswers.wish`).
        """

    @abstractmethod
    def revoke(
        self,
        certificate: CertificateFacts,
        reason: RevocationReason,
        requester: str,
        signer: str | None = None,
        *,
        owns_key: bool = True,
        operation: str | None = None,
    ) -> None:
        """Change the certificate's standing to the one that `next_standing` allowed for its facts
        (`certification.revocation`).

        Where a remote issuer has issued it, an operation tells that CA. A revocation counts here at once; a certificate
        is taken from hold when the CA has done so.

        The time of a revocation stays if only its reason changes. With the reason keyCompromise the certificate's key
        gets the state that `lockgate.certification.key_fate.fate_after_report` returns.

        Args:
            requester: the administrator's name.
            signer: the fingerprint of the certificate whose key has signed the request; None where none has.
            owns_key: whether the requester may revoke the certificates of all who have shown possession of the key, as
                the administration may.
            operation: the operation key of the request; None where an administrator of the CA's host revokes.

        Raises:
            Conflict: the certificate's standing has changed since its facts were read.
        """

    @abstractmethod
    def conclude(self, operation: Operation) -> None:
        """The remote issuer has carried out `operation`: a certificate that was on hold is taken from hold now."""
