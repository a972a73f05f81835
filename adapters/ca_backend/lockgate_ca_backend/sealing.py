"""Octets sealed under a secret: AES-256-GCM under a key that Argon2id (RFC 9106) derives from it.

The secret is given when the process starts and is never stored in the database. A box derives one key for everything
that it seals, and caches the keys of seals that it has opened; every seal has a random nonce of its own.
"""

import hashlib
import secrets
from functools import cached_property, lru_cache
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from msgspec import Meta, Struct

from lockgate.errors import ConfigurationError, KeystoreError

MIN_SECRET_OCTETS = 16
REMEMBERED_KEYS = 256
_SALT_OCTETS, _NONCE_OCTETS, _KEY_OCTETS = 16, 12, 32
_IDENTITY_SALT = b"lockgate secret identity"


class _Sealed(Struct, frozen=True, forbid_unknown_fields=True):
    salt: bytes
    nonce: bytes
    ciphertext: bytes
    kdf: str = "argon2id"
    cipher: str = "aes-256-gcm"
    iterations: Annotated[int, Meta(ge=1, le=20)] = 3
    memory_kib: Annotated[int, Meta(ge=8192, le=1048576)] = 19456


class SecretBox:
    """Seals and opens octets.

    Args:
        secret: at least 16 octets.
        name: what errors call the secret.

    Raises:
        ConfigurationError: the secret is shorter.
    """

    def __init__(self, secret: bytes, name: str) -> None:
        if len(secret) < MIN_SECRET_OCTETS:
            raise ConfigurationError(f"the {name} needs at least {MIN_SECRET_OCTETS} octets")
        self.name = name
        self._secret = secret
        self._salt = secrets.token_bytes(_SALT_OCTETS)
        self._derive = lru_cache(REMEMBERED_KEYS)(self._derived)

    def __repr__(self) -> str:
        return "SecretBox(…)"

    @cached_property
    def identity(self) -> str:
        """16 hexadecimal digits that identify this secret and reveal nothing about it."""
        empty = _Sealed(_IDENTITY_SALT, b"", b"")
        key = self._derive(empty.salt, empty.iterations, empty.memory_kib)
        return hashlib.sha256(key).hexdigest()[:16]

    def seal(self, plain: bytes, associated: bytes) -> bytes:
        """`plain` as JSON that only the secret opens, and only together with `associated`."""
        empty = _Sealed(self._salt, secrets.token_bytes(_NONCE_OCTETS), b"")
        ciphertext = self._cipher(empty).encrypt(empty.nonce, plain, associated)
        return msgspec.json.encode(msgspec.structs.replace(empty, ciphertext=ciphertext))

    def open(self, sealed: bytes, associated: bytes) -> bytes:
        """The octets that `seal` sealed.

        Raises:
            KeystoreError: the secret is wrong, or something was changed.
        """
        try:
            document = msgspec.json.decode(sealed, type=_Sealed)
            return self._cipher(document).decrypt(document.nonce, document.ciphertext, associated)
        except (InvalidTag, ValueError):
            raise KeystoreError(f"cannot be opened with this {self.name}") from None

    def _cipher(self, document: _Sealed) -> AESGCM:
        return AESGCM(self._derive(document.salt, document.iterations, document.memory_kib))

    def _derived(self, salt: bytes, iterations: int, memory_kib: int) -> bytes:
        kdf = Argon2id(salt=salt, length=_KEY_OCTETS, iterations=iterations, lanes=1, memory_cost=memory_kib)
        return kdf.derive(self._secret)
