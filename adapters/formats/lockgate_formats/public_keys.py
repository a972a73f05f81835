"""Public keys in one encoding, and the test whether two are the same key. Every key is read here.

A SubjectPublicKeyInfo (RFC 5280, 4.1) can encode the same key in several ways. Where the meaning stays the same, the
key is encoded again: a compressed or hybrid point becomes an uncompressed one (RFC 5480, 2.2), RSA parameters that were
left out become NULL (RFC 4055, 1.2). Where the meaning would change, the key is refused: a curve written out as
parameters, and a key that its encoding restricts to one signature scheme (id-RSASSA-PSS). Everything that judges,
stores, certifies or compares keys takes a `SubjectKey`, which only this module makes (docs/threat-model.md, rule 25).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import gmpy2
from asn1crypto import csr
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from lockgate.names.keyspec import KeyKind
from lockgate.reasons import Reason, Rejected
from lockgate_formats import der
from lockgate_formats.reading import reading

LibraryKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
MAX_SPKI_OCTETS = 4096
_LIST_EXPONENTS = (65537, 3)
"""Exponents with which a list of blocked keys may name an RSA modulus, independent of the exponent of the key that was
sent."""
_RSA, _EC, _PSS = der.oid("1.2.840.113549.1.1.1"), der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.113549.1.1.10")
_RSA_WITH_NULL, _RSA_BARE = der.sequence(_RSA, der.NULL), der.sequence(_RSA)
_CURVES: Mapping[str, tuple[KeyKind, bytes]] = {
    "secp256r1": ("P-256", der.sequence(_EC, der.oid("1.2.840.10045.3.1.7"))),
    "secp384r1": ("P-384", der.sequence(_EC, der.oid("1.3.132.0.34"))),
    "secp521r1": ("P-521", der.sequence(_EC, der.oid("1.3.132.0.35"))),
}
_ED25519 = der.sequence(der.oid("1.3.101.112"))
ALGORITHMS: Mapping[KeyKind, bytes] = {
    "RSA": _RSA_WITH_NULL,
    **dict(_CURVES.values()),
    "Ed25519": _ED25519,
}
"""The DER AlgorithmIdentifier of the keys of each `lockgate.names.keyspec.KeyKind`."""
_KINDS: Mapping[bytes, KeyKind] = {algorithm: kind for kind, algorithm in ALGORITHMS.items()} | {_RSA_BARE: "RSA"}
_ACCEPTED = (_RSA_WITH_NULL, _RSA_BARE, _ED25519, *(algorithm for _, algorithm in _CURVES.values()))
_REFUSED = (
    (_PSS, "The key is for RSASSA-PSS alone (id-RSASSA-PSS); rsaEncryption is needed."),
    (_EC, "The key's curve is not P-256, P-384 or P-521 by name; curves written out as parameters are not accepted."),
)
_SEQUENCE = b"\x30"
_ALGORITHM_OCTETS = 24
"""The algorithm's identifier is within the first so many octets of a key."""


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """A public key in its one encoding; only this module makes one.

    Attributes:
        spki: DER SubjectPublicKeyInfo: rsaEncryption with NULL, a named curve with an uncompressed point, or Ed25519.
        digest: SHA-256 over `spki`.
        kind: `RSA`, `P-256`, `P-384`, `P-521` or `Ed25519`.
        bits: the RSA modulus's or the curve's length.
        public_key: the library's, to verify signatures with.
        modulus, exponent: of an RSA key, otherwise None.
    """

    spki: bytes
    digest: bytes
    kind: str
    bits: int
    public_key: LibraryKey = field(repr=False, compare=False)
    modulus: gmpy2.mpz | None = None
    exponent: int | None = None

    @property
    def identity(self) -> str:
        """Equal for two encodings of one key: SHA-256, hexadecimal, over `spki`, for RSA keys over the modulus alone.

        An owner of the factors can use the modulus with any exponent: so it is one key, reserved or compromised once.
        """
        if self.modulus is None:
            return self.digest.hex()
        return hashlib.sha256(self.modulus.digits(16).encode()).hexdigest()

    def encodings(self) -> Iterator[bytes]:
        """Every DER SubjectPublicKeyInfo by which a list may name this key, `spki` first."""
        yield self.spki
        if isinstance(self.public_key, rsa.RSAPublicKey):
            modulus, own = int(self.modulus or 0), self.exponent or 0
            numbers = [
                der.sequence(der.integer(modulus), der.integer(exponent)) for exponent in (own, *_LIST_EXPONENTS)
            ]
            for algorithm in (_RSA_BARE, _RSA_WITH_NULL):
                yield from (der.sequence(algorithm, der.bit_string(number)) for number in numbers)
        elif isinstance(self.public_key, ec.EllipticCurvePublicKey):
            algorithm = _CURVES[self.public_key.curve.name][1]
            point = self.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            compressed = self.public_key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
            hybrid = bytes((compressed[0] + 4,)) + point[1:]  # X9.62, 4.3.6: 02 and 03 become 06 and 07
            yield from (der.sequence(algorithm, der.bit_string(encoding)) for encoding in (compressed, hybrid))


