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
from lockgate_keys.durable import write_new
from lockgate_keys.pkcs12 import SoftKey


def signing_key(path: Path, password: str | None) -> SoftKey:
    """The private key in the file `path`, PEM or PKCS#12.

    Raises:
        ConfigurationError: as `read_private_key`; or it is no RSA and no EC key.
    """
    key = read_private_key(path, password)
    if not isinstance(key, SoftKey):
        raise ConfigurationError(f"{path}: holds no RSA or EC key")
    return key


def next_key(path: Path, like: SoftKey, password: str | None) -> SoftKey:
    """The key in the file `path`; a new one, of the kind and size of `like`, where there is no such file.

    Args:
        password: encrypts the new file (PKCS#8, PEM), and decrypts one that is there; None for none.

    Raises:
        ConfigurationError: the file cannot be read or written.
    """
    if path.exists():
        return signing_key(path, password)
    key = _made_like(like)
    protection: KeySerializationEncryption = NoEncryption()
    if password is not None:
        protection = BestAvailableEncryption(password.encode())
    try:
        write_new(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None
    return key


def _made_like(key: SoftKey) -> SoftKey:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return ec.generate_private_key(key.curve)
    return rsa.generate_private_key(public_exponent=65537, key_size=key.key_size)


def request_for(key: SoftKey, certificate: bytes) -> bytes:
    """A DER PKCS#10 (RFC 2986) for `key`, with the subject of the DER `certificate`."""
    subject = x509.load_der_x509_certificate(certificate).subject
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.DER)
