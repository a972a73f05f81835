"""Facts about keys rather than about certificates, inside one unit of work. A key is named by its identity
(`CertificateFacts.key`), which is the same in every encoding of the key.
"""

from abc import abstractmethod
from typing import Protocol

from lockgate.certification.key_fate import KeyFate


class KnownKeys(Protocol):
    """Keys."""

    @abstractmethod
    def identity(self, public_key: bytes) -> str:
        """The identity of the key of a DER SubjectPublicKeyInfo that `CertificateRequests` has read."""

    @abstractmethod
    def fate(self, key: str) -> KeyFate:
        """Whether the key is good, in doubt or condemned."""

    @abstractmethod
    def is_kept(self, key: str) -> bool:
        """Whether the CA keeps the private key, with whichever of the key's certificates."""
