"""CA keys at rest: AES-256-GCM under a key that Argon2id (RFC 9106) derives from the installation's secret.

The secret is given when the process starts and never stored in the database. The CA's name and public key are
authenticated along, so that a sealed key cannot be moved to another CA's row.
"""

import secrets
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from msgspec import Meta, Struct

from lockgate.errors import ConfigurationError, KeystoreError
from lockgate_ca_backend.signing import CaPrivateKey

MIN_SECRET_OCTETS = 16
_SALT_OCTETS, _NONCE_OCTETS, _KEY_OCTETS = 16, 12, 32


class _Sealed(Struct, frozen=True, forbid_unknown_fields=True):
    salt: bytes
    nonce: bytes
    ciphertext: bytes
    kdf: str = "argon2id"
    cipher: str = "aes-256-gcm"
    iterations: Annotated[int, Meta(ge=1, le=20)] = 3
    memory_kib: Annotated[int, Meta(ge=8192, le=1048576)] = 19456


class KeySealer:
    """Seals and opens private keys.

    Args:
        secret: at least 16 octets.

    Raises:
        ConfigurationError: the secret is shorter.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < MIN_SECRET_OCTETS:
            raise ConfigurationError(f"the key encryption secret needs at least {MIN_SECRET_OCTETS} octets")
        self._secret = secret

    def __repr__(self) -> str:
        return "KeySealer(…)"

    def seal(self, key: CaPrivateKey, ca_name: str, spki: bytes) -> bytes:
        """`key` as JSON that only the secret opens, for the CA of that name and public key."""
        plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        sealed = _Sealed(secrets.token_bytes(_SALT_OCTETS), secrets.token_bytes(_NONCE_OCTETS), b"")
        ciphertext = AESGCM(self._derive(sealed)).encrypt(sealed.nonce, plain, _associated(ca_name, spki))
        return msgspec.json.encode(msgspec.structs.replace(sealed, ciphertext=ciphertext))

    def open(self, sealed: bytes, ca_name: str, spki: bytes) -> PrivateKeyTypes:
        """The key that `seal` sealed.

        Raises:
            KeystoreError: the secret is wrong, or the row was changed.
        """
        try:
            document = msgspec.json.decode(sealed, type=_Sealed)
            plain = AESGCM(self._derive(document)).decrypt(
                document.nonce, document.ciphertext, _associated(ca_name, spki)
            )
            return load_der_private_key(plain, None)
        except (InvalidTag, ValueError):
            raise KeystoreError(f"the key of {ca_name} cannot be opened with this key encryption secret") from None

    def _derive(self, sealed: _Sealed) -> bytes:
        kdf = Argon2id(
            salt=sealed.salt,
            length=_KEY_OCTETS,
            iterations=sealed.iterations,
            lanes=1,
            memory_cost=sealed.memory_kib,
        )
        return kdf.derive(self._secret)


def _associated(ca_name: str, spki: bytes) -> bytes:
    return b"\x00".join((b"lockgate ca key", ca_name.encode(), spki))
