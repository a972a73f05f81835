"""Certificates as facts: an adapter reads them, the rules here judge them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lockgate.reasons import Reason, Rejected


@dataclass(frozen=True, slots=True)
class TrustedCertificate:
    """A certificate whose signature by the CA that issues RA certificates was verified.

    Only an adapter's `CertificateTrust.path` makes one. Validity, key usage and revocation are not judged yet.

    Attributes:
        der: the certificate, DER.
        fingerprint: SHA-256 over `der`, lower-case hexadecimal.
        issuer_dn, subject_dn: as `lockgate.names.dn.DistinguishedName` prints them.
        serial_number: a positive integer.
        not_before, not_after: UTC, both ends included (RFC 5280, 4.1.2.5).
        digital_signature, key_encipherment: the bits of Key Usage (RFC 5280, 4.2.1.3); false without the extension.
        request_purpose: whether Extended Key Usage (RFC 5280, 4.2.1.12), critical or not, lists a purpose under which
            requests are signed; true without the extension.
        issuer_key: the identity of the CA's key that has signed it; empty where this is not known.
    """

    der: bytes
    fingerprint: str
    issuer_dn: str
    subject_dn: str
    serial_number: int
    not_before: datetime
    not_after: datetime
    digital_signature: bool
    key_encipherment: bool
    request_purpose: bool
    issuer_key: str = ""

    @property
    def name(self) -> str:
        """Its name in logs: the subject, which others may have too, and the serial number."""
        return f"{self.subject_dn} (serial number {self.serial_number:x})"

    def valid_at(self, now: datetime) -> bool:
        """Whether `now` (UTC) lies in the validity period."""
        return self.not_before <= now <= self.not_after


class CertificateStanding(StrEnum):
    """The standing of a certificate at the CA that issued it. Blocked: not revoked, but its key is compromised.
    Worker's: a worker of this installation signs answers with it, or has done so; it authenticates nobody."""

    GOOD = "good"
    REVOKED = "revoked"
    ON_HOLD = "on hold"
    BLOCKED = "blocked"
    WORKERS = "worker's"
    UNKNOWN = "unknown"


def judge_signer(certificate: TrustedCertificate, standing: CertificateStanding, now: datetime) -> Rejected | None:
    """Why `certificate` may not sign requests at `now`, or None where it may."""
    if standing is CertificateStanding.WORKERS:
        return Rejected(Reason.SIGNER_UNTRUSTED, internal="a worker's own certificate")
    if not (certificate.digital_signature and certificate.request_purpose):
        return Rejected(Reason.SIGNER_KEY_USAGE)
    if not certificate.valid_at(now):
        return Rejected(Reason.SIGNER_EXPIRED)
    if standing is not CertificateStanding.GOOD:
        return Rejected(Reason.SIGNER_REVOKED, internal=f"standing: {standing}")
    return None


def judge_answer_certificate(
    certificate: TrustedCertificate, standing: CertificateStanding, now: datetime
) -> Rejected | None:
    """Why no answer may be encrypted to `certificate` at `now`, or None where it may."""
    if certificate.key_encipherment and certificate.valid_at(now) and standing is CertificateStanding.GOOD:
        return None
    return Rejected(Reason.ANSWER_CERTIFICATE_UNUSABLE, internal=f"standing: {standing}")
