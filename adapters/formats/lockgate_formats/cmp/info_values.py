"""Types with values: InfoTypeAndValue (RFC 9810, 5.3.19) and CRMF's AttributeTypeAndValue (RFC 4211, 3)."""

from collections.abc import Iterable
from functools import cache

from lockgate_formats import der
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import ControlType, InfoType, RegInfoType
from lockgate_formats.fields import Fields, oid


@cache
def _known() -> dict[bytes, str]:
    """The types that are used, by the contents of their object identifiers: most need no decoding."""
    types: tuple[str, ...] = (*InfoType, *ControlType, *RegInfoType)
    return {der.oid(str(dotted))[2:]: str(dotted) for dotted in types}


def take_info(fields: Fields) -> InfoValue:
    """The next element, an InfoTypeAndValue.

    Raises:
        ValueError: it is none.
    """
    info = fields.inside(der.SEQUENCE)
    kind = info.contents(der.OBJECT_IDENTIFIER)
    value = info.element() if info.size else None
    info.finish()
    return InfoValue(_known().get(kind) or oid(kind), value)


def take_infos(fields: Fields, limit: int, what: str) -> tuple[InfoValue, ...]:
    """All elements that are left.

    Args:
        limit: how many there are at most.
        what: they are, for the error.

    Raises:
        ValueError: one is no InfoTypeAndValue, or there are more.
    """
    return tuple(take_info(fields) for _ in fields.each(limit, what))


def encode_info(info: InfoValue) -> bytes:
    """The DER InfoTypeAndValue."""
    return der.sequence(der.oid(str(info.oid)), info.value or b"")


def encode_infos(infos: Iterable[InfoValue]) -> bytes:
    """The DER SEQUENCE OF InfoTypeAndValue."""
    return der.sequence(*map(encode_info, infos))
