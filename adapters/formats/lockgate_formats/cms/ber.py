"""Converts BER to DER (X.690), as far as CMS needs it, so that there is one reader for each structure.

Other implementations write indefinite lengths and strings in pieces. They are replaced by definite, minimal lengths and
whole strings, which mean the same. Depth and number of elements are bounded, and each octet is read once.
"""

from collections.abc import Callable
from typing import TypeVar

from lockgate_formats import der
from lockgate_formats.cms import elements
from lockgate_formats.cms.limits import MAX_DEPTH, MAX_ELEMENTS, Unreadable

T = TypeVar("T")
Octets = bytes | memoryview
_CONSTRUCTED = 0x20
_INDEFINITE = 0x80
_END_OF_CONTENTS = b"\x00\x00"
_RESERVED = (0x00, 0x20)
_STRING_IN_PIECES = der.OCTET_STRING | _CONSTRUCTED
_ENCRYPTED_CONTENT_INFO = [der.OBJECT_IDENTIFIER, der.SEQUENCE]


def read_either(read: Callable[[bytes], T], octets: bytes) -> T:
    """The result of `read` for DER `octets`. If they are BER, they are converted to DER first.

    Raises:
        ValueError: `read` accepts neither.
    """
    try:
        return read(octets)
    except ValueError as error:
        failure = error.with_traceback(None)  # its frames would keep the octets that they read in memory
    as_der = to_der(octets)
    if as_der == octets:
        raise failure
    return read(as_der)


def to_der(octets: bytes) -> bytes:
    """The one BER element that `octets` must be, with definite and minimal lengths and whole octet strings.

    Raises:
        Unreadable: not one whole element, or deeper or larger than `limits` says.
    """
    walk = _Walk(octets)
    result, end = walk.element(0, len(octets), 0)
    if end != len(octets):
        raise Unreadable("something follows the element")
    return bytes(result)


class _Walk:
    """One pass over BER octets, which counts the elements."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._view = memoryview(octets)
        self._count = 0

    def element(self, position: int, end: int, depth: int) -> tuple[Octets, int]:
        """The element at `position` as DER, and where it ends."""
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise Unreadable("more or deeper BER than is read")
        tag, start, stop = self._header(position, end)
        if not tag & _CONSTRUCTED:
            if stop is None:
                raise Unreadable("a primitive element of indefinite length")
            minimal = start - position == len(der.head(tag, stop - start))
            return self._view[position:stop] if minimal else der.element(tag, self._view[start:stop]), stop
        parts, after = self._parts(start, end if stop is None else stop, depth + 1, closed=stop is None)
        return (_joined(tag, parts) if tag == _STRING_IN_PIECES else der.element(tag, *_settled(tag, parts))), after

    def _parts(self, position: int, end: int, depth: int, *, closed: bool) -> tuple[list[Octets], int]:
        """The elements from `position` on: up to the end-of-contents octets if `closed` by them, else up to `end`."""
        parts: list[Octets] = []
        while position < end:
            if closed and self._octets.startswith(_END_OF_CONTENTS, position, end):
                return parts, position + 2
            part, position = self.element(position, end, depth)
            parts.append(part)
        if closed:
            raise Unreadable("an indefinite length without an end")
        return parts, end

    def _header(self, position: int, end: int) -> tuple[int, int, int | None]:
        """Identifier octet, start of contents and their end, None where only end-of-contents octets tell."""
        octets = self._octets
        if position + 2 > end or octets[position] & 0x1F == 0x1F or octets[position] in _RESERVED:
            raise Unreadable("no element where one must be")
        tag, length, start = octets[position], octets[position + 1], position + 2
        if length == _INDEFINITE:
            return tag, start, None
        if length > _INDEFINITE:
            count = length - _INDEFINITE
            length = int.from_bytes(octets[start : start + count], "big")
            start += count
            if count > 4:
                raise Unreadable("a length of more than four octets")
        if start + length > end:
            raise Unreadable("an element is longer than what holds it")
        return tag, start, start + length


def _settled(tag: int, parts: list[Octets]) -> list[Octets]:
    """The members of a constructed element, as DER has them."""
    if tag == der.SET:
        return sorted(parts, key=bytes)
    tags = [part[0] for part in parts[:3]]
    if tag == der.SEQUENCE and tags == [*_ENCRYPTED_CONTENT_INFO, der.CONTEXT_0]:
        # encryptedContent is an implicitly tagged string (RFC 5652, 6.1); no other structure of CMS looks like this.
        return [*parts[:2], _joined(der.CONTEXT_0, _members(parts[2])), *parts[3:]]
    return parts


def _members(element: Octets) -> list[Octets]:
    start, end = elements.header(element, 0, len(element))
    return [octets for _, octets in elements.members(element[start:end], MAX_ELEMENTS, end)]


def _joined(tag: int, pieces: list[Octets]) -> bytes:
    """One primitive string out of the pieces of a constructed one (X.690, 8.7.3)."""
    if any(piece[0] != der.OCTET_STRING for piece in pieces):
        raise Unreadable("an octet string in pieces that are none")
    contents = [piece[slice(*elements.header(piece, 0, len(piece)))] for piece in pieces]
    return der.element(tag & ~_CONSTRUCTED, *contents)
