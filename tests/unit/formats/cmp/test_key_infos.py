"""Changes of keys, parameters of key pairs, and names of distribution points: as an independent encoder writes them,
and read back."""

import pytest
from pyasn1_alt_modules import rfc5280, rfc9810

from lockgate_formats import der
from lockgate_formats.cmp.distribution_points import full_name, names_of, url_name
from lockgate_formats.cmp.general_values import RootUpdate
from lockgate_formats.cmp.key_infos import key_announcement_info, key_type_info, read_key_announcement, read_key_type
from lockgate_formats.cmp.messages import InfoValue, MalformedMessage
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.vocabulary import InfoType
from tests.support.pki.asn1_oracle import Der, encoded
from tests.support.pki.identities import authority, name, ra, worker

NEW, NEW_WITH_OLD, OLD_WITH_NEW = authority().der, ra().der, worker().der
URL = "http://ca.example/crl"
SUBJECT = name("Management CA").public_bytes()
EC = "1.2.840.10045.2.1"


def test_the_announcement_of_a_new_key() -> None:
    info = key_announcement_info(NEW, NEW_WITH_OLD, OLD_WITH_NEW)
    fields = {"oldWithNew": Der(OLD_WITH_NEW), "newWithOld": Der(NEW_WITH_OLD), "newWithNew": Der(NEW)}
    assert info.oid == InfoType.CA_KEY_UPDATE_INFO
    assert info.value == encoded(rfc9810.CAKeyUpdateInfoValue(), fields)
    assert read_key_announcement(info) == RootUpdate(NEW, NEW_WITH_OLD, OLD_WITH_NEW)


def test_the_algorithm_whose_parameters_are_asked_for() -> None:
    info = key_type_info(EC)
    assert info.oid == InfoType.KEY_PAIR_PARAM_REQ
    assert info.value == encoded(rfc9810.KeyPairParamReqValue(), EC)
    assert read_key_type(info) == EC


def test_a_point_with_a_name_in_full() -> None:
    point = full_name(url_name(URL), directory_name(SUBJECT))
    names = [{"uniformResourceIdentifier": URL}, {"directoryName": Der(SUBJECT)}]
    assert point == encoded(rfc5280.DistributionPointName(), {"fullName": names})
    assert names_of(point) == (url_name(URL), directory_name(SUBJECT))


def test_a_point_named_relative_to_the_issuer_has_no_names() -> None:
    attribute = {"type": "2.5.4.3", "value": der.utf8_string("crl")}
    relative = {"nameRelativeToCRLIssuer": [attribute]}
    assert names_of(encoded(rfc5280.DistributionPointName(), relative)) == ()


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", der.sequence(NEW, NEW), der.sequence(NEW, NEW, NEW, NEW)])
def test_what_is_no_announcement(octets: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_key_announcement(InfoValue(InfoType.CA_KEY_UPDATE_INFO, octets))


@pytest.mark.parametrize("octets", [None, b"", b"\x06\x00", der.oid(EC) + b"\x00", der.NULL])
def test_what_is_no_algorithm(octets: bytes | None) -> None:
    with pytest.raises(MalformedMessage):
        read_key_type(InfoValue(InfoType.KEY_PAIR_PARAM_REQ, octets))


@pytest.mark.parametrize(
    "octets",
    [
        full_name(url_name(URL)) + b"\x00",
        full_name(url_name(URL)[:-1]),
        full_name(der.sequence()),
        full_name(*[url_name(URL)] * 33),
    ],
)
def test_what_is_no_point(octets: bytes) -> None:
    with pytest.raises(MalformedMessage):
        names_of(octets)
