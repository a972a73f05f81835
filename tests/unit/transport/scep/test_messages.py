"""pkiMessages: what is read, what is answered, and with which failure."""

import secrets
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.enrolment.outcome import Granted, Pending, Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.reasons import Reason
from lockgate_formats.cms.names import Identifier, comparable, identifier
from lockgate_transport.host.clock import HostRandom
from lockgate_transport.scep import contents
from lockgate_transport.scep.algorithms import CURRENT, LEGACY, Algorithms
from lockgate_transport.scep.contents import CertificateRequest
from lockgate_transport.scep.failures import UNREADABLE, failure
from lockgate_transport.scep.messages import LIMITS, NoPkiMessage, VerifiedMessage, read_pki_message, verify
from lockgate_transport.scep.opening import OpenedPkiEnvelope, Opener
from lockgate_transport.scep.passwords import PasswordKey
from lockgate_transport.scep.replies import Reader, Replies
from lockgate_transport.scep.vocabulary import FailInfo, ScepMessageType
from tests.support.pki import identities
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.wire.cms_objects import element
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_failures import told
from tests.support.wire.scep_names import GUID, UPN
from tests.support.wire.scep_values import (
    AES128,
    AES256,
    DES,
    FAILURE,
    PENDING,
    SUCCESS,
    TRIPLE_DES,
    Key,
    octets,
    printable,
)

SERVER = identities.ra()
ISSUER = identities.authority().certificate.subject.public_bytes()
DEVICE = Device(rsa_key(31), SERVER.certificate, ISSUER, challenge="secret")
OTHER_OID = x509.ObjectIdentifier("1.2.3")
ED25519 = ed25519.Ed25519PrivateKey.generate()
Content = TypeVar("Content")
KEYS: list[Key] = [rsa_key(31), ec_key(5), ED25519]


def verified(message: bytes, algorithms: Algorithms = CURRENT) -> VerifiedMessage:
    found = verify(read_pki_message(message), algorithms)
    assert isinstance(found, VerifiedMessage), found
    return found


def refused(message: bytes, algorithms: Algorithms = CURRENT) -> Refused:
    found = verify(read_pki_message(message), algorithms)
    assert isinstance(found, Refused)
    return found


def fail_info(refused: Refused) -> FailInfo:
    return failure(refused).fail_info


def opened(
    message: bytes, read: Callable[[bytes], Content], algorithms: Algorithms = CURRENT
) -> tuple[OpenedPkiEnvelope, Content] | Refused:
    return Opener(SERVER.keystore, algorithms).open(verified(message, algorithms).content, read)


def requested(message: bytes, algorithms: Algorithms = CURRENT) -> CertificateRequest | Refused:
    found = opened(message, contents.certificate_request, algorithms)
    return found if isinstance(found, Refused) else found[1]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("cipher", [AES128, AES256])
def test_reads_a_request_for_a_certificate(key: Key, digest: str, cipher: str) -> None:
    if key is ED25519 and digest != "sha512":
        digest = "sha512"  # RFC 8419, 3.1
    device = DEVICE.with_(key=key, digest=digest, cipher=cipher)
    message = verified(device.pkcs_req())
    assert (message.transaction_id, message.message_type) == (device.transaction_id, ScepMessageType.PKCS_REQ)
    request = requested(device.pkcs_req())
    assert isinstance(request, CertificateRequest)
    assert (request.pkcs10, request.challenge, str(request.name)) == (device.request, "secret", "CN=device")
    assert request.key == message.signer.key
    assert message.signer.encryptable == (key is KEYS[0])


