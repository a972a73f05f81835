"""Signatures over protected parts and certificate requests: verified, and made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from lockgate.ports import Keystore
from lockgate_formats import der
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import WRITTEN, algorithm
from lockgate_formats.cms.certificates import VerifyingKey, verifying_key
from lockgate_formats.signature_algorithms import STRONG, Scheme, SignatureAlgorithm, rsa_padding, write_pss

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
_RSA: Mapping[str, str] = {
    "sha256": oids.SHA256_WITH_RSA,
    "sha384": oids.SHA384_WITH_RSA,
    "sha512": oids.SHA512_WITH_RSA,
}
_ECDSA: Mapping[str, str] = {
    "sha256": oids.ECDSA_WITH_SHA256,
    "sha384": oids.ECDSA_WITH_SHA384,
    "sha512": oids.ECDSA_WITH_SHA512,
}


@dataclass(frozen=True, slots=True)
class SignatureProtection:
    """A message says that it is signed.

    Attributes:
        algorithm: DER AlgorithmIdentifier.
        signing: its meaning.
    """

    algorithm: bytes
    signing: SignatureAlgorithm


def verify(signing: SignatureAlgorithm, certificate: bytes, signature: bytes, octets: bytes) -> bool:
    """Whether the key of the DER `certificate` has made the signature over `octets`; False where the certificate cannot
    be read, or its key is of another kind."""
    try:
        key = verifying_key(certificate)
    except ValueError:
        return False
    try:
        return key is not None and _verified(signing, key, signature, octets)
    except InvalidSignature:
        return False


def _verified(signing: SignatureAlgorithm, key: VerifyingKey, signature: bytes, octets: bytes) -> bool:
    """Whether the key fits; raises InvalidSignature where it has not signed."""
    match signing.scheme, key:
        case Scheme.RSA | Scheme.PSS, rsa.RSAPublicKey() if signing.digest:
            digest = STRONG[signing.digest.name]
            key.verify(signature, octets, rsa_padding(signing), digest)
        case Scheme.ECDSA, ec.EllipticCurvePublicKey() if signing.digest:
            key.verify(signature, octets, ec.ECDSA(STRONG[signing.digest.name]))
        case Scheme.ED25519, ed25519.Ed25519PublicKey():
            key.verify(signature, octets)
        case Scheme.ED448, ed448.Ed448PublicKey():
            key.verify(signature, octets)
        case _:
            return False
    return True


@dataclass(frozen=True, slots=True)
class SignatureProtector:
    """Protects with a signature.

    Attributes:
        algorithm: DER AlgorithmIdentifier.
        sign: makes the signature over its argument, hashing included.
    """

    algorithm: bytes
    sign: Callable[[bytes], bytes] = field(repr=False)

    def protect(self, protected_part: bytes) -> bytes:
        """The signature."""
        return self.sign(protected_part)


def keystore_protector(keystore: Keystore) -> SignatureProtector:
    """Protects with the signature of the keystore's key."""
    return SignatureProtector(WRITTEN[keystore.scheme].signature_algorithm, keystore.sign)


def key_protector(key: SigningKey, digest: str = "sha256", *, pss: bool = False) -> SignatureProtector:
    """Protects with the signature of a private key.

    Args:
        digest: `sha256`, `sha384` or `sha512`; not used for Ed25519 and Ed448.
        pss: whether an RSA key signs with RSASSA-PSS, its salt as long as the digest.
    """
    hashing = STRONG[digest]
    match key:
        case rsa.RSAPrivateKey():
            mask = padding.PSS(padding.MGF1(hashing), hashing.digest_size) if pss else padding.PKCS1v15()
            named = write_pss(digest) if pss else algorithm(_RSA[digest], der.NULL)
            return SignatureProtector(named, lambda octets: key.sign(octets, mask, hashing))
        case ec.EllipticCurvePrivateKey():
            return SignatureProtector(algorithm(_ECDSA[digest]), lambda octets: key.sign(octets, ec.ECDSA(hashing)))
        case ed25519.Ed25519PrivateKey():
            return SignatureProtector(algorithm(oids.ED25519), key.sign)
    return SignatureProtector(algorithm(oids.ED448), key.sign)
