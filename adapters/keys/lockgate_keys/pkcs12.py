"""Soft keystores: PKCS#12 files (RFC 7292). Loaded once: a password takes tens of milliseconds."""

from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12

from lockgate.errors import KeystoreError
from lockgate.ports import Keystore, KeyTransport, SignatureScheme
from lockgate_formats.cms.algorithms import TRANSPORT_PADDINGS
from lockgate_keys.durable import sync_directory, write_new

MIN_RSA_BITS = 2048
KDF_ROUNDS = 100_000
SoftKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_CURVES = {
    "secp256r1": (SignatureScheme.ECDSA_SHA256, ec.ECDSA(hashes.SHA256())),
    "secp384r1": (SignatureScheme.ECDSA_SHA384, ec.ECDSA(hashes.SHA384())),
}


class SoftKeystore(Keystore):
    """A private key in memory, and its certificate.

    Args:
        key: RSA of at least 2048 bits, or EC on P-256 or P-384 (signs, but cannot be encrypted to).
        certificate: DER, of that key.
        chain: DER, the issuer first.

    Raises:
        KeystoreError: the key is of another kind or size, or not the certificate's.
    """

    def __init__(self, key: SoftKey, certificate: bytes, chain: tuple[bytes, ...] = ()) -> None:
        if x509.load_der_x509_certificate(certificate).public_key() != key.public_key():
            raise KeystoreError("the keystore's certificate belongs to another key")
        self._key = key
        self._certificate = certificate
        self._chain = chain
        self._scheme = _scheme(key)

    @classmethod
    def load(cls, path: Path, password: str) -> Self:
        """Read the PKCS#12 file at `path`.

        Raises:
            KeystoreError: it is missing or unreadable, the password is wrong, or it holds no usable key.
        """
        try:
            store = pkcs12.load_pkcs12(path.read_bytes(), password.encode())
        except OSError as error:
            raise KeystoreError(f"{path}: {error.strerror}") from None
        except (ValueError, UnsupportedAlgorithm):
            raise KeystoreError(f"{path}: wrong password, or no PKCS#12 keystore") from None
        if store.cert is None or not isinstance(store.key, SoftKey):
            raise KeystoreError(f"{path}: holds no RSA or EC key with its certificate")
        chain = tuple(authority.certificate.public_bytes(Encoding.DER) for authority in store.additional_certs)
        try:
            return cls(store.key, store.cert.certificate.public_bytes(Encoding.DER), chain)
        except KeystoreError as error:
            raise KeystoreError(f"{path}: {error}") from None

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


def _scheme(key: SoftKey) -> SignatureScheme:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if key.curve.name not in _CURVES:
            raise KeystoreError(f"keys on the curve {key.curve.name} are not used here")
        return _CURVES[key.curve.name][0]
    if key.key_size < MIN_RSA_BITS:
        raise KeystoreError(f"the RSA key has {key.key_size} bits; at least {MIN_RSA_BITS} are needed")
    return SignatureScheme.RSA_SHA256


def write_pkcs12(
    path: Path, key: SoftKey, certificate: bytes, chain: tuple[bytes, ...], password: str, name: str
) -> None:
    """Write a new keystore: PBES2 with AES-256, readable for its owner only, completely or not at all.

    Args:
        certificate, chain: DER; the chain with the issuer first.
        name: the friendly name under which tools list the key.

    Raises:
        KeystoreError: the file exists, or the directory cannot be written.
    """
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(KDF_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(password.encode())
    )
    authorities = [x509.load_der_x509_certificate(der) for der in chain]
    own = x509.load_der_x509_certificate(certificate)
    content = pkcs12.serialize_key_and_certificates(name.encode(), key, own, authorities, encryption)
    try:
        write_new(path, content)
    except FileExistsError:
        raise KeystoreError(f"{path}: exists already") from None
    except OSError as error:
        raise KeystoreError(f"{path}: {error.strerror}") from None


def previous_of(path: Path) -> Path:
    """Where `replace_pkcs12` leaves the keystore that it has replaced."""
    return path.with_name(f"{path.name}.previous")


def replace_pkcs12(
    path: Path, key: SoftKey, certificate: bytes, chain: tuple[bytes, ...], password: str, name: str
) -> None:
    """Replace the keystore at `path` by a new one, and move the old one to `previous_of`. At every moment a complete
    one of the two is at `path`; other programs may read it meanwhile.

    Args:
        certificate, chain, name: as for `write_pkcs12`.
        password: of both.

    Raises:
        KeystoreError: a file cannot be written; the keystore at `path` stays as it is.
    """
    new, previous = (path.with_name(f".{path.name}.{word}") for word in ("new", "previous"))
    try:
        for leftover in (new, previous):
            leftover.unlink(missing_ok=True)
        write_pkcs12(new, key, certificate, chain, password, name)
        SoftKeystore.load(new, password)
        write_new(previous, path.read_bytes())
        previous.replace(previous_of(path))
        new.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        raise KeystoreError(f"{path}: {error.strerror}") from None
