"""PKIHeader (RFC 9810, 5.1.1): read and written. Its optional fields are a table."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from lockgate_formats import der
from lockgate_formats.cmp.info_values import encode_infos, take_infos
from lockgate_formats.cmp.limits import MessageLimits
from lockgate_formats.cmp.messages import Header, MalformedMessage
from lockgate_formats.cmp.names import NULL_DN, take_general_name
from lockgate_formats.cmp.writing import free_text, generalized_time, signed_integer
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, bounded, moment, read_whole, small_integer, texts_in

_NOTHING: dict[str, Any] = {"pvno": 3, "sender": NULL_DN, "recipient": NULL_DN}
"""In place of what cannot be read of a malformed header."""
Taker = Callable[[Fields, MessageLimits], object]


def _octets(limit: str, what: str) -> Taker:
    """Takes an OCTET STRING with at most as many octets as the limit of that name says."""
    return lambda fields, limits: bounded(fields.contents(der.OCTET_STRING), getattr(limits, limit), what)


def _general_name(fields: Fields, limits: MessageLimits) -> bytes:
    return bounded(take_general_name(fields), limits.name, "a name")


_REQUIRED: Mapping[str, Taker] = {
    "pvno": lambda fields, _: small_integer(fields.contents(der.INTEGER)),
    "sender": _general_name,
    "recipient": _general_name,
}
"""Name and reader of each field that every header has, in their order."""
_FIELDS: Mapping[int, tuple[str, Taker]] = {
    0xA0: ("message_time", lambda fields, _: moment(der.GENERALIZED_TIME, fields.contents(der.GENERALIZED_TIME))),
    0xA1: (
        "protection_algorithm",
        lambda fields, limits: bounded(fields.element(der.SEQUENCE), limits.algorithm, "an algorithm"),
    ),
    0xA2: ("sender_kid", _octets("key_identifier", "a senderKID")),
    0xA3: ("recip_kid", _octets("key_identifier", "a recipKID")),
    0xA4: ("transaction_id", _octets("transaction_id", "a transactionID")),
    0xA5: ("sender_nonce", _octets("nonce", "a senderNonce")),
    0xA6: ("recip_nonce", _octets("nonce", "a recipNonce")),
    0xA7: ("free_text", lambda fields, limits: texts_in(fields.inside(der.SEQUENCE), limits.texts, limits.text)),
    0xA8: (
        "general_info",
        lambda fields, limits: take_infos(fields.inside(der.SEQUENCE), limits.infos, "members in generalInfo"),
    ),
}
"""Name and reader of each optional field, by its tag."""


def read_header(octets: bytes, limits: MessageLimits) -> Header:
    """Read the DER PKIHeader.

    Raises:
        MalformedMessage: it is none, or out of bounds; what could be read goes along.
    """
    try:
        fields = read_whole(octets)
        return Header(**_required(fields, limits), **_optional(fields, limits))
    except ValueError as error:
        raise MalformedMessage(f"The header cannot be read: {error}.", header=_salvaged(octets, limits)) from None


def _required(fields: Fields, limits: MessageLimits) -> dict[str, Any]:
    return dict(_named(name, limits, fields) for name in _REQUIRED)


def _named(name: str, limits: MessageLimits, fields: Fields) -> tuple[str, object]:
    """The name and the value of the next field, one that every header has."""
    return name, _REQUIRED[name](fields, limits)


def _optional(fields: Fields, limits: MessageLimits) -> dict[str, Any]:
    found: dict[str, Any] = {}
    last = 0
    while fields.size:
        tag = fields.tag
        if tag not in _FIELDS or tag <= last:
            raise Unreadable("a field that does not belong there")
        name, value = _taken(fields, limits)
        found[name] = value
        last = tag
    return found


def _taken(fields: Fields, limits: MessageLimits) -> tuple[str, object]:
    """The name and the value of the next field."""
    name, take = _FIELDS[fields.tag]
    field = fields.inside(fields.tag)
    value = take(field, limits)
    field.finish()
    return name, value


def _salvaged(octets: bytes, limits: MessageLimits) -> Header | None:
    """What can be read of a header that is malformed, so that it can be answered."""
    found: dict[str, Any] = {}
    with suppress(ValueError):
        fields = read_whole(octets)
        for name in _REQUIRED:
            _salvage(fields, partial(_named, name, limits), found)
        for _ in fields.each(len(_FIELDS), "fields"):
            _salvage(fields, lambda one: _taken(one, limits), found)
    return Header(**(_NOTHING | found)) if found else None


def _salvage(fields: Fields, take: Callable[[Fields], tuple[str, object]], found: dict[str, Any]) -> None:
    """Put the next element into `found`, if it can be read."""
    one = Fields(fields.element())
    with suppress(ValueError, KeyError):
        name, value = take(one)
        found[name] = value


def encode_header(header: Header) -> bytes:
    """The DER PKIHeader; the time without fractions of a second (RFC 9810, 5.1.1)."""
    optional = (
        header.message_time and generalized_time(header.message_time),
        header.protection_algorithm,
        *(None if octets is None else der.octet_string(octets) for octets in _octet_strings(header)),
        header.free_text and free_text(header.free_text),
        header.general_info and encode_infos(header.general_info),
    )
    tagged = (der.explicit(number, field) for number, field in enumerate(optional) if field)
    return der.sequence(signed_integer(header.pvno), header.sender, header.recipient, *tagged)


def _octet_strings(header: Header) -> tuple[bytes | None, ...]:
    """The fields 2 to 6."""
    return header.sender_kid, header.recip_kid, header.transaction_id, header.sender_nonce, header.recip_nonce
