"""Certificates as CMS names them, parsed once each."""

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from lockgate_formats.cms import der
from lockgate_formats.cms.algorithms import CURVES, MAX_RSA_BITS, MAX_RSA_EXPONENT_BITS, MIN_RSA_BITS
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.cms.structures import TbsCertificate
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_ignored

CACHED = 512
"""Certificates kept parsed."""
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class UnreadableCertificate(Unreadable):
    """Octets that are no certificate, or one that RFC 5280 does not allow to be written so."""


@dataclass(frozen=True, slots=True)
class NamedCertificate:
    """A certificate and the two DER identifiers by which CMS may name it.

    Attributes:
        subject: DER Name.
        issuer_and_serial: RFC 5652, 10.2.4.
        key_identifier: `[0] SubjectKeyIdentifier` (RFC 5652, 5.3), None without that extension.
        key: the public key, None if it is of a kind or size that is not used here.
    """

    octets: bytes
    subject: bytes
    issuer_and_serial: bytes
    key_identifier: bytes | None
    key: PublicKey | None

    def is_named_by(self, identifier: bytes) -> bool:
        """Whether `identifier` (SignerIdentifier or RecipientIdentifier) names this certificate."""
        return identifier == self.issuer_and_serial or identifier == self.key_identifier


@lru_cache(maxsize=CACHED)
def read_certificate(octets: bytes) -> NamedCertificate:
    """Read the DER certificate `octets`; nothing of it is believed.

    Devices that sign their own write a serial number of 0, or a country of three letters: those that must be trusted
    are read again, strictly (`IssuerTrust`).

    Raises:
        UnreadableCertificate: it is no certificate.
    """
    try:
        with warnings_ignored():
            certificate = x509.load_der_x509_certificate(octets)
            key_identifier = _key_identifier(certificate)
        tbs = asn1.decode_der(TbsCertificate, certificate.tbs_certificate_bytes)
        name = der.sequence(der.whole(tbs.issuer), der.whole(tbs.serial_number))
        return NamedCertificate(octets, der.whole(tbs.subject), name, key_identifier, usable_key(certificate))
    except CERTIFICATE_ERRORS as error:
        raise UnreadableCertificate(f"no certificate: {error}") from None


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return der.element(der.PRIMITIVE_CONTEXT_0, extension.value.digest)


def usable_key(holder: x509.Certificate | x509.CertificateSigningRequest) -> PublicKey | None:
    """The holder's public key, None if it is of a kind or size that is not used here: what it costs is bounded."""
    try:
        key = holder.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, rsa.RSAPublicKey):
        return key if _is_bounded(key) else None
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key if isinstance(key.curve, CURVES) else None
    return key if isinstance(key, ed25519.Ed25519PublicKey) else None


def _is_bounded(key: rsa.RSAPublicKey) -> bool:
    exponent_bits = key.public_numbers().e.bit_length()
    return MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS and exponent_bits <= MAX_RSA_EXPONENT_BITS
