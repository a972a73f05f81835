"""Hostile pkiMessages: nothing but the declared outcomes, whatever is sent."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from lockgate.enrolment.outcome import Refused
from lockgate.enrolment.transactions import Enrolment, Transaction
from lockgate.errors import PeerError
from lockgate.ports import RenewalProof
from lockgate.reasons import Rejected
from lockgate_formats.cms.names import identifier
from lockgate_formats.sealed_transactions import NONCE_OCTETS, AesTransactionSealer
from lockgate_transport.scep import contents
from lockgate_transport.scep.algorithms import LEGACY
from lockgate_transport.scep.contents import read_content
from lockgate_transport.scep.messages import NoPkiMessage, VerifiedMessage, read_pki_message, verify
from lockgate_transport.scep.opening import Opener
from lockgate_transport.scep.renewals import ScepRenewals
from tests.support.pki import identities
from tests.support.pki.identities import rsa_key
from tests.support.wire import cms_objects
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import GET_CERT, GET_CRL, RENEWAL_REQ
from tests.unit.formats.test_hostile import mutants

SERVER = identities.ra()
DEVICE = Device(rsa_key(31), SERVER.certificate, bytes.fromhex("3000"), challenge="secret")
NAME = identities.name("a name long enough to stay something after a few mutations").public_bytes()
LONG = cms_objects.element(0x30, NAME[2:] * 2)
READERS: list[Callable[[bytes], object]] = [contents.certificate_request, contents.poll, identifier]
CONTENTS = [DEVICE.request, cms_objects.element(0x30, NAME + NAME), cms_objects.element(0x30, LONG + b"\x02\x01\x01")]
SEALER = AesTransactionSealer("scep", b"a secret that the servers share")
MUTANTS = 1500


def whole(message: bytes) -> object:
    """What the server makes of a message, up to its content."""
    try:
        read = read_pki_message(message)
    except NoPkiMessage as error:
        return error
    verified = verify(read, LEGACY)
    if isinstance(verified, Refused):
        return verified
    return inside(verified.content)


def inside(content: bytes) -> object:
    """What the server makes of the content of a message that anybody can have signed."""
    found = [Opener(SERVER.keystore, LEGACY).open(content, read) for read in READERS]
    refused = [outcome for outcome in found if isinstance(outcome, Refused)]
    return refused[0] if len(refused) == len(READERS) else found


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
@example(b"")
@example(b"\x30\x80" * 1000)
@example(b"\x30\x84\xff\xff\xff\xff")
def test_any_octets(octets: bytes) -> None:
    assert isinstance(whole(octets), NoPkiMessage)
    assert isinstance(inside(octets), Refused)


MESSAGES: dict[str, Callable[[], bytes]] = {
    "PKCSReq": DEVICE.pkcs_req,
    "PKCSReq in BER": lambda: cms_objects.with_open_lengths(DEVICE.pkcs_req()),
    "RenewalReq": lambda: DEVICE.message(RENEWAL_REQ, DEVICE.with_(key=rsa_key(33)).request),
    "CertPoll": DEVICE.cert_poll,
    "GetCert": lambda: DEVICE.identify(GET_CERT, NAME, 4711),
    "GetCRL": lambda: DEVICE.identify(GET_CRL, NAME, 4711),
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_mutants_of_messages(kind: str) -> None:
    message = MESSAGES[kind]()
    assert not isinstance(whole(message), NoPkiMessage | Refused)
    for mutant in mutants(message, MUTANTS):
        if mutant != message:
            whole(mutant)


def test_mutants_of_envelopes() -> None:
    for mutant in mutants(DEVICE.enveloped(DEVICE.request), MUTANTS):
        inside(mutant)


@pytest.mark.parametrize("read", READERS)
def test_mutants_of_contents(read: Callable[[bytes], object]) -> None:
    content = dict(zip(READERS, CONTENTS, strict=True))[read]
    assert not isinstance(read_content(read, content), Refused)
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
    verified = verify(read_pki_message(cms_objects.with_open_lengths(message)), LEGACY)
    assert isinstance(verified, VerifiedMessage)
    assert verified.content == verify(read_pki_message(message), LEGACY).content  # type: ignore[union-attr]


def test_depth_and_number_are_bounded() -> None:
    nested = b"\x04\x00"
    for _ in range(2000):
        nested = cms_objects.element(0x30, nested)
    assert isinstance(whole(nested), NoPkiMessage)
    assert isinstance(whole(cms_objects.element(0x30, b"\x05\x00" * 20_000)), NoPkiMessage)


# ---- RenewalReq on the CA's side: an RA may say anything


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=100), st.binary(max_size=400), st.binary(max_size=40))
def test_any_renewal(certificate: bytes, message: bytes, key: bytes) -> None:
    assert isinstance(ScepRenewals().read(certificate, message, key), Rejected)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=40))
def test_a_holder_may_sign_anything(content: bytes, key: bytes) -> None:
    certificate = DEVICE.certificate.public_bytes(Encoding.DER)
    assert isinstance(ScepRenewals().read(certificate, DEVICE.signed(RENEWAL_REQ, content), key), Rejected)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=40))
def test_any_key_may_be_handed_on(content: bytes, key: bytes) -> None:
    """Of a wrong length: refused. Otherwise something comes out, whose own signature is judged later."""
    certificate = DEVICE.certificate.public_bytes(Encoding.DER)
    found = ScepRenewals().read(certificate, DEVICE.signed(RENEWAL_REQ, DEVICE.enveloped(content)), key)
    assert isinstance(found, RenewalProof if len(key) == 32 else Rejected)


def test_mutants_of_renewals() -> None:
    key = bytes(range(32))
    message = DEVICE.signed(RENEWAL_REQ, DEVICE.enveloped(DEVICE.request, key=key))
    certificate = DEVICE.certificate.public_bytes(Encoding.DER)
    assert isinstance(ScepRenewals().read(certificate, message, key), RenewalProof)
    for mutant in mutants(message, MUTANTS):
        found = ScepRenewals().read(certificate, mutant, key)
        assert isinstance(found, Rejected) or found.pkcs10 == DEVICE.request
    for mutant in mutants(certificate, MUTANTS):
        assert mutant == certificate or isinstance(ScepRenewals().read(mutant, message, key), Rejected)


# ---- transactions in the message database


def opened(sealed: bytes) -> object:
    try:
        return SEALER.open("a transaction", sealed)
    except PeerError as error:
        return error


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_sealed_transaction(octets: bytes) -> None:
    assert isinstance(opened(octets), PeerError)


def test_mutants_of_sealed_transactions() -> None:
    subject = DEVICE.subject.public_bytes()
    enrolment = Enrolment(alias="", signer_key="ab" * 32, request="cd" * 32, subject=subject)
    transaction = Transaction(enrolment=enrolment, sent=b"a record", expires=datetime(2026, 1, 1, tzinfo=UTC))
    sealed = SEALER.seal("a transaction", transaction)
    assert opened(sealed) == transaction
    for mutant in mutants(sealed, MUTANTS):
        assert mutant == sealed or isinstance(opened(mutant), PeerError)


FIELDS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=9) | st.text(max_size=9)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=100) | st.lists(FIELDS | st.datetimes(), max_size=12).map(msgpack.encode))
def test_any_record_that_was_sealed_with_the_secret(record: bytes) -> None:
    """As another version writes it."""
    nonce = bytes(NONCE_OCTETS)
    sealed = nonce + SEALER._cipher("a transaction").encrypt(nonce, record, None)
    assert isinstance(opened(sealed), PeerError | Transaction)
