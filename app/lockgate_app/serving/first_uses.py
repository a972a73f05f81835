"""What is made at the first use: OpenSSL's list of all algorithms of a kind, the list of the installed request types,
what SQLAlchemy finds out about statements and engines.

Made before processes are forked, it is shared by them. Nothing here knows a secret or draws a random number.
"""

import hashlib
from contextlib import suppress

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from lockgate_app.container.message_database import use_database
from lockgate_app.request_types import installed_entry_points

_BITS = 2048


def use_all() -> None:
    """Use one of everything that processes use."""
    _use_algorithms()
    use_database()
    installed_entry_points()


def _use_algorithms() -> None:
    """Use one algorithm of each kind that processes use."""
    hashlib.sha256()
    hashes.Hash(hashes.SHA256()).finalize()
    AESGCM(bytes(32)).encrypt(bytes(12), b"", None)
    PBKDF2HMAC(hashes.SHA256(), length=32, salt=bytes(16), iterations=1).derive(b"")
    Argon2id(salt=bytes(16), length=32, iterations=1, lanes=1, memory_cost=8).derive(b"")
    with suppress(InvalidSignature):
        public_key = rsa.RSAPublicNumbers(e=65537, n=2 ** (_BITS - 1) + 1).public_key()
        public_key.verify(bytes(_BITS // 8), b"", padding.PKCS1v15(), hashes.SHA256())
