"""What a key in a token can do, tried."""

import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from lockgate.errors import KeyAway
from lockgate_keys.hardware.keys import TokenKey, TokenRsaKey

_DATA = b"lockgate: this key is tried"
_PADDING = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def prove(key: TokenKey, *, decrypts: bool) -> None:
    """Let `key` sign, and an RSA key decrypt where that is asked for.

    Raises:
        Unavailable: it cannot; the text says why.
    """
    if not isinstance(key, TokenRsaKey):
        key.sign(_DATA, ec.ECDSA(hashes.SHA256()))
        return
    key.sign(_DATA, padding.PKCS1v15(), hashes.SHA256())
    secret = secrets.token_bytes(32)
    if decrypts and key.decrypt(key.public_key().encrypt(secret, _PADDING), _PADDING) != secret:
        raise KeyAway(f"{key.uri.name}: it decrypts wrongly")
