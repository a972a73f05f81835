"""PKCS#10 requests (RFC 2986) as octets: bounded before a decoder sees them, and written in DER for it.

Strict decoders refuse what some devices write: strongSwan writes the attributes in another order than DER's, others
names as PrintableStrings that hold `_` or `@`. So they are read with everything sorted, and with such text as the
UTF8String that says the same. What their key has signed are the octets as they were sent.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_UTF8_STRING, _PRINTABLE_STRING, _SEQUENCE, _SET, _ATTRIBUTES = 0x0C, 0x13, 0x30, 0x31, 0xA0
_PRINTABLE = re.compile(rb"[A-Za-z0-9 '()+,\-./:=?]*")  # X.680, 41.4
_VISIBLE = re.compile(rb"[ -~]*")
_LONG_FORM = 0x80
_PARTS = 4
"""Version, subject, key, attributes."""
MAX_MEMBERS = 64
"""Attributes, RDNs of the subject, and attributes in these, at most: strangers send them, and a decoder makes an object
of each."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A request that can be read.

    Attributes:
        request: the CertificationRequest in DER.
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


def in_der(request: bytes) -> Rewritten:
    """The CertificationRequest `request` with its attributes and those of its subject in DER's order, and the subject's
    PrintableStrings as UTF8Strings where they hold other visible ASCII than they may.

    Raises:
        ValueError: it is no such structure of definite, minimal lengths, or has more than `MAX_MEMBERS` attributes.
    """
    info, (version, subject, key, attributes), rest = _info(request)
    in_order = _element(_ATTRIBUTES, *sorted(_members(_contents(attributes, _ATTRIBUTES))))
    rewritten = _element(_SEQUENCE, version, _name(subject), key, in_order)
    return Rewritten(_element(_SEQUENCE, rewritten, *rest), info)


def _name(subject: bytes) -> bytes:
    rdns = [_members(_contents(rdn, _SET)) for rdn in _members(_contents(subject, _SEQUENCE))]
    return _element(_SEQUENCE, *(_element(_SET, *sorted(map(_attribute, rdn))) for rdn in rdns))


def _attribute(attribute: bytes) -> bytes:
    """An AttributeTypeAndValue (RFC 5280, 4.1.2.4)."""
    return _element(_SEQUENCE, *map(_text, _members(_contents(attribute, _SEQUENCE))))


def _text(element: bytes) -> bytes:
    if element[0] != _PRINTABLE_STRING:
        return element
    text = _contents(element, _PRINTABLE_STRING)
    mistaken = _VISIBLE.fullmatch(text) and not _PRINTABLE.fullmatch(text)
    return _element(_UTF8_STRING, text) if mistaken else element


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