def test_reads_the_alternative_names_that_the_ca_can_give() -> None:
    upn = x509.OtherName(UPN, element(0x0C, "åsa@example.org".encode()))
    guid = x509.OtherName(GUID, element(0x04, bytes(range(16))))
    plain = (x509.DNSName("vpn.example"), x509.RFC822Name("ops@example.org"), x509.IPAddress(ip_address("::1")))
    names = (*plain, upn, guid, x509.RegisteredID(OTHER_OID), x509.DirectoryName(DEVICE.subject))
    request = requested(DEVICE.with_(alternative_names=names).pkcs_req())
    assert isinstance(request, CertificateRequest)
    assert not isinstance(request.alternative_names, Refused)
    kinds = [(name.kind, name.value) for name in request.alternative_names]
    assert kinds == [
        ("DNSNAME", "vpn.example"),
        ("RFC822NAME", "ops@example.org"),
        ("IPADDRESS", "::1"),
        ("UPN", "åsa@example.org"),
        ("GUID", "000102030405060708090a0b0c0d0e0f"),
        ("REGISTEREDID", "1.2.3"),
        ("DIRECTORYNAME", "CN=device"),
    ]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (x509.OtherName(OTHER_OID, b"\x05\x00"), "is of the kind otherName 1.2.3, which is not used here"),
        (x509.IPAddress(ip_network("192.0.2.0/24")), "is of the kind iPAddress with a mask, which is not used here"),
        (x509.OtherName(UPN, b"\x05\x00"), "cannot be read"),
    ],
)
def test_an_alternative_name_that_nobody_is_given_is_named(name: x509.GeneralName, why: str) -> None:
    request = requested(DEVICE.with_(alternative_names=(name,)).pkcs_req())
    assert isinstance(request, CertificateRequest)
    assert isinstance(request.alternative_names, Refused)
    assert failure(request.alternative_names).text == f"The subject cannot be certified: an alternative name {why}."


def test_reads_polls_and_identifiers() -> None:
    found = opened(DEVICE.cert_poll(), contents.poll)
    assert not isinstance(found, Refused)
    assert found[1] == contents.Poll(comparable(ISSUER), comparable(DEVICE.subject.public_bytes()))
    named = opened(DEVICE.identify("21", ISSUER, 2**150), identifier)
    assert not isinstance(named, Refused)
    assert named[1] == Identifier(comparable(ISSUER), 2**150)


@pytest.mark.parametrize("digest", ["md5", "sha1"])
def test_refuses_old_digests(digest: str) -> None:
    assert fail_info(refused(DEVICE.with_(digest=digest).pkcs_req())) is FailInfo.BAD_ALG


@pytest.mark.parametrize("cipher", [TRIPLE_DES, DES])
def test_refuses_old_ciphers(cipher: str) -> None:
    assert requested(DEVICE.with_(cipher=cipher).pkcs_req()) == Refused(Refusal.UNACCEPTED_CIPHER)


def test_lets_old_devices_in_where_that_is_switched_on() -> None:
    old = DEVICE.with_(digest="sha1", cipher=TRIPLE_DES)
    assert isinstance(requested(old.pkcs_req(), LEGACY), CertificateRequest)
    assert fail_info(refused(old.with_(digest="md5").pkcs_req(), LEGACY)) is FailInfo.BAD_ALG
    assert requested(old.with_(cipher=DES).pkcs_req(), LEGACY) == Refused(Refusal.UNACCEPTED_CIPHER)


def test_refuses_weak_keys() -> None:
    assert fail_info(refused(DEVICE.with_(key=rsa_key(32, 1024)).pkcs_req())) is FailInfo.BAD_ALG


@pytest.mark.parametrize(
    "message",
    [DEVICE.pkcs_req(tampered=True), DEVICE.pkcs_req(digest=bytes(32)), DEVICE.with_(key=rsa_key(33)).pkcs_req(
        certificate=DEVICE.certificate)],
    ids=["signature", "digest", "key"],
)  # fmt: skip
def test_refuses_broken_signatures(message: bytes) -> None:
    assert fail_info(refused(message)) is FailInfo.BAD_MESSAGE_CHECK


@pytest.mark.parametrize("number", ["0", "18", "999"])
def test_refuses_unknown_message_types(number: str) -> None:
    assert fail_info(refused(DEVICE.message(number, DEVICE.request))) is FailInfo.BAD_REQUEST


@pytest.mark.parametrize("nonce", [b"1", bytes(7)])
def test_refuses_nonces_that_are_too_short(nonce: bytes) -> None:
    assert fail_info(refused(DEVICE.pkcs_req(nonce=nonce))) is FailInfo.BAD_REQUEST


