"""What is known of keys rather than of certificates, inside one unit of work. A key is named by its identity
(`CertificateFacts.key`), which is the same in every encoding of the key.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.key_fate import KeyFate


class KeyFates(Protocol):
    """Keys."""

    @abstractmethod
    def key_identity(self, public_key: bytes) -> str:
        """The identity of the key of a DER SubjectPublicKeyInfo that `CertificateRequests` has read."""

    @abstractmethod
    def key_fate(self, key: str) -> KeyFate:
        """Whether the key is good, in doubt or condemned."""

    @abstractmethod
    def certificates_on(self, key: str) -> Sequence[CertificateFacts]:
        """Every certificate for the key, in the order of issuance."""

    @abstractmethod
    def is_kept(self, key: str) -> bool:
        """Whether the CA keeps the private key, with whichever of the key's certificates."""

    @abstractmethod
    def may_sign(self, certificate: CertificateFacts) -> bool:
        """Whether the certificate has the bit digitalSignature of Key Usage (RFC 5280, 4.2.1.3)."""
