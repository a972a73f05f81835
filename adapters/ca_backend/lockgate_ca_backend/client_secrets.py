"""Secrets that the CA shares with clients, at rest: AES-256-GCM, each under a key of its own.

Many are opened in a second and each once or twice, on any node. So a process derives one key from the installation's
secret (Argon2id, RFC 9106), and from that one, with a random salt for each secret, the key and the nonce that encrypt
it (HKDF, RFC 5869). What a secret belongs to is authenticated with it: no row's secret opens in another row.
"""

import secrets
from functools import cached_property

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lockgate.errors import ConfigurationError, KeystoreError
from lockgate.ports import TransactionKey
from lockgate_ca_backend.sealing import MIN_SECRET_OCTETS

_FORM, _SALT_OCTETS, _KEY_OCTETS, _NONCE_OCTETS = b"\x01", 32, 32, 12
_MASTER_SALT, _PURPOSE = b"lockgate client secrets", b"lockgate client secret"
_ITERATIONS, _LANES, _MEMORY_KIB = 3, 1, 19456


class ClientSecrets:
    """Encrypts and decrypts them.

    Args:
        secret: the installation's; at least 16 octets.

    Raises:
        ConfigurationError: the secret is shorter.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < MIN_SECRET_OCTETS:
            raise ConfigurationError(f"the key encryption secret needs at least {MIN_SECRET_OCTETS} octets")
        self._secret = secret

    def __repr__(self) -> str:
        return "ClientSecrets(…)"

    def seal_for_transaction(self, plain: bytes, key: TransactionKey) -> bytes:
        """`plain`, as only the secret opens it, for the transaction of that key."""
        return self._seal(plain, _of_transaction(key))

    def open_for_transaction(self, sealed: bytes, key: TransactionKey) -> bytes:
        """What `seal_for_transaction` sealed.

        Raises:
            KeystoreError: the secret is another one, or the row was changed.
        """
        return self._open(sealed, _of_transaction(key))

    def seal_for_end_entity(self, password: str, username: str) -> bytes:
        """The one-time password, as only the secret opens it, for the end entity of that name."""
        return self._seal(password.encode(), _of_end_entity(username))

    def open_for_end_entity(self, sealed: bytes, username: str) -> str:
        """What `seal_for_end_entity` sealed.

        Raises:
            KeystoreError: the secret is another one, or the row was changed.
        """
        return self._open(sealed, _of_end_entity(username)).decode()

    @cached_property
    def _master(self) -> bytes:
        kdf = Argon2id(
            salt=_MASTER_SALT, length=_KEY_OCTETS, iterations=_ITERATIONS, lanes=_LANES, memory_cost=_MEMORY_KIB
        )
        return kdf.derive(self._secret)

    def _seal(self, plain: bytes, associated: bytes) -> bytes:
        salt = secrets.token_bytes(_SALT_OCTETS)
        cipher, nonce = self._cipher(salt)
        return _FORM + salt + cipher.encrypt(nonce, plain, associated)

    def _open(self, sealed: bytes, associated: bytes) -> bytes:
        form, salt, ciphertext = sealed[:1], sealed[1 : 1 + _SALT_OCTETS], sealed[1 + _SALT_OCTETS :]
        cipher, nonce = self._cipher(salt)
        try:
            if form == _FORM:
                return cipher.decrypt(nonce, ciphertext, associated)
        except InvalidTag:
            pass
        raise KeystoreError("a client's secret cannot be opened with this key encryption secret")

    def _cipher(self, salt: bytes) -> tuple[AESGCM, bytes]:
        material = HKDF(hashes.SHA256(), _KEY_OCTETS + _NONCE_OCTETS, salt, _PURPOSE).derive(self._master)
        return AESGCM(material[:_KEY_OCTETS]), material[_KEY_OCTETS:]


def _of_transaction(key: TransactionKey) -> bytes:
    return msgspec.json.encode(["transaction", key.protocol, key.id])


def _of_end_entity(username: str) -> bytes:
    return msgspec.json.encode(["end entity", username])