@pytest.mark.parametrize(
    "attributes",
    [
        {"transaction_id": None},
        {"transaction_id": printable("x" * 201)},
        {"transaction_id": printable("a\nb")},
        {"transaction_id": printable("aäb")},
        {"transaction_id": printable("a#renewal")},
        {"transaction_id": octets(b"12345")},
    ],
)
def test_without_what_an_answer_needs_it_is_no_message(attributes: dict[str, bytes | None]) -> None:
    with pytest.raises(NoPkiMessage):
        read_pki_message(DEVICE.pkcs_req(attributes=attributes))


NONCE = bytes(range(16))


@pytest.mark.parametrize(
    ("attributes", "reason", "repeated"),
    [
        ({"message_type": None}, Refusal.NO_MESSAGE_TYPE, NONCE),
        ({"message_type": printable("x")}, Refusal.NO_MESSAGE_TYPE, NONCE),
        ({"message_type": printable("0019")}, Refusal.NO_MESSAGE_TYPE, NONCE),
        ({"message_type": printable("19") * 2}, Refusal.NO_MESSAGE_TYPE, NONCE),
        ({"message_type": octets(b"19")}, Refusal.NO_MESSAGE_TYPE, NONCE),
        ({"sender_nonce": None}, Refusal.NO_NONCE, None),
        ({"sender_nonce": octets(b"")}, Refusal.NO_NONCE, None),
        ({"sender_nonce": octets(bytes(65))}, Refusal.NO_NONCE, None),
        ({"sender_nonce": octets(bytes(16)) * 2}, Refusal.NO_NONCE, None),
        ({"sender_nonce": printable("0123456789abcdef")}, Refusal.NO_NONCE, None),
        ({"sender_nonce": octets(bytes(7))}, Refusal.WRONG_NONCE, bytes(7)),
        ({"message_type": None, "sender_nonce": None}, Refusal.NO_MESSAGE_TYPE, None),
    ],
)
def test_what_can_be_answered_without_it_is_refused_by_an_answer(
    attributes: dict[str, bytes | None], reason: Refusal, repeated: bytes | None
) -> None:
    message = DEVICE.pkcs_req(nonce=NONCE, attributes=attributes)
    found = refused(message)
    assert (fail_info(found), found.reason) == (FailInfo.BAD_REQUEST, reason)
    answer = DEVICE.read(replies().write(read_pki_message(message), found, None))
    assert (answer.status, answer.fail_info, answer.attributes.get("recipient_nonce")) == (FAILURE, "2", repeated)


@pytest.mark.parametrize("missing", ["message_type", "sender_nonce"])
def test_what_is_missing_is_told_to_who_has_signed_alone(missing: str) -> None:
    message = DEVICE.pkcs_req(attributes={missing: None}, tampered=True)
    assert refused(message).reason is Refusal.WRONG_SIGNATURE


def test_oversized_messages_are_not_read() -> None:
    with pytest.raises(NoPkiMessage, match="too large"):
        read_pki_message(bytes(LIMITS.message + 1))


def test_everything_about_a_wrong_decryption_ends_alike() -> None:
    """A wrong recipient's key, a key of another length, wrong padding, other content: one failure, told by nothing."""
    key = secrets.token_bytes(32)
    envelopes = [
        DEVICE.enveloped(DEVICE.request, key=key, wrapped=bytes(256)),
        DEVICE.enveloped(DEVICE.request, key=key, wrapped=secrets.token_bytes(255)),
        DEVICE.with_(cipher=AES128).enveloped(DEVICE.request).replace(b"\x03\x04\x01\x02", b"\x03\x04\x01\x2a"),
        DEVICE.enveloped(bytes(64), pad=False),
        DEVICE.enveloped(DEVICE.request + b"\x00"),
        DEVICE.enveloped(b""),
        DEVICE.enveloped(DEVICE.certificate.public_bytes(Encoding.DER)),
        DEVICE.with_(server=identities.worker().certificate).enveloped(DEVICE.request),
    ]
    assert [told(requested(DEVICE.signed("19", envelope))) for envelope in envelopes] == [UNREADABLE] * len(envelopes)


def test_a_request_that_another_key_signed_is_unreadable() -> None:
    forged = DEVICE.request[:-4] + bytes(4)
    assert told(requested(DEVICE.message("19", forged))) == UNREADABLE


