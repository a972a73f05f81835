"""Fields that a CA expects in requests (RFC 9483, 4.3.3): with values, or empty for the client to fill in.

A field that is left out should not be asked for. An empty name or extension is for the client to fill in as it likes;
one that has parts without values is for the client to give these values.
"""

from collections.abc import Collection, Iterable, Mapping

from lockgate.certification.usages import EXTENDED_KEY_USAGES, KEY_USAGE_BITS, KeyUsage
from lockgate.names.dn import ATTRIBUTE_OIDS
from lockgate_formats import der
from lockgate_formats.names import GUID_OID, STRING_TYPES, UPN_OID

_KEY_USAGE, _ALTERNATIVE_NAME, _EXTENDED_KEY_USAGE = map(der.oid, ("2.5.29.15", "2.5.29.17", "2.5.29.37"))
_GENERAL_FIRST = ("DC", "C", "ST", "L", "O", "OU")
"""A name begins with what many have in common (RFC 4514, 2.1)."""


def name_to_fill_in(attributes: Collection[str]) -> bytes:
    """The DER Name with those attributes, by their names in `ATTRIBUTE_OIDS`, without values; NULL-DN for none."""
    others = (name for name in ATTRIBUTE_OIDS if name not in _GENERAL_FIRST)
    return der.sequence(*(_attribute(name) for name in (*_GENERAL_FIRST, *others) if name in attributes))


def _attribute(name: str) -> bytes:
    encoder, *_ = STRING_TYPES.get(name, (der.utf8_string, None, ""))
    return der.set_of([der.sequence(der.oid(ATTRIBUTE_OIDS[name]), encoder(""))])


def key_usage(usages: Iterable[KeyUsage]) -> bytes:
    """The DER Extension Key Usage (RFC 5280, 4.2.1.3)."""
    bits = frozenset(KEY_USAGE_BITS[usage] for usage in usages)
    return der.sequence(_KEY_USAGE, der.TRUE, der.octet_string(der.enumerated_bits(bits)))


def extended_key_usage(usages: Iterable[str]) -> bytes:
    """The DER Extension Extended Key Usage (RFC 5280, 4.2.1.12) with those usages: names of `EXTENDED_KEY_USAGES`, or
    dotted object identifiers."""
    purposes = (der.oid(EXTENDED_KEY_USAGES.get(usage, usage)) for usage in usages)
    return der.sequence(_EXTENDED_KEY_USAGE, der.octet_string(der.sequence(*purposes)))


def alternative_name(names: bytes) -> bytes:
    """The DER Extension Subject Alternative Name (RFC 5280, 4.2.1.6) with those DER GeneralNames."""
    return der.sequence(_ALTERNATIVE_NAME, der.octet_string(names))


def alternative_name_to_fill_in(kinds: Collection[str]) -> bytes:
    """The same with names of those `lockgate.names.altname.KINDS` that have no values; without names for none."""
    return alternative_name(der.sequence(*(_EMPTY[kind] for kind in _EMPTY if kind in kinds)) if kinds else b"")


def _other_name(identifier: str, value: bytes) -> bytes:
    return der.explicit(0, der.oid(identifier) + der.explicit(0, value))


_EMPTY: Mapping[str, bytes] = {
    "DNSNAME": der.implicit(2, b""),
    "RFC822NAME": der.implicit(1, b""),
    "IPADDRESS": der.implicit(7, b""),
    "UNIFORMRESOURCEIDENTIFIER": der.implicit(6, b""),
    "UPN": _other_name(UPN_OID, der.utf8_string("")),
    "GUID": _other_name(GUID_OID, der.octet_string(b"")),
    "REGISTEREDID": der.implicit(8, b""),
    "DIRECTORYNAME": der.explicit(4, der.sequence()),
}
