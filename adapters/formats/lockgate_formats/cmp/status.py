"""PKIStatusInfo (RFC 9810, 5.2.3): read and written."""

from lockgate_formats import der
from lockgate_formats.cmp.limits import MessageLimits
from lockgate_formats.cmp.messages import StatusInfo
from lockgate_formats.cmp.vocabulary import FailInfo, PkiStatus
from lockgate_formats.cmp.writing import free_text
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, small_integer, texts_in

MAX_FAIL_INFO = 8
"""Octets in a failInfo at most; the bits that have a name need four."""
_BITS = 8


def take_status(fields: Fields, limits: MessageLimits) -> StatusInfo:
    """The next element, a PKIStatusInfo; bits of failInfo without a name are skipped.

    Raises:
        ValueError: it is none.
    """
    info = fields.inside(der.SEQUENCE)
    number = small_integer(info.contents(der.INTEGER))
    if number not in _STATUSES:
        raise Unreadable("a status of no kind")
    texts = info.optional_inside(der.SEQUENCE)
    found = () if texts is None else texts_in(texts, limits.texts, limits.text)
    bits = info.optional(der.BIT_STRING)
    info.finish()
    return StatusInfo(_STATUSES[number], frozenset() if bits is None else _fail_info(bits), found)


_STATUSES = {int(status): status for status in PkiStatus}


def _fail_info(contents: bytes) -> frozenset[FailInfo]:
    if not 1 <= len(contents) <= MAX_FAIL_INFO or contents[0] >= _BITS:
        raise Unreadable("a failInfo that is no bit string, or too long")
    unused, octets = contents[0], contents[1:]
    if (unused and not octets) or (octets and octets[-1] & ((1 << unused) - 1)):
        raise Unreadable("a failInfo with unused bits that are set")
    return frozenset(bit for bit in FailInfo if _is_set(octets, bit))


def _is_set(octets: bytes, bit: int) -> bool:
    place = bit // _BITS
    return place < len(octets) and bool(octets[place] << bit % _BITS & 0x80)


def encode_status(status: StatusInfo) -> bytes:
    """The DER PKIStatusInfo."""
    return der.sequence(
        der.integer(status.status),
        free_text(status.texts) if status.texts else b"",
        der.enumerated_bits(frozenset(status.fail_info)) if status.fail_info else b"",
    )
