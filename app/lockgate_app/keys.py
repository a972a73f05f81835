"""Keys, certificate requests and certificates in files: as the commands read and show them."""

import base64
import secrets
import textwrap
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

from lockgate.errors import ConfigurationError
from lockgate.names.dn import from_encoded_order
from lockgate_formats.cms.certs_only import certificates_in
from lockgate_formats.strictness import CERTIFICATE_ERRORS
from lockgate_keys.certified import KeystoreKey

RSA_BITS = 2048
MAX_FILE_OCTETS = 1024 * 1024
MAX_CRL_OCTETS = 64 * 1024 * 1024


def new_key() -> rsa.RSAPrivateKey:
    """A new RSA key for a keystore or a sample request."""
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def new_password() -> str:
    """A random password of 192 bits."""
    return secrets.token_urlsafe(24)


def key_pem(key: rsa.RSAPrivateKey) -> bytes:
    """`key` as unencrypted PKCS#8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def new_request(key: KeystoreKey, common_name: str) -> bytes:
    """A PEM PKCS#10 (RFC 2986) for `key`."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM)


def read_certificate(path: Path) -> bytes:
    """The one DER certificate in the PEM file `path`.

    Raises:
        ConfigurationError: the file cannot be read or does not hold exactly one certificate.
    """
    certificates = read_certificates(path)
    if len(certificates) != 1:
        raise ConfigurationError(f"{path}: does not hold exactly one PEM certificate")
    return certificates[0]


def read_first_certificate(path: Path) -> bytes:
    """The first DER certificate in the PEM file `path`: a server's own one, before its chain.

    Raises:
        ConfigurationError: as `read_certificates`.
    """
    return read_certificates(path)[0]


def read_certificates(path: Path) -> Sequence[bytes]:
    """The DER certificates in the PEM file `path`, at least one.

    Raises:
        ConfigurationError: the file cannot be read or holds no certificate.
    """
    try:
        certificates = x509.load_pem_x509_certificates(read_file(path))
    except CERTIFICATE_ERRORS:
        raise ConfigurationError(f"{path}: holds no PEM certificate") from None
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


def read_password(path: Path) -> str:
    """The password in the file `path`, without its last line end.

    Raises:
        ConfigurationError: the file cannot be read, is empty or no text.
    """
    try:
        password = read_file(path).decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: is no text") from None
    if not password:
        raise ConfigurationError(f"{path}: holds no password")
    return password


def issuer_and_serial(path: Path) -> tuple[str, str]:
    """The issuer's name and the serial number (hexadecimal) of the one certificate in the PEM file `path`.

    Raises:
        ConfigurationError: as `read_certificate`.
    """
    certificate = x509.load_der_x509_certificate(read_certificate(path))
    rdns = certificate.issuer.rdns
    issuer = from_encoded_order(((one.oid.dotted_string, str(one.value)) for one in rdn) for rdn in rdns)
    return str(issuer), f"{certificate.serial_number:x}"


def read_private_key(path: Path, password: str | None) -> PrivateKeyTypes:
    """The private key in the file `path`, PEM or PKCS#12.

    Raises:
        ConfigurationError: the file cannot be read, holds no private key, or the password is missing, wrong or not
            needed.
    """
    content, secret = read_file(path), None if password is None else password.encode()
    try:
        if _is_pem(content):
            return load_pem_private_key(content, secret)
        key = load_key_and_certificates(content, secret)[0]
        if key is not None:
            return key
    except TypeError:
        needed = (
            "is encrypted: its password is needed" if password is None else "is not encrypted: no password is needed"
        )
        raise ConfigurationError(f"{path}: {needed}") from None
    except (ValueError, UnsupportedAlgorithm):
        pass
    raise ConfigurationError(f"{path}: holds no private key as PEM or PKCS#12, or the password is missing or wrong")


def read_crl(path: Path) -> bytes:
    """The DER of the CRL in the file `path`, PEM or DER.

    Raises:
        ConfigurationError: the file cannot be read or holds no CRL.
    """
    content = read_file(path, MAX_CRL_OCTETS)
    try:
        loaded = x509.load_pem_x509_crl(content) if _is_pem(content) else x509.load_der_x509_crl(content)
    except CERTIFICATE_ERRORS:
        raise ConfigurationError(f"{path}: holds no CRL") from None
    return loaded.public_bytes(Encoding.DER)


def _is_pem(content: bytes) -> bool:
    return b"-----BEGIN " in content


def read_file(path: Path, limit: int = MAX_FILE_OCTETS) -> bytes:
    """The contents of the file.

    Args:
        limit: how many octets it may have.

    Raises:
        ConfigurationError: it cannot be read, or is larger than `limit`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > limit:
        raise ConfigurationError(f"{path}: is larger than {limit} octets")
    return content


def certificate_pem(der: bytes) -> bytes:
    """The DER certificate as PEM."""
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def crl_pem(der: bytes) -> bytes:
    """The DER CRL as PEM (RFC 7468, section 6)."""
    return x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)


def chain_pem(der: bytes) -> bytes:
    """The DER certs-only PKCS#7, its octets unchanged, as PEM (RFC 7468, section 8)."""
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join(("-----BEGIN PKCS7-----", *lines, "-----END PKCS7-----", "")).encode()


def fullchain_pem(certificate: bytes, certificates: bytes, *, root: bool) -> bytes:
    """The DER certificate and its CAs' as PEM, each followed by its issuer's, as TLS servers read them.

    Args:
        certificates: DER certs-only PKCS#7 with all of them.
        root: whether to include the root's, too; a party that trusts the root has it already (RFC 8446, 4.4.2).
    """
    leaf, *above = _chain_of(certificate, certificates)
    chain = [leaf, *(ca for ca in above if root or ca.issuer != ca.subject)]
    return b"".join(one.public_bytes(Encoding.PEM) for one in chain)


def _chain_of(certificate: bytes, certificates: bytes) -> Sequence[x509.Certificate]:
    """The DER `certificate`, then its CA's up to the root: in each the next one's issuer is sought."""
    found = {ca.subject: ca for ca in certificates_in(certificates)}
    ordered = [x509.load_der_x509_certificate(certificate)]
    found.pop(ordered[0].subject, None)
    while issuer := found.pop(ordered[-1].issuer, None):
        ordered.append(issuer)
    return ordered


def end_of_chain(certificates: bytes) -> bytes:
    """The DER certificate in a DER certs-only PKCS#7 that has issued none of the others there.

    Raises:
        ValueError: there is not exactly one.
    """
    found = certificates_in(certificates)
    (leaf,) = (
        certificate
        for certificate in found
        if all(other is certificate or other.issuer != certificate.subject for other in found)
    )
    return leaf.public_bytes(Encoding.DER)
