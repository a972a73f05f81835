"""Hostile pkiMessages: nothing but the declared outcomes, whatever is sent."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lockgate.enrolment.scep import Failure
from lockgate_transport.scep import contents
from lockgate_transport.scep.algorithms import LEGACY
from lockgate_transport.scep.contents import read_content
from lockgate_transport.scep.messages import NoPkiMessage, VerifiedMessage, read_pki_message, verify
from lockgate_transport.scep.opening import Opener
from tests import forge, identities
from tests.identities import rsa_key
from tests.scep_client import Device
from tests.unit.transport.test_hostile import mutants

SERVER = identities.ra()
DEVICE = Device(rsa_key(31), SERVER.certificate, bytes.fromhex("3000"), challenge="secret")
NAME = identities.name("a name long enough to stay something after a few mutations").public_bytes()
LONG = forge.element(0x30, NAME[2:] * 2)
READERS: list[Callable[[bytes], object]] = [contents.certificate_request, contents.poll, contents.identifier]
CONTENTS = [DEVICE.request, forge.element(0x30, NAME + NAME), forge.element(0x30, LONG + b"\x02\x01\x01")]
MUTANTS = 1500


def whole(message: bytes) -> object:
    """What the server makes of a message, up to its content."""
    try:
        read = read_pki_message(message)
    except NoPkiMessage as error:
        return error
    verified = verify(read, LEGACY)
    if isinstance(verified, Failure):
        return verified
    return inside(verified.content)


def inside(content: bytes) -> object:
    """What the server makes of the content of a message that anybody can have signed."""
    found = [Opener(SERVER.keystore, LEGACY).open(content, read) for read in READERS]
    refused = [its for its in found if isinstance(its, Failure)]
    return refused[0] if len(refused) == len(READERS) else found


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
@example(b"")
@example(b"\x30\x80" * 1000)
@example(b"\x30\x84\xff\xff\xff\xff")
def test_any_octets(octets: bytes) -> None:
    assert isinstance(whole(octets), NoPkiMessage)
    assert isinstance(inside(octets), Failure)


@pytest.mark.parametrize("make", [DEVICE.pkcs_req, DEVICE.cert_poll])
def test_mutants_of_messages(make: Callable[[], bytes]) -> None:
    message = make()
    for mutant in mutants(message, MUTANTS):
        if mutant != message:
            whole(mutant)


def test_mutants_of_envelopes() -> None:
    for mutant in mutants(DEVICE.enveloped(DEVICE.request), MUTANTS):
        inside(mutant)


@pytest.mark.parametrize("read", READERS)
def test_mutants_of_contents(read: Callable[[bytes], object]) -> None:
    content = dict(zip(READERS, CONTENTS, strict=True))[read]
    assert not isinstance(read_content(read, content), Failure)
    for mutant in mutants(content, MUTANTS):
        read_content(read, mutant)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_content(octets: bytes) -> None:
    for read in READERS:
        read_content(read, octets)


def test_indefinite_lengths_say_the_same() -> None:
    """Older libraries write BER: the same message, its lengths left open."""
    message = DEVICE.pkcs_req()
    content_type, rest = message[4:15], message[15:]
    assert rest[0] == 0xA0
    start = 4 if rest[1] == 0x82 else 2
    ber = b"\x30\x80" + content_type + b"\xa0\x80" + rest[start:] + bytes(4)
    verified = verify(read_pki_message(ber), LEGACY)
    assert isinstance(verified, VerifiedMessage)
    assert verified.content == verify(read_pki_message(message), LEGACY).content  # type: ignore[union-attr]


def test_depth_and_number_are_bounded() -> None:
    nested = b"\x04\x00"
    for _ in range(2000):
        nested = forge.element(0x30, nested)
    assert isinstance(whole(nested), NoPkiMessage)
    assert isinstance(whole(forge.element(0x30, b"\x05\x00" * 20_000)), NoPkiMessage)
