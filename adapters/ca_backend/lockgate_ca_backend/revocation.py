"""CRLs (RFC 5280, 5) built by the library."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.revocation import RevocationReason
from lockgate_ca_backend.signing import Signer

_FLAGS = {
    RevocationReason.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
    RevocationReason.CA_COMPROMISE: x509.ReasonFlags.ca_compromise,
    RevocationReason.AFFILIATION_CHANGED: x509.ReasonFlags.affiliation_changed,
    RevocationReason.SUPERSEDED: x509.ReasonFlags.superseded,
    RevocationReason.CESSATION_OF_OPERATION: x509.ReasonFlags.cessation_of_operation,
    RevocationReason.CERTIFICATE_HOLD: x509.ReasonFlags.certificate_hold,
    RevocationReason.PRIVILEGE_WITHDRAWN: x509.ReasonFlags.privilege_withdrawn,
    RevocationReason.AA_COMPROMISE: x509.ReasonFlags.aa_compromise,
}

_REASONS = {flag: reason for reason, flag in _FLAGS.items()}


@dataclass(frozen=True, slots=True)
class RevokedCertificate:
    """One entry of a CRL."""

    serial_number: int
    revoked_at: datetime
    reason: RevocationReason


def sign_crl(
    signer: Signer,
    issuer: x509.Certificate,
    number: int,
    this_update: datetime,
    next_update: datetime,
    revoked: Iterable[RevokedCertificate],
) -> bytes:
    """A full CRL, DER, with CRL Number and Authority Key Identifier.

    Args:
        issuer: the CA's certificate.
        number: greater than that of every CRL before (RFC 5280, 5.2.3).
        this_update, next_update: UTC.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(authority_key_identifier(issuer), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for entry in revoked:
        builder = builder.add_revoked_certificate(_entry(entry))
    return builder.sign(signer.key, signer.digest).public_bytes(Encoding.DER)


def listed_reasons(crl: x509.CertificateRevocationList) -> Mapping[int, RevocationReason]:
    """Why each serial number stands on `crl`; the reason is unspecified where the entry says none."""
    return {its.serial_number: _reason(its) for its in crl}


def authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """What certificates and CRLs of this CA hold: its Subject Key Identifier, made from its key where it has none."""
    try:
        own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _reason(entry: x509.RevokedCertificate) -> RevocationReason:
    try:
        flag = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return RevocationReason.UNSPECIFIED
    return _REASONS.get(flag, RevocationReason.UNSPECIFIED)


def _entry(revoked: RevokedCertificate) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder(revoked.serial_number, revoked.revoked_at)
    # The reason unspecified is expressed by leaving the extension out (RFC 5280, 5.3.1).
    if flag := _FLAGS.get(revoked.reason):
        builder = builder.add_extension(x509.CRLReason(flag), critical=False)
    return builder.build()
