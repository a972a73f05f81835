"""Keystores around a private key's object, wherever the key is: in memory, or in a token."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from lockgate.errors import KeystoreError
from lockgate.ports import Keystore, KeyTransport, SignatureScheme
from lockgate_formats.cms.algorithms import TRANSPORT_PADDINGS

MIN_RSA_BITS = 2048
KeystoreKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_CURVES = {
    "secp256r1": (SignatureScheme.ECDSA_SHA256, ec.ECDSA(hashes.SHA256())),
    "secp384r1": (SignatureScheme.ECDSA_SHA384, ec.ECDSA(hashes.SHA384())),
}


class CertifiedKey(Keystore):
    """A private key and its certificate.

    Args:
        key: RSA of at least 2048 bits, or EC on P-256 or P-384 (signs, but cannot be encrypted to).
        certificate: DER, of that key.
        chain: DER, the issuer first.

    Raises:
        KeystoreError: the key is of another kind or size, or not the certificate's.
    """

    def __init__(self, key: KeystoreKey, certificate: bytes, chain: tuple[bytes, ...] = ()) -> None:
        if x509.load_der_x509_certificate(certificate).public_key() != key.public_key():
            raise KeystoreError("the keystore's certificate belongs to another key")
        self._key = key
        self._certificate = certificate
        self._chain = chain
        self._scheme = _scheme(key)

    @property
    def certificate(self) -> bytes:
        """The DER certificate of the key."""
        return self._certificate

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The DER certificates of the CAs above it."""
        return self._chain

    @property
    def scheme(self) -> SignatureScheme:
        """How `sign` signs."""
        return self._scheme

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`."""
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(data, _CURVES[self._key.curve.name][1])
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def sign_legacy(self, data: bytes) -> bytes:
        """The signature over `data` with SHA-1."""
        if not isinstance(self._key, rsa.RSAPrivateKey):
            raise KeystoreError("only an RSA key signs with SHA-1 here")
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  (for old SCEP devices only)

    def unwrap(self, wrapped: bytes, transport: KeyTransport) -> bytes | None:
        """The key inside `wrapped`, or None."""
        if not isinstance(self._key, rsa.RSAPrivateKey):
            return None
        try:
            return self._key.decrypt(wrapped, TRANSPORT_PADDINGS[transport])
        except ValueError:
            return None


def _scheme(key: KeystoreKey) -> SignatureScheme:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if key.curve.name not in _CURVES:
            raise KeystoreError(f"keys on the curve {key.curve.name} are not used here")
        return _CURVES[key.curve.name][0]
    if key.key_size < MIN_RSA_BITS:
        raise KeystoreError(f"the RSA key has {key.key_size} bits; at least {MIN_RSA_BITS} are needed")
    return SignatureScheme.RSA_SHA256
