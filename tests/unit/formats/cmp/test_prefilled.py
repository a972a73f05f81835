"""Fields to fill in, in templates: as an independent encoder writes them, and as other readers understand them."""

import pytest
from cryptography import x509
from pyasn1.codec.der.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1_alt_modules import rfc5280

from lockgate.names.altname import KINDS, parse_alt_name
from lockgate.names.dn import ATTRIBUTE_OIDS
from lockgate_formats import der
from lockgate_formats.cmp import prefilled
from lockgate_formats.names import encode_general_names
from tests.support.pki.asn1_oracle import encoded

GENERAL_NAMES = {
    "DNSNAME": "dNSName",
    "RFC822NAME": "rfc822Name",
    "IPADDRESS": "iPAddress",
    "UNIFORMRESOURCEIDENTIFIER": "uniformResourceIdentifier",
    "UPN": "otherName",
    "GUID": "otherName",
    "REGISTEREDID": "registeredID",
    "DIRECTORYNAME": "directoryName",
}


def attributes(octets: bytes) -> list[tuple[str, bytes]]:
    """Type and value of each attribute in a DER Name; every RDN has one."""
    read, rest = decode(octets, asn1Spec=rfc5280.Name())
    assert not rest
    assert encode(read) == octets
    return [(str(one["type"]), bytes(one["value"])) for (one,) in read["rdnSequence"]]


def test_a_name_has_its_attributes_without_values_the_general_ones_first() -> None:
    assert attributes(prefilled.name_to_fill_in({"SERIALNUMBER", "O", "CN", "C"})) == [
        ("2.5.4.6", der.printable_string("")),
        ("2.5.4.10", der.utf8_string("")),
        ("2.5.4.3", der.utf8_string("")),
        ("2.5.4.5", der.printable_string("")),
    ]


def test_every_attribute_can_be_asked_for_once() -> None:
    found = [kind for kind, _ in attributes(prefilled.name_to_fill_in(ATTRIBUTE_OIDS))]
    assert sorted(found) == sorted(ATTRIBUTE_OIDS.values())


def test_a_name_without_attributes_is_null_dn() -> None:
    assert prefilled.name_to_fill_in(()) == der.sequence()


@pytest.mark.parametrize("kind", KINDS)
def test_an_alternative_name_without_a_value(kind: str) -> None:
    read, _ = decode(prefilled.alternative_name_to_fill_in({kind}), asn1Spec=rfc5280.Extension())
    assert str(read["extnID"]) == "2.5.29.17"
    names = bytes(read["extnValue"])
    if kind == "REGISTEREDID":  # an object identifier of no octets, which the oracle does not read
        assert names == der.sequence(der.implicit(8, b""))
        return
    (found,), rest = decode(names, asn1Spec=rfc5280.GeneralNames())
    assert not rest
    assert found.getName() == GENERAL_NAMES[kind]


def test_an_alternative_name_of_any_kind_is_an_empty_extension() -> None:
    expected = {"extnID": "2.5.29.17", "extnValue": b""}
    assert prefilled.alternative_name_to_fill_in(()) == encoded(rfc5280.Extension(), expected)


def test_kinds_of_alternative_names_stand_beside_each_other() -> None:
    both = prefilled.alternative_name_to_fill_in({"IPADDRESS", "DNSNAME"})
    expected = der.sequence(der.implicit(2, b""), der.implicit(7, b""))
    assert both == encoded(rfc5280.Extension(), {"extnID": "2.5.29.17", "extnValue": expected})


def test_values_that_are_known_are_those_of_certificates() -> None:
    usages = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    purposes = x509.ExtendedKeyUsage([x509.OID_CLIENT_AUTH, x509.ObjectIdentifier("2.999.1")])
    names = x509.SubjectAlternativeName([x509.DNSName("host.example.org")])
    expected = {
        prefilled.key_usage(("keyEncipherment", "digitalSignature")): (usages, True),
        prefilled.extended_key_usage(("clientAuth", "2.999.1")): (purposes, False),
        prefilled.alternative_name(encode_general_names(parse_alt_name("DNSNAME=host.example.org"))): (names, False),
    }
    for found, (value, critical) in expected.items():
        fields = {"extnID": value.oid.dotted_string, "extnValue": value.public_bytes()}
        assert found == encoded(rfc5280.Extension(), fields | ({"critical": True} if critical else {}))
