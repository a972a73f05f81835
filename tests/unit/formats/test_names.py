"""Names are the same whatever string types, letter case and spaces they are written with, and else they are not."""

import pytest

from lockgate_formats.cms.names import comparable
from tests.support.wire.cms_objects import element

CN, ORG = (bytes.fromhex(octets) for octets in ("0603550403", "060355040a"))
UTF8, PRINTABLE, TELETEX, IA5, BMP = 0x0C, 0x13, 0x14, 0x16, 0x1E


def attribute(kind: bytes, tag: int, value: bytes) -> bytes:
    return element(0x30, kind + element(tag, value))


def name(*rdns: tuple[bytes, ...]) -> bytes:
    return element(0x30, b"".join(element(0x31, b"".join(rdn)) for rdn in rdns))


DEVICE = name((attribute(ORG, UTF8, "Müller Werke".encode()),), (attribute(CN, UTF8, b"router"),))


@pytest.mark.parametrize(
    "other",
    [
        name((attribute(ORG, TELETEX, "MÜLLER WERKE".encode("latin-1")),), (attribute(CN, PRINTABLE, b"router"),)),
        name((attribute(ORG, BMP, " Müller   Werke ".encode("utf-16-be")),), (attribute(CN, IA5, b"ROUTER"),)),
    ],
)
def test_the_same_name(other: bytes) -> None:
    assert comparable(other) == comparable(DEVICE)


@pytest.mark.parametrize(
    "other",
    [
        name((attribute(CN, UTF8, b"router"),), (attribute(ORG, UTF8, "Müller Werke".encode()),)),
        name((attribute(ORG, UTF8, "Müller Werke".encode()), attribute(CN, UTF8, b"router"))),
        name((attribute(ORG, UTF8, "MüllerWerke".encode()),), (attribute(CN, UTF8, b"router"),)),
        name((attribute(ORG, UTF8, "Müller Werke".encode()),), (attribute(ORG, UTF8, b"router"),)),
        name((attribute(ORG, UTF8, "Müller Werke".encode()),), (attribute(CN, 0x04, b"router"),)),
    ],
    ids=["order", "one RDN", "no space", "another type", "no text"],
)
def test_another_name(other: bytes) -> None:
    assert comparable(other) != comparable(DEVICE)


def test_attributes_of_one_rdn_are_a_set() -> None:
    both = attribute(ORG, UTF8, b"Example"), attribute(CN, UTF8, b"router")
    assert comparable(name(both)) == comparable(name(both[::-1]))


@pytest.mark.parametrize("octets", [b"\x31\x00", b"\x30\x02\x30\x00", DEVICE + b"\x00", name(*[()] * 65)])
def test_what_is_no_name(octets: bytes) -> None:
    with pytest.raises(ValueError, match=r"name|members"):
        comparable(octets)
