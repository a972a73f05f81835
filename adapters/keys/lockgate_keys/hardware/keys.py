"""Private keys in tokens, as objects that sign and decrypt wherever the library's own private keys do.

Hashing and padding are done on this side. Each signature is verified before it is used: a token that is out of order
must not make certificates that nobody accepts.
"""

from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from lockgate.errors import KeyAway, KeystoreError
from lockgate_formats import der
from lockgate_keys.hardware.padding import unpadded
from lockgate_keys.hardware.token import Token, TokenSession
from lockgate_keys.hardware.uri import TokenUri

_DIGESTS: Mapping[str, str] = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
T = TypeVar("T")


class KeyInToken:
    """What keys of both kinds have in common.

    Args:
        uri: of the key.
    """

    def __init__(self, token: Token, uri: TokenUri) -> None:
        self.token = token
        self.uri = uri

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.uri})"

    def private_numbers(self) -> NoReturn:
        """Nobody learns them."""
        raise KeystoreError(f"{self.uri.name}: its keys do not leave it")

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        """Nobody learns them."""
        raise KeystoreError(f"{self.uri.name}: its keys do not leave it")

    def _verified(self, signature: bytes, verify: Callable[[], None]) -> bytes:
        try:
            verify()
        except InvalidSignature:
            raise KeyAway(f"{self.uri.name}: its signature is wrong, or the key is another one") from None
        return signature


class TokenRsaKey(KeyInToken, rsa.RSAPrivateKey):
    """An RSA key: PKCS#1 v1.5 signatures, and decryption."""

    def __init__(self, token: Token, uri: TokenUri, public_key: rsa.RSAPublicKey) -> None:
        super().__init__(token, uri)
        self._public_key = public_key

    @property
    def key_size(self) -> int:
        """In bits."""
        return self._public_key.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        """The public key, of this side's certificate."""
        return self._public_key

    def sign(self, data: bytes, padding: object, algorithm: object) -> bytes:
        """The signature over `data`.

        Raises:
            Unavailable: the token is not there now, or has signed wrongly.
            KeystoreError: another padding or digest than this product uses.
        """
        scheme, digest = _pkcs1(padding), _known_digest(algorithm)
        algorithm_identifier = der.sequence(der.oid(_DIGESTS[digest.name]), der.NULL)
        info = der.sequence(algorithm_identifier, der.octet_string(_hashed(data, digest)))
        signature = self.token.use(lambda session: _signed(session, self.uri, info, "RSA_PKCS"))
        return self._verified(signature, lambda: self._public_key.verify(signature, data, scheme, digest))

    def decrypt(self, ciphertext: bytes, padding: padding.AsymmetricPadding) -> bytes:
        """The octets inside `ciphertext`.

        Not every token takes the numbers 0, 1 and n - 1 (NIST SP 800-56B, 7.1.2), which anybody can send: to refuse
        them says nothing of the token.

        Raises:
            ValueError: it was not encrypted to this key.
            Unavailable: the token is not there now.
        """
        octets, modulus = (self.key_size + 7) // 8, self._public_key.public_numbers().n
        if len(ciphertext) != octets or not 1 < int.from_bytes(ciphertext) < modulus - 1:
            raise ValueError("not encrypted to this key")
        found = self.token.use(lambda session: _raised(session, self.uri, ciphertext))
        return unpadded(found.rjust(octets, b"\0"), padding)

    def __copy__(self) -> "TokenRsaKey":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "TokenRsaKey":
        return self


class TokenEcKey(KeyInToken, ec.EllipticCurvePrivateKey):
    """An EC key: ECDSA signatures."""

    def __init__(self, token: Token, uri: TokenUri, public_key: ec.EllipticCurvePublicKey) -> None:
        super().__init__(token, uri)
        self._public_key = public_key

    @property
    def curve(self) -> ec.EllipticCurve:
        """The key's curve."""
        return self._public_key.curve

    @property
    def key_size(self) -> int:
        """In bits."""
        return self._public_key.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public key, of this side's certificate."""
        return self._public_key

    def exchange(self, *_: object, **__: object) -> NoReturn:
        """No key of this product agrees on keys."""
        raise KeystoreError(f"{self.uri.name}: its EC keys only sign")

    def sign(self, data: object, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """The DER signature over `data`.

        Raises:
            Unavailable: the token is not there now, or has signed wrongly.
            KeystoreError: another digest than this product uses.
        """
        octets, digest = bytes(data), _known_digest(signature_algorithm.algorithm)  # type: ignore[call-overload]
        hashed = _hashed(octets, digest)
        raw = self.token.use(lambda session: _signed(session, self.uri, hashed, "ECDSA"))
        half = len(raw) // 2
        signature = encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))
        return self._verified(signature, lambda: self._public_key.verify(signature, octets, ec.ECDSA(digest)))

    def __copy__(self) -> "TokenEcKey":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "TokenEcKey":
        return self


TokenKey = TokenRsaKey | TokenEcKey


def key_in(token: Token, uri: TokenUri, public_key: object) -> TokenKey:
    """The private key `uri` of `public_key`.

    Raises:
        KeystoreError: a kind of key that is not used here.
    """
    if isinstance(public_key, rsa.RSAPublicKey):
        return TokenRsaKey(token, uri, public_key)
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return TokenEcKey(token, uri, public_key)
    raise KeystoreError(f"{uri.name}: only RSA and EC keys are used here")


def _pkcs1(scheme: object) -> padding.PKCS1v15:
    if not isinstance(scheme, padding.PKCS1v15):
        raise KeystoreError("a key in a token signs with PKCS#1 v1.5 here")
    return scheme


def _known_digest(algorithm: object) -> hashes.HashAlgorithm:
    if not isinstance(algorithm, hashes.HashAlgorithm) or algorithm.name not in _DIGESTS:
        raise KeystoreError(f"a key in a token signs with one of {', '.join(_DIGESTS)} here")
    return algorithm


def _hashed(data: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _signed(session: TokenSession, uri: TokenUri, octets: bytes, mechanism: str) -> bytes:
    from pkcs11 import Mechanism  # noqa: PLC0415  (an extra)

    return bytes(session.key(uri).sign(octets, mechanism=Mechanism[mechanism]))


def _raised(session: TokenSession, uri: TokenUri, ciphertext: bytes) -> bytes:
    """The ciphertext to the private power.

    Raises:
        ValueError: the token says that this is none.
    """
    from pkcs11 import Mechanism, exceptions  # noqa: PLC0415  (an extra)

    try:
        return bytes(session.key(uri).decrypt(ciphertext, mechanism=Mechanism.RSA_X_509))
    except (exceptions.EncryptedDataInvalid, exceptions.EncryptedDataLenRange, exceptions.DataInvalid):
        raise ValueError("not encrypted to this key") from None
