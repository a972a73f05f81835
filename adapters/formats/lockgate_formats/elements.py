"""DER (X.690) walked element by element: definite, minimal lengths, tags of one octet, and few members in a list."""

from collections.abc import Iterator

from lockgate_formats.der import LONG_FORM, head

MAX_MEMBERS = 64
"""Members in one list at most, unless another bound is given: lists come from unknown senders."""
_MAX_IDENTIFIER = 64


def members(octets: bytes, limit: int = MAX_MEMBERS) -> Iterator[bytes]:
    """The elements that stand one behind the other in `octets`, each with its header.

    Raises:
        ValueError: one is cut off, its length is not minimal, or there are more than `limit`.
    """
    position, count = 0, 0
    while position < len(octets):
        count += 1
        if count > limit:
            raise ValueError(f"more than {limit} members in one list")
        end = _header(octets[position:]) + position
        yield octets[position:end]
        position = end


def contents(octets: bytes, tag: int) -> bytes:
    """The contents of the one element `octets`.

    Raises:
        ValueError: its tag is not `tag`, or it is cut off.
    """
    if octets[:1] != bytes((tag,)):
        raise ValueError("an element of another kind")
    return octets[_header(octets, contents=True) :]


def dotted(identifier: bytes) -> str:
    """The OBJECT IDENTIFIER whose contents are `identifier`, for example `2.5.4.3`.

    Raises:
        ValueError: it is none, one of its arcs is not minimal, or it has more than 64 octets.
    """
    if len(identifier) > _MAX_IDENTIFIER:
        raise ValueError("a long object identifier")
    arcs, arc, first = [], 0, True
    for octet in identifier:
        if first and octet == LONG_FORM:
            raise ValueError("an arc that is not minimal")
        arc, first = arc << 7 | octet & 0x7F, octet < LONG_FORM
        if first:
            arcs.append(arc)
            arc = 0
    if not first or not arcs:
        raise ValueError("an object identifier is cut off")
    root = min(arcs[0] // 40, 2)
    return ".".join(map(str, (root, arcs[0] - 40 * root, *arcs[1:])))


def _header(octets: bytes, *, contents: bool = False) -> int:
    """Where the element at the beginning of `octets` ends, or where its contents start."""
    if len(octets) < 2:
        raise ValueError("an element is cut off")
    length, start = octets[1], 2
    if length >= LONG_FORM:
        start += length - LONG_FORM
        length = int.from_bytes(octets[2:start], "big")
    if len(octets) < start + length or octets[:start] != head(octets[0], length):
        raise ValueError("an element is cut off, or its length is not minimal")
    return start if contents else start + length
