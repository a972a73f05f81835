"""Valid ASN.1 objects with one to three structured changes: what a reader of strangers' octets must survive.

Random octets seldom get past a length. Here the object is taken apart, its tree is changed, and it is put together
again, so that every length fits and the reader meets the change itself.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_CONSTRUCTED, _LONG_FORM, _OPEN, _END = 0x20, 0x80, b"\x80", b"\x00\x00"
_BIT_STRING, _OCTET_STRING, _SEQUENCE = 0x03, 0x04, 0x30
_TAGS = (0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x13, 0x16, 0x17, 0x18, 0x1E, 0x30, 0x31, 0x80, 0xA0, 0xA1, 0xA6)
_CONTENTS = (
    b"",
    b"\x00",
    b"\x07",
    b"\xff" * 9,
    b"\x80\x01",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",  # sha256WithRSAEncryption
    b"\x2a\x86\x48\xce\x3d\x02\x01",  # id-ecPublicKey
    b"\x2b\x65\x6f",  # X448: a key of no kind that is read here
    b"20260230256199Z",
    b"\xc3\x28",
    b"A" * 300,
)


@dataclass(slots=True)
class Element:
    """One element; `members` is None for one that holds no others.

    Attributes:
        before: octets that stand before the members: a BIT STRING's count of unused bits.
    """

    tag: int
    content: bytes = b""
    members: list["Element"] | None = None
    before: bytes = b""
    open_length: bool = False

    def octets(self) -> bytes:
        """The element, with lengths that fit."""
        inner = self.content if self.members is None else self.before + b"".join(each.octets() for each in self.members)
        if self.open_length:
            return bytes((self.tag,)) + _OPEN + inner + _END
        return bytes((self.tag,)) + _length(len(inner)) + inner

    def copy(self) -> "Element":
        """One that may be changed and leaves this one as it is."""
        members = None if self.members is None else [member.copy() for member in self.members]
        return Element(self.tag, self.content, members, self.before, self.open_length)


def structured_mutants(der: bytes, number: int, seed: int = 0) -> Iterator[bytes]:
    """`number` objects made of `der`; the same ones in each run."""
    source, unchanged = random.Random(seed), Element(0, members=_read(der))
    for _ in range(number):
        whole = unchanged.copy()
        for _ in range(source.choice((1, 1, 1, 2, 3))):
            spots = _spots(whole, [])
            members, index = source.choice(spots)
            source.choice(_CHANGES)(source, members, index, spots)
            if not whole.members:
                break
        yield b"".join(each.octets() for each in whole.members or ())


Spots = list[tuple[list[Element], int]]


def _remove(_: random.Random, members: list[Element], index: int, __: Spots) -> None:
    del members[index]


def _repeat(_: random.Random, members: list[Element], index: int, __: Spots) -> None:
    members.insert(index, members[index])


def _exchange(source: random.Random, members: list[Element], index: int, spots: Spots) -> None:
    others, position = source.choice(spots)
    members[index] = others[position].copy()


def _retag(source: random.Random, members: list[Element], index: int, _: Spots) -> None:
    members[index] = members[index].copy()
    members[index].tag = source.choice(_TAGS)


def _refill(source: random.Random, members: list[Element], index: int, _: Spots) -> None:
    members[index] = Element(members[index].tag, source.choice(_CONTENTS))


def _wrap(source: random.Random, members: list[Element], index: int, _: Spots) -> None:
    members[index] = Element(source.choice((_SEQUENCE, 0x31, 0xA0)), members=[members[index]])


def _unwrap(_: random.Random, members: list[Element], index: int, __: Spots) -> None:
    members[index : index + 1] = members[index].members or [members[index]]


def _open(_: random.Random, members: list[Element], index: int, __: Spots) -> None:
    members[index] = members[index].copy()
    members[index].open_length = True


_CHANGES: tuple[Callable[[random.Random, list[Element], int, Spots], None], ...] = (
    _remove,
    _repeat,
    _exchange,
    _retag,
    _refill,
    _refill,
    _wrap,
    _unwrap,
    _open,
)


def _spots(element: Element, found: Spots) -> Spots:
    """`found`, with every place in the tree below `element` after it."""
    members = element.members or []
    for index, member in enumerate(members):
        found.append((members, index))
        if member.members:
            _spots(member, found)
    return found


def _read(octets: bytes) -> list[Element]:
    """The elements of DER `octets`, with what BIT STRINGs and OCTET STRINGs hold where that is DER itself."""
    found, position = [], 0
    while position < len(octets):
        tag, start, end = _header(octets, position)
        found.append(_element(tag, octets[start:end]))
        position = end
    return found


def _element(tag: int, content: bytes) -> Element:
    if tag & _CONSTRUCTED:
        return Element(tag, members=_read(content))
    before = 1 if tag == _BIT_STRING else 0
    if tag in {_BIT_STRING, _OCTET_STRING} and content[before : before + 1] == b"\x30":
        try:
            return Element(tag, members=_read(content[before:]), before=content[:before])
        except ValueError:
            pass
    return Element(tag, content)


def _header(octets: bytes, position: int) -> tuple[int, int, int]:
    if position + 2 > len(octets):
        raise ValueError("cut off")
    length, start = octets[position + 1], position + 2
    if length >= _LONG_FORM:
        start += length - _LONG_FORM
        length = int.from_bytes(octets[position + 2 : start], "big")
    if start + length > len(octets):
        raise ValueError("cut off")
    return octets[position], start, start + length


def _length(number: int) -> bytes:
    if number < _LONG_FORM:
        return bytes((number,))
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes((_LONG_FORM | len(octets),)) + octets
