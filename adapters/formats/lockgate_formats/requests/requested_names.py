"""Alternative names that a certificate request asks for (RFC 2985, 5.4.2; RFC 5280, 4.2.1.6).

The names read here are not judged yet: they are written as text and then judged like names in a submessage
(`lockgate.names.altname`).
"""

from collections.abc import Callable, Mapping
from ipaddress import ip_address

from lockgate.errors import InvalidName
from lockgate.names.altname import MAX_NAMES, GeneralName
from lockgate.names.dn import from_encoded_order
from lockgate.reasons import Reason, Rejected
from lockgate_formats import der
from lockgate_formats.elements import contents, dotted, members
from lockgate_formats.requests.pkcs10_octets import attributes_of

_EXTENSION_REQUESTS = (bytes.fromhex("06092a864886f70d01090e"), bytes.fromhex("060a2b06010401823702010e"))
"""1.2.840.113549.1.9.14, and Microsoft's 1.3.6.1.4.1.311.2.1.14; DER."""
_ALTERNATIVE_NAME = bytes.fromhex("0603551d11")
_STRINGS = {
    der.UTF8_STRING: "utf-8",
    der.PRINTABLE_STRING: "ascii",
    der.TELETEX_STRING: "latin-1",  # as it is used
    der.IA5_STRING: "ascii",
    der.UNIVERSAL_STRING: "utf-32-be",
    der.BMP_STRING: "utf-16-be",
}
_OTHER_NAME = _VALUE = der.CONTEXT_0
Names = tuple[GeneralName, ...]


def names_in_pkcs10(pkcs10: bytes) -> Names | Rejected:
    """The names in the subjectAltName that the DER CertificationRequest `pkcs10` asks for.

    The rejection is `bad_name`: one is of a kind that is not used here, or they cannot be read.
    """
    return _read(_of_pkcs10, pkcs10)


def names_in_extensions(extensions: bytes) -> Names | Rejected:
    """The names in the subjectAltName of the DER Extensions. The rejection is that of `names_in_pkcs10`."""
    return _read(_of_extensions, extensions)


def attributes_in(name: bytes) -> list[list[tuple[str, str]]]:
    """The object identifier and the text of each attribute, for each RDN of the DER Name, in its order.

    Raises:
        ValueError: it is none, or an attribute is no text.
    """
    rdns = members(contents(name, der.SEQUENCE))
    return [[_attribute(attribute) for attribute in members(contents(rdn, der.SET))] for rdn in rdns]


def _read(read: Callable[[bytes], Names], octets: bytes) -> Names | Rejected:
    try:
        return read(octets)
    except InvalidName as error:
        return Rejected(Reason.BAD_NAME, str(error))
    except ValueError as error:
        return Rejected(Reason.BAD_NAME, "an alternative name cannot be read", internal=str(error))


def _of_pkcs10(pkcs10: bytes) -> Names:
    found = [values for kind, values in attributes_of(pkcs10) if kind in _EXTENSION_REQUESTS]
    if not found:
        return ()
    ((extensions,),) = (tuple(members(contents(values, der.SET))) for values in found)
    return _of_extensions(extensions)


def _of_extensions(extensions: bytes) -> Names:
    parts = (
        list(members(contents(extension, der.SEQUENCE))) for extension in members(contents(extensions, der.SEQUENCE))
    )
    found = [value for kind, *_, value in parts if kind == _ALTERNATIVE_NAME]
    if not found:
        return ()
    (value,) = found
    (names,) = members(contents(value, der.OCTET_STRING))
    return tuple(map(_general_name, members(contents(names, der.SEQUENCE), MAX_NAMES)))


def _general_name(name: bytes) -> GeneralName:
    if name[0] == _OTHER_NAME:
        return _other_name(contents(name, _OTHER_NAME))
    if name[0] not in _KINDS:
        raise _unused(_UNUSED.get(name[0], f"[{name[0] & 0x1F}]"))
    kind, read = _KINDS[name[0]]
    return GeneralName(kind, read(contents(name, name[0])))


def _other_name(octets: bytes) -> GeneralName:
    kind, value = members(octets)
    identifier = dotted(contents(kind, der.OBJECT_IDENTIFIER))
    if identifier not in _OTHER_NAMES:
        raise _unused(f"otherName {identifier}")
    name, tag, read = _OTHER_NAMES[identifier]
    (inner,) = members(contents(value, _VALUE))
    return GeneralName(name, read(contents(inner, tag)))


def _unused(kind: str) -> InvalidName:
    return InvalidName(f"an alternative name is of the kind {kind}, which is not used here")


def _address(octets: bytes) -> str:
    if len(octets) in (8, 32):
        raise _unused("iPAddress with a mask")
    return str(ip_address(octets))


def _directory_name(name: bytes) -> str:
    (rdns,) = members(name)
    return str(from_encoded_order(attributes_in(rdns)))


def _attribute(attribute: bytes) -> tuple[str, str]:
    kind, value = members(contents(attribute, der.SEQUENCE))
    if value[0] not in _STRINGS:
        raise ValueError("an attribute that is no text")
    return dotted(contents(kind, der.OBJECT_IDENTIFIER)), contents(value, value[0]).decode(_STRINGS[value[0]])


def _ascii(octets: bytes) -> str:
    return octets.decode("ascii")


_OTHER_NAMES: Mapping[str, tuple[str, int, Callable[[bytes], str]]] = {
    "1.3.6.1.4.1.311.20.2.3": ("UPN", der.UTF8_STRING, bytes.decode),
    "1.3.6.1.4.1.311.25.1": ("GUID", der.OCTET_STRING, bytes.hex),
}
"""The otherNames that are used: for each object identifier the kind, and the function that writes its value."""
_KINDS: Mapping[int, tuple[str, Callable[[bytes], str]]] = {
    0x81: ("RFC822NAME", _ascii),
    0x82: ("DNSNAME", _ascii),
    0xA4: ("DIRECTORYNAME", _directory_name),
    0x86: ("UNIFORMRESOURCEIDENTIFIER", _ascii),
    0x87: ("IPADDRESS", _address),
    0x88: ("REGISTEREDID", dotted),
}
_UNUSED = {0xA3: "x400Address", 0xA5: "ediPartyName"}
