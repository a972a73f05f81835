"""The fields of DER structures, taken one after another from the octets that hold them, without copies of the whole.

It serves where messages of strangers are read often: the declarative reader of the library cannot bound a list before
it has made an object for each member, and is no faster for structures as small as these.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from lockgate_formats import der
from lockgate_formats.cms.elements import header
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.elements import dotted

MAX_INTEGER = 64
"""Octets in an INTEGER at most."""
MAX_TEXT = 4096
"""Octets in a text at most."""
_TAG_NUMBER = 0x1F
_CLOCK = rb"(?:[01]\d|2[0-3])\d{4}"  # 240000 is no time of DER
_GENERALIZED_TIME = re.compile(rb"(\d{8})(" + _CLOCK + rb")(?:\.\d{0,8}[1-9])?Z")
_UTC_TIME = re.compile(rb"(\d{6})(" + _CLOCK + rb")Z")
_FIRST_CENTURY_YEAR = "50"


class Fields:
    """The elements that stand one behind the other between two places of `octets`.

    Each method that takes an element raises `Unreadable` where the next one is of another tag, is cut off, or has a
    length that is not DER.
    """

    __slots__ = ("_end", "_octets", "_position")

    def __init__(self, octets: bytes, start: int = 0, end: int | None = None) -> None:
        self._octets = octets
        self._position = start
        self._end = len(octets) if end is None else end

    @property
    def tag(self) -> int:
        """The identifier octet of the next element; -1 after the last one."""
        return self._octets[self._position] if self._position < self._end else -1

    @property
    def position(self) -> int:
        """Where the next element begins."""
        return self._position

    @property
    def size(self) -> int:
        """How many octets are left."""
        return self._end - self._position

    def _next(self, tag: int | None) -> tuple[int, int, int]:
        """Where the next element begins, where its contents begin, and where it ends."""
        octets, position, limit = self._octets, self._position, self._end
        if tag is not None and (position >= limit or octets[position] != tag):
            raise Unreadable(f"an element with the tag {tag:#04x} is missing")
        start = position + 2
        if start <= limit and octets[position + 1] < der.LONG_FORM and octets[position] & _TAG_NUMBER != _TAG_NUMBER:
            end = start + octets[position + 1]  # the usual case, decided without a call
            if end > limit:
                raise Unreadable("an element is longer than what holds it")
        else:
            start, end = header(octets, position, limit)
        self._position = end
        return position, start, end

    def contents(self, tag: int) -> bytes:
        """The contents of the next element."""
        _, start, end = self._next(tag)
        return self._octets[start:end]

    def element(self, tag: int | None = None) -> bytes:
        """The next element, whole; of any tag without `tag`."""
        begin, _, end = self._next(tag)
        return self._octets[begin:end]

    def inside(self, tag: int) -> "Fields":
        """The fields of the next element."""
        _, start, end = self._next(tag)
        return Fields(self._octets, start, end)

    def optional(self, tag: int) -> bytes | None:
        """The contents of the next element, if it has that tag."""
        return self.contents(tag) if self.tag == tag else None

    def optional_inside(self, tag: int) -> "Fields | None":
        """The fields of the next element, if it has that tag."""
        return self.inside(tag) if self.tag == tag else None

    def explicit(self, tag: int, inner: int | None = None) -> bytes:
        """The one element inside the next one, which is an explicit tag around it."""
        outer = self.inside(tag)
        found = outer.element(inner)
        outer.finish()
        return found

    def optional_explicit(self, tag: int, inner: int | None = None) -> bytes | None:
        """The same, if the next element has that tag."""
        return self.explicit(tag, inner) if self.tag == tag else None

    def require_small(self, limit: int, what: str) -> None:
        """Look at the next element before it is copied.

        Raises:
            Unreadable: it has more than `limit` octets, or is cut off.
        """
        _, end = header(self._octets, self._position, self._end)
        if end - self._position > limit:
            raise Unreadable(f"{what} of more than {limit} octets")

    def each(self, limit: int, what: str) -> Iterator[int]:
        """Until no element is left: its number, for the caller to take it.

        Raises:
            Unreadable: there are more than `limit`.
        """
        count = 0
        while self._position < self._end:
            if count == limit:
                raise Unreadable(f"more than {limit} {what}")
            yield count
            count += 1

    def finish(self) -> None:
        """Raises `Unreadable` where an element is left."""
        if self._position != self._end:
            raise Unreadable("an element that does not belong there")


def read_whole(octets: bytes, tag: int = der.SEQUENCE) -> Fields:
    """The fields of the one element that `octets` must be."""
    outer = Fields(octets)
    inner = outer.inside(tag)
    outer.finish()
    return inner


def contents_of(octets: bytes, tag: int) -> bytes:
    """The contents of the one element that `octets` must be."""
    outer = Fields(octets)
    found = outer.contents(tag)
    outer.finish()
    return found


def texts_in(fields: Fields, limit: int, octets: int = MAX_TEXT) -> tuple[str, ...]:
    """The UTF8Strings that `fields` are: a PKIFreeText's (RFC 9810, 5.1.1), for example.

    Args:
        limit: how many there are at most.
        octets: how many each has at most.
    """
    found = (bounded(fields.contents(der.UTF8_STRING), octets, "a text") for _ in fields.each(limit, "texts"))
    return tuple(map(text, found))


def integer(contents: bytes) -> int:
    """The INTEGER with those contents (X.690, 8.3).

    Raises:
        Unreadable: it is empty, not minimal, or has more than 64 octets.
    """
    if not 1 <= len(contents) <= MAX_INTEGER:
        raise Unreadable("an integer of no octets, or of too many")
    if len(contents) > 1 and contents[0] in (0x00, 0xFF) and contents[0] >> 7 == contents[1] >> 7:
        raise Unreadable("an integer that is not minimal")
    return int.from_bytes(contents, "big", signed=True)


def small_integer(contents: bytes) -> int:
    """The same, of four octets at most."""
    if len(contents) > 4:
        raise Unreadable("a number that is out of bounds")
    return integer(contents)


def bit_string(contents: bytes) -> bytes:
    """The whole octets of the BIT STRING with those contents."""
    if contents[:1] != b"\x00":
        raise Unreadable("a bit string that is not of whole octets")
    return contents[1:]


def oid(contents: bytes) -> str:
    """The OBJECT IDENTIFIER with those contents, dotted."""
    return dotted(contents)


def text(contents: bytes) -> str:
    """The UTF8String with those contents."""
    try:
        return contents.decode()
    except UnicodeDecodeError:
        raise Unreadable("a text that is not UTF-8") from None


def bounded(octets: bytes, limit: int, what: str) -> bytes:
    """`octets`, of which there are `limit` at most."""
    if len(octets) > limit:
        raise Unreadable(f"{what} of more than {limit} octets")
    return octets


def moment(tag: int, contents: bytes) -> datetime:
    """The GeneralizedTime or UTCTime with those contents, UTC (X.690, 11.7 and 11.8); fractions are cut off."""
    pattern = _TIMES.get(tag)
    found = pattern.fullmatch(contents) if pattern else None
    if found is None:
        raise Unreadable("a time that is none, or is not in DER")
    day, clock = found[1].decode(), found[2].decode()
    if tag == der.UTC_TIME:
        day = ("19" if day[:2] >= _FIRST_CENTURY_YEAR else "20") + day
    try:
        return datetime.fromisoformat(f"{day}T{clock}Z")
    except ValueError:
        raise Unreadable("a time that does not exist") from None


_TIMES: dict[int, re.Pattern[bytes]] = {der.GENERALIZED_TIME: _GENERALIZED_TIME, der.UTC_TIME: _UTC_TIME}
