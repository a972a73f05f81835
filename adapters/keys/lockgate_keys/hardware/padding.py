"""The padding of RSA encryption, taken off on this side (RFC 8017, 7.1.2 and 7.2.2).

The token only raises to its private power (CKM_RSA_X_509). If it took the padding off, too, its errors would not tell
wrong padding from a token that is out of order; and many tokens know OAEP with SHA-1 only.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding

_MIN_FILL = 8
"""Octets of a PKCS#1 v1.5 padding at least."""


def unpadded(encoded: bytes, scheme: AsymmetricPadding) -> bytes:
    """The octets inside `encoded`, which is as long as the key's modulus.

    Raises:
        ValueError: the padding is wrong. The text does not say how.
    """
    if isinstance(scheme, padding.OAEP):
        return _without_oaep(encoded, scheme.algorithm.name)
    if isinstance(scheme, padding.PKCS1v15):
        return _without_pkcs1(encoded)
    raise ValueError("a padding that is not used here")


def _without_pkcs1(encoded: bytes) -> bytes:
    end = encoded.find(0, 2)
    if (encoded[:2] == b"\x00\x02") & (end >= 2 + _MIN_FILL):
        return encoded[end + 1 :]
    raise ValueError("wrong padding")


def _without_oaep(encoded: bytes, digest: str) -> bytes:
    """Every part is looked at before anything is judged: which of them is wrong changes no step."""
    size = hashlib.new(digest).digest_size
    masked_seed, masked_block = encoded[1 : 1 + size], encoded[1 + size :]
    seed = _xor(masked_seed, _mask(masked_block, size, digest))
    block = _xor(masked_block, _mask(seed, len(masked_block), digest))
    fill, found, content = block[size:].partition(b"\x01")
    same_label = hmac.compare_digest(block[:size], hashlib.new(digest).digest())
    if same_label & (encoded[0] == 0) & (found != b"") & (not any(fill)):
        return content
    raise ValueError("wrong padding")


def _mask(seed: bytes, octets: int, digest: str) -> bytes:
    """MGF1 (RFC 8017, B.2.1)."""
    blocks = -(-octets // hashlib.new(digest).digest_size)
    return b"".join(hashlib.new(digest, seed + number.to_bytes(4)).digest() for number in range(blocks))[:octets]


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))
