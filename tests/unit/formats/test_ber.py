"""BER to DER: what other implementations write, and what is refused before it costs anything."""

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from lockgate_formats import der
from lockgate_formats.cms import ber, elements
from lockgate_formats.cms.limits import MAX_DEPTH, MAX_ELEMENTS, Unreadable

END = b"\x00\x00"
ENCRYPTED_HEAD = bytes.fromhex("06092a864886f70d010701" + "300b0609608648016503040102")


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (b"\x04\x02ab", b"\x04\x02ab"),
        (b"\x04\x81\x02ab", b"\x04\x02ab"),
        (b"\x30\x80\x02\x01\x05" + END, b"\x30\x03\x02\x01\x05"),
        (b"\x24\x80\x04\x01a\x04\x01b" + END, b"\x04\x02ab"),
        (b"\x24\x08\x24\x03\x04\x01a\x04\x01b", b"\x04\x02ab"),
        (b"\x31\x06\x04\x01b\x04\x01a", b"\x31\x06\x04\x01a\x04\x01b"),
        (b"\xa0\x80\x04\x01a" + END, b"\xa0\x03\x04\x01a"),
        (
            der.sequence(ENCRYPTED_HEAD, b"\xa0\x06\x04\x01a\x04\x01b"),
            der.sequence(ENCRYPTED_HEAD, b"\x80\x02ab"),
        ),
    ],
    ids=["der", "long length", "indefinite", "pieces", "pieces of pieces", "set", "explicit", "encrypted content"],
)
def test_becomes_der(encoded: bytes, expected: bytes) -> None:
    assert ber.to_der(encoded) == expected


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\x30",
        b"\x30\x05\x02\x01",
        b"\x30\x80\x02\x01\x05",
        b"\x04\x80ab" + END,
        b"\x04\x85\x00\x00\x00\x00\x01a",
        b"\x04\x01ab",
        b"\x24\x03\x02\x01a",
        b"\x1f\x81\x01\x01a",
        b"\x00\x00",
        b"\x30\x02\x00\x00",
        b"\x30\x80" * (MAX_DEPTH + 2) + END * (MAX_DEPTH + 2),
        der.sequence(b"\x05\x00" * MAX_ELEMENTS),
    ],
    ids=[
        "empty",
        "no length",
        "cut off",
        "without end",
        "primitive indefinite",
        "huge length of length",
        "something follows",
        "pieces that are no strings",
        "high tag number",
        "end of contents",
        "end of contents in definite",
        "too deep",
        "too many",
    ],
)
def test_refuses(encoded: bytes) -> None:
    with pytest.raises(Unreadable):
        ber.to_der(encoded)


@given(st.binary(max_size=200))
def test_nothing_but_unreadable_comes_out(octets: bytes) -> None:
    try:
        result = ber.to_der(octets)
    except Unreadable:
        return
    assert ber.to_der(result) == result


@given(st.integers(0, 2**200))
def test_integers_are_der(number: int) -> None:
    assert der.integer(number) == core.Integer(number).dump()


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_lengths_are_der(size: int) -> None:
    octets = bytes(size)
    encoded = der.octet_string(octets)
    assert encoded == core.OctetString(octets).dump()
    assert elements.header(encoded, 0, len(encoded)) == (len(encoded) - size, len(encoded))


@pytest.mark.parametrize(
    "octets",
    [
        b"\x04\x81\x01a",
        b"\x04\x82\x00\x80" + bytes(128),
        b"\x04\x80",
        b"\x04\x85\x01\x00\x00\x00\x00",
        b"\x1f\x01a",
        b"\x04\x05a",
        b"\x04",
    ],
)
def test_lists_are_split_by_der_alone(octets: bytes) -> None:
    with pytest.raises(Unreadable):
        list(elements.members(octets, 10, 1000))


def test_lists_are_split_up_to_their_limit() -> None:
    assert list(elements.members(b"\x05\x00\x04\x01a", 2, 5)) == [(5, b"\x05\x00"), (4, b"\x04\x01a")]
    with pytest.raises(Unreadable, match="more than 1"):
        list(elements.members(b"\x05\x00\x04\x01a", 1, 5))
    with pytest.raises(Unreadable, match="more than 4 octets"):
        list(elements.members(b"\x05\x00\x04\x01a", 2, 4))
