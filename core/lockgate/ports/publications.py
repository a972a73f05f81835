"""The publications of a CA, inside one unit of work."""

from abc import abstractmethod
from typing import Protocol

from lockgate.certification.endentity import CertificateFacts
from lockgate.reasons import Rejected


class Publications(Protocol):
    """CRLs and announcements."""

    @abstractmethod
    def latest_crl(self, certificate: CertificateFacts) -> bytes | Rejected:
        """The last CRL on which `certificate` would stand, DER. The rejection is `no_crl`."""

    @abstractmethod
    def announcement(self, ca_name: str) -> bytes | Rejected:
        """The CA's next certificate and its chain as certs-only SignedData, in SignedData by its current key, DER.

        Rejections: `unknown_ca`, `ca_not_active`, `no_next_ca_certificate`.
        """
