"""Whole CRLs (RFC 5280, 5) of known CAs, and the standing of a certificate on them.

A CRL counts if the CA's own key has signed it and it lists every revoked certificate of its end entities. Delta CRLs,
indirect ones, and parts of a list say less, and are refused by name.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from lockgate.certification.revocation import RevocationReason, RevokedCertificate
from lockgate.errors import PeerError
from lockgate.outside.crls import CrlFacts
from lockgate.ports import CrlReader
from lockgate.ports import RevocationList as RevocationListPort
from lockgate.reasons import Rejected
from lockgate_formats.public_keys import certificate_key
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_as_errors

MAX_SERIAL_BITS = 160
REASON_FLAGS: Mapping[RevocationReason, x509.ReasonFlags] = {
    RevocationReason.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
    RevocationReason.CA_COMPROMISE: x509.ReasonFlags.ca_compromise,
    RevocationReason.AFFILIATION_CHANGED: x509.ReasonFlags.affiliation_changed,
    RevocationReason.SUPERSEDED: x509.ReasonFlags.superseded,
    RevocationReason.CESSATION_OF_OPERATION: x509.ReasonFlags.cessation_of_operation,
    RevocationReason.CERTIFICATE_HOLD: x509.ReasonFlags.certificate_hold,
    RevocationReason.REMOVE_FROM_CRL: x509.ReasonFlags.remove_from_crl,
    RevocationReason.PRIVILEGE_WITHDRAWN: x509.ReasonFlags.privilege_withdrawn,
    RevocationReason.AA_COMPROMISE: x509.ReasonFlags.aa_compromise,
}
"""The library's name of each reason but `UNSPECIFIED`."""
REASONS: Mapping[x509.ReasonFlags, RevocationReason] = {flag: reason for reason, flag in REASON_FLAGS.items()}
_NARROWED = (
    ("indirect_crl", "it is an indirect CRL, with certificates of other CAs"),
    ("only_contains_ca_certs", "it lists CA certificates only"),
    ("only_contains_attribute_certs", "it lists attribute certificates only"),
    ("only_some_reasons", "it lists some reasons only"),
    ("full_name", "it is a part of a list, for one distribution point"),
    ("relative_name", "it is a part of a list, for one distribution point"),
)
"""Fields of an IssuingDistributionPoint (5.2.5) with which a CRL does not list every certificate of the CA's end
entities."""


