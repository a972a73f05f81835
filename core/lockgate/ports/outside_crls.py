"""The CRLs of CAs outside this installation: where they are published, who reads them, and where they are kept."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.revocation import RevokedCertificate
from lockgate.outside.crls import CrlFacts


@runtime_checkable
class PublishedCrls(Protocol):
    """Where a CA outside publishes its CRLs. A remote issuer that can fetch them is one, too."""

    @abstractmethod
    def crl(self, ca_certificate: bytes) -> bytes:
        """The last full CRL that the CA's key has signed, DER; nothing of it was verified.

        The call is bounded in time and octets. Several may run at once, each in a thread of its own.

        Args:
            ca_certificate: DER.

        Raises:
            Unavailable: it cannot be had now.
            PeerError: what was answered is no CRL, or is too large.
        """


class RevocationList(Protocol):
    """A full CRL that was read, and whose signature was verified.

    Attributes:
        facts: what it says of itself.
    """

    facts: CrlFacts

    @abstractmethod
    def find(self, serial_number: int) -> RevokedCertificate | None:
        """The entry of the certificate with that number; None where it has none."""

    @abstractmethod
    def part(self, first: int, count: int) -> Sequence[RevokedCertificate]:
        """The entries with the indices from `first`, from 0, to `first + count - 1`, in the order of the CRL; without
        those with a number that no certificate here can have (RFC 5280, 4.1.2.2)."""


class CrlReader(Protocol):
    """Reads CRLs."""

    @abstractmethod
    def read(self, crl: bytes, ca_certificates: Sequence[bytes]) -> RevocationList:
        """Read the DER `crl` and verify that it is a full one that a key of `ca_certificates` (DER) has signed.

        Raises:
            PeerError: it is not; the text says why.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCrl:
    """The last CRL by one key of a CA outside.

    Attributes:
        uncarried: how much of it was not yet compared with the certificates that are stored here; 0 for all.
    """

    ca_name: str
    facts: CrlFacts
    uncarried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchState:
    """How fetching the CRLs of a CA outside goes.

    Attributes:
        due: when the next one begins; UTC, as all times.
        fetched: when the last one succeeded; None for never.
        trouble: why the last one did not; empty where it did.
    """

    ca_name: str
    due: datetime
    fetched: datetime | None
    trouble: str


class OutsideCrls(Protocol):
    """The CRLs of CAs outside, inside one unit of work. A CA is known by the name that the configuration has for it, or
    by its name here if a remote issuer signs for it."""

    @abstractmethod
    def of_issuer(self, issuer: str) -> Sequence[str]:
        """The names of the CAs for which the remote issuer signs."""

    @abstractmethod
    def begin(self, ca_name: str, again: timedelta) -> bool:
        """Whether a fetch is due. If so, the next one is due after `again`: only one caller gets it, and one that dies
        is followed by another."""

    @abstractmethod
    def end(self, ca_name: str, again: timedelta, trouble: str = "") -> None:
        """A fetch has ended; the next one is due after `again`.

        Args:
            trouble: why it has failed; empty where it has not.
        """

    @abstractmethod
    def state(self, ca_name: str) -> FetchState | None:
        """How fetching goes; None where none has begun yet."""

    @abstractmethod
    def last(self, ca_name: str, key: str) -> KeptCrl | None:
        """The CRL by that key of the CA; nobody changes it until this transaction ends."""

    @abstractmethod
    def keep(self, ca_name: str, facts: CrlFacts, crl: bytes) -> None:
        """Keep a CRL, DER, in place of the last one by its key."""

    @abstractmethod
    def uncarried(self) -> Iterator[KeptCrl]:
        """The CRLs of CAs for which a remote issuer signs that were not yet compared as a whole."""

    @abstractmethod
    def carried(self, kept: KeptCrl, uncarried: int) -> None:
        """Note how much of the CRL is left.

        Raises:
            Conflict: another one was kept meanwhile.
        """

    @abstractmethod
    def content(self, kept: KeptCrl) -> bytes:
        """The CRL itself, DER."""

    @abstractmethod
    def issued_here(self, ca_name: str, serial_numbers: Sequence[int]) -> Sequence[CertificateFacts]:
        """The certificates of the CA with those numbers that are stored here, locked."""

    @abstractmethod
    def listed(self, certificate: CertificateFacts) -> RevokedCertificate | None:
        """The entry for a certificate that is stored here, on the CRL that was kept for the key that has signed it;
        None where there is none. Nobody keeps another CRL until this transaction ends.

        Raises:
            Conflict: the CRL is to be read while no transaction is open; the same work can be done again at once.
        """

    @abstractmethod
    def held(self, ca_name: str) -> Sequence[CertificateFacts]:
        """The certificates of the CA that `adopt` has put on hold, and that still are, locked."""

    @abstractmethod
    def adopt(self, certificate: CertificateFacts, revoked: RevokedCertificate) -> None:
        """Change the certificate's standing as its CA has changed it, which `next_standing` allowed for its facts. The
        CA is not told.

        Raises:
            Conflict: the standing has changed since the facts were read.
        """
