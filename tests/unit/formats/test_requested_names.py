"""Alternative names read from certificate requests."""

from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from lockgate.reasons import Reason, Rejected
from lockgate_formats.requests.requested_names import names_in_extensions, names_in_pkcs10
from tests.support.pki.identities import ec_key, name
from tests.support.wire.cms_objects import element
from tests.support.wire.scep_names import GUID, UPN

OTHER = x509.ObjectIdentifier("1.2.3")
SAN = bytes.fromhex("0603551d11")
MICROSOFT = bytes.fromhex("060a2b06010401823702010e")
PKCS9 = bytes.fromhex("06092a864886f70d01090e")


def pkcs10(*names: x509.GeneralName) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(name("host"))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    return builder.sign(ec_key(1), hashes.SHA256()).public_bytes(Encoding.DER)


def texts(found: object) -> list[str]:
    assert isinstance(found, tuple), found
    return list(map(str, found))


def extensions(*names: bytes, times: int = 1) -> bytes:
    value = element(0x30, b"".join(names))
    return element(0x30, element(0x30, SAN + element(0x04, value)) * times)


def asking(*attributes: bytes) -> bytes:
    info = b"\x02\x01\x00" + b"\x30\x00" + b"\x30\x00" + element(0xA0, b"".join(attributes))
    return element(0x30, element(0x30, info) + b"\x30\x00" + b"\x03\x01\x00")


def refusal(found: object) -> str:
    assert isinstance(found, Rejected)
    assert found.reason is Reason.BAD_NAME
    return found.detail


def test_every_kind_that_is_used_is_read() -> None:
    rdns = [
        x509.RelativeDistinguishedName([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "SE")]),
        x509.RelativeDistinguishedName(
            [x509.NameAttribute(x509.NameOID.COMMON_NAME, "Å, b"), x509.NameAttribute(x509.NameOID.SERIAL_NUMBER, "1")]
        ),
    ]
    request = pkcs10(
        x509.DNSName("host.example"),
        x509.RFC822Name("a@example.org"),
        x509.UniformResourceIdentifier("https://example.org/a,b"),
        x509.IPAddress(ip_address("192.0.2.1")),
        x509.IPAddress(ip_address("2001:db8::1")),
        x509.OtherName(UPN, element(0x0C, "åsa@example.org".encode())),
        x509.OtherName(GUID, element(0x04, bytes(range(16)))),
        x509.RegisteredID(x509.ObjectIdentifier("2.999.1")),
        x509.DirectoryName(x509.Name(rdns)),
    )
    assert texts(names_in_pkcs10(request)) == [
        "DNSNAME=host.example",
        "RFC822NAME=a@example.org",
        "UNIFORMRESOURCEIDENTIFIER=https://example.org/a\\,b",
        "IPADDRESS=192.0.2.1",
        "IPADDRESS=2001:db8::1",
        "UPN=åsa@example.org",
        "GUID=000102030405060708090a0b0c0d0e0f",
        "REGISTEREDID=2.999.1",
        "DIRECTORYNAME=CN\\=Å\\\\\\, b\\+SERIALNUMBER\\=1\\,C\\=SE",
    ]


def test_without_the_extension_nothing_is_asked_for() -> None:
    assert names_in_pkcs10(pkcs10()) == ()
    assert names_in_extensions(b"\x30\x00") == ()


@pytest.mark.parametrize(
    ("unused", "kind"),
    [
        (x509.OtherName(OTHER, b"\x05\x00"), "otherName 1.2.3"),
        (x509.IPAddress(ip_network("192.0.2.0/24")), "iPAddress with a mask"),
    ],
)
def test_another_kind_is_refused_by_its_name(unused: x509.GeneralName, kind: str) -> None:
    told = refusal(names_in_pkcs10(pkcs10(x509.DNSName("host.example"), unused)))
    assert told == f"an alternative name is of the kind {kind}, which is not used here"


@pytest.mark.parametrize(("tag", "kind"), [(0xA3, "x400Address"), (0xA5, "ediPartyName"), (0x89, "[9]")])
def test_kinds_that_no_library_writes_are_refused_by_their_names_too(tag: int, kind: str) -> None:
    assert kind in refusal(names_in_extensions(extensions(element(tag, b"\x30\x00"))))


@pytest.mark.parametrize("kind", [PKCS9, MICROSOFT])
def test_the_extensions_may_stand_in_either_attribute(kind: bytes) -> None:
    asked = element(0x30, kind + element(0x31, extensions(element(0x82, b"host.example"))))
    assert texts(names_in_pkcs10(asking(asked))) == ["DNSNAME=host.example"]


ASKED = element(0x30, PKCS9 + element(0x31, extensions(element(0x82, b"a"))))


@pytest.mark.parametrize(
    "request_",
    [
        asking(ASKED, ASKED),
        asking(ASKED, element(0x30, MICROSOFT + element(0x31, extensions(element(0x82, b"b"))))),
        asking(element(0x30, PKCS9 + element(0x31, extensions() * 2))),
        asking(element(0x30, PKCS9 + element(0x31, b""))),
        asking(element(0x30, PKCS9)),
    ],
)
def test_extensions_that_are_asked_for_twice_or_not_at_all(request_: bytes) -> None:
    assert refusal(names_in_pkcs10(request_)) == "an alternative name cannot be read"


@pytest.mark.parametrize(
    "asked",
    [
        extensions(element(0x82, b"a"), times=2),
        extensions(element(0x82, b"\xff")),
        extensions(element(0x87, b"\x01\x02")),
        extensions(element(0x88, b"\x80\x01")),
        extensions(element(0x88, b"\x81")),
        extensions(element(0x88, b"\x01" * 65)),
        extensions(element(0xA0, b"\x06\x01\x2a")),
        extensions(element(0xA0, bytes.fromhex("060a2b060104018237140203") + element(0xA0, b"\x05\x00"))),
        extensions(element(0xA4, b"\x30\x00\x30\x00")),
        extensions(element(0xA4, element(0x30, element(0x31, element(0x30, b"\x06\x03\x55\x04\x03\x05\x00"))))),
        extensions(*[element(0x82, b"a")] * 101),
        extensions(element(0x82, b"a"))[:-1],
        b"\x30",
        b"",
    ],
)
def test_what_cannot_be_read_is_refused(asked: bytes) -> None:
    assert refusal(names_in_extensions(asked)) == "an alternative name cannot be read"


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        (0x0C, "Åsa".encode()),
        (0x14, "Åsa".encode("latin-1")),
        (0x1C, "Åsa".encode("utf-32-be")),
        (0x1E, "Åsa".encode("utf-16-be")),
    ],
)
def test_the_string_types_of_a_directory_name(tag: int, written: bytes) -> None:
    attribute = element(0x30, b"\x06\x03\x55\x04\x03" + element(tag, written))
    directory = element(0xA4, element(0x30, element(0x31, attribute)))
    assert texts(names_in_extensions(extensions(directory))) == ["DIRECTORYNAME=CN\\=Åsa"]


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    for found in (names_in_pkcs10(octets), names_in_extensions(octets), names_in_extensions(extensions(octets))):
        assert isinstance(found, tuple | Rejected)
