"""Distinguished names as text: read strictly, printed one way.

The textual form is the one operators of CAs write: RFC 4514 attribute names and escapes, comma-separated, the most
specific attribute first (`CN=user,O=Example,C=SE`). A certificate holds them the other way round, the country first
(RFC 4514, 2.1); `in_encoded_order` and `from_encoded_order` are the only places that turn one order into the other.
Multi-valued RDNs are not supported.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from lockgate.errors import InvalidName
from lockgate.lookalikes import lookalikes
from lockgate.precis import IGNORABLE

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
    "POSTALCODE": "2.5.4.17",
    "GIVENNAME": "2.5.4.42",
    "INITIALS": "2.5.4.43",
    "DN": "2.5.4.46",
    "PSEUDONYM": "2.5.4.65",
    "ORGANIZATIONIDENTIFIER": "2.5.4.97",
    "UID": "0.9.2342.19200300.100.1.1",
    "DC": "0.9.2342.19200300.100.1.25",
    "E": "1.2.840.113549.1.9.1",
}
"""Attribute names that are read and printed, and their object identifiers (RFC 5280, appendix A; RFC 4519)."""
_NAMES = {oid: name for name, oid in ATTRIBUTE_OIDS.items()}
SYNONYMS = {"SN": "SERIALNUMBER", "S": "ST", "EMAILADDRESS": "E", "EMAIL": "E", "T": "TITLE"}
UPPER_BOUNDS = {"C": 2, "CN": 64, "O": 64, "OU": 64, "SERIALNUMBER": 64, "TITLE": 64, "L": 128, "ST": 128, "E": 255}
"""Characters at most (RFC 5280, appendix A.1); others: `MAX_VALUE_LENGTH`."""
MAX_VALUE_LENGTH = 255
MAX_ATTRIBUTES = 64
_SPECIAL = ',+"\\<>;='
_TO_ESCAPE = re.compile(rf"[{re.escape(_SPECIAL)}]|^[# ]| $")
_COMMA = re.compile(r"\\.|,", re.DOTALL)
_SYNTAX = re.compile(r"""\\.?|[,+"<>;]""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its name as in `ATTRIBUTE_OIDS`, and its value."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}={escape(self.value)}"


@dataclass(frozen=True, slots=True)
class DistinguishedName:
    """A name: its attributes in the order written."""

    attributes: tuple[Attribute, ...]

    def __str__(self) -> str:
        return ",".join(map(str, self.attributes))

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of the attribute `name`."""
        return tuple(attribute.value for attribute in self.attributes if attribute.name == name)

    def in_encoded_order(self) -> tuple[Attribute, ...]:
        """The attributes in the order in which a certificate's RDNSequence holds them."""
        return self.attributes[::-1]


def from_encoded_order(attributes: Iterable[tuple[str, str]]) -> DistinguishedName:
    """The name that a certificate holds.

    Args:
        attributes: object identifier (dotted) and value of each attribute, in the order of the RDNSequence. An
            attribute whose identifier has no name here keeps the identifier as its name.
    """
    named = [Attribute(_NAMES.get(oid, oid), value) for oid, value in attributes]
    return DistinguishedName(tuple(reversed(named)))


def parse_dn(text: str) -> DistinguishedName:
    """Read a distinguished name.

    Raises:
        InvalidName: an unknown attribute, an empty or overlong value, control or invisible characters, bad syntax.
    """
    parts = split_escaped(text)
    if len(parts) > MAX_ATTRIBUTES:
        raise InvalidName(f"a name has at most {MAX_ATTRIBUTES} attributes")
    return DistinguishedName(tuple(map(_attribute, parts)))


def check_text(what: str, value: str, max_length: int = MAX_VALUE_LENGTH) -> str:
    """`value`, unchanged, if it is fit to stand in a certificate.

    Raises:
        InvalidName: it is empty or too long, is not in Unicode's composed form (NFC), or holds control, invisible or
            unassigned characters, spaces that are no U+0020, or letters that could be taken for others (`lookalikes`).
    """
    if not value.strip() or len(value) > max_length:
        raise InvalidName(f"{what}: 1 to {max_length} characters are needed")
    if not value.isprintable() or IGNORABLE.search(value):
        raise InvalidName(f"{what}: control or invisible characters are not allowed")
    if not unicodedata.is_normalized("NFC", value):
        raise InvalidName(f"{what}: the text is not in Unicode's composed form (NFC)")
    if confusing := lookalikes(value):
        raise InvalidName(f"{what}: {confusing}")
    return value


def _attribute(part: str) -> Attribute:
    name, equals, value = part.partition("=")
    name = name.strip().upper()
    name = SYNONYMS.get(name, name)
    if not equals or name not in ATTRIBUTE_OIDS:
        raise InvalidName(f"no known attribute at {part[:40]!a}")
    value = unescape(value)
    return Attribute(name, check_text(name, value, UPPER_BOUNDS.get(name, MAX_VALUE_LENGTH)))


def split_escaped(text: str) -> list[str]:
    """Cut `text` at commas that are not escaped; the parts stay escaped."""
    commas = [found.start() for found in _COMMA.finditer(text) if found[0] == ","]
    cuts = pairwise((-1, *commas, len(text)))
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
