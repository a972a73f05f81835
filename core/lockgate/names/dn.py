"""Distinguished names as text: read strictly, printed one way.

The textual form is the one operators of CAs write: RFC 4514 attribute names and escapes, comma-separated, the most
specific attribute first (`CN=user,O=Example,C=SE`). A certificate holds them the other way round, the country first
(RFC 4514, 2.1); `in_encoded_order` and `from_encoded_order` are the only places that turn one order into the other.
The attributes of a multi-valued RDN are joined by `+` (RFC 4514, 2.2), sorted by name and value: they are a set.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from lockgate.errors import InvalidName
from lockgate.names.lookalikes import lookalikes
from lockgate.names.visibility import is_visible

ATTRIBUTE_OIDS = {
    "CN": "2.5.4.3",
    "SURNAME": "2.5.4.4",
    "SERIALNUMBER": "2.5.4.5",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "STREET": "2.5.4.9",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "TITLE": "2.5.4.12",
    "DESCRIPTION": "2.5.4.13",
    "BUSINESSCATEGORY": "2.5.4.15",
    "POSTALCODE": "2.5.4.17",
    "TELEPHONENUMBER": "2.5.4.20",
    "NAME": "2.5.4.41",
    "GIVENNAME": "2.5.4.42",
    "INITIALS": "2.5.4.43",
    "GENERATIONQUALIFIER": "2.5.4.44",
    "DN": "2.5.4.46",
    "HOUSEIDENTIFIER": "2.5.4.51",
    "PSEUDONYM": "2.5.4.65",
    "ORGANIZATIONIDENTIFIER": "2.5.4.97",
    "UID": "0.9.2342.19200300.100.1.1",
    "DC": "0.9.2342.19200300.100.1.25",
    "E": "1.2.840.113549.1.9.1",
    "UNSTRUCTUREDNAME": "1.2.840.113549.1.9.2",
    "UNSTRUCTUREDADDRESS": "1.2.840.113549.1.9.8",
}
"""Attribute names that are read and printed, and their object identifiers (RFC 5280, appendix A; RFC 4519; RFC 2985,
5.4)."""
_NAMES = {oid: name for name, oid in ATTRIBUTE_OIDS.items()}
SYNONYMS = {
    "SN": "SERIALNUMBER",
    "S": "ST",
    "EMAILADDRESS": "E",
    "EMAIL": "E",
    "T": "TITLE",
    "GENERATION": "GENERATIONQUALIFIER",
}
UPPER_BOUNDS = {
    "C": 2,
    "CN": 64,
    "O": 64,
    "OU": 64,
    "SERIALNUMBER": 64,
    "TITLE": 64,
    "L": 128,
    "ST": 128,
    "E": 255,
    "BUSINESSCATEGORY": 128,
    "TELEPHONENUMBER": 32,
}
"""Characters at most (RFC 5280, appendix A.1; X.520, annex C); others: `MAX_VALUE_LENGTH`."""
MAX_VALUE_LENGTH = 255
MAX_ATTRIBUTES = 64
_SPECIAL = ',+"\\<>;='
_TO_ESCAPE = re.compile(rf"[{re.escape(_SPECIAL)}]|^[# ]| $")
_SEPARATORS = {separator: re.compile(rf"\\.|{re.escape(separator)}", re.DOTALL) for separator in ",+"}
_SYNTAX = re.compile(r"""\\.?|[,+"<>;]""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its name as in `ATTRIBUTE_OIDS`, and its value."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}={escape(self.value)}"


Rdn = tuple[Attribute, ...]
"""A relative distinguished name; most have one attribute."""
ComparableName = tuple[frozenset[tuple[str, str]], ...]
"""For each RDN, the name and the folded value of each attribute."""


@dataclass(frozen=True, slots=True)
class DistinguishedName:
    """A name: its RDNs in the order written."""

    rdns: tuple[Rdn, ...]

    def __str__(self) -> str:
        return ",".join("+".join(map(str, rdn)) for rdn in self.rdns)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Every attribute, in the order written."""
        return tuple(attribute for rdn in self.rdns for attribute in rdn)

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of the attribute `name`."""
        return tuple(attribute.value for attribute in self.attributes if attribute.name == name)

    @property
    def comparable(self) -> ComparableName:
        """Equal for all that RFC 5280, 7.1, calls the same name: letter case and the number of spaces do not count."""
        return tuple(frozenset((attribute.name, folded(attribute.value)) for attribute in rdn) for rdn in self.rdns)

    def in_encoded_order(self) -> tuple[Rdn, ...]:
        """The RDNs in the order in which a certificate's RDNSequence holds them."""
        return self.rdns[::-1]


