"""Names in DER: distinguished names and general names (RFC 5280, 4.1.2.4 and 4.2.1.6).

A distinguished name's text has the most specific attribute first, its encoding has it last (`lockgate.names.dn`).
PrintableString where the standard prescribes it, IA5String for domain components, e-mail addresses and PKCS#9's
unstructuredName, UTF8String for all the rest. General names stand in the order in which they were asked for.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping

from cryptography import x509

from lockgate.errors import InvalidName
from lockgate.names.altname import GeneralName
from lockgate.names.dn import ATTRIBUTE_OIDS, Attribute, DistinguishedName, from_encoded_order, parse_dn
from lockgate_formats import der

UPN_OID, GUID_OID = "1.3.6.1.4.1.311.20.2.3", "1.3.6.1.4.1.311.25.1"
_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_ASCII = re.compile(r"[\x20-\x7e]+")

Encoder = Callable[[str], bytes]
STRING_TYPES: Mapping[str, tuple[Encoder, re.Pattern[str], str]] = {
    "C": (der.printable_string, _COUNTRY, "two capital letters (ISO 3166)"),
    "SERIALNUMBER": (der.printable_string, _PRINTABLE, "characters of PrintableString"),
    "DN": (der.printable_string, _PRINTABLE, "characters of PrintableString"),
    "DC": (der.ia5_string, _ASCII, "ASCII characters"),
    "E": (der.ia5_string, _ASCII, "ASCII characters"),
    "UNSTRUCTUREDNAME": (der.ia5_string, _ASCII, "ASCII characters"),
    "TELEPHONENUMBER": (der.printable_string, _PRINTABLE, "characters of PrintableString"),
}
"""Attributes that are no UTF8String: their encoder, the pattern a value must match, and that pattern in words."""
_ATTRIBUTE_TYPES = {name: der.oid(oid) for name, oid in ATTRIBUTE_OIDS.items()}


def encode_name(name: DistinguishedName) -> bytes:
    """`name` as a DER Name.

    Raises:
        InvalidName: a value does not fit its attribute's string type.
    """
    return der.sequence(*(der.set_of(map(_attribute, rdn)) for rdn in name.in_encoded_order()))


def read_name(name: x509.Name) -> DistinguishedName:
    """The name that a parsed certificate holds."""
    return from_encoded_order(((one.oid.dotted_string, str(one.value)) for one in rdn) for rdn in name.rdns)


def encode_general_names(names: Iterable[GeneralName]) -> bytes:
    """`names` as DER GeneralNames.

    Raises:
        InvalidName: a directory name's value does not fit its attribute's string type.
    """
    return der.sequence(*(_GENERAL_NAMES[name.kind](name.value) for name in names))


def _attribute(attribute: Attribute) -> bytes:
    encoder, pattern, meaning = STRING_TYPES.get(attribute.name, (der.utf8_string, None, ""))
    if pattern is not None and not pattern.fullmatch(attribute.value):
        raise InvalidName(f"{attribute.name}: {meaning} are needed")
    return der.sequence(_ATTRIBUTE_TYPES[attribute.name], encoder(attribute.value))


def _other_name(identifier: str, value: bytes) -> bytes:
    return der.explicit(0, der.oid(identifier) + der.explicit(0, value))


def _registered_id(value: str) -> bytes:
    return der.implicit(8, der.oid(value)[2:])  # its contents: tag and length have one octet each


_GENERAL_NAMES: Mapping[str, Encoder] = {
    "UPN": lambda value: _other_name(UPN_OID, der.utf8_string(value)),
    "GUID": lambda value: _other_name(GUID_OID, der.octet_string(bytes.fromhex(value))),
    "RFC822NAME": lambda value: der.implicit(1, value.encode("ascii")),
    "DNSNAME": lambda value: der.implicit(2, value.encode("ascii")),
    "UNIFORMRESOURCEIDENTIFIER": lambda value: der.implicit(6, value.encode("ascii")),
    "IPADDRESS": lambda value: der.implicit(7, ipaddress.ip_address(value).packed),
    "REGISTEREDID": _registered_id,
    "DIRECTORYNAME": lambda value: der.explicit(4, encode_name(parse_dn(value))),
}
