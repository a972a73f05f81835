"""Whole CRLs (RFC 5280, 5) of known CAs, and the standing of a certificate on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_as_errors


class Revocation(StrEnum):
    """What CRLs say of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    """Or on hold."""
    UNKNOWN = "unknown"
    """No CRL of its issuer is current."""


class UnusableRevocationList(ValueError):
    """A CRL that is not one, has another issuer, or says something that is not understood here."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A CRL whose signature holds.

    Attributes:
        issuer: DER Name.
        this_update, next_update: UTC.
        entries: the certificates on it.
    """

    issuer: bytes
    this_update: datetime
    next_update: datetime
    entries: x509.CertificateRevocationList

    def is_current(self, now: datetime) -> bool:
        """Whether it counts at `now`, UTC."""
        return self.this_update <= now <= self.next_update

    def names(self, serial_number: int) -> bool:
        """Whether the certificate with that number stands on it."""
        return self.entries.get_revoked_certificate_by_serial_number(serial_number) is not None


def read_revocation_list(crl: bytes, issuers: Sequence[bytes]) -> RevocationList:
    """Read the DER `crl` and verify that one of `issuers`, DER certificates, has signed it.

    Raises:
        UnusableRevocationList: it is no CRL, or not theirs, or a part of one: a critical extension says so.
    """
    try:
        with warnings_as_errors():
            return _read(crl, issuers)
    except UnusableRevocationList:
        raise
    except CERTIFICATE_ERRORS as error:
        raise UnusableRevocationList(f"this is no CRL: {error}") from None


def _read(octets: bytes, issuers: Sequence[bytes]) -> RevocationList:
    crl = x509.load_der_x509_crl(octets)
    if not any(_signed_by(crl, x509.load_der_x509_certificate(issuer)) for issuer in issuers):
        raise UnusableRevocationList("none of the trusted issuers has signed the CRL")
    for extension in crl.extensions:
        if extension.critical:
            raise UnusableRevocationList(f"the CRL has the critical extension {extension.oid.dotted_string}")
    if crl.next_update_utc is None:
        raise UnusableRevocationList("the CRL does not say until when it counts")
    return RevocationList(crl.issuer.public_bytes(), crl.last_update_utc, crl.next_update_utc, crl)


def _signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return crl.issuer == issuer.subject and crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (TypeError, UnsupportedAlgorithm):
        return False


def revocation_of(certificate: bytes, lists: Sequence[RevocationList], now: datetime) -> Revocation:
    """The standing of the DER `certificate`, whose issuer was verified, at `now`, UTC."""
    read = x509.load_der_x509_certificate(certificate)
    issuer = read.issuer.public_bytes()
    current = [found for found in lists if found.issuer == issuer and found.is_current(now)]
    if any(found.names(read.serial_number) for found in current):
        return Revocation.REVOKED
    return Revocation.GOOD if current else Revocation.UNKNOWN
