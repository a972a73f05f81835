"""PKCS#10 with attributes in any order."""

import pytest
from asn1crypto import core, csr
from hypothesis import given
from hypothesis import strategies as st

from lockgate.der import MAX_MEMBERS
from lockgate.pkcs10 import in_der_order, require_few_members
from tests.forge import element
from tests.identities import rsa_key
from tests.scep_client import Device

ATTRIBUTE = st.binary(max_size=200).map(lambda octets: element(0x30, octets))


def request(*attributes: bytes, rdns: int = 0) -> bytes:
    subject = element(0x30, b"\x31\x00" * rdns)
    info = element(0x30, b"\x02\x01\x00" + subject + b"\x30\x00" + element(0xA0, b"".join(attributes)))
    return element(0x30, info + b"\x30\x00" + b"\x03\x01\x00")


@given(st.lists(ATTRIBUTE, max_size=5))
def test_only_the_order_changes(attributes: list[bytes]) -> None:
    sent = request(*attributes)
    found = in_der_order(sent)
    assert found.request == request(*sorted(attributes))
    assert found.signed in sent
    assert in_der_order(found.request).request == found.request


@given(st.binary(max_size=200))
def test_anything_else_is_a_value_error(octets: bytes) -> None:
    try:
        in_der_order(octets)
    except ValueError:
        return
    assert octets[0] == 0x30


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_what_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="cut off"):
        in_der_order(request(b"\x30\x00" * 100)[:-cut])


def test_attributes_are_bounded() -> None:
    assert in_der_order(request(*[b"\x30\x00"] * MAX_MEMBERS))
    with pytest.raises(ValueError, match="more than 64"):
        in_der_order(request(*[b"\x30\x00"] * (MAX_MEMBERS + 1)))


@pytest.mark.parametrize(("attributes", "rdns"), [(MAX_MEMBERS + 1, 0), (0, MAX_MEMBERS + 1)])
def test_what_costs_much_to_decode_is_refused_before(attributes: int, rdns: int) -> None:
    require_few_members(request(*[b"\x30\x00"] * MAX_MEMBERS, rdns=MAX_MEMBERS))
    with pytest.raises(ValueError, match="more than 64"):
        require_few_members(request(*[b"\x30\x00"] * attributes, rdns=rdns))


def test_attributes_of_the_subject_are_counted_in_whatever_rdns_they_stand() -> None:
    def named(*sizes: int) -> bytes:
        subject = element(0x30, b"".join(element(0x31, b"\x30\x00" * size) for size in sizes))
        return element(0x30, element(0x30, b"\x02\x01\x00" + subject + b"\x30\x00" + element(0xA0, b"")))

    require_few_members(named(60, 4))
    for sizes in ((65,), (60, 5)):
        with pytest.raises(ValueError, match="more than 64"):
            require_few_members(named(*sizes))


def test_real_ones_with_their_attributes_swapped() -> None:
    whole = csr.CertificationRequest.load(Device(rsa_key(31), None, challenge="x" * 40).request)  # type: ignore[arg-type]
    info = whole["certification_request_info"]
    (challenge,) = [its.dump() for its in info["attributes"]]
    extra = element(0x30, core.ObjectIdentifier("1.2.3").dump() + element(0x31, b"\x05\x00"))
    head = b"".join(info[name].dump() for name in ("version", "subject", "subject_pk_info"))
    swapped = element(0x30, head + element(0xA0, max(challenge, extra) + min(challenge, extra)))
    sent = element(0x30, swapped + whole["signature_algorithm"].dump() + whole["signature"].dump())
    found = in_der_order(sent)
    assert found.signed == swapped
    assert found.request != sent
    assert in_der_order(found.request).request == found.request
