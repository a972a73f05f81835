"""PKCS#10 requests (RFC 2986) as octets: bounded before a decoder sees them, and written in DER for it.

Strict decoders refuse requests of some devices: strongSwan writes the attributes in an order that is not DER's, others
write names as PrintableStrings that contain `_` or `@`. So requests are sorted before they are read, and such text
becomes a UTF8String with the same characters. The signature is verified over the octets as they were sent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lockgate_formats.der import CONTEXT_0, PRINTABLE_STRING, SEQUENCE, SET, UTF8_STRING, element
from lockgate_formats.elements import contents, members

_ATTRIBUTES = CONTEXT_0
_PRINTABLE = re.compile(rb"[A-Za-z0-9 '()+,\-./:=?]*")  # X.680, 41.4
_VISIBLE = re.compile(rb"[ -~]*")
_PARTS = 4
"""Version, subject, key, attributes."""


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
    """Refuse requests that cost more to decode than any device's request: a decoder creates an object for each member.

    Raises:
        ValueError: the CertificationRequest `request` has more than `MAX_MEMBERS` attributes, or as many in its
            subject, or is no such structure of definite, minimal lengths.
    """
    _, subject, _, attributes = _info(request)[1]
    list(members(contents(attributes, _ATTRIBUTES)))
    # an RDN is a set of attributes
    list(members(b"".join(contents(rdn, SET) for rdn in members(contents(subject, SEQUENCE)))))


def in_der(request: bytes) -> Rewritten:
    """The CertificationRequest `request` with its attributes and those of its subject in DER's order, and the subject's
    PrintableStrings as UTF8Strings where they hold other visible ASCII than they may.

    Raises:
        ValueError: it is no such structure of definite, minimal lengths, or has more than `MAX_MEMBERS` attributes.
    """
    info, (version, subject, key, attributes), rest = _info(request)
    in_order = element(_ATTRIBUTES, *sorted(members(contents(attributes, _ATTRIBUTES))))
    rewritten = element(SEQUENCE, version, _name(subject), key, in_order)
    return Rewritten(element(SEQUENCE, rewritten, *rest), info)


def attributes_of(request: bytes) -> Sequence[tuple[bytes, bytes]]:
    """The object identifier, and the SET of values, of each attribute of the CertificationRequest `request`; DER.

    Raises:
        ValueError: it is no such structure of definite, minimal lengths, or has more than `MAX_MEMBERS` attributes.
    """
    found = [
        tuple(members(contents(attribute, SEQUENCE)))
        for attribute in members(contents(_info(request)[1][-1], _ATTRIBUTES))
    ]
    return [(kind, values) for kind, values in found]


def _name(subject: bytes) -> bytes:
    rdns = [members(contents(rdn, SET)) for rdn in members(contents(subject, SEQUENCE))]
    return element(SEQUENCE, *(element(SET, *sorted(map(_attribute, rdn))) for rdn in rdns))


def _attribute(attribute: bytes) -> bytes:
    """An AttributeTypeAndValue (RFC 5280, 4.1.2.4)."""
    return element(SEQUENCE, *map(_text, members(contents(attribute, SEQUENCE))))


def _text(value: bytes) -> bytes:
    if value[0] != PRINTABLE_STRING:
        return value
    text = contents(value, PRINTABLE_STRING)
    mistaken = _VISIBLE.fullmatch(text) and not _PRINTABLE.fullmatch(text)
    return element(UTF8_STRING, text) if mistaken else value


def _info(request: bytes) -> tuple[bytes, list[bytes], list[bytes]]:
    """The CertificationRequestInfo, its parts, and the octets after it."""
    (whole,) = members(request)
    info, *rest = members(contents(whole, SEQUENCE))
    parts = list(members(contents(info, SEQUENCE)))
    if len(parts) != _PARTS:
        raise ValueError("another number of parts than a CertificationRequestInfo has")
    return info, parts, rest
