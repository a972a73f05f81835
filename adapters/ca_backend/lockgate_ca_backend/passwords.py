"""End entities' passwords: hashed with Argon2id (RFC 9106), compared in constant time by the library.

A check takes the same time whether or not there is an end entity, a password, or an attempt left.
"""

import secrets
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_LENGTH, _ITERATIONS, _LANES, _MEMORY_KIB = 32, 2, 1, 19456
"""OWASP's second choice of parameters, 2023."""


def hash_password(password: str) -> str:
    """The PHC string to store."""
    kdf = Argon2id(
        salt=secrets.token_bytes(16), length=_LENGTH, iterations=_ITERATIONS, lanes=_LANES, memory_cost=_MEMORY_KIB
    )
    return kdf.derive_phc_encoded(password.encode())


def is_password(password: str, stored: str | None) -> bool:
    """Whether `stored` is a hash of `password`; without a hash the same work is done, and the answer is no."""
    try:
        Argon2id.verify_phc_encoded(password.encode(errors="surrogatepass"), stored or _unknown())
    except InvalidKey:
        return False
    return stored is not None


@cache
def _unknown() -> str:
    return hash_password(secrets.token_urlsafe())
