"""Certificate requests and keys written as text."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockgate.requests.submessages import CertificateRequestRequest, PKCS10Request
from lockgate.requests.submessages.base import CHALLENGE_PASSWORD
from lockgate.requests.textual import der_of

DER = b"\x30\x03\x02\x01\x07"
BASE64 = base64.encodebytes(DER * 40)


def pem(label: str, text: bytes = BASE64) -> bytes:
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label.encode(), text, label.encode())


@pytest.mark.parametrize(
    "text",
    [
        DER * 40,
        BASE64,
        BASE64.replace(b"\n", b"\r\n"),
        b" \n" + BASE64.replace(b"\n", b""),
        b"SPKAC=" + BASE64.replace(b"\n", b""),
        pem("CERTIFICATE REQUEST"),
        pem("NEW CERTIFICATE REQUEST"),
        pem("PUBLIC KEY"),
        b"Certificate Request:\n    Data:\n" + pem("CERTIFICATE REQUEST"),
        pem("PRIVATE KEY") + pem("CERTIFICATE REQUEST"),
    ],
)
def test_text_is_read_as_the_der_that_it_holds(text: bytes) -> None:
    assert der_of(text) == DER * 40


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"garbage",
        base64.b64encode(b"no DER"),
        pem("CERTIFICATE"),
        pem("CERTIFICATE REQUEST") * 2,
        pem("CERTIFICATE REQUEST", b"MDAw!\n"),
        pem("CERTIFICATE REQUEST").replace(b"END", b"FIN"),
        b"-----BEGIN CERTIFICATE REQUEST-----\n" + BASE64 + b"-----END PUBLIC KEY-----\n",
    ],
)
def test_what_is_neither_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        der_of(text)


@given(st.binary(max_size=200))
def test_whatever_is_read_begins_as_a_sequence_and_is_no_longer(octets: bytes) -> None:
    try:
        der = der_of(octets)
    except ValueError:
        return
    assert der[:1] == b"\x30"
    assert len(der) <= len(octets)


@pytest.mark.parametrize(
    "write", [bytes, base64.b64encode, lambda der: pem("CERTIFICATE REQUEST", base64.encodebytes(der))]
)
@pytest.mark.parametrize("secret", [True, False])
def test_a_challenge_password_is_found_in_text_too(write, secret: bool) -> None:  # type: ignore[no-untyped-def]
    der = b"\x30\x40" + (CHALLENGE_PASSWORD if secret else b"\x05\x00")
    described = dict.fromkeys(("username", "subject_dn", "end_entity_profile", "certificate_profile", "ca_name"), "x")
    assert PKCS10Request(request_id=1, pkcs10=write(der), **described).carries_secret() is secret  # type: ignore[arg-type]
    asked = CertificateRequestRequest(request_id=1, request_type="PKCS10", request_data=write(der), **described)  # type: ignore[arg-type]
    assert asked.carries_secret() is secret


def test_text_that_cannot_be_decoded_may_hold_one() -> None:
    described = dict.fromkeys(("username", "subject_dn", "end_entity_profile", "certificate_profile", "ca_name"), "x")
    assert PKCS10Request(request_id=1, pkcs10=pem("X"), **described).carries_secret()  # type: ignore[arg-type]