def from_encoded_order(rdns: Iterable[Iterable[tuple[str, str]]]) -> DistinguishedName:
    """The name that a certificate holds.

    Args:
        rdns: in the order of the RDNSequence; object identifier (dotted) and value of each attribute. An attribute
            whose identifier has no name here keeps the identifier as its name.
    """
    named = [_rdn(Attribute(_NAMES.get(oid, oid), value) for oid, value in rdn) for rdn in rdns]
    return DistinguishedName(tuple(reversed(named)))


def parse_dn(text: str) -> DistinguishedName:
    """Read a distinguished name.

    Raises:
        InvalidName: an unknown attribute, an empty or overlong value, control or invisible characters, bad syntax.
    """
    parts = [split_escaped(part, "+") or [part] for part in split_escaped(text)]
    if sum(map(len, parts)) > MAX_ATTRIBUTES:
        raise InvalidName(f"a name has at most {MAX_ATTRIBUTES} attributes")
    return DistinguishedName(tuple(_rdn(map(_attribute, part)) for part in parts))


def check_text(what: str, value: str, max_length: int = MAX_VALUE_LENGTH) -> str:
    """`value`, unchanged, if it is fit to stand in a certificate.

    Raises:
        InvalidName: it is empty or too long, is not in Unicode's composed form (NFC), or holds control, invisible or
            unassigned characters, spaces that are no U+0020, or letters that could be taken for others (`lookalikes`).
    """
    if not value.strip() or len(value) > max_length:
        raise InvalidName(f"{what}: 1 to {max_length} characters are needed")
    if not all(map(is_visible, value)):
        raise InvalidName(f"{what}: control or invisible characters are not allowed")
    if not unicodedata.is_normalized("NFC", value):
        raise InvalidName(f"{what}: the text is not in Unicode's composed form (NFC)")
    if confusing := lookalikes(value):
        raise InvalidName(f"{what}: {confusing}")
    return value


def folded(value: str) -> str:
    """`value` without its case and its number of spaces, which do not count in a comparison (RFC 5280, 7.1)."""
    return " ".join(value.casefold().split())


def _rdn(attributes: Iterable[Attribute]) -> Rdn:
    return tuple(sorted(attributes, key=lambda attribute: (attribute.name, attribute.value)))


def _attribute(part: str) -> Attribute:
    name, equals, value = part.partition("=")
    name = name.strip().upper()
    name = SYNONYMS.get(name, name)
    if not equals or name not in ATTRIBUTE_OIDS:
        raise InvalidName(f"no known attribute at {part[:40]!a}")
    value = unescape(value)
    return Attribute(name, check_text(name, value, UPPER_BOUNDS.get(name, MAX_VALUE_LENGTH)))


def split_escaped(text: str, separator: str = ",") -> list[str]:
    """Cut `text` at each `,` or `+` that is not escaped; the parts stay escaped."""
    found = [found.start() for found in _SEPARATORS[separator].finditer(text) if found[0] == separator]
    cuts = pairwise((-1, *found, len(text)))
    return [text[before + 1 : after] for before, after in cuts] if text.strip() else []


def unescape(value: str) -> str:
    """Resolve backslash escapes (RFC 4514, 2.4) after removing unescaped spaces at both ends."""
    value = value.lstrip(" ")
    while value.endswith(" ") and not value.endswith("\\ "):
        value = value[:-1]
    return _SYNTAX.sub(_plain, value)


def _plain(syntax: re.Match[str]) -> str:
    if syntax[0][0] != "\\":
        raise InvalidName(f"{syntax[0]!a} must be escaped with a backslash")
    return _escaped_character(syntax[0][1:])


def _escaped_character(character: str) -> str:
    if not character or character not in _SPECIAL + " #":
        raise InvalidName('a backslash escapes one of , + " \\ < > ; = # or a space')
    return character


def escape(value: str) -> str:
    """`value` with everything escaped that would end it or not survive reading (RFC 4514, 2.4)."""
    if not _TO_ESCAPE.search(value):
        return value
    escaped = "".join("\\" + character if character in _SPECIAL else character for character in value)
    if escaped.startswith(("#", " ")):
        escaped = "\\" + escaped
    return escaped[:-1] + "\\ " if escaped.endswith(" ") and len(value) > 1 else escaped
