"""The last CRL of a CA that is imported; its next CRLs continue it (RFC 5280, 5)."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate_ca_backend.revocation import listed
from lockgate_ca_backend.store.crls import StoredCrl
from lockgate_formats.names import read_name

MAX_NUMBER = 2**63 - 2
"""The largest CRL number that the database can increment."""
MAX_SERIAL_BITS = 160
_NARROWING = (
    "only_contains_user_certs",
    "only_contains_ca_certs",
    "only_contains_attribute_certs",
    "only_some_reasons",
    "indirect_crl",
)
"""Fields of an IssuingDistributionPoint with which a CRL does not list exactly the CA's own certificates."""
_NOT_FULL = "the CRL is no full one: the last CRL that lists all of the CA's revoked certificates is needed"


def read_last_crl(ca_name: str, der: bytes, issuer: x509.Certificate) -> StoredCrl:
    """The DER CRL, as one of the CA's first generation. One without a CRL Number counts as number 0.

    Raises:
        CallerError: it cannot be read, the CA has not signed it, or it is no full CRL.
    """
    try:
        crl = x509.load_der_x509_crl(der)
        _check_signature(crl, issuer)
        _check_scope(crl.extensions)
        number = _number(crl.extensions)
        _check_entries(der)
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise CallerError("the CRL cannot be read") from None
    this_update = crl.last_update_utc
    return StoredCrl(ca_name, 1, number, None, this_update, crl.next_update_utc or this_update, der)


def _check_signature(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    named = read_name(crl.issuer).comparable == read_name(issuer.subject).comparable
    if not named or not crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
        raise CallerError("the CRL was not signed by the CA that is imported")


def _check_scope(extensions: x509.Extensions) -> None:
    """Neither a delta CRL nor one for some certificates or reasons, or with those of other CAs (5.2.4, 5.2.5)."""
    for extension in extensions:
        point = extension.value
        narrow = (
            any(getattr(point, name) for name in _NARROWING)
            if isinstance(point, x509.IssuingDistributionPoint)
            else extension.critical
        )
        if narrow:
            raise CallerError(_NOT_FULL)


def _number(extensions: x509.Extensions) -> int:
    try:
        number = extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return 0
    if not 0 <= number <= MAX_NUMBER:
        raise CallerError(f"the CRL's number {number} is not from 0 to {MAX_NUMBER}")
    return number


def _check_entries(der: bytes) -> None:
    for entry in listed(der).values():
        if entry.serial_number <= 0 or entry.serial_number.bit_length() > MAX_SERIAL_BITS:
            raise CallerError(f"the CRL lists {entry.serial_number}, which is no serial number (RFC 5280, 4.1.2.2)")
        if entry.reason is RevocationReason.REMOVE_FROM_CRL:
            raise CallerError(_NOT_FULL)
