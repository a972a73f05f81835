"""What an order holds, for programs that read no DER: the subject's attributes, and the usual extensions."""

from base64 import b64encode
from collections.abc import Mapping, Sequence

import msgspec
from asn1crypto.x509 import Certificate

from lockgate.certification.usages import KEY_USAGE_BITS
from lockgate.names.dn import from_encoded_order
from lockgate.reasons import Rejected
from lockgate_formats import der
from lockgate_formats.elements import contents, dotted, members
from lockgate_formats.requests.requested_names import attributes_in, names_in_extensions

BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE = "2.5.29.19", "2.5.29.15", "2.5.29.37"
_USAGES = sorted(KEY_USAGE_BITS, key=lambda usage: KEY_USAGE_BITS[usage])


class Attribute(msgspec.Struct, frozen=True):
    """An attribute of a name: its object identifier, and its text."""

    type: str
    value: str


class Name(msgspec.Struct, frozen=True):
    """A subject.

    Attributes:
        text: as Lockgate writes it, the most specific attribute first.
        rdns: in the order of the encoding; most have one attribute.
        der: Base64.
    """

    text: str
    rdns: Sequence[Sequence[Attribute]]
    der: str


class Extension(msgspec.Struct, frozen=True):
    """An extension, whatever its kind.

    Attributes:
        value: DER, Base64.
    """

    oid: str
    critical: bool
    value: str


class AlternativeName(msgspec.Struct, frozen=True):
    """An alternative name, of a kind of `lockgate.names.altname.KINDS`."""

    type: str
    value: str


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What the usual extensions say.

    Attributes:
        ca: whether the certificate is a CA's.
        alternative_names: None where one is of a kind that cannot be written as text.
        key_usage: names of RFC 5280, 4.2.1.3.
        extended_key_usage: object identifiers.
    """

    ca: bool
    alternative_names: Sequence[AlternativeName] | None
    key_usage: Sequence[str]
    extended_key_usage: Sequence[str]


def read_name(name: bytes) -> Name:
    """The DER Name.

    Raises:
        ValueError: it is none.
    """
    rdns = attributes_in(name)
    described = [[Attribute(*attribute) for attribute in rdn] for rdn in rdns]
    return Name(str(from_encoded_order(rdns)), described, b64encode(name).decode())


def read_content(extensions: bytes) -> tuple[Sequence[Extension], Content]:
    """The DER Extensions, each by itself, and what the usual ones say.

    Raises:
        ValueError: they are none.
    """
    found = [_extension(extension) for extension in members(contents(extensions, der.SEQUENCE))]
    values = {oid: value for oid, _, value in found}
    names = names_in_extensions(extensions)
    content = Content(
        ca=_is_ca(values),
        alternative_names=None if isinstance(names, Rejected) else [AlternativeName(n.kind, n.value) for n in names],
        key_usage=_key_usage(values),
        extended_key_usage=_extended_key_usage(values),
    )
    return [Extension(oid, critical, b64encode(value).decode()) for oid, critical, value in found], content


def serial_number_of(certificate: bytes) -> str:
    """Of a DER certificate: hexadecimal, two digits for each octet.

    Raises:
        ValueError: it is none.
    """
    number = Certificate.load(certificate, strict=True)["tbs_certificate"]["serial_number"].native
    return number.to_bytes(max(number.bit_length() + 7, 8) // 8, "big").hex()  # type: ignore[no-any-return]


def _extension(extension: bytes) -> tuple[str, bool, bytes]:
    kind, *critical, value = members(contents(extension, der.SEQUENCE))
    oid = dotted(contents(kind, der.OBJECT_IDENTIFIER))
    return oid, critical == [der.TRUE], contents(value, der.OCTET_STRING)


def _is_ca(values: Mapping[str, bytes]) -> bool:
    value = values.get(BASIC_CONSTRAINTS)
    return value is not None and der.TRUE in members(contents(value, der.SEQUENCE))


def _key_usage(values: Mapping[str, bytes]) -> Sequence[str]:
    if KEY_USAGE not in values:
        return ()
    bits = contents(values[KEY_USAGE], der.BIT_STRING)[1:]
    return [usage for usage in _USAGES if _is_set(bits, KEY_USAGE_BITS[usage])]


def _is_set(bits: bytes, position: int) -> bool:
    octet, place = divmod(position, 8)
    return octet < len(bits) and bool(bits[octet] & 0x80 >> place)


def _extended_key_usage(values: Mapping[str, bytes]) -> Sequence[str]:
    if EXTENDED_KEY_USAGE not in values:
        return ()
    usages = members(contents(values[EXTENDED_KEY_USAGE], der.SEQUENCE))
    return [dotted(contents(usage, der.OBJECT_IDENTIFIER)) for usage in usages]
