"""EnvelopedData for a key that signs but cannot be encrypted to: under a password (RFC 5652, 6.2.4; RFC 8894, 3.1).

The password is a challenge of 128 random bits, so the derivation needs no many rounds to slow anybody down.
"""

import os
from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from lockgate_formats import der
from lockgate_formats.cms import elements, oids
from lockgate_formats.cms.algorithms import AES256, BlockCipher, algorithm
from lockgate_formats.cms.enveloping import enveloped_data

ROUNDS = 10_000
SALT_OCTETS = 16
_CHECK_OCTETS = 3


@dataclass(frozen=True, slots=True)
class PasswordKey:
    """What is kept of a password to encrypt under it later: a key made of it (RFC 8018, 5.2), and the salt.

    Whoever has it can read those answers, but not name the password.
    """

    salt: bytes
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, password: str) -> Self:
        """A fresh one."""
        salt = os.urandom(SALT_OCTETS)
        return cls(salt, PBKDF2HMAC(hashes.SHA256(), AES256.key_octets, salt, ROUNDS).derive(password.encode()))

    @classmethod
    def read(cls, kept: bytes) -> Self:
        """The one that `kept` was made of."""
        return cls(kept[:SALT_OCTETS], kept[SALT_OCTETS:])

    @property
    def kept(self) -> bytes:
        """The form in which a transaction keeps it."""
        return self.salt + self.key


def envelop_with_password(content: bytes, password: PasswordKey, cipher: BlockCipher) -> bytes:
    """The DER ContentInfo with EnvelopedData: `cipher` under a fresh key, wrapped with that of a password."""
    key, iv = os.urandom(cipher.key_octets), os.urandom(AES256.block_octets)
    derivation = algorithm(
        oids.PBKDF2,
        der.sequence(der.octet_string(password.salt), der.integer(ROUNDS), algorithm(oids.HMAC_WITH_SHA256, der.NULL)),
    )
    encryption = algorithm(oids.PWRI_KEK, algorithm(AES256.oid, der.octet_string(iv)))
    info = der.element(
        der.CONTEXT_3,
        der.integer(0),
        der.element(der.CONTEXT_0, derivation[slice(*elements.header(derivation, 0, len(derivation)))]),
        encryption,
        der.octet_string(_wrapped(key, password.key, iv)),
    )
    return enveloped_data(der.integer(3), der.element(der.SET, info), content, cipher, key)


def _wrapped(key: bytes, wrapping: bytes, iv: bytes) -> bytes:
    """`key` encrypted twice over (RFC 3211, 2.3.1): length, check octets, key, random octets to two blocks at least."""
    check = bytes(octet ^ 0xFF for octet in key[:_CHECK_OCTETS])
    block = AES256.block_octets
    plain = bytes((len(key),)) + check + key
    padded = plain + os.urandom(max(2 * block - len(plain), -len(plain) % block))
    once = _encrypted(padded, wrapping, iv)
    return _encrypted(once, wrapping, once[-block:])


def _encrypted(octets: bytes, key: bytes, iv: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(iv)).encryptor()
    return encryptor.update(octets) + encryptor.finalize()
