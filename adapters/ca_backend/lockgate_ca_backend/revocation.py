"""CRLs, full and delta (RFC 5280, 5), built by the library."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.certification.revocation import RevocationReason, RevokedCertificate
from lockgate_ca_backend.signing import CaKey
from lockgate_formats.crls import REASON_FLAGS, read_entry


@dataclass(frozen=True, slots=True)
class CrlContent:
    """The content of a CRL.

    Attributes:
        number: greater than that of every CRL before (RFC 5280, 5.2.3).
        this_update, next_update: UTC.
        base: the number of the full CRL that a delta CRL adds to (5.2.4); None makes it a full one.
        freshest: URLs of the delta CRLs to a full one (5.2.6).
    """

    number: int
    this_update: datetime
    next_update: datetime
    revoked: Sequence[RevokedCertificate]
    base: int | None = None
    freshest: Sequence[str] = ()


def sign_crl(signer: CaKey, issuer: x509.Certificate, content: CrlContent) -> bytes:
    """A CRL, DER, with CRL Number and Authority Key Identifier.

    Args:
        issuer: the CA's certificate.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(content.this_update)
        .next_update(content.next_update)
        .add_extension(authority_key_identifier(issuer), critical=False)
        .add_extension(x509.CRLNumber(content.number), critical=False)
    )
    if content.base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(content.base), critical=True)
    if content.freshest:
        builder = builder.add_extension(x509.FreshestCRL(map(_point, content.freshest)), critical=False)
    for entry in content.revoked:
        builder = builder.add_revoked_certificate(_entry(entry))
    return builder.sign(signer.key, signer.digest).public_bytes(Encoding.DER)


def listed(crl: bytes) -> Mapping[int, RevokedCertificate]:
    """The entries of the DER `crl` by serial number; the reason is unspecified where an entry says none."""
    return {entry.serial_number: read_entry(entry) for entry in x509.load_der_x509_crl(crl)}


def changes(
    base: Mapping[int, RevokedCertificate],
    last: Mapping[int, RevokedCertificate],
    revoked: Sequence[RevokedCertificate],
    standing: Collection[int],
    now: datetime,
) -> Sequence[RevokedCertificate]:
    """The entries of a delta CRL (RFC 5280, 5.2.4): the differences between a full CRL issued now and the base.

    An entry that was on the base, or on a later delta CRL, is listed to be removed if its certificate is no longer on
    hold or has ended. A revocation that the base does not list stays, even after the certificate's end.

    Args:
        base: the entries of the base.
        last: the entries of the last delta CRL to it.
        revoked: all that are revoked and had not ended when the base was issued.
        standing: the serial numbers of all that are revoked and have not ended.
        now: UTC.
    """
    changed = [entry for entry in revoked if not _alike(entry, base.get(entry.serial_number))]
    kept = {entry.serial_number for entry in changed}
    gone = sorted((base.keys() | last.keys()) - kept - set(standing))
    return [*changed, *(RevokedCertificate(serial, now, RevocationReason.REMOVE_FROM_CRL) for serial in gone)]


def alike(one: Iterable[RevokedCertificate], other: Mapping[int, RevokedCertificate]) -> bool:
    """Whether two lists have the same entries for the same certificates."""
    entries = {entry.serial_number: entry for entry in one}
    return entries.keys() == other.keys() and all(_alike(entry, other[serial]) for serial, entry in entries.items())


def _alike(one: RevokedCertificate, other: RevokedCertificate | None) -> bool:
    if other is None or one.reason is not other.reason:
        return False
    removed = one.reason is RevocationReason.REMOVE_FROM_CRL
    return removed or one.revoked_at.replace(microsecond=0) == other.revoked_at


def _point(url: str) -> x509.DistributionPoint:
    return x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)


def authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """The Authority Key Identifier in certificates and CRLs of this CA: its Subject Key Identifier, made from its key
    if it has none."""
    try:
        own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _entry(revoked: RevokedCertificate) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder(revoked.serial_number, revoked.revoked_at)
    # The reason unspecified is expressed by leaving the extension out (RFC 5280, 5.3.1).
    if flag := REASON_FLAGS.get(revoked.reason):
        builder = builder.add_extension(x509.CRLReason(flag), critical=False)
    return builder.build()
