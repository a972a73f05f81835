"""The next key of a certificate, and the PKCS#10 that asks for its certification."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from lockgate.errors import ConfigurationError
from lockgate_app.keys import read_private_key
from lockgate_keys.certified import KeystoreKey
from lockgate_keys.durable import write_new
from lockgate_keys.hardware.keys import TokenKey
from lockgate_keys.hardware.uri import names_token_key
from lockgate_keys.pkcs12 import write_pkcs12


def signing_key(path: Path, password: str | None) -> KeystoreKey:
    """The private key in the file `path`, PEM or PKCS#12, or the one in a token that the file names.

    Raises:
        ConfigurationError: as `read_private_key`; or it is no RSA and no EC key.
        KeystoreError: a token that cannot be used.
    """
    if names_token_key(path):
        from lockgate_keys.hardware.keystore import load_token_key  # noqa: PLC0415  (few commands need it)

        return load_token_key(path, password or "")
    key = read_private_key(path, password)
    if not isinstance(key, KeystoreKey):
        raise ConfigurationError(f"{path}: holds no RSA or EC key")
    return key


def next_key(path: Path, like: KeystoreKey, password: str | None) -> KeystoreKey:
    """The key in the file `path`; a new one, of the kind and size of `like`, where there is no such file. Where `like`
    is in a token, the new one is made there, and the file names it.

    Args:
        password: encrypts the new file (PKCS#8, PEM), and decrypts one that is there; None for none.

    Raises:
        ConfigurationError, KeystoreError: the file cannot be read or written.
        Unavailable: the token is not there now.
    """
    if path.exists():
        return signing_key(path, password)
    if isinstance(like, TokenKey):
        return _next_in_token(path, like)
    key = _made_like(like)
    protection: KeySerializationEncryption = NoEncryption()
    if password is not None:
        protection = BestAvailableEncryption(password.encode())
    try:
        write_new(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None
    return key


def _next_in_token(path: Path, like: TokenKey) -> TokenKey:
    from lockgate_keys.hardware.keystore import write_token_keystore  # noqa: PLC0415  (few commands need it)
    from lockgate_keys.hardware.making import make_key, specification_of  # noqa: PLC0415

    made = make_key(like.token, specification_of(like), like.uri.object, decrypts=True)
    write_token_keystore(path, made)
    return made


def _made_like(key: KeystoreKey) -> KeystoreKey:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return ec.generate_private_key(key.curve)
    return rsa.generate_private_key(public_exponent=65537, key_size=key.key_size)


def write_keystore(
    path: Path, key: KeystoreKey, certificate: bytes, chain: tuple[bytes, ...], password: str, name: str
) -> None:
    """Write a new keystore: a PKCS#12, or for a key in a token a file that names it.

    Args, and errors: as of `write_pkcs12`.
    """
    if isinstance(key, TokenKey):
        from lockgate_keys.hardware.keystore import write_token_keystore  # noqa: PLC0415  (few commands need it)

        write_token_keystore(path, key, certificate, *chain)
    else:
        write_pkcs12(path, key, certificate, chain, password, name)


def request_for(key: KeystoreKey, certificate: bytes) -> bytes:
    """A DER PKCS#10 (RFC 2986) for `key`, with the subject of the DER `certificate`."""
    subject = x509.load_der_x509_certificate(certificate).subject
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.DER)
