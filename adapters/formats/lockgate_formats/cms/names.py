"""DER Names in a form that compares by meaning (RFC 5280, 7.1): libraries write one name in several ways.

For octets that were not checked: a name need not be one that the library of certificates reads.
"""

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat import asn1

from lockgate.names.dn import MAX_ATTRIBUTES, folded
from lockgate_formats import der
from lockgate_formats.cms import elements
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.cms.structures import IssuerAndSerialNumber

MAX_OCTETS = 16 * 1024
CACHED = 256
"""Names that are kept in their comparable form."""
_ENCODINGS = {
    der.UTF8_STRING: "utf-8",
    der.PRINTABLE_STRING: "ascii",
    der.IA5_STRING: "ascii",
    der.TELETEX_STRING: "latin-1",
    der.BMP_STRING: "utf-16-be",
}
ComparableName = tuple[frozenset[tuple[str, str | bytes]], ...]
"""For each RDN, each attribute's object identifier (dotted) and value: text, folded, or the DER of anything else."""


@asn1.sequence
class _Attribute:
    """RFC 5280, 4.1.2.4: AttributeTypeAndValue."""

    kind: x509.ObjectIdentifier
    value: asn1.TLV


@dataclass(frozen=True, slots=True)
class Identifier:
    """IssuerAndSerialNumber (RFC 5652, 10.2.4); equal to every other one that means the same certificate."""

    issuer: ComparableName
    serial_number: int


def identifier(octets: bytes) -> Identifier:
    """Read a DER IssuerAndSerialNumber.

    Raises:
        ValueError: it is none, or its name has too many attributes.
    """
    read = asn1.decode_der(IssuerAndSerialNumber, octets)
    return Identifier(comparable(elements.whole(read.issuer)), int(read.serial_number))


@lru_cache(maxsize=CACHED)
def comparable(name: bytes) -> ComparableName:
    """The DER Name `name`, without its string types, letter case and number of spaces.

    Raises:
        ValueError: it is none, or has too many attributes.
    """
    rdns = _members(name, der.SEQUENCE)
    return tuple(frozenset(map(_attribute, _members(rdn, der.SET))) for rdn in rdns)


def _members(octets: bytes, tag: int) -> list[bytes]:
    start, end = elements.header(octets, 0, len(octets))
    if octets[0] != tag or end != len(octets):
        raise Unreadable("no name where it must be")
    return [member for _, member in elements.members(octets[start:end], MAX_ATTRIBUTES, MAX_OCTETS)]


def _attribute(octets: bytes) -> tuple[str, str | bytes]:
    attribute = asn1.decode_der(_Attribute, octets)
    return attribute.kind.dotted_string, _value(attribute.value)


def _value(value: asn1.TLV) -> str | bytes:
    encoding = _ENCODINGS.get(value.tag_bytes[0])
    try:
        return folded(bytes(value.data).decode(encoding)) if encoding else elements.whole(value)
    except UnicodeDecodeError:
        return elements.whole(value)
