"""What OpenSSL makes when an algorithm of a kind is used for the first time: a list of all of that kind.

Made before processes are forked, it is shared by them. Nothing here knows a secret or draws a random number.
"""

from contextlib import suppress

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

_BITS = 2048


def use_algorithms() -> None:
    """Use one algorithm of each kind that processes use."""
    hashes.Hash(hashes.SHA256()).finalize()
    AESGCM(bytes(32)).encrypt(bytes(12), b"", None)
    PBKDF2HMAC(hashes.SHA256(), length=32, salt=bytes(16), iterations=1).derive(b"")
    Argon2id(salt=bytes(16), length=32, iterations=1, lanes=1, memory_cost=8).derive(b"")
    with suppress(InvalidSignature):
        public_key = rsa.RSAPublicNumbers(e=65537, n=2 ** (_BITS - 1) + 1).public_key()
        public_key.verify(bytes(_BITS // 8), b"", padding.PKCS1v15(), hashes.SHA256())
