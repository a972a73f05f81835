"""Keys that the CA keeps for recovery, inside one unit of work. They are kept with the certificate they belong to
(`IssuanceRequest.kept_key`), encrypted under a key that is not in the database, bound to certificate, CA and end
entity.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from lockgate.certification.endentity import CertificateFacts, IssuedCertificate
from lockgate.ports.keys import KeyPair
from lockgate.reasons import Rejected


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A kept key, and the certificate that it was kept with."""

    key: KeyPair
    issued: IssuedCertificate


class KeptKeys(Protocol):
    """The kept keys."""

    @abstractmethod
    def get(self, certificate: CertificateFacts) -> KeptKey | Rejected:
        """The key that was kept with `certificate`.

        Rejections: `key_recovery_disabled`, `key_not_stored`.

        Raises:
            KeystoreError: the key cannot be opened: the secret is another one, or the row was changed.
        """

    @abstractmethod
    def latest_of(self, username: str) -> CertificateFacts | None:
        """The end entity's last certificate whose key was kept."""
