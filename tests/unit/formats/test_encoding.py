"""DER and names, judged by another implementation (asn1crypto)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from asn1crypto import core as asn1
from asn1crypto import x509 as asn1_x509
from hypothesis import given
from hypothesis import strategies as st

from lockgate.errors import InvalidName
from lockgate.names.altname import parse_alt_name
from lockgate.names.dn import parse_dn
from lockgate_formats import der
from lockgate_formats.names import encode_general_names, encode_name


@given(st.integers(min_value=0, max_value=2**200))
def test_integers(value: int) -> None:
    assert der.integer(value) == asn1.Integer(value).dump()


@given(st.lists(st.integers(min_value=0, max_value=2**70), max_size=8), st.integers(0, 2), st.integers(0, 39))
def test_object_identifiers(arcs: list[int], first: int, second: int) -> None:
    dotted = ".".join(map(str, (first, second, *arcs)))
    assert der.oid(dotted) == asn1.ObjectIdentifier(dotted).dump()


def test_an_rdn_of_several_attributes_is_one_set_in_ders_order() -> None:
    encoded = encode_name(parse_dn("CN=r1,SERIALNUMBER=42+UNSTRUCTUREDNAME=r1.example"))
    rdns = [[one["type"].dotted for one in rdn] for rdn in asn1_x509.Name.load(encoded).chosen]
    assert rdns == [["2.5.4.5", "1.2.840.113549.1.9.2"], ["2.5.4.3"]]
    assert b"\x16\x0ar1.example" in encoded  # an IA5String (RFC 2985, 5.4.3)
    assert encoded == encode_name(parse_dn("CN=r1,UNSTRUCTUREDNAME=r1.example+SERIALNUMBER=42"))


@given(st.sets(st.integers(0, 8), min_size=1))
def test_named_bits(positions: set[int]) -> None:
    names = asn1_x509.KeyUsage._map
    assert (
        der.enumerated_bits(frozenset(positions))
        == asn1_x509.KeyUsage({names[position] for position in positions}).dump()
    )


@pytest.mark.parametrize("length", [0, 127, 128, 255, 256, 65535, 65536])
def test_lengths(length: int) -> None:
    assert der.octet_string(bytes(length)) == asn1.OctetString(bytes(length)).dump()


def test_a_set_is_sorted() -> None:
    assert der.set_of([der.integer(5), der.integer(3)]) == bytes.fromhex("3106020103020105")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), b"\x17\x0d491231235959Z"),
        (datetime(2050, 1, 1, tzinfo=UTC), b"\x18\x0f20500101000000Z"),
        (datetime(2050, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), b"\x17\x0d491231233000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 999999, tzinfo=UTC), b"\x17\x0d260102030405Z"),
    ],
)
def test_times_change_their_form_in_2050(moment: datetime, expected: bytes) -> None:
    assert der.time(moment) == expected


def test_the_country_stands_first_in_the_encoding() -> None:
    name = asn1_x509.Name.load(encode_name(parse_dn("CN=user,OU=Unit,O=Example,C=SE")))
    assert [next(iter(rdn))["type"].native for rdn in name.chosen] == [
        "country_name",
        "organization_name",
        "organizational_unit_name",
        "common_name",
    ]


@pytest.mark.parametrize(
    ("text", "string_type"),
    [
        ("CN=Åsa", asn1.UTF8String),
        ("CN=plain", asn1.UTF8String),
        ("C=SE", asn1.PrintableString),
        ("SERIALNUMBER=a 1", asn1.PrintableString),
        ("DN=q", asn1.PrintableString),
        ("DC=example", asn1.IA5String),
        ("E=a@example.org", asn1.IA5String),
    ],
)
def test_string_types(text: str, string_type: type[asn1.Asn1Value]) -> None:
    (attribute,) = asn1_x509.Name.load(encode_name(parse_dn(text))).chosen[0]
    value = attribute["value"]
    assert isinstance(value.chosen if isinstance(value, asn1.Choice) else value, string_type)
    assert value.native == text.partition("=")[2]


@pytest.mark.parametrize(
    "text", ["C=se", "C=S", "C=1A", "SERIALNUMBER=å", "SERIALNUMBER=a_b", "DC=å", "E=å@b", "DN=a@b"]
)
def test_values_that_do_not_fit_their_string_type(text: str) -> None:
    with pytest.raises(InvalidName):
        encode_name(parse_dn(text))


def test_alternative_names_that_are_no_text() -> None:
    names = parse_alt_name(
        "GUID=000102030405060708090a0b0c0d0e0f,REGISTEREDID=1.3.6.1.4.1.99999.1,DIRECTORYNAME=CN=a\\,O=Example\\,C=SE"
    )
    guid, identifier, directory = asn1_x509.GeneralNames.load(encode_general_names(names))
    assert guid.chosen["type_id"].dotted == "1.3.6.1.4.1.311.25.1"
    assert guid.chosen["value"].parsed.native == bytes(range(16))
    assert identifier.native == "1.3.6.1.4.1.99999.1"
    assert [next(iter(rdn))["type"].native for rdn in directory.chosen.chosen] == [
        *("country_name", "organization_name", "common_name")
    ]


def test_a_directory_name_whose_value_does_not_fit_its_string_type() -> None:
    with pytest.raises(InvalidName, match="capital letters"):
        encode_general_names(parse_alt_name("DIRECTORYNAME=C=se"))


def test_alternative_names() -> None:
    names = parse_alt_name(
        "UPN=åsa@example.org,RFC822NAME=a@example.org,DNSNAME=*.example.org,URI=https://example.org/a?b=c,"
        "IPADDRESS=192.0.2.1,IPADDRESS=2001:db8::1"
    )
    read = asn1_x509.GeneralNames.load(encode_general_names(names))
    assert [general_name.name for general_name in read] == [
        *("other_name", "rfc822_name", "dns_name", "uniform_resource_identifier", "ip_address", "ip_address")
    ]
    assert read[0].native == {"type_id": "1.3.6.1.4.1.311.20.2.3", "value": "åsa@example.org"}
    assert [general_name.native for general_name in list(read)[1:]] == [
        *("a@example.org", "*.example.org", "https://example.org/a?b=c", "192.0.2.1", "2001:db8::1")
    ]
