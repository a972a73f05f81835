"""DER (X.690) as octets: the elements of certificates and CMS objects.

Only encoding, and only of values that this product chooses itself; octets from others are read by a library, or split
by `lockgate_formats.elements`. Everything here is a pure function of its arguments, so constant parts are built once
and reused (docs/performance.md).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = b"\x05\x00"
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
TELETEX_STRING = 0x14
IA5_STRING = 0x16
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
UNIVERSAL_STRING = 0x1C
BMP_STRING = 0x1E
SEQUENCE = 0x30
SET = 0x31
CONTEXT_0 = 0xA0
CONTEXT_1 = 0xA1
CONTEXT_3 = 0xA3
PRIMITIVE_CONTEXT_0 = 0x80
TRUE = b"\x01\x01\xff"
LONG_FORM = 0x80
"""From this value on, the first octet of a length gives the number of octets that follow (X.690, 8.1.3.5)."""
_FIRST_GENERALIZED_YEAR = 2050


def element(tag: int, *contents: bytes | memoryview) -> bytes:
    """One element: a one-octet tag (X.690, 8.1), the length, the joined contents."""
    return b"".join((head(tag, sum(map(len, contents))), *contents))


def head(tag: int, length: int) -> bytes:
    """Tag and length of an element with contents of `length` octets."""
    if length < LONG_FORM:
        return bytes((tag, length))
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((tag, LONG_FORM | len(octets))) + octets


def sequence(*contents: bytes) -> bytes:
    """SEQUENCE of elements that are encoded already."""
    return element(SEQUENCE, *contents)


def set_of(members: Iterable[bytes], tag: int = SET) -> bytes:
    """SET OF: the encoded elements in ascending order (X.690, 11.6)."""
    return element(tag, *sorted(members))


def integer(value: int) -> bytes:
    """INTEGER, not negative."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def enumerated_bits(positions: frozenset[int]) -> bytes:
    """BIT STRING with named bits: no trailing zero bits (X.690, 11.2.2)."""
    last = max(positions)
    bits = sum(1 << (7 - position % 8 + 8 * (last // 8 - position // 8)) for position in positions)
    return element(BIT_STRING, bytes((7 - last % 8,)) + bits.to_bytes(last // 8 + 1))


def bit_string(content: bytes) -> bytes:
    """BIT STRING of whole octets."""
    return element(BIT_STRING, b"\x00" + content)


def octet_string(content: bytes) -> bytes:
    """OCTET STRING."""
    return element(OCTET_STRING, content)


@cache
def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER, for example `2.5.29.15`."""
    first, second, *others = map(int, dotted.split("."))
    return element(OBJECT_IDENTIFIER, b"".join(map(_base128, (40 * first + second, *others))))


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))


def utf8_string(value: str) -> bytes:
    """UTF8String."""
    return element(UTF8_STRING, value.encode())


def printable_string(value: str) -> bytes:
    """PrintableString; the caller has checked the characters."""
    return element(PRINTABLE_STRING, value.encode("ascii"))


def ia5_string(value: str) -> bytes:
    """IA5String; the caller has checked the characters."""
    return element(IA5_STRING, value.encode("ascii"))


def explicit(number: int, content: bytes) -> bytes:
    """`[number] EXPLICIT` around an element, or a constructed `[number] IMPLICIT` around elements."""
    return element(CONTEXT_0 | number, content)


def implicit(number: int, content: bytes) -> bytes:
    """A primitive `[number] IMPLICIT` with raw content."""
    return element(PRIMITIVE_CONTEXT_0 | number, content)


def time(moment: datetime) -> bytes:
    """UTCTime through 2049, GeneralizedTime from 2050 on, whole seconds, UTC (RFC 5280, 4.1.2.5)."""
    moment = moment.astimezone(UTC)
    if moment.year < _FIRST_GENERALIZED_YEAR:
        return element(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
    return element(GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())
