"""Bodies that are whole structures of others: p10cr and nested (RFC 9810, 5.3.3 and 5.1.3.5)."""

from collections.abc import Sequence

from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits


def read_pkcs10(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> bytes:
    """The DER CertificationRequest (RFC 2986) of a p10cr; not read any further.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def read_nested(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[bytes, ...]:
    """The octets of each inner PKIMessage of a nested message, at least one; not read any further.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def write_nested(messages: Sequence[bytes]) -> bytes:
    """The DER PKIMessages."""
    raise NotImplementedError
