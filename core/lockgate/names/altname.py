"""Subject alternative names as text: `DNSNAME=host.example,RFC822NAME=user@example.org,IPADDRESS=192.0.2.1`.

A DIRECTORYNAME's value is a distinguished name, its commas escaped once more: `DIRECTORYNAME=CN=user\\,O=Example`.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lockgate.errors import InvalidName
from lockgate.names.dn import check_text, escape, parse_dn, split_escaped, unescape

MAX_NAMES = 100
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+")
_GUID = re.compile(r"[0-9a-f]{32}")
_IDENTIFIER = re.compile(r"([01]\.[1-3]?[0-9]|2\.(0|[1-9][0-9]{0,9}))(\.(0|[1-9][0-9]{0,38})){0,30}")
_MAX_IDENTIFIER = 64
SYNONYMS = {"EMAIL": "RFC822NAME", "URI": "UNIFORMRESOURCEIDENTIFIER", "IP": "IPADDRESS"}


@dataclass(frozen=True, slots=True)
class GeneralName:
    """One alternative name: its kind as in `KINDS`, and its value."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind}={escape(self.value)}"


def _dns_name(value: str) -> bool:
    labels = value.removeprefix("*.").split(".")
    return len(value) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def _ip_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return "%" not in value  # a zone, which no certificate holds


def _object_identifier(value: str) -> bool:
    return len(value) <= _MAX_IDENTIFIER and _IDENTIFIER.fullmatch(value) is not None


def _directory_name(value: str) -> bool:
    return bool(parse_dn(value).rdns)


KINDS: Mapping[str, Callable[[str], bool]] = {
    "DNSNAME": _dns_name,
    "RFC822NAME": lambda value: _MAILBOX.fullmatch(value) is not None,
    "IPADDRESS": _ip_address,
    "UNIFORMRESOURCEIDENTIFIER": lambda value: _URI.fullmatch(value) is not None,
    "UPN": lambda value: "@" in value,
    "GUID": lambda value: _GUID.fullmatch(value.lower()) is not None,
    "REGISTEREDID": _object_identifier,
    "DIRECTORYNAME": _directory_name,
}
"""The kinds of name that are read, each with the test its value must pass (RFC 5280, 4.2.1.6).

UPN and GUID are Microsoft's otherNames; a GUID is its 16 octets in hexadecimal, in the order in which they are encoded.
"""
_ONE_FORM: Mapping[str, Callable[[str], str]] = {
    "IPADDRESS": lambda value: str(ipaddress.ip_address(value)),
    "GUID": str.lower,
    "DIRECTORYNAME": lambda value: str(parse_dn(value)),
}
"""The one form of a value that can be written in several ways."""


def parse_alt_name(text: str | None) -> tuple[GeneralName, ...]:
    """Read alternative names; none for None or an empty text.

    Raises:
        InvalidName: an unknown kind, a value that does not fit its kind, bad syntax, too many names.
    """
    parts = split_escaped(text or "")
    if len(parts) > MAX_NAMES:
        raise InvalidName(f"at most {MAX_NAMES} alternative names are allowed")
    return tuple(map(_name, parts))


def _name(part: str) -> GeneralName:
    kind, equals, value = part.partition("=")
    kind = kind.strip().upper()
    kind = SYNONYMS.get(kind, kind)
    if not equals or kind not in KINDS:
        raise InvalidName(f"no known kind of alternative name at {part[:40]!a}")
    value = unescape(value)
    if kind != "DIRECTORYNAME":  # whose values are checked one by one
        check_text(kind, value)
    if not KINDS[kind](value):
        raise InvalidName(f"{kind}: {value[:80]!a} is no such name")
    return GeneralName(kind, _ONE_FORM.get(kind, str)(value))
