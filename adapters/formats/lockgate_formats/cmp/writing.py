"""DER values that several bodies are made of."""

from collections.abc import Iterable
from datetime import UTC, datetime

from lockgate_formats import der


def signed_integer(value: int) -> bytes:
    """INTEGER, perhaps negative."""
    length = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return der.element(der.INTEGER, value.to_bytes(length, "big", signed=True))


def generalized_time(moment: datetime) -> bytes:
    """GeneralizedTime in UTC, without fractions of a second."""
    utc = moment.astimezone(UTC)
    return der.element(der.GENERALIZED_TIME, f"{utc.year:04}{utc:%m%d%H%M%S}Z".encode())


def free_text(texts: Iterable[str]) -> bytes:
    """PKIFreeText (RFC 9810, 5.1.1)."""
    return der.sequence(*map(der.utf8_string, texts))
