"""DER (X.690) as octets: what the writers put together, and the one bounded way to take a list apart.

The library's declarative decoder reads whole lists, however long. So lists are read as one element there and split
here, where the number of members is bounded.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat import asn1

from lockgate_formats.cms.limits import MAX_SMALL, Unreadable

INTEGER = 0x02
OCTET_STRING = 0x04
NULL = b"\x05\x00"
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
TELETEX_STRING = 0x14
IA5_STRING = 0x16
BMP_STRING = 0x1E
SEQUENCE = 0x30
SET = 0x31
CONTEXT_0 = 0xA0
CONTEXT_1 = 0xA1
CONTEXT_3 = 0xA3
PRIMITIVE_CONTEXT_0 = 0x80
_LONG_FORM = 0x80
_HIGH_TAG_NUMBER = 0x1F


def element(tag: int, *contents: bytes | memoryview) -> bytes:
    """One element: identifier octet, length, the joined contents."""
    return b"".join((head(tag, sum(map(len, contents))), *contents))


def head(tag: int, length: int) -> bytes:
    """Identifier octet and length of an element with contents of `length` octets."""
    if length < _LONG_FORM:
        return bytes((tag, length))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(octets))) + octets


def sequence(*contents: bytes) -> bytes:
    """SEQUENCE."""
    return element(SEQUENCE, *contents)


def set_of(members: Iterable[bytes], tag: int = SET) -> bytes:
    """SET OF, its members in DER's order (X.690, 11.6)."""
    return element(tag, *sorted(members))


def octet_string(octets: bytes) -> bytes:
    """OCTET STRING."""
    return element(OCTET_STRING, octets)


def integer(number: int) -> bytes:
    """INTEGER; `number` is not negative."""
    return element(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


@lru_cache(maxsize=64)
def identifier(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    return asn1.encode_der(x509.ObjectIdentifier(dotted))


def whole(tlv: asn1.TLV) -> bytes:
    """The octets of an element that the declarative decoder left unread."""
    return element(tlv.tag_bytes[0], tlv.data)


def small(tlv: asn1.TLV) -> bytes:
    """The octets of an element that has no reason to be large.

    Raises:
        Unreadable: it is large all the same.
    """
    data = tlv.data
    if len(data) > MAX_SMALL:
        raise Unreadable("an identifier, version or algorithm of unreasonable size")
    return element(tlv.tag_bytes[0], data)


def header(octets: bytes | memoryview, position: int, end: int) -> tuple[int, int]:
    """Read the length of the element at `position`: where its contents start, and where they end (at most `end`).

    Raises:
        Unreadable: no element of DER with a tag number below 31 stands there.
    """
    if position + 2 > end or octets[position] & _HIGH_TAG_NUMBER == _HIGH_TAG_NUMBER:
        raise Unreadable("no element where one must be")
    length, start = octets[position + 1], position + 2
    if length >= _LONG_FORM:
        count = length - _LONG_FORM
        length = int.from_bytes(octets[start : start + count], "big")
        start += count
        if not 1 <= count <= 4 or length < _LONG_FORM or length.bit_length() <= 8 * (count - 1):
            raise Unreadable("a length is not in DER")
    if start + length > end:
        raise Unreadable("an element is longer than what holds it")
    return start, start + length


def members(octets: bytes | memoryview, limit: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Take the contents of a constructed element apart: the identifier octet and all octets of each member.

    Raises:
        Unreadable: more than `limit` members or `size` octets, or something else than DER elements.
    """
    if len(octets) > size:
        raise Unreadable(f"a list of more than {size} octets")
    position, count = 0, 0
    while position < len(octets):
        count += 1
        if count > limit:
            raise Unreadable(f"more than {limit} members in one list")
        _, end = header(octets, position, len(octets))
        yield octets[position], bytes(octets[position:end])
        position = end
