"""The publications of a CA, inside one unit of work."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lockgate.certification.endentity import CertificateFacts
from lockgate.reasons import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainMember:
    """One certificate in the chain of a CA.

    Attributes:
        certificate: DER.
        ca_name: the CA here that has or had this certificate; None where it is a CA elsewhere.
    """

    certificate: bytes = field(repr=False)
    ca_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """A rollover: one key and certificate of a CA have replaced the ones before. All certificates are DER.

    Attributes:
        new_with_old: the new key certified by the old one; None where the CA is no root, and where the old certificate
            had ended before.
        old_with_new: the reverse.
    """

    old: bytes = field(repr=False)
    new: bytes = field(repr=False)
    new_with_old: bytes | None = field(repr=False)
    old_with_new: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCrl:
    """The last full CRL of one generation of a CA.

    Attributes:
        generation: the number of the generation whose key signed it.
        issued: its thisUpdate, UTC.
        crl: DER.
    """

    generation: int
    issued: datetime
    crl: bytes = field(repr=False)


class Publications(Protocol):
    """CRLs, certificates and announcements."""

    @abstractmethod
    def latest_crl(self, certificate: CertificateFacts) -> bytes | Rejected:
        """The last CRL on which `certificate` would stand, DER; if a remote issuer signs for its CA, the last one that
        was fetched. The rejection is `no_crl`."""

    @abstractmethod
    def announcement(self, ca_name: str) -> bytes | Rejected:
        """The CA's next certificate and its chain as certs-only SignedData, in SignedData by its current key, DER.

        Rejections: `unknown_ca`, `ca_not_active`, `no_next_ca_certificate`.
        """

    @abstractmethod
    def chain(self, ca_name: str) -> Sequence[ChainMember] | Rejected:
        """The CA's current certificate, then those of the CAs above it up to the root. The rejection is
        `unknown_ca`."""

    @abstractmethod
    def key_changes(self, ca_name: str) -> Sequence[KeyChange]:
        """Every rollover of the CA that has taken place, the oldest first; none for a CA that is not here."""

    @abstractmethod
    def crls(self, ca_name: str) -> Sequence[PublishedCrl]:
        """The last full CRL of each generation of the CA that has issued one, that of the newest generation first.

        If a remote issuer signs for the CA, it is the last one that was fetched (`OutsideCrls.keep`).
        """
