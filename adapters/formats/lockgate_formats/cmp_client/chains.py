"""Whether a certificate chain leads from a signer to a CA that is trusted (RFC 5280, 6.1).

What a message brings along only helps to find the chain. A chain with a name constraint, or with another critical
extension that is not understood here, is not accepted: the library's own verification of chains knows no Ed25519.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from lockgate_formats.cms.certificates import read_certificate
from lockgate_formats.cms.names import comparable
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_as_errors

MAX_CHAIN = 6
"""Certificates above the signer's at most, the trusted one included."""
MAX_SIGNATURES = 64
"""Signatures that are verified at most before a chain is given up: certificates from outside may form many chains."""
UNDERSTOOD = frozenset(
    {
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.BasicConstraints.oid,
        x509.SubjectAlternativeName.oid,
        x509.CertificatePolicies.oid,
    }
)
"""Extensions that may be critical (RFC 5280, 4.2)."""
_ERRORS = (*CERTIFICATE_ERRORS, InvalidSignature)


def read(certificate: bytes) -> x509.Certificate | None:
    """The DER `certificate`, read strictly; None where it cannot be read, or where a critical extension is not
    understood."""
    try:
        with warnings_as_errors():
            found = x509.load_der_x509_certificate(certificate)
            unknown = [one for one in found.extensions if one.critical and one.oid not in UNDERSTOOD]
            # The library reads the other fields at the first access.
            _ = (found.public_key(), found.subject, found.issuer, found.not_valid_before_utc, found.not_valid_after_utc)
            _ = read_certificate(certificate)
    except (*CERTIFICATE_ERRORS, UnsupportedAlgorithm):
        return None
    return None if unknown else found


def extension(certificate: x509.Certificate, kind: type[x509.ExtensionType]) -> x509.ExtensionType | None:
    """The value of that extension; None without."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def key_identifier(certificate: x509.Certificate) -> bytes | None:
    """The subject key identifier (RFC 5280, 4.2.1.2); None without."""
    found = extension(certificate, x509.SubjectKeyIdentifier)
    return found.digest if isinstance(found, x509.SubjectKeyIdentifier) else None


def same_name(one: bytes, other: bytes) -> bool:
    """Whether two DER Names mean the same; False where one cannot be read."""
    try:
        return comparable(one) == comparable(other)
    except ValueError:
        return False


def leads_to(signer: bytes, authorities: Iterable[bytes], brought: Iterable[bytes], now: datetime) -> bool:
    """Whether a chain leads from the certificate `signer` to one of `authorities`; arguments as those of
    `chain_above`."""
    return bool(chain_above(signer, authorities, brought, now))


def chain_above(
    signer: bytes, authorities: Iterable[bytes], brought: Iterable[bytes], now: datetime
) -> tuple[x509.Certificate, ...]:
    """The certificates from the issuer of `signer` up to one of `authorities`, all valid at `now`; empty where no chain
    leads there.

    Args:
        signer: DER.
        authorities: DER certificates of CAs that are trusted.
        brought: DER certificates that may stand in between.
        now: UTC.
    """
    certificate = read(signer)
    if certificate is None or not _is_current(certificate, now):
        return ()
    trusted = tuple(_authorities(authorities, now))
    between = tuple(_authorities(brought, now))
    return _Search(trusted, between).above(certificate, 0)


def _authorities(certificates: Iterable[bytes], now: datetime) -> Iterator[x509.Certificate]:
    """Those that are certificates of CAs, and valid at `now`."""
    for octets in certificates:
        certificate = read(octets)
        if certificate is not None and _is_current(certificate, now) and _may_certify(certificate):
            yield certificate


def _is_current(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _may_certify(certificate: x509.Certificate) -> bool:
    constraints = extension(certificate, x509.BasicConstraints)
    usage = extension(certificate, x509.KeyUsage)
    is_ca = isinstance(constraints, x509.BasicConstraints) and constraints.ca
    return is_ca and (not isinstance(usage, x509.KeyUsage) or usage.key_cert_sign)


class _Search:
    """Looks for a chain; gives up after `MAX_SIGNATURES`."""

    def __init__(self, trusted: tuple[x509.Certificate, ...], between: tuple[x509.Certificate, ...]) -> None:
        self._trusted = trusted
        self._between = between
        self._left = MAX_SIGNATURES

    def above(self, certificate: x509.Certificate, below: int) -> tuple[x509.Certificate, ...]:
        """The chain that leads on from `certificate`, which has `below` certificates of CAs beneath it; empty where
        none does."""
        for authority in self._trusted:
            if self._issued(certificate, authority, below):
                return (authority,)
        for authority in self._between if below + 1 < MAX_CHAIN else ():
            if self._issued(certificate, authority, below) and (rest := self.above(authority, below + 1)):
                return (authority, *rest)
        return ()

    def _issued(self, certificate: x509.Certificate, authority: x509.Certificate, below: int) -> bool:
        if authority.subject != certificate.issuer or authority == certificate or not _allows(authority, below):
            return False
        if not self._left:
            return False
        self._left -= 1
        try:
            certificate.verify_directly_issued_by(authority)
        except _ERRORS:
            return False
        return True


def _allows(authority: x509.Certificate, below: int) -> bool:
    """Whether its path length allows `below` certificates of CAs beneath it (RFC 5280, 4.2.1.9)."""
    constraints = extension(authority, x509.BasicConstraints)
    longest = constraints.path_length if isinstance(constraints, x509.BasicConstraints) else None
    return longest is None or below <= longest
