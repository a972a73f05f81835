"""Soft keystores: PKCS#12 files (RFC 7292). Loaded once: a password takes tens of milliseconds."""

from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12

from lockgate.errors import KeystoreError
from lockgate_keys.certified import CertifiedKey, KeystoreKey
from lockgate_keys.durable import write_new

KDF_ROUNDS = 100_000


class WrongPassword(KeystoreError):
    """The password does not open the file, which may also be no PKCS#12."""


class SoftKeystore(CertifiedKey):
    """A private key in memory, and its certificate."""

    @classmethod
    def load(cls, path: Path, password: str) -> Self:
        """Read the PKCS#12 file at `path`.

        Raises:
            WrongPassword: the password is wrong, or it is no PKCS#12.
            KeystoreError: it is missing or unreadable, or it holds no usable key.
        """
        try:
            store = pkcs12.load_pkcs12(path.read_bytes(), password.encode())
        except OSError as error:
            raise KeystoreError(f"{path}: {error.strerror}") from None
        except (ValueError, UnsupportedAlgorithm):
            raise WrongPassword(f"{path}: wrong password, or no PKCS#12 keystore") from None
        if store.cert is None or not isinstance(store.key, KeystoreKey):
            raise KeystoreError(f"{path}: holds no RSA or EC key with its certificate")
        chain = tuple(authority.certificate.public_bytes(Encoding.DER) for authority in store.additional_certs)
        try:
            return cls(store.key, store.cert.certificate.public_bytes(Encoding.DER), chain)
        except KeystoreError as error:
            raise KeystoreError(f"{path}: {error}") from None


def write_pkcs12(
    path: Path, key: KeystoreKey, certificate: bytes, chain: tuple[bytes, ...], password: str, name: str
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
