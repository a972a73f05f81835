"""Signing with CA keys: the algorithm of each kind of key, and the signature itself, by the library's primitives.

RSA signs by PKCS#1 v1.5 with SHA-256, P-256 by ECDSA with SHA-256, P-384 by ECDSA with SHA-384 (RFC 8017, 5758).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from lockgate.administration.authorities import CA_KEY_SPECIFICATIONS
from lockgate.errors import ConfigurationError, KeystoreError
from lockgate_formats import der
from lockgate_formats.public_keys import encoded

CaPrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PROOF = b"lockgate: the key of this CA signs"
MIN_CA_RSA_BITS, MAX_CA_RSA_BITS = 2048, 4096
_SHA256_WITH_RSA = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.NULL)
_ECDSA: Mapping[str, tuple[hashes.SHA256 | hashes.SHA384, bytes]] = {
    "secp256r1": (hashes.SHA256(), der.sequence(der.oid("1.2.840.10045.4.3.2"))),
    "secp384r1": (hashes.SHA384(), der.sequence(der.oid("1.2.840.10045.4.3.3"))),
}
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384"}


@dataclass(frozen=True, slots=True)
class SignatureForm:
    """How a CA's key signs.

    Attributes:
        digest: for the library's builders.
        algorithm: DER AlgorithmIdentifier of its signatures.
    """

    digest: hashes.SHA256 | hashes.SHA384
    algorithm: bytes


def form_of(key: PublicKeyTypes) -> SignatureForm:
    """How a CA with that public key signs inside the registry's transaction.

    Raises:
        KeystoreError: a kind of key that no CA may have there.
    """
    if isinstance(key, rsa.RSAPublicKey) and MIN_CA_RSA_BITS <= key.key_size <= MAX_CA_RSA_BITS:
        return SignatureForm(hashes.SHA256(), _SHA256_WITH_RSA)
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _ECDSA:
        return SignatureForm(*_ECDSA[key.curve.name])
    raise KeystoreError("a CA's key is RSA with 2048 to 4096 bits, P-256 or P-384")


class CaKey:
    """A CA's private key.

    Attributes:
        algorithm: DER AlgorithmIdentifier of its signatures.
        digest: the digest of its signatures, for the library's builders.

    Raises:
        KeystoreError: a kind of key that no CA may have.
    """

    def __init__(self, key: PrivateKeyTypes) -> None:
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise KeystoreError("a CA's key is RSA with 2048 to 4096 bits, P-256 or P-384")
        form = form_of(key.public_key())
        self.digest, self.algorithm = form.digest, form.algorithm
        self.key: CaPrivateKey = key

    def __repr__(self) -> str:
        return "CaKey(…)"

    @property
    def specification(self) -> str:
        """The kind of key, as `CA_KEY_SPECIFICATIONS` names it."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return f"RSA-{self.key.key_size}"
        return _CURVES[self.key.curve.name]

    def sign(self, octets: bytes) -> bytes:
        """The signature over `octets`, as a certificate's BIT STRING holds it."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(octets, padding.PKCS1v15(), self.digest)
        return self.key.sign(octets, ec.ECDSA(self.digest))

    def prove(self) -> None:
        """Let it sign once.

        Raises:
            KeyAway: it does not; the signature of a key in a token is verified.
            TokenAway: its token cannot be used now.
        """
        self.sign(PROOF)

    def spki(self) -> bytes:
        """DER SubjectPublicKeyInfo of the key."""
        return encoded(self.key.public_key())


def verify(public_key: PublicKeyTypes, digest: hashes.SHA256 | hashes.SHA384, signature: bytes, octets: bytes) -> None:
    """Accept a signature over `octets` as `CaKey.sign` makes it.

    Raises:
        InvalidSignature: the owner of `public_key` has not made it so.
    """
    if isinstance(public_key, rsa.RSAPublicKey):
        public_key.verify(signature, octets, padding.PKCS1v15(), digest)
    elif isinstance(public_key, ec.EllipticCurvePublicKey):
        public_key.verify(signature, octets, ec.ECDSA(digest))
    else:
        raise InvalidSignature


def generate_key(specification: str) -> CaPrivateKey:
    """A new key.

    Args:
        specification: one of `CA_KEY_SPECIFICATIONS`.

    Raises:
        ConfigurationError: another specification.
    """
    require_specification(specification)
    if specification.startswith("RSA-"):
        return rsa.generate_private_key(65537, int(specification.removeprefix("RSA-")))
    return ec.generate_private_key(ec.SECP256R1() if specification == "P-256" else ec.SECP384R1())


def require_specification(specification: str) -> None:
    """Accept the kinds of keys that CAs may have.

    Raises:
        ConfigurationError: it is none of `CA_KEY_SPECIFICATIONS`.
    """
    if specification not in CA_KEY_SPECIFICATIONS:
        raise ConfigurationError(f"key type {specification!a}: one of {', '.join(CA_KEY_SPECIFICATIONS)} is needed")
