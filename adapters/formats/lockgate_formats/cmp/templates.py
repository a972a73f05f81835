"""CertTemplate (RFC 4211, 5): read and written. All its fields are optional."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateTemplate, Validity
from lockgate_formats.cmp.writing import signed_integer
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, integer, moment, small_integer

_SUBJECT_PUBLIC_KEY_INFO = [der.SEQUENCE, der.BIT_STRING]


def _name(fields: Fields) -> bytes:
    return fields.explicit(fields.tag, der.SEQUENCE)


def _sequence(fields: Fields) -> bytes:
    """A SEQUENCE under an implicit tag, as it is without."""
    return der.element(der.SEQUENCE, fields.contents(fields.tag))


def _public_key(fields: Fields) -> bytes:
    found = _sequence(fields)
    inner = Fields(found).inside(der.SEQUENCE)
    for tag in _SUBJECT_PUBLIC_KEY_INFO:
        inner.contents(tag)
    inner.finish()
    return found


def _validity(fields: Fields) -> Validity:
    inner = fields.inside(fields.tag)
    found = Validity(_time(inner, 0xA0), _time(inner, 0xA1))
    inner.finish()
    return found


def _time(fields: Fields, tag: int) -> datetime | None:
    explicit = fields.optional_inside(tag)
    if explicit is None:
        return None
    kind = explicit.tag
    found = moment(kind, explicit.contents(kind))
    explicit.finish()
    return found


def _unique_id(fields: Fields) -> bool:
    fields.element()
    return True


_FIELDS: Mapping[int, tuple[str, Callable[[Fields], object]]] = {
    0x80: ("version", lambda fields: small_integer(fields.contents(0x80))),
    0x81: ("serial_number", lambda fields: integer(fields.contents(0x81))),
    0xA2: ("signing_algorithm", _sequence),
    0xA3: ("issuer", _name),
    0xA4: ("validity", _validity),
    0xA5: ("subject", _name),
    0xA6: ("public_key", _public_key),
    0x87: ("unique_ids", _unique_id),
    0x88: ("unique_ids", _unique_id),
    0xA9: ("extensions", _sequence),
}
"""Name and reader of each field, by its tag; they stand in the order of the tags' numbers."""
_TAG_NUMBER = 0x1F


def take_template(fields: Fields) -> CertificateTemplate:
    """The next element, a CertTemplate.

    Raises:
        ValueError: it is none.
    """
    template = fields.inside(der.SEQUENCE)
    found: dict[str, Any] = {}
    last = -1
    while template.size:
        tag = template.tag
        number = tag & _TAG_NUMBER
        if tag not in _FIELDS or number <= last:
            raise Unreadable("a field that does not belong into the template")
        name, take = _FIELDS[tag]
        found[name] = take(template)
        last = number
    return CertificateTemplate(**found)


def encode_template(template: CertificateTemplate) -> bytes:
    """The DER CertTemplate; unique identifiers are not written."""
    version, serial_number = (
        None if number is None else signed_integer(number)[_HEAD:]
        for number in (template.version, template.serial_number)
    )
    return der.sequence(
        b"" if version is None else der.implicit(0, version),
        b"" if serial_number is None else der.implicit(1, serial_number),
        _retagged(2, template.signing_algorithm),
        _tagged(3, template.issuer),
        _encoded_validity(template.validity),
        _tagged(5, template.subject),
        _retagged(6, template.public_key),
        _retagged(9, template.extensions),
    )


_HEAD = 2
"""Octets before the contents of a short element."""


def _tagged(number: int, element: bytes | None) -> bytes:
    return b"" if element is None else der.explicit(number, element)


def _retagged(number: int, sequence: bytes | None) -> bytes:
    """The SEQUENCE under an implicit tag."""
    return b"" if sequence is None else bytes((der.CONTEXT_0 | number,)) + sequence[1:]


def _encoded_validity(validity: Validity | None) -> bytes:
    if validity is None:
        return b""
    ends = (validity.not_before, validity.not_after)
    return der.explicit(4, b"".join(der.explicit(n, der.time(end)) for n, end in enumerate(ends) if end))
