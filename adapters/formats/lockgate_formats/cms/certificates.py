"""Certificates with the identifiers by which CMS names them; each is parsed once.

Only the key of a certificate and its identifiers are read here. So it may contain values that the library of
certificates refuses: devices that sign their own certificates write names with characters that the string types do not
allow, a serial number of 0, a country of three letters. Those that must be trusted are read strictly (`IssuerTrust`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from lockgate_formats import der
from lockgate_formats.cms import elements, oids
from lockgate_formats.cms.algorithms import CURVES, MAX_RSA_BITS, MAX_RSA_EXPONENT_BITS, MIN_RSA_BITS
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.cms.names import Identifier, identifier
from lockgate_formats.cms.structures import Certificate, Extension, TbsCertificate

CACHED = 512
"""Certificates kept parsed."""
_EC_PUBLIC_KEY = "1.2.840.10045.2.1"
_CURVE_OIDS = {"secp256r1": "1.2.840.10045.3.1.7", "secp384r1": "1.3.132.0.34", "secp521r1": "1.3.132.0.35"}
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
VerifyingKey = PublicKey | ed448.Ed448PublicKey


class UnreadableCertificate(Unreadable):
    """Octets that do not have the structure of a certificate (RFC 5280, 4.1)."""


@dataclass(frozen=True, slots=True)
class NamedCertificate:
    """A certificate and the two identifiers by which CMS may name it.

    Attributes:
        subject: DER Name.
        issuer_and_serial: RFC 5652, 10.2.4; DER.
        identifier: its meaning, in a comparable form.
        key_identifier: DER `[0] SubjectKeyIdentifier` (RFC 5652, 5.3), None without that extension.
        key: the public key, None if it is of a kind or size that is not used here.
    """

    octets: bytes
    subject: bytes
    issuer_and_serial: bytes
    identifier: Identifier
    key_identifier: bytes | None
    key: PublicKey | None

    def is_named_by(self, identifier: bytes) -> bool:
        """Whether the DER `identifier` (SignerIdentifier or RecipientIdentifier) names this certificate.

        An identifier proves nothing: the certificate's key must verify the signature, or open the envelope.
        """
        return identifier in (self.key_identifier, self.issuer_and_serial) or _meant(identifier) == self.identifier


def _meant(octets: bytes) -> Identifier | None:
    try:
        return identifier(octets)
    except ValueError:
        return None


@lru_cache(maxsize=CACHED)
def read_certificate(octets: bytes) -> NamedCertificate:
    """Read the DER certificate `octets`; nothing in it is trusted.

    Raises:
        UnreadableCertificate: it is no certificate.
    """
    try:
        tbs = asn1.decode_der(Certificate, octets).tbs.parse(TbsCertificate)
        name = der.sequence(elements.whole(tbs.issuer), elements.whole(tbs.serial_number))
        named, key_identifier = identifier(name), _key_identifier(tbs)
        key = usable_key(lambda: load_der_public_key(elements.whole(tbs.public_key)))
    except ValueError as error:
        raise UnreadableCertificate(f"no certificate: {error}") from None
    return NamedCertificate(octets, elements.whole(tbs.subject), name, named, key_identifier, key)


def _key_identifier(tbs: TbsCertificate) -> bytes | None:
    extensions = [extension.parse(Extension) for extension in tbs.extensions or ()]
    found = [extension.value for extension in extensions if extension.kind.dotted_string == oids.SUBJECT_KEY_IDENTIFIER]
    if len(found) > 1:
        raise Unreadable("two subject key identifiers")
    return der.element(der.PRIMITIVE_CONTEXT_0, asn1.decode_der(bytes, found[0])) if found else None


def usable_key(load: Callable[[], PublicKeyTypes]) -> PublicKey | None:
    """The public key that `load` gives, None if it is of a kind or size that is not used here, so that the work with it
    is bounded.
    """
    try:
        key = load()
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, rsa.RSAPublicKey):
        return key if _is_bounded(key) else None
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key if isinstance(key.curve, CURVES) else None
    return key if isinstance(key, ed25519.Ed25519PublicKey) else None


@lru_cache(maxsize=CACHED)
def verifying_key(certificate: bytes) -> VerifyingKey | None:
    """The public key of the DER `certificate`, for signatures that are not CMS's: those of CMP may be by keys on P-521
    and of Ed448, too. None for one of another kind or size.

    Raises:
        UnreadableCertificate: it is no certificate.
    """
    known = read_certificate(certificate).key
    if known is not None:
        return known
    tbs = asn1.decode_der(Certificate, certificate).tbs.parse(TbsCertificate)
    try:
        key = load_der_public_key(elements.whole(tbs.public_key))
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key if isinstance(key.curve, ec.SECP521R1) else None
    return key if isinstance(key, ed448.Ed448PublicKey) else None


def point_on(curve: ec.EllipticCurve, point: bytes) -> ec.EllipticCurvePublicKey:
    """The public key that an uncompressed point on `curve` is, for a key agreement.

    Raises:
        ValueError: it is none, or the curve is none of P-256, P-384 and P-521.
    """
    if curve.name not in _CURVE_OIDS:
        raise Unreadable(f"the curve {curve.name} is not used here")
    algorithm = der.sequence(der.oid(_EC_PUBLIC_KEY), der.oid(_CURVE_OIDS[curve.name]))
    key = load_der_public_key(der.sequence(algorithm, der.bit_string(point)))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Unreadable("a point that is no EC key")
    return key


def _is_bounded(key: rsa.RSAPublicKey) -> bool:
    exponent_bits = key.public_numbers().e.bit_length()
    return MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS and exponent_bits <= MAX_RSA_EXPONENT_BITS
