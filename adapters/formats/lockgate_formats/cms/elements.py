"""Splits elements of DER: the one bounded way to read a list.

The library's declarative decoder reads whole lists, however long. So lists are read as one element there and split
here, where the number of members is bounded.
"""

from collections.abc import Iterator

from cryptography.hazmat import asn1

from lockgate_formats import der
from lockgate_formats.cms.limits import MAX_SMALL, Unreadable

_HIGH_TAG_NUMBER = 0x1F


def whole(tlv: asn1.TLV) -> bytes:
    """The octets of an element that the declarative decoder left unread."""
    return der.element(tlv.tag_bytes[0], tlv.data)


def small(tlv: asn1.TLV) -> bytes:
    """The octets of an element that is always small.

    Raises:
        Unreadable: it is large.
    """
    data = tlv.data
    if len(data) > MAX_SMALL:
        raise Unreadable("an identifier, version or algorithm of unreasonable size")
    return der.element(tlv.tag_bytes[0], data)


def header(octets: bytes | memoryview, position: int, end: int) -> tuple[int, int]:
    """Read the length of the element at `position`: where its contents start, and where they end (at most `end`).

    Raises:
        Unreadable: no element of DER with a tag number below 31 stands there.
    """
    if position + 2 > end or octets[position] & _HIGH_TAG_NUMBER == _HIGH_TAG_NUMBER:
        raise Unreadable("no element where one must be")
    length, start = octets[position + 1], position + 2
    if length >= der.LONG_FORM:
        count = length - der.LONG_FORM
        length = int.from_bytes(octets[start : start + count], "big")
        start += count
        if not 1 <= count <= 4 or length < der.LONG_FORM or length.bit_length() <= 8 * (count - 1):
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
