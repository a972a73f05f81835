"""OCSP answers about this installation's own certificates (RFC 6960, 2.5; RFC 5019)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lockgate.certification.revocation import RevokedCertificate


@dataclass(frozen=True, slots=True)
class AnswerTerms:
    """How answers are signed.

    Attributes:
        lifetime: from This Update to Next Update; an answer is renewed when half of it is over.
        algorithms: the hashes that requests may name a certificate with, of `sha1` and `sha256`: an answer for each.
    """

    lifetime: timedelta
    algorithms: Sequence[str]


@dataclass(frozen=True, slots=True)
class DueAnswer:
    """A certificate about which an answer is due, as it stands.

    Attributes:
        number: of the certificate, in the CA's database.
        ca_name: of its CA.
        ca_certificate: the fingerprint of that CA's certificate whose key has signed it; None where none has: then it
            has no answer.
        issuer_name: the DER Name of its issuer, as it is written in the certificate itself.
        at: when it stood so, UTC, whole seconds.
        revoked: None where it is good.
        ends: UTC.
        later: This Update of the answer that was published last, where that is after `at`: a clock was set back since.
    """

    number: int
    ca_name: str
    ca_certificate: str | None
    issuer_name: bytes
    serial_number: int
    at: datetime
    revoked: RevokedCertificate | None
    ends: datetime
    later: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublishedAnswer:
    """A signed answer about one certificate, or that there is none any more.

    Attributes:
        id: `CertificateId.digest` of the CertID that the answer names.
        this_update, next_update: of the answer, UTC, whole seconds.
        octets: DER OCSPResponse; None where the certificate has no answer under that id, and an older one is removed.
        later: This Update of a later answer whose place it takes, too.
    """

    id: bytes
    this_update: datetime
    next_update: datetime
    octets: bytes | None
    later: datetime | None = None
