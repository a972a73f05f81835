"""DER as text: PEM (RFC 7468), or Base64 alone."""

import base64
import binascii
import textwrap


def pem(label: str, der: bytes) -> str:
    """PEM with that label."""
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


def octets(label: str, text: str) -> bytes:
    """The octets of a text that is PEM with that label, or Base64; whitespace does not count.

    Raises:
        ValueError: it is neither, or there are several.
    """
    begin, end = f"-----BEGIN {label}-----", f"-----END {label}-----"
    stripped = text.strip()
    if stripped.startswith(begin) and stripped.endswith(end):
        stripped = stripped[len(begin) : -len(end)]
    try:
        found = base64.b64decode("".join(stripped.split()), validate=True)
    except binascii.Error:
        raise ValueError(f"neither Base64 nor one PEM {label}") from None
    if not found:
        raise ValueError(f"an empty {label}")
    return found
