"""What a CA publishes, read inside one unit of work."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from lockgate.certification.endentity import CertificateFacts
from lockgate.reasons import Rejected


@dataclass(frozen=True, slots=True)
class RenewalTerms:
    """The terms on which a certificate profile allows renewals.

    Attributes:
        window: how long before its end a certificate can be renewed; None for all the time.
        same_key: whether it can be renewed for the key that it has.
    """

    window: timedelta | None
    same_key: bool = False


class Publications(Protocol):
    """Certificates and CRLs."""

    @abstractmethod
    def issued_certificate(self, certificate: CertificateFacts) -> bytes:
        """The certificate itself, DER."""

    @abstractmethod
    def latest_crl(self, certificate: CertificateFacts) -> bytes | Rejected:
        """The last CRL on which `certificate` would stand, DER. The rejection is `no_crl`."""

    @abstractmethod
    def announcement(self, ca_name: str) -> bytes | Rejected:
        """The CA's next certificate and its chain as certs-only SignedData, in SignedData by its current key, DER.

        Rejections: `unknown_ca`, `ca_not_active`, `no_next_ca_certificate`.
        """

    @abstractmethod
    def is_certified(self, public_key: bytes, username: str) -> bool:
        """Whether a certificate for the key of the DER SubjectPublicKeyInfo was issued to the end entity, or to another
        one that had shown possession of it.
        """

    @abstractmethod
    def renewal_terms(self, certificate_profile: str) -> RenewalTerms | Rejected:
        """When and for which keys certificates of that profile can be renewed. The rejection is `unknown_profile`."""
