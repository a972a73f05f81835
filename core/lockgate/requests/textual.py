"""DER written as text: PEM (RFC 7468), bare Base64, and the line `SPKAC=BASE64` that `openssl spkac` writes."""

import base64
import re

_SEQUENCE = 0x30
"""The first octet of every certificate request and public key in DER; none of these texts begins with it."""
_BLOCK = re.compile(rb"-----BEGIN ((?:NEW )?CERTIFICATE REQUEST|PUBLIC KEY)-----([A-Za-z0-9+/=\s]*)-----END \1-----")
_BEGIN = b"-----BEGIN "
_SPKAC = b"SPKAC="


def der_of(octets: bytes) -> bytes:
    """The DER of a certificate request or public key that is written as DER or as text.

    The caller has bounded `octets`; the result is no longer.

    Raises:
        ValueError: it is neither, or holds several PEM blocks.
    """
    if octets[:1] == bytes((_SEQUENCE,)):
        return octets
    decoded = base64.b64decode(b"".join(_base64(octets).split()), validate=True)
    if decoded[:1] != bytes((_SEQUENCE,)):
        raise ValueError("neither DER nor its text")
    return decoded


def _base64(octets: bytes) -> bytes:
    if _BEGIN not in octets:
        return octets.strip().removeprefix(_SPKAC)
    blocks = _BLOCK.findall(octets)
    if len(blocks) != 1:
        raise ValueError("not exactly one PEM certificate request or public key")
    return bytes(blocks[0][1])
