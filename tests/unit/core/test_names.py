"""Distinguished names and alternative names as text."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockgate.errors import InvalidName
from lockgate.names.altname import GeneralName, parse_alt_name
from lockgate.names.dn import ATTRIBUTE_OIDS, UPPER_BOUNDS, Attribute, from_encoded_order, parse_dn

VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20).filter(str.strip)
NAMES = st.sampled_from([name for name in ATTRIBUTE_OIDS if UPPER_BOUNDS.get(name, 99) > 20])


RDNS = st.lists(st.builds(Attribute, NAMES, VALUES), min_size=1, max_size=3)


@given(st.lists(RDNS, max_size=5))
def test_what_is_printed_is_read_back(rdns: list[list[Attribute]]) -> None:
    encoded = [[(ATTRIBUTE_OIDS[one.name], one.value) for one in rdn] for rdn in rdns]
    name = from_encoded_order(encoded)
    assert parse_dn(str(name)) == name
    assert [len(rdn) for rdn in name.in_encoded_order()] == [len(rdn) for rdn in rdns]


def test_an_rdn_of_several_attributes_is_a_set() -> None:
    written = "SERIALNUMBER=42+UNSTRUCTUREDNAME=r1.example,O=A\\+B"
    name = parse_dn(written)
    assert [len(rdn) for rdn in name.rdns] == [2, 1]
    assert str(name) == written
    assert parse_dn("unstructuredName=r1.example + SN=42,O=A\\+B") == name
    assert parse_dn("SERIALNUMBER=42,UNSTRUCTUREDNAME=r1.example,O=A\\+B") != name


def test_names_are_compared_without_letter_case_and_number_of_spaces() -> None:
    name = parse_dn("SERIALNUMBER=a+CN=Stra\u00dfe  7,O=Example")
    for same in ("CN=STRASSE 7+SERIALNUMBER=A,o=\\ example", "serialNumber=a+cn=stra\u00dfe 7,O=EXAMPLE"):
        assert parse_dn(same).comparable == name.comparable
    for other in ("SERIALNUMBER=a,CN=Stra\u00dfe 7,O=Example", "SERIALNUMBER=a+CN=Stra\u00dfe7,O=Example", "O=Example"):
        assert parse_dn(other).comparable != name.comparable


@given(st.text(max_size=60))
def test_nothing_but_the_declared_error_is_raised(text: str) -> None:
    for read in (parse_dn, parse_alt_name):
        with contextlib.suppress(InvalidName):
            read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CN=alice,O=Example,C=SE", ["CN=alice", "O=Example", "C=SE"]),
        ("cn = alice , o=Example", ["CN=alice", "O=Example"]),
        (r"CN=a\,b", [r"CN=a\,b"]),
        ("SN=42,EMAIL=a@b.example", ["SERIALNUMBER=42", "E=a@b.example"]),
        ("", []),
    ],
)
def test_a_name_is_read(text: str, expected: list[str]) -> None:
    assert [str(attribute) for attribute in parse_dn(text).attributes] == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CN", "no known attribute"),
        ("XX=a", "no known attribute"),
        ("CN=", "1 to 64 characters"),
        ("CN=" + "a" * 65, "1 to 64 characters"),
        ("C=SWE", "1 to 2 characters"),
        ("CN=a,,O=b", "no known attribute"),
        ("CN=a\x00b", "control or invisible"),
        ("CN=a\u200bb", "control or invisible"),
        ("CN=a\u202eb", "control or invisible"),
        ("CN=a\u3164b", "control or invisible"),
        ("CN=a\ufe0fb", "control or invisible"),
        ("CN=a\U000e0100b", "control or invisible"),
        ("CN=a\u00a0b", "control or invisible"),
        ("CN=a\u3000b", "control or invisible"),
        ("CN=a\u2066b", "control or invisible"),
        ("CN=a\u0378b", "control or invisible"),
        ("CN=e\u0301", "composed form"),
        ("CN=p\u0430ypal", "scripts Cyrillic, Latin are mixed"),
        ("CN=\u039fmega Ltd", "scripts Greek, Latin are mixed"),
        ("CN=\u0421\u03bf", "scripts Cyrillic, Greek are mixed"),
        ("CN=\u6771\u4eac \u0410", "scripts Cjk, Cyrillic are mixed"),
        ("CN=bank \u09ea", "scripts Bengali, Latin are mixed"),
        ("CN=\uff41lice", "another style"),
        ("CN=\U0001d41aalice", "another style"),
        ("CN=\u24d0lice", "another style"),
        ("CN=a+b", "no known attribute at 'b'"),
        ("CN=a+", "no known attribute"),
        ("+CN=a", "no known attribute"),
        ("CN=a\\", "no known attribute|backslash"),
        ("CN=a\\x", "backslash"),
        (",".join(["O=a"] * 65), "at most 64"),
        ("+".join(["O=a"] * 65), "at most 64"),
    ],
)
def test_what_must_not_stand_in_a_name_is_named(text: str, said: str) -> None:
    with pytest.raises(InvalidName, match=said):
        parse_dn(text)


@pytest.mark.parametrize(
    "value",
    [
        "Müller & Søn, Łódź 1º",
        "Ромашка-2 №7",
        "Ωμέγα",
        "東京タワー Tower 々",
        "서울 Seoul",
        "กำลัง",
        "שלום",
        "مثال",
        "مثال ٢٤",
        "مثال ۲۴",
        "हिन्दी",
    ],
)
def test_names_of_the_world_are_read(value: str) -> None:
    assert parse_dn(f"CN={value.replace(',', chr(92) + ',')}").values("CN") == (value,)


def test_alternative_names_are_read() -> None:
    text = "DNSNAME=*.host.example,EMAIL=a@b.example,IP=2001:db8::1,URI=https://x.example/a\\,b,UPN=a@b"
    assert parse_alt_name(text) == (
        GeneralName("DNSNAME", "*.host.example"),
        GeneralName("RFC822NAME", "a@b.example"),
        GeneralName("IPADDRESS", "2001:db8::1"),
        GeneralName("UNIFORMRESOURCEIDENTIFIER", "https://x.example/a,b"),
        GeneralName("UPN", "a@b"),
    )
    assert parse_alt_name(None) == ()


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("GUID=00112233445566778899AABBCCDDEEFF", "GUID", "00112233445566778899aabbccddeeff"),
        ("RegisteredID=1.3.6.1.4.1.99999.1", "REGISTEREDID", "1.3.6.1.4.1.99999.1"),
        ("REGISTEREDID=2.999", "REGISTEREDID", "2.999"),
        ("DirectoryName=CN=a\\,O=Ex\\+OU=x\\,C=SE", "DIRECTORYNAME", "CN=a,O=Ex+OU=x,C=SE"),
        ("DIRECTORYNAME=cn=a\\\\\\, b\\, o=Ромашка", "DIRECTORYNAME", "CN=a\\, b,O=Ромашка"),
        ("IP=2001:DB8::0:1", "IPADDRESS", "2001:db8::1"),
    ],
)
def test_a_kind_that_can_be_written_in_several_ways_is_read_as_one(text: str, kind: str, value: str) -> None:
    (name,) = parse_alt_name(text)
    assert (name.kind, name.value) == (kind, value)
    assert parse_alt_name(str(name)) == (name,)


@pytest.mark.parametrize(
    "text",
    [
        "DNSNAME=-a.example",
        "DNSNAME=a..b",
        "DNSNAME=a b",
        "DNSNAME=bücher.example",
        "RFC822NAME=nobody",
        "IPADDRESS=300.1.1.1",
        "IPADDRESS=fe80::1%eth0",
        "UNIFORMRESOURCEIDENTIFIER=nothing",
        "UPN=nobody",
        "HOST=a",
        "GUID=00112233-4455-6677-8899-aabbccddeeff",
        "GUID=0011",
        "REGISTEREDID=3.1",
        "REGISTEREDID=1.40",
        "REGISTEREDID=1.02",
        "REGISTEREDID=1",
        "REGISTEREDID=2.999." + "1." * 40 + "1",
        "DIRECTORYNAME=alice",
        "DIRECTORYNAME=CN=r\u043euter",
        "DIRECTORYNAME=CN=a,O=b",
        "DIRECTORYNAME=1.2.3=b",
        ",".join(["DNSNAME=a.example"] * 101),
    ],
)
def test_what_is_no_alternative_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidName):
        parse_alt_name(text)
