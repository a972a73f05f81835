"""DER (X.690) as bytes: the few encodings that a certificate is put together from.

Only encoding, and only for what this product decides itself; whatever others sent is parsed by a library. Everything
here is a pure function of its arguments, so constant parts are built once and reused (docs/performance.md).
"""

from datetime import UTC, datetime
from functools import cache

NULL = b"\x05\x00"
TRUE = b"\x01\x01\xff"
_SEQUENCE, _SET = 0x30, 0x31
_FIRST_GENERALIZED_YEAR = 2050


def tlv(tag: int, content: bytes) -> bytes:
    """One element with a one-octet tag (X.690, 8.1)."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + content


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE of elements that are encoded already."""
    return tlv(_SEQUENCE, b"".join(parts))


def set_of(*parts: bytes) -> bytes:
    """SET OF: the encoded elements in ascending order (X.690, 11.6)."""
    return tlv(_SET, b"".join(sorted(parts)))


def integer(value: int) -> bytes:
    """INTEGER, not negative."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def enumerated_bits(positions: frozenset[int]) -> bytes:
    """BIT STRING with named bits: no trailing zero bits (X.690, 11.2.2)."""
    last = max(positions)
    bits = sum(1 << (7 - position % 8 + 8 * (last // 8 - position // 8)) for position in positions)
    return tlv(0x03, bytes((7 - last % 8,)) + bits.to_bytes(last // 8 + 1))


def bit_string(content: bytes) -> bytes:
    """BIT STRING of whole octets."""
    return tlv(0x03, b"\x00" + content)


def octet_string(content: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(0x04, content)


@cache
def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER, for example `2.5.29.15`."""
    first, second, *others = map(int, dotted.split("."))
    return tlv(0x06, b"".join(map(_base128, (40 * first + second, *others))))


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))


def utf8_string(value: str) -> bytes:
    """UTF8String."""
    return tlv(0x0C, value.encode())


def printable_string(value: str) -> bytes:
    """PrintableString; the caller has checked the characters."""
    return tlv(0x13, value.encode("ascii"))


def ia5_string(value: str) -> bytes:
    """IA5String; the caller has checked the characters."""
    return tlv(0x16, value.encode("ascii"))


def explicit(number: int, content: bytes) -> bytes:
    """`[number] EXPLICIT` around an element, or a constructed `[number] IMPLICIT` around elements."""
    return tlv(0xA0 | number, content)


def implicit(number: int, content: bytes) -> bytes:
    """A primitive `[number] IMPLICIT` with raw content."""
    return tlv(0x80 | number, content)


def time(moment: datetime) -> bytes:
    """UTCTime through 2049, GeneralizedTime from 2050 on, whole seconds, UTC (RFC 5280, 4.1.2.5)."""
    moment = moment.astimezone(UTC)
    if moment.year < _FIRST_GENERALIZED_YEAR:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())
