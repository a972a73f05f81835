"""Envelopes that strangers have spoiled: one way through the code for all, and few tries under one wrapped key."""

import secrets
from collections.abc import Callable
from functools import partial

import pytest

from lockgate.enrolment.outcome import Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import Unavailable
from lockgate.ports import KeyTransport
from lockgate_keys.pkcs12 import SoftKeystore
from lockgate_transport.scep import contents
from lockgate_transport.scep.algorithms import CURRENT
from lockgate_transport.scep.contents import CertificateRequest, fitting
from lockgate_transport.scep.failures import UNREADABLE, Failure
from lockgate_transport.scep.messages import VerifiedMessage, read_pki_message, verify
from lockgate_transport.scep.opening import MAX_FAILURES, FailedKeys, Opener
from tests.support.native_calls import calls_during
from tests.support.pki import identities
from tests.support.pki.identities import rsa_key
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_failures import ENCRYPTED, FAILURES, Hostile, told

SERVER = identities.ra()
DEVICE = Device(rsa_key(31), SERVER.certificate, challenge="its own secret")
HOSTILE = Hostile(DEVICE, DEVICE.with_(key=rsa_key(33)), identities.worker().certificate)
STAGES = ["decrypt", "update", "finalize", "update", "finalize", "load_der_x509_csr"]
"""Unwrapping, the block cipher, its padding, the content."""


class CountingKeystore(SoftKeystore):
    """Counts what is unwrapped."""

    unwrapped = 0

    def unwrap(self, wrapped: bytes, transport: KeyTransport) -> bytes | None:
        type(self).unwrapped += 1
        return super().unwrap(wrapped, transport)


def reading() -> Callable[[bytes], CertificateRequest]:
    verified = verify(read_pki_message(DEVICE.pkcs_req()), CURRENT)
    assert isinstance(verified, VerifiedMessage)
    return partial(contents.certificate_request, signer=verified.signer.key)


READ = reading()


def opener() -> Opener:
    return Opener(SERVER.keystore, CURRENT)


@pytest.mark.parametrize("failure", ENCRYPTED)
def test_every_failure_goes_the_same_way(failure: str) -> None:
    """From a key that cannot be unwrapped to a content that is none: what an attacker could tell apart is not there."""
    under_test, envelope = opener(), FAILURES[failure](HOSTILE)
    assert told(under_test.open(envelope, READ)) == UNREADABLE
    own = ["verify"] if failure == "certificate request is not signed by its key" else []
    assert calls_during(lambda: under_test.open(envelope, READ), {*STAGES, "verify"}) == STAGES + own


def test_a_random_key_is_drawn_whether_it_is_needed_or_not() -> None:
    for wrapped in (HOSTILE.unwrappable(), HOSTILE.wrapped(bytes(32)), HOSTILE.wrapped(bytes(24))):
        envelope = DEVICE.enveloped(DEVICE.request, wrapped=wrapped)
        calls = calls_during(partial(opener().open, envelope, READ), {"urandom", "decrypt"})
        assert calls == ["urandom", "decrypt"]


def test_the_library_tells_nobody_of_a_wrong_padding() -> None:
    """PKCS#1 v1.5 with implicit rejection (draft-irtf-cfrg-rsa-guidance): octets come out, the same each time."""
    for wrapped in (HOSTILE.unwrappable(), HOSTILE.unwrappable()):
        found = {SERVER.keystore.unwrap(wrapped, KeyTransport.RSA_PKCS1) for _ in range(3)}
        assert len(found) == 1
        assert None not in found


def tries(under_test: Opener, key: bytes, wrapped: bytes, number: int) -> list[Failure | None]:
    """Wrong contents under one wrapped key."""
    spoiled = [DEVICE.enveloped(secrets.token_bytes(64), key=key, wrapped=wrapped) for _ in range(number)]
    return [told(under_test.open(envelope, READ)) for envelope in spoiled]


def test_nothing_is_opened_any_more_under_a_key_that_has_failed_often() -> None:
    keystore = CountingKeystore(SERVER.key, SERVER.der)
    under_test, key = Opener(keystore, CURRENT), secrets.token_bytes(32)
    wrapped = HOSTILE.wrapped(key)
    genuine = DEVICE.enveloped(DEVICE.request, key=key, wrapped=wrapped)
    CountingKeystore.unwrapped = 0
    assert tries(under_test, key, wrapped, MAX_FAILURES - 1) == [UNREADABLE] * (MAX_FAILURES - 1)
    assert not isinstance(under_test.open(genuine, READ), Refused)
    assert tries(under_test, key, wrapped, 1) == [UNREADABLE]
    assert CountingKeystore.unwrapped == MAX_FAILURES + 1
    assert told(under_test.open(genuine, READ)) == UNREADABLE
    assert CountingKeystore.unwrapped == MAX_FAILURES + 1
    assert not isinstance(under_test.open(DEVICE.enveloped(DEVICE.request), READ), Refused)


def test_a_content_that_does_not_belong_to_its_message_has_failed_too() -> None:
    under_test, envelope = opener(), DEVICE.enveloped(DEVICE.request)
    for _ in range(MAX_FAILURES):
        assert (
            told(under_test.open(envelope, fitting(READ, lambda _: False, Refusal.POLL_FOR_ANOTHER_NAME))) == UNREADABLE
        )
    assert told(under_test.open(envelope, READ)) == UNREADABLE


def test_a_message_may_be_repeated_for_ever() -> None:
    under_test, envelope = opener(), DEVICE.enveloped(DEVICE.request)
    for _ in range(3 * MAX_FAILURES):
        assert not isinstance(under_test.open(envelope, READ), Refused)


class Away(SoftKeystore):
    """A keystore whose key cannot be reached for now."""

    away = True

    def unwrap(self, wrapped: bytes, transport: KeyTransport) -> bytes | None:
        if self.away:
            raise Unavailable("the token is away")
        return super().unwrap(wrapped, transport)


def test_while_the_key_is_away_no_message_fails() -> None:
    keystore = Away(SERVER.key, SERVER.der)
    under_test, envelope = Opener(keystore, CURRENT), DEVICE.enveloped(DEVICE.request)
    for _ in range(2 * MAX_FAILURES):
        with pytest.raises(Unavailable):
            under_test.open(envelope, READ)
    keystore.away = False
    assert not isinstance(under_test.open(envelope, READ), Refused)


def test_what_is_under_way_counts() -> None:
    keys = FailedKeys()
    assert [keys.begin(b"wrapped") for _ in range(MAX_FAILURES + 1)] == [True] * MAX_FAILURES + [False]
    keys.succeed(b"wrapped")
    assert [keys.begin(b"wrapped") for _ in range(2)] == [True, False]


def test_a_wrapped_key_is_one_number_however_it_is_written() -> None:
    keys = FailedKeys()
    for zeros in range(MAX_FAILURES):
        assert keys.begin(bytes(zeros) + b"wrapped")
    assert not keys.begin(b"wrapped")


def test_the_key_that_was_tried_longest_ago_is_forgotten_first() -> None:
    keys = FailedKeys(remembered=2)
    for wrapped in (b"first", b"second"):
        while keys.begin(wrapped):
            pass
    assert not keys.begin(b"first")
    assert keys.begin(b"third")
    assert not keys.begin(b"first")
    assert keys.begin(b"second")