class Revocation(StrEnum):
    """What CRLs say of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    """Or on hold."""
    UNKNOWN = "unknown"
    """No CRL of its issuer is current."""


class UnusableRevocationList(PeerError):
    """A CRL that is not one, has another issuer, is a part of one, or says something that is not understood here."""


class RevocationList(RevocationListPort):
    """A CRL whose signature holds.

    Attributes:
        issuer: DER Name.
    """

    def __init__(self, octets: bytes, crl: x509.CertificateRevocationList, key: str, next_update: datetime) -> None:
        self.issuer = crl.issuer.public_bytes()
        self.facts = CrlFacts(
            key=key,
            number=_number(crl),
            this_update=crl.last_update_utc,
            next_update=next_update,
            digest=hashlib.sha256(octets).hexdigest(),
            entries=len(crl),
        )
        self._crl = crl

    def is_current(self, now: datetime) -> bool:
        """Whether it counts at `now`, UTC."""
        return self.facts.this_update <= now <= self.facts.next_update

    def find(self, serial_number: int) -> RevokedCertificate | None:
        """Searched by the library, which makes no objects of the other entries."""
        found = self._crl.get_revoked_certificate_by_serial_number(serial_number)
        return None if found is None else read_entry(found)

    def part(self, first: int, count: int) -> Sequence[RevokedCertificate]:
        """In the order of the CRL."""
        return [read_entry(entry) for entry in self._crl[first : first + count] if _can_name(entry.serial_number)]


class FullCrlReader(CrlReader):
    """Reads the CRLs of CAs outside, every entry included."""

    def read(self, crl: bytes, ca_certificates: Sequence[bytes]) -> RevocationList:
        """Read the DER `crl`.

        Raises:
            UnusableRevocationList: it is no full CRL by a key of `ca_certificates`.
        """
        found = read_revocation_list(crl, ca_certificates)
        try:
            for entry in x509.load_der_x509_crl(crl):
                _check_entry(entry)
        except CERTIFICATE_ERRORS as error:
            raise UnusableRevocationList(f"an entry of the CRL cannot be read: {type(error).__name__}") from None
        return found


def read_revocation_list(crl: bytes, issuers: Sequence[bytes]) -> RevocationList:
    """Read the DER `crl` and verify that one of `issuers`, DER certificates, has signed it. Entries are not read yet.

    Raises:
        UnusableRevocationList: it is no CRL, or not theirs, or no full one.
    """
    try:
        with warnings_as_errors():
            return _read(crl, issuers)
    except UnusableRevocationList:
        raise
    except CERTIFICATE_ERRORS as error:
        raise UnusableRevocationList(f"this is no CRL: {error}") from None


def read_entry(entry: x509.RevokedCertificate) -> RevokedCertificate:
    """The entry; its reason is unspecified where it says none."""
    try:
        flag = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        reason = RevocationReason.UNSPECIFIED
    else:
        reason = REASONS.get(flag, RevocationReason.UNSPECIFIED)
    return RevokedCertificate(entry.serial_number, entry.revocation_date_utc, reason)


def _read(octets: bytes, issuers: Sequence[bytes]) -> RevocationList:
    crl = x509.load_der_x509_crl(octets)
    issuer = _signer(crl, issuers)
    for extension in crl.extensions:
        if complaint := _narrows(extension):
            raise UnusableRevocationList(complaint)
    if crl.next_update_utc is None:
        raise UnusableRevocationList("the CRL does not say until when it counts")
    key = certificate_key(issuer)
    if isinstance(key, Rejected):
        raise UnusableRevocationList(f"the key of the CA cannot be used: {key.fail_info}")
    return RevocationList(octets, crl, key.identity, crl.next_update_utc)


def _signer(crl: x509.CertificateRevocationList, issuers: Sequence[bytes]) -> bytes:
    """The one of `issuers` that the CRL names as its issuer, and whose key has signed it."""
    read = [(der, x509.load_der_x509_certificate(der)) for der in issuers]
    named = [(der, issuer) for der, issuer in read if crl.issuer == issuer.subject]
    if not named:
        raise UnusableRevocationList(f"the CRL is of another issuer: {crl.issuer.rfc4514_string()!a}")
    for der, issuer in named:
        if _signed_by(crl, issuer):
            return der
    raise UnusableRevocationList("none of the trusted issuers has signed the CRL")


def _signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (TypeError, UnsupportedAlgorithm):
        return False


def _narrows(extension: x509.Extension[x509.ExtensionType]) -> str | None:
    """Why a CRL with this extension does not say everything, or says what is not understood (5.2)."""
    value = extension.value
    if isinstance(value, x509.DeltaCRLIndicator):
        return "it is a delta CRL"
    if isinstance(value, x509.IssuingDistributionPoint):
        return next((text for name, text in _NARROWED if getattr(value, name)), None)
    return f"the CRL has the critical extension {extension.oid.dotted_string}" if extension.critical else None


def _number(crl: x509.CertificateRevocationList) -> int | None:
    try:
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None
    if not 0 <= number < 1 << MAX_SERIAL_BITS:
        raise UnusableRevocationList(f"{number:x} is no CRL number")
    return number


def _can_name(serial_number: int) -> bool:
    """4.1.2.2: some CAs have given out others; no certificate with such a number is recorded here."""
    return 0 < serial_number < 1 << MAX_SERIAL_BITS


def _check_entry(entry: x509.RevokedCertificate) -> None:
    """5.3: a CRL with a critical extension that is not understood tells nothing of any certificate."""
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CertificateIssuer):
            raise UnusableRevocationList("it is an indirect CRL, with certificates of other CAs")
        if extension.critical and not isinstance(extension.value, x509.CRLReason):
            raise UnusableRevocationList(f"an entry has the critical extension {extension.oid.dotted_string}")
    if read_entry(entry).reason is RevocationReason.REMOVE_FROM_CRL:
        raise UnusableRevocationList("the CRL lists certificates to be removed, as delta CRLs alone do")


def revocation_of(certificate: bytes, lists: Sequence[RevocationList], now: datetime) -> Revocation:
    """The standing of the DER `certificate`, whose issuer was verified, at `now`, UTC."""
    read = x509.load_der_x509_certificate(certificate)
    current = list(_current(lists, read.issuer.public_bytes(), now))
    if any(found.find(read.serial_number) for found in current):
        return Revocation.REVOKED
    return Revocation.GOOD if current else Revocation.UNKNOWN


def _current(lists: Sequence[RevocationList], issuer: bytes, now: datetime) -> Iterator[RevocationList]:
    return (found for found in lists if found.issuer == issuer and found.is_current(now))
