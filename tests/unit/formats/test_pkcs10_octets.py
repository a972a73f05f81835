"""PKCS#10 as devices write them, and as a strict decoder reads them."""

import pytest
from asn1crypto import core, csr
from hypothesis import given
from hypothesis import strategies as st

from lockgate_formats.elements import MAX_MEMBERS
from lockgate_formats.requests.pkcs10_octets import in_der, require_few_members
from tests.support.pki.identities import rsa_key
from tests.support.wire.cms_objects import element
from tests.support.wire.scep_client import Device

PRINTABLE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"
ATTRIBUTE = st.binary(max_size=200).map(lambda octets: element(0x30, octets))


def request(*attributes: bytes, rdns: int = 0, subject: bytes | None = None) -> bytes:
    subject = element(0x30, b"\x31\x00" * rdns) if subject is None else subject
    info = element(0x30, b"\x02\x01\x00" + subject + b"\x30\x00" + element(0xA0, b"".join(attributes)))
    return element(0x30, info + b"\x30\x00" + b"\x03\x01\x00")


@given(st.lists(ATTRIBUTE, max_size=5))
def test_only_the_order_changes(attributes: list[bytes]) -> None:
    sent = request(*attributes)
    found = in_der(sent)
    assert found.request == request(*sorted(attributes))
    assert found.signed in sent
    assert in_der(found.request).request == found.request


def name(*rdns: tuple[tuple[int, bytes], ...]) -> bytes:
    attributes = [[element(0x30, b"\x06\x03\x55\x04\x03" + element(*value)) for value in rdn] for rdn in rdns]
    return element(0x30, b"".join(element(0x31, b"".join(rdn)) for rdn in attributes))


@pytest.mark.parametrize("character", sorted(set(range(0x20, 0x7F)) - set(PRINTABLE)))
def test_text_that_is_no_printable_string_becomes_a_utf8_string(character: int) -> None:
    text = b"router" + bytes((character,)) + b"1"
    sent = request(subject=name(((0x13, b"Example"),), ((0x13, text),)))
    assert in_der(sent).request == request(subject=name(((0x13, b"Example"),), ((0x0C, text),)))
    assert in_der(sent).signed in sent


@pytest.mark.parametrize(
    "value", [(0x13, PRINTABLE), (0x13, b""), (0x13, b"r\xf6uter"), (0x13, b"a_\n"), (0x16, b"a_b"), (0x04, b"a_b")]
)
def test_any_other_value_stays_as_it_is(value: tuple[int, bytes]) -> None:
    sent = request(subject=name((value,)))
    assert in_der(sent).request == sent


def test_attributes_of_an_rdn_are_sorted() -> None:
    sent = request(subject=name(((0x13, b"a_b"), (0x13, b"abc"))))
    assert in_der(sent).request == request(subject=name(((0x0C, b"a_b"), (0x13, b"abc"))))
    sent = request(subject=name(((0x13, b"abc"), (0x13, b"a_b"))))
    assert in_der(sent).request == request(subject=name(((0x0C, b"a_b"), (0x13, b"abc"))))


@given(st.binary(max_size=200))
def test_anything_else_is_a_value_error(octets: bytes) -> None:
    try:
        in_der(octets)
    except ValueError:
        return
    assert octets[0] == 0x30


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_what_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="cut off"):
        in_der(request(b"\x30\x00" * 100)[:-cut])


def test_attributes_are_bounded() -> None:
    assert in_der(request(*[b"\x30\x00"] * MAX_MEMBERS))
    with pytest.raises(ValueError, match="more than 64"):
        in_der(request(*[b"\x30\x00"] * (MAX_MEMBERS + 1)))


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
    (challenge,) = [attribute.dump() for attribute in info["attributes"]]
    extra = element(0x30, core.ObjectIdentifier("1.2.3").dump() + element(0x31, b"\x05\x00"))
    head = b"".join(info[name].dump() for name in ("version", "subject", "subject_pk_info"))
    swapped = element(0x30, head + element(0xA0, max(challenge, extra) + min(challenge, extra)))
    sent = element(0x30, swapped + whole["signature_algorithm"].dump() + whole["signature"].dump())
    found = in_der(sent)
    assert found.signed == swapped
    assert found.request != sent
    assert in_der(found.request).request == found.request