def replies(algorithms: Algorithms = CURRENT) -> Replies:
    return Replies(SERVER.keystore, algorithms, HostRandom())


def test_a_request_with_another_challenge_password_is_another_request() -> None:
    digests = {
        contents.certificate_request(DEVICE.with_(challenge=challenge).request).digest for challenge in ("a", "b", None)
    }
    assert len(digests) == 3


def reader(device: Device, algorithms: Algorithms = CURRENT, challenge: str | None = None) -> Reader:
    message = device.pkcs_req()
    found = opened(message, contents.certificate_request, algorithms)
    assert not isinstance(found, Refused)
    password = None if challenge is None else PasswordKey.of(challenge)
    return Reader(verified(message, algorithms).signer, found[0].cipher, password)


def test_answers_that_say_no_carry_no_content() -> None:
    nonce = secrets.token_bytes(16)
    message = read_pki_message(DEVICE.pkcs_req(nonce=nonce))
    pending = DEVICE.read(replies().write(message, Pending(), None))
    refused = Refused(Reason.UNKNOWN_CERTIFICATE, "No such certificate.")
    failure = DEVICE.read(replies().write(message, refused, None))
    assert (pending.status, pending.content, pending.fail_info) == (PENDING, b"", None)
    assert (failure.status, failure.content, failure.fail_info) == (FAILURE, b"", "4")
    assert failure.text == "No such certificate."
    assert pending.attributes["recipient_nonce"] == failure.attributes["recipient_nonce"] == nonce
    assert len({nonce, pending.attributes["sender_nonce"], failure.attributes["sender_nonce"]}) == 3


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("cipher", [AES128, AES256])
def test_successes_are_encrypted_to_the_signer_or_under_its_challenge(key: Key, cipher: str) -> None:
    device = DEVICE.with_(key=key, cipher=cipher, digest="sha512")
    password = None if key is KEYS[0] else "its-own-challenge"
    outcome = Granted((SERVER.der, identities.authority().der))
    answer = replies().write(read_pki_message(device.pkcs_req()), outcome, reader(device, challenge=password))
    certificates, crls = device.opened(device.read(answer), password)
    assert (device.read(answer).status, certificates, crls) == (SUCCESS, list(outcome.certificates), [])


def test_nothing_is_written_that_nobody_could_open() -> None:
    device = DEVICE.with_(key=ec_key(5))
    recipient = reader(device)
    assert not recipient.can_be_answered()
    with pytest.raises(ValueError, match="open"):
        replies().write(read_pki_message(device.pkcs_req()), Granted((SERVER.der,)), recipient)
    with pytest.raises(ValueError, match="open"):
        replies().write(read_pki_message(device.pkcs_req()), Granted((SERVER.der,)), None)


def test_old_devices_get_answers_that_they_can_verify() -> None:
    old = DEVICE.with_(digest="sha1", cipher=TRIPLE_DES)
    message = read_pki_message(old.pkcs_req())
    answer = old.read(replies(LEGACY).write(message, Granted((SERVER.der,)), reader(old, LEGACY)))
    assert (answer.digest, old.opened(answer)[0]) == ("sha1", [SERVER.der])
    current = DEVICE.read(replies(LEGACY).write(read_pki_message(DEVICE.pkcs_req()), Pending(), None))
    assert current.digest == "sha256"


@pytest.mark.parametrize("length", [1, 15, 16, 17, 200])
@pytest.mark.parametrize("nonce", [1, 15, 16, 17, 64])
def test_random_octets_precede_what_an_old_device_has_chosen(length: int, nonce: int) -> None:
    """Two texts with one SHA-1 can only be made by who knows all that comes before some 64 octets of their choice."""
    old = DEVICE.with_(digest="sha1", transaction_id="x" * length)
    message = read_pki_message(old.pkcs_req(nonce=b"\xaa" * nonce))
    answer = replies(LEGACY).write(message, Refused(Refusal.UNREADABLE_CONTENT), None)
    fresh = old.read(answer).attributes["sender_nonce"]
    assert isinstance(fresh, bytes)
    before = answer[: answer.index(fresh)]
    assert not [chosen for chosen in (b"x" * 16, b"\xaa" * 16) if chosen in before]
