"""RSA padding, taken off on this side: what the library pads comes out, and what was changed is refused."""

from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding, PKCS1v15
from hypothesis import example, given
from hypothesis import strategies as st

from lockgate.ports import KeyTransport
from lockgate_formats.cms.algorithms import TRANSPORT_PADDINGS
from lockgate_keys.hardware.padding import unpadded
from tests.support.pki.identities import rsa_key

KEY = rsa_key(1)
OCTETS = KEY.key_size // 8
OAEP = [transport for transport in KeyTransport if transport is not KeyTransport.RSA_PKCS1]


def padded(content: bytes, scheme: AsymmetricPadding) -> bytes:
    """As the library pads it, by the private power of what it encrypts."""
    numbers = KEY.private_numbers()
    encrypted = int.from_bytes(KEY.public_key().encrypt(content, scheme))
    return pow(encrypted, numbers.d, numbers.public_numbers.n).to_bytes(OCTETS)


@cache
def padded_key(transport: KeyTransport) -> bytes:
    return padded(b"key", TRANSPORT_PADDINGS[transport])


@pytest.mark.parametrize("transport", list(KeyTransport))
@pytest.mark.parametrize("content", [b"", b"\0", b"\1", bytes(32), b"\1" * 48], ids=len)
def test_what_the_library_pads_comes_out(transport: KeyTransport, content: bytes) -> None:
    scheme = TRANSPORT_PADDINGS[transport]
    assert unpadded(padded(content, scheme), scheme) == content


@pytest.mark.parametrize("transport", OAEP)
@given(position=st.integers(0, OCTETS - 1), flipped=st.integers(1, 255))
@example(position=0, flipped=1)
def test_one_changed_octet_is_enough_to_refuse_oaep(transport: KeyTransport, position: int, flipped: int) -> None:
    """Seed and block mask each other, so that it changes everything in them."""
    scheme, encoded = TRANSPORT_PADDINGS[transport], bytearray(padded_key(transport))
    encoded[position] ^= flipped
    with pytest.raises(ValueError, match=r"^wrong padding$"):
        unpadded(bytes(encoded), scheme)


@pytest.mark.parametrize("transport", OAEP)
def test_oaep_of_another_label_is_refused(transport: KeyTransport) -> None:
    scheme = TRANSPORT_PADDINGS[transport]
    assert isinstance(scheme, padding.OAEP)
    labelled = padding.OAEP(scheme.mgf, scheme.algorithm, b"label")
    with pytest.raises(ValueError, match=r"^wrong padding$"):
        unpadded(padded(b"key", labelled), scheme)


@pytest.mark.parametrize(
    "encoded",
    [
        bytes(OCTETS),
        b"\0\2" + b"\7" * (OCTETS - 2),
        b"\0\1" + b"\7" * 8 + bytes(OCTETS - 10),
        b"\1\2" + b"\7" * 8 + bytes(OCTETS - 10),
        b"\0\2" + b"\7" * 7 + bytes(OCTETS - 9),
    ],
    ids=["nothing", "no end", "for signatures", "first octet", "seven octets of padding"],
)
def test_wrong_pkcs1_padding_is_refused(encoded: bytes) -> None:
    with pytest.raises(ValueError, match=r"^wrong padding$"):
        unpadded(encoded, PKCS1v15())
