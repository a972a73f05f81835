"""Keystores whose key is in a token: a text file with the key's URI in its first line, then PEM certificates (before
there are any, the PEM public key).

So the file of each keystore says where its key is, and its replacement changes key and certificate at once. The
password of such a keystore is the token's PIN.
"""

import base64
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.errors import ConfigurationError, KeyAway, KeystoreError, TokenAway
from lockgate.reasons import Rejected
from lockgate_formats.public_keys import encoded, read_key
from lockgate_formats.strictness import CERTIFICATE_ERRORS
from lockgate_keys.certified import CertifiedKey
from lockgate_keys.durable import write_new
from lockgate_keys.hardware.keys import TokenKey, key_in
from lockgate_keys.hardware.token import WrongPin, token_of
from lockgate_keys.hardware.uri import TokenUri

PROOF = b"lockgate: the key of this keystore signs"
MAX_OCTETS = 1024 * 1024
_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"
_PUBLIC_KEY = re.compile(f"{_BEGIN}([A-Za-z0-9+/=\\s]+){_END}".encode())


class TokenKeystore(CertifiedKey):
    """A private key in a token, and its certificate."""

    @classmethod
    def load(cls, path: Path, pin: str) -> Self:
        """Read the file at `path`, and let the key prove itself once.

        Raises:
            KeystoreError: the file is unreadable, or holds no certificate yet; or the token does not take the PIN.
            TokenAway: the token cannot be used now.
            KeyAway: the token lacks the key, or the key does not sign.
        """
        file = read_token_keystore(path)
        if not file.certificates:
            raise KeystoreError(f"{path}: holds no certificate of its key yet: append it, PEM")
        own, *chain = (certificate.public_bytes(Encoding.DER) for certificate in file.certificates)
        key = load_token_key(path, pin)
        try:
            keystore = cls(key, own, tuple(chain))
            keystore.sign(PROOF)
        except (KeystoreError, ConfigurationError, WrongPin) as error:
            raise KeystoreError(f"{path}: {error}") from None
        except (TokenAway, KeyAway) as error:
            raise type(error)(f"{path}: {error}") from None
        return keystore


@dataclass(frozen=True, slots=True)
class TokenKeystoreFile:
    """What the file of a keystore says.

    Attributes:
        uri: of the key.
        certificates: that of the key, then those of the CAs above it; empty before it has one.
        public_key: the key's.
    """

    uri: TokenUri
    certificates: Sequence[x509.Certificate]
    public_key: PublicKeyTypes


def load_token_key(path: Path, pin: str) -> TokenKey:
    """The private key of the keystore at `path`, which may have no certificate yet. The token is not asked for it.

    Raises:
        KeystoreError: the file is unreadable, its key is of another kind, or the token cannot be used at all.
    """
    file = read_token_keystore(path)
    try:
        return key_in(token_of(file.uri, pin), file.uri, file.public_key)
    except (KeystoreError, ConfigurationError) as error:
        raise KeystoreError(f"{path}: {error}") from None


def read_token_keystore(path: Path) -> TokenKeystoreFile:
    """The contents of the file at `path`.

    Raises:
        KeystoreError: it cannot be read.
    """
    try:
        first, _, rest = path.read_bytes()[:MAX_OCTETS].partition(b"\n")
        uri = TokenUri.parse(first.decode("ascii").strip())
        certificates = x509.load_pem_x509_certificates(rest) if b"BEGIN CERTIFICATE" in rest else []
        public_key = certificates[0].public_key() if certificates else _public_key(rest)
    except OSError as error:
        raise KeystoreError(f"{path}: {error.strerror}") from None
    except ConfigurationError as error:
        raise KeystoreError(f"{path}: {error}") from None
    except CERTIFICATE_ERRORS:
        raise KeystoreError(f"{path}: after the token's URI come PEM certificates, or a PEM public key") from None
    if not uri.is_key:
        raise KeystoreError(f"{path}: the URI names no key: object=LABEL or id=… is missing")
    return TokenKeystoreFile(uri, certificates, public_key)


def write_token_keystore(path: Path, key: TokenKey, *certificates: bytes) -> None:
    """Write a new keystore, readable for its owner only, completely or not at all.

    Args:
        certificates: DER: of the key, then of the CAs above it; none where it has none yet.

    Raises:
        KeystoreError: the file exists, or the directory cannot be written.
    """
    pem = [x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in certificates]
    try:
        write_new(path, b"".join((f"{key.uri}\n".encode(), *(pem or (_public_pem(key),)))))
    except FileExistsError:
        raise KeystoreError(f"{path}: exists already") from None
    except OSError as error:
        raise KeystoreError(f"{path}: {error.strerror}") from None


def _public_key(pem: bytes) -> PublicKeyTypes:
    """RFC 7468, section 13.

    Raises:
        ValueError: there is none.
    """
    found = _PUBLIC_KEY.search(pem)
    key = read_key(base64.b64decode(found[1])) if found else None
    if key is None or isinstance(key, Rejected):
        raise ValueError("no public key")
    return key.public_key


def _public_pem(key: TokenKey) -> bytes:
    lines = textwrap.wrap(base64.b64encode(encoded(key.public_key())).decode(), 64)
    return "\n".join((_BEGIN, *lines, _END, "")).encode()
