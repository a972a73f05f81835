"""Signature algorithms and hashes, from their DER AlgorithmIdentifiers: of proofs of possession, of CMP and CRMF.

An algorithm without parameters is read with and without NULL in their place (`lockgate_formats.cms.algorithms`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from lockgate_formats import der
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import with_or_without_null
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, read_whole, small_integer

MAX_SALT = 512
"""Octets of an RSASSA-PSS salt at most."""


class Scheme(StrEnum):
    """How a key signs."""

    RSA = "RSASSA-PKCS1-v1_5"
    PSS = "RSASSA-PSS"
    ECDSA = "ECDSA"
    ED25519 = "Ed25519"
    ED448 = "Ed448"


@dataclass(frozen=True, slots=True)
class Digest:
    """A hash under its name in hashlib.

    Attributes:
        octets: how many it gives.
        extendable: whether it would give any number.
    """

    name: str
    octets: int
    extendable: bool = False


SHA1, SHA224 = Digest("sha1", 20), Digest("sha224", 28)
SHA256, SHA384, SHA512 = Digest("sha256", 32), Digest("sha384", 48), Digest("sha512", 64)
_SHAKE256 = Digest("shake_256", 64, extendable=True)
_DIGESTS: Mapping[str, Digest] = {
    oids.SHA256: SHA256,
    oids.SHA384: SHA384,
    oids.SHA512: SHA512,
    oids.SHA3_256: Digest("sha3_256", 32),
    oids.SHA3_384: Digest("sha3_384", 48),
    oids.SHA3_512: Digest("sha3_512", 64),
    oids.SHAKE256: _SHAKE256,
}
DIGESTS: Mapping[bytes, Digest] = MappingProxyType(
    {identifier: digest for oid, digest in _DIGESTS.items() for identifier in with_or_without_null(oid)}
)
"""The hashes that hashAlg of a confirmation may name, by their DER AlgorithmIdentifiers."""
STRONG: Mapping[str, hashes.HashAlgorithm] = MappingProxyType(
    {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
)
"""The hashes that a signature may be made with."""


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """A signature algorithm.

    Attributes:
        digest: of the message; None where the scheme brings its own one.
        salt: octets of an RSASSA-PSS salt.
    """

    scheme: Scheme
    digest: Digest | None = None
    salt: int = 0

    @property
    def strong(self) -> bool:
        """Whether the digest is SHA-256 or better, or the scheme's own."""
        return self.digest is None or self.digest.name in STRONG


_SIGNATURES: Mapping[str, SignatureAlgorithm] = {
    oids.SHA1_WITH_RSA: SignatureAlgorithm(Scheme.RSA, SHA1),
    oids.SHA224_WITH_RSA: SignatureAlgorithm(Scheme.RSA, SHA224),
    oids.SHA256_WITH_RSA: SignatureAlgorithm(Scheme.RSA, SHA256),
    oids.SHA384_WITH_RSA: SignatureAlgorithm(Scheme.RSA, SHA384),
    oids.SHA512_WITH_RSA: SignatureAlgorithm(Scheme.RSA, SHA512),
    oids.ECDSA_WITH_SHA1: SignatureAlgorithm(Scheme.ECDSA, SHA1),
    oids.ECDSA_WITH_SHA224: SignatureAlgorithm(Scheme.ECDSA, SHA224),
    oids.ECDSA_WITH_SHA256: SignatureAlgorithm(Scheme.ECDSA, SHA256),
    oids.ECDSA_WITH_SHA384: SignatureAlgorithm(Scheme.ECDSA, SHA384),
    oids.ECDSA_WITH_SHA512: SignatureAlgorithm(Scheme.ECDSA, SHA512),
    oids.ED25519: SignatureAlgorithm(Scheme.ED25519),
    oids.ED448: SignatureAlgorithm(Scheme.ED448),
}
SIGNATURES: Mapping[bytes, SignatureAlgorithm] = MappingProxyType(
    {identifier: found for oid, found in _SIGNATURES.items() for identifier in with_or_without_null(oid)}
)
"""Signature algorithms, weak ones too, by their DER AlgorithmIdentifiers; RSASSA-PSS has parameters, so it is read."""
_PSS = der.oid(oids.RSASSA_PSS)
_MGF1 = der.oid(oids.MGF1)
_PSS_DIGESTS: Mapping[bytes, Digest] = {**DIGESTS, **dict.fromkeys(with_or_without_null(oids.SHA1), SHA1)}
_SHA1_SALT = 20
_OWN_DIGESTS = {Scheme.ED25519: SHA512, Scheme.ED448: _SHAKE256}


