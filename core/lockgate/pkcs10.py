"""PKCS#10 requests (RFC 2986) as octets: bounded before a decoder sees them, and put into DER's order for it.

strongSwan writes the attributes in another order than DER's, which strict decoders refuse: so they are read with the
attributes sorted. What their key has signed are the octets as they were sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_SEQUENCE, _SET, _ATTRIBUTES = 0x30, 0x31, 0xA0
_LONG_FORM = 0x80
_PARTS = 4
"""Version, subject, key, attributes."""
MAX_MEMBERS = 64
"""Attributes, RDNs of the subject, and attributes in these, at most: strangers send them, and a decoder makes an object
of each."""


@dataclass(frozen=True, slots=True)
class Reordered:
    """A request that can be read.

    Attributes:
        request: the DER CertificationRequest with its attributes sorted.
        signed: the CertificationRequestInfo as it was sent.
    """

    request: bytes
    signed: bytes


def require_few_members(request: bytes) -> None:
    """Refuse what costs more to decode than any device's request does.

    Raises:
        ValueError: the CertificationRequest `request` has more than `MAX_MEMBERS` attributes, or as many in its
            subject, or is no such structure of definite, minimal lengths.
    """
    _, subject, _, attributes = _info(request)[1]
    list(_members(_contents(attributes, _ATTRIBUTES)))
    # an RDN is a set of attributes
    list(_members(b"".join(_contents(rdn, _SET) for rdn in _members(_contents(subject, _SEQUENCE)))))


def in_der_order(request: bytes) -> Reordered:
    """The CertificationRequest `request` with the attributes in DER's order.

    Raises:
        ValueError: it is no such structure of definite, minimal lengths, or has more than `MAX_MEMBERS` attributes.
    """
    info, parts, rest = _info(request)
    attributes = sorted(_members(_contents(parts[-1], _ATTRIBUTES)))
    sorted_info = _element(_SEQUENCE, *parts[:-1], _element(_ATTRIBUTES, *attributes))
    return Reordered(_element(_SEQUENCE, sorted_info, *rest), info)


def _info(request: bytes) -> tuple[bytes, list[bytes], list[bytes]]:
    """The CertificationRequestInfo, its parts, and what stands behind it."""
    (whole,) = _members(request)
    info, *rest = _members(_contents(whole, _SEQUENCE))
    parts = list(_members(_contents(info, _SEQUENCE)))
    if len(parts) != _PARTS:
        raise ValueError("another number of parts than a CertificationRequestInfo has")
    return info, parts, rest


def _members(octets: bytes) -> Iterator[bytes]:
    position, count = 0, 0
    while position < len(octets):
        count += 1
        if count > MAX_MEMBERS:
            raise ValueError(f"more than {MAX_MEMBERS} members in one list")
        end = _header(octets[position:]) + position
        yield octets[position:end]
        position = end


def _header(octets: bytes, *, contents: bool = False) -> int:
    """Where the element at the beginning of `octets` ends, or where its contents start."""
    if len(octets) < 2:
        raise ValueError("an element is cut off")
    length, start = octets[1], 2
    if length >= _LONG_FORM:
        start += length - _LONG_FORM
        length = int.from_bytes(octets[2:start], "big")
    if len(octets) < start + length or octets[:start] != _head(octets[0], length):
        raise ValueError("an element is cut off, or its length is not minimal")
    return start if contents else start + length


def _contents(element: bytes, tag: int) -> bytes:
    if element[0] != tag:
        raise ValueError("an element of another kind")
    return element[_header(element, contents=True) :]


def _element(tag: int, *contents: bytes) -> bytes:
    joined = b"".join(contents)
    return _head(tag, len(joined)) + joined


def _head(tag: int, length: int) -> bytes:
    if length < _LONG_FORM:
        return bytes((tag, length))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(octets))) + octets
