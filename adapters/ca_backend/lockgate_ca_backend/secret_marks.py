"""Marks of secrets: equal for equal secrets. Nobody without the installation's secret can compare guesses with them."""

import hmac

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_OCTETS = 32


class SecretMarks:
    """Makes marks: HMAC (RFC 2104) with SHA-256.

    Args:
        secret: the installation's secret; the key is derived from it (HKDF, RFC 5869) and serves nothing else.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = HKDF(hashes.SHA256(), _KEY_OCTETS, None, b"lockgate secret marks").derive(secret)

    def mark(self, signer: str, username: str, field: str, value: bytes) -> str:
        """64 hexadecimal digits for the secret `value` in that field of that signer's requests for that end entity."""
        return hmac.new(self._key, msgspec.json.encode([signer, username, field, value]), "sha256").hexdigest()