def read_signature_algorithm(algorithm: bytes) -> SignatureAlgorithm | None:
    """The signature algorithm of a DER AlgorithmIdentifier; None for one that is not known.

    Raises:
        ValueError: it is none.
    """
    known = SIGNATURES.get(algorithm)
    if known is not None:
        return known
    fields = read_whole(algorithm)
    return _read_pss(fields) if fields.element(der.OBJECT_IDENTIFIER) == _PSS else None


def _read_pss(parameters: Fields) -> SignatureAlgorithm | None:
    """RSASSA-PSS-params (RFC 4055, 3.1); both hashes must be the same one."""
    fields = parameters.inside(der.SEQUENCE)
    hashing = fields.optional_explicit(0xA0, der.SEQUENCE)
    masking = fields.optional_explicit(0xA1, der.SEQUENCE)
    salt = fields.optional_inside(0xA2)
    trailer = fields.optional_inside(0xA3)
    fields.finish()
    octets = _SHA1_SALT if salt is None else small_integer(salt.contents(der.INTEGER))
    digest = SHA1 if hashing is None else _PSS_DIGESTS.get(hashing)
    if trailer is not None and small_integer(trailer.contents(der.INTEGER)) != 1:
        raise Unreadable("a trailer of RSASSA-PSS that does not exist")
    if digest is None or not 0 <= octets <= MAX_SALT or _mask_digest(masking) is not digest:
        return None
    return SignatureAlgorithm(Scheme.PSS, digest, octets)


def _mask_digest(masking: bytes | None) -> Digest | None:
    """The hash of the mask generation function."""
    if masking is None:
        return SHA1
    fields = read_whole(masking)
    return _PSS_DIGESTS.get(fields.element(der.SEQUENCE)) if fields.element() == _MGF1 else None


def write_pss(digest: str) -> bytes:
    """The DER AlgorithmIdentifier of RSASSA-PSS with that hash, and a salt as long as it."""
    identified, octets = _BY_NAME[digest]
    return der.sequence(
        _PSS,
        der.sequence(
            der.explicit(0, identified),
            der.explicit(1, der.sequence(_MGF1, identified)),
            der.explicit(2, der.integer(octets)),
        ),
    )


_BY_NAME = {
    digest.name: (with_or_without_null(oid)[1], digest.octets)
    for oid, digest in _DIGESTS.items()
    if digest.name in STRONG
}


def read_digest(algorithm: bytes) -> Digest | None:
    """The hash of a DER AlgorithmIdentifier; None for one that is not accepted."""
    return DIGESTS.get(algorithm)


def certificate_digest(certificate: bytes) -> Digest | None:
    """The hash that the signature of the DER `certificate` names, or that belongs to it; None where there is none.

    Raises:
        ValueError: it is no certificate.
    """
    fields = read_whole(certificate)
    fields.inside(der.SEQUENCE)
    found = read_signature_algorithm(fields.element(der.SEQUENCE))
    return None if found is None else found.digest or _OWN_DIGESTS[found.scheme]


def rsa_padding(signing: SignatureAlgorithm) -> padding.AsymmetricPadding:
    """The padding of an RSA signature."""
    if signing.scheme is not Scheme.PSS or signing.digest is None:
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(STRONG[signing.digest.name]), signing.salt)