def read_key(spki: bytes) -> SubjectKey | Rejected:
    """The key of a DER SubjectPublicKeyInfo in any of the accepted encodings.

    Rejections: `bad_certificate_request` (it is no such structure), `weak_key`.
    """
    if len(spki) > MAX_SPKI_OCTETS:
        return _weak("The key is too large.")
    algorithm = _contents(spki)
    if not (spki.startswith(_SEQUENCE) and algorithm.startswith(_SEQUENCE)):
        return Rejected(Reason.BAD_CERTIFICATE_REQUEST, "The public key is no SubjectPublicKeyInfo.")
    if not algorithm.startswith(_ACCEPTED):
        start = spki[:_ALGORITHM_OCTETS]
        return _weak(next((text for oid, text in _REFUSED if oid in start), "The key's type is not supported."))
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return _weak("The key cannot be read.")
    return _subject_key(key)


def request_key(pkcs10: bytes) -> SubjectKey | Rejected:
    """The key of a DER CertificationRequest (RFC 2986), as it was sent. Rejections as for `read_key`.

    Raises:
        ValueError: it cannot be read.
    """
    with reading():
        spki = csr.CertificationRequest.load(pkcs10)["certification_request_info"]["subject_pk_info"].dump()
    return read_key(spki)


def certificate_key(certificate: bytes) -> SubjectKey | Rejected:
    """The key of a DER certificate, as it stands there. Rejections as for `read_key`.

    Raises:
        ValueError: it cannot be read.
    """
    with reading():
        spki = asn1_x509.Certificate.load(certificate)["tbs_certificate"]["subject_public_key_info"].dump()
    return read_key(spki)


def kind_of(algorithm: bytes) -> KeyKind | None:
    """The kind of keys that have the DER AlgorithmIdentifier; None where the CA certifies none of them."""
    return _KINDS.get(algorithm)


def encoded(key: PublicKeyTypes) -> bytes:
    """The one DER SubjectPublicKeyInfo of a key of the library."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _contents(element: bytes) -> bytes:
    """The octets after the tag and the length of `element`."""
    long_form = element[1:2] >= b"\x80"
    return element[2 + (element[1] & 0x7F if long_form else 0) :]


def _subject_key(key: PublicKeyTypes) -> SubjectKey | Rejected:
    spki = encoded(key)
    digest = hashlib.sha256(spki).digest()
    match key:
        case rsa.RSAPublicKey():
            numbers = key.public_numbers()
            return SubjectKey(spki, digest, "RSA", key.key_size, key, gmpy2.mpz(numbers.n), numbers.e)
        case ec.EllipticCurvePublicKey() if key.curve.name in _CURVES:
            return SubjectKey(spki, digest, _CURVES[key.curve.name][0], key.key_size, key)
        case ed25519.Ed25519PublicKey():
            return SubjectKey(spki, digest, "Ed25519", 256, key)
        case _:
            return _weak("The key's type is not supported.")


def _weak(detail: str) -> Rejected:
    return Rejected(Reason.WEAK_KEY, detail)
