"""Which octets count as the CA's answer; each refusal is of one answer that is right but for one thing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from lockgate.errors import Unavailable, UnverifiedAnswer
from lockgate_formats import der
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.macs import PASSWORD_BASED_MAC_SHA256, PBMAC1_SHA256, PasswordBasedMac, Pbmac1
from lockgate_formats.cmp.messages import StatusInfo
from lockgate_formats.cmp.names import NULL_DN, directory_name
from lockgate_formats.cmp.protection import mac_protector, read_protection
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus
from lockgate_formats.cmp_client import SendAgain, SharedSecret, State, UnprotectedError
from lockgate_transport.host.clock import HostRandom
from tests.support.pki.identities import Identity, Key, ec_key, make_authority, rsa_key
from tests.support.wire.cmp_clients import (
    NOW,
    REFERENCE,
    Conversation,
    asking,
    authority,
    conversation,
    device,
    service,
    signed,
    trusting,
)
from tests.support.wire.cmp_scripted_ca import (
    CONFIRMED,
    IMPLICIT,
    REFUSED,
    SECRET,
    WAITING,
    Said,
    answered,
    failed,
    granted,
    replied,
    shared_mac,
    signature_of,
)

GOOD = replied(BodyType.IP, granted(device().der))
UNAVAILABLE = StatusInfo(PkiStatus.REJECTION, frozenset({FailInfo.SYSTEM_UNAVAIL}), ("send it again",))
Talk = Callable[..., Conversation]


def refused(talk: Talk, said: Said, match: str, **options: object) -> None:
    """That answer does not count, and leaves the transaction as it was: the right one counts after it."""
    talking = talk(said, GOOD, **options)
    transaction = talking.client.ir([asking()])
    with pytest.raises(UnverifiedAnswer, match=match):
        talking.client.send(transaction)
    assert talking.client.send(transaction).state is State.ISSUED
    assert talking.ca.requests[0] == talking.ca.requests[1]


@pytest.mark.parametrize("talk", [conversation, signed])
@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"transaction_id": bytes(16)}, "another transaction"),
        ({"transaction_id": None}, "another transaction"),
        ({"recip_nonce": bytes(16)}, "another nonce"),
        ({"recip_nonce": None}, "another nonce"),
        ({"sender_nonce": None}, "no senderNonce"),
        ({"pvno": 3}, "the version 3"),
        ({"pvno": 1}, "the version 1"),
    ],
)
def test_a_header_that_answers_another_message(talk: Talk, wrong: dict[str, object], match: str) -> None:
    refused(talk, GOOD.but(header=wrong), match)


@pytest.mark.parametrize("talk", [conversation, signed])
@pytest.mark.parametrize(
    "said",
    [
        GOOD,
        replied(BodyType.IP, granted(device().der), infos=[IMPLICIT]),
        replied(BodyType.IP, answered(WAITING)),
        replied(BodyType.IP, answered(REFUSED)),
        failed(WAITING),
        CONFIRMED,
    ],
)
@pytest.mark.parametrize("unprotected_errors", [False, True])
def test_nothing_but_errors_may_be_unprotected(talk: Talk, said: Said, unprotected_errors: bool) -> None:
    refused(talk, said.but(unprotected=True), "without protection", unprotected_errors=unprotected_errors)


@pytest.mark.parametrize("talk", [conversation, signed])
def test_a_protected_part_that_was_changed(talk: Talk) -> None:
    at = GOOD.body.index(device().der) + 20
    changed = GOOD.body[:at] + bytes((GOOD.body[at] ^ 1,)) + GOOD.body[at + 1 :]
    assert changed != GOOD.body
    refused(talk, GOOD.but(changed=lambda octets: octets.replace(GOOD.body, changed)), "MAC is wrong|has signed it")


# ---- MACs


def test_a_mac_under_another_secret() -> None:
    refused(conversation, GOOD.but(protector=shared_mac(b"another secret")), "its MAC is wrong")


def test_a_mac_does_not_count_for_a_client_that_signs() -> None:
    refused(signed, GOOD.but(protector=shared_mac()), "there is no shared secret")


def test_a_mac_out_of_bounds_is_not_computed() -> None:
    parameters = replace(PBMAC1_SHA256, iterations=2_000_000_000, salt=bytes(16))

    class Costly:
        algorithm = parameters.algorithm

        def protect(self, protected_part: bytes) -> bytes:
            return bytes(32)

    refused(conversation, GOOD.but(protector=Costly()), "an iteration count that is not from 100 to 10000")


@pytest.mark.parametrize("mac", [PBMAC1_SHA256, PASSWORD_BASED_MAC_SHA256])
def test_both_macs_count_each_time_with_a_fresh_salt(mac: PasswordBasedMac | Pbmac1) -> None:
    said = GOOD.but(protector=mac_protector(SECRET, HostRandom(), mac))
    talking = conversation(said, said, credentials=SharedSecret(REFERENCE, SECRET, mac))
    for _ in range(2):
        assert talking.client.send(talking.client.ir([asking()])).state is State.ISSUED
    first, second = (read_protection(message.header.protection_algorithm or b"") for message in talking.ca.sent)
    assert isinstance(first, type(mac))
    assert isinstance(second, type(mac))
    assert first.salt != second.salt
    assert replace(first, salt=mac.salt) == replace(second, salt=mac.salt) == mac


def test_sha1_counts_by_a_setting_alone() -> None:
    weak = replace(PASSWORD_BASED_MAC_SHA256, mac=der.sequence(der.oid("1.3.6.1.5.5.8.1.2")))
    said = GOOD.but(protector=mac_protector(SECRET, HostRandom(), weak))
    refused(conversation, said, "SHA-1, which is switched off")
    lenient = conversation(said, protection=ProtectionLimits(hmac_sha1=True))
    assert lenient.client.send(lenient.client.ir([asking()])).state is State.ISSUED


# ---- signatures


def test_a_signature_does_not_count_where_nobody_is_trusted() -> None:
    said = GOOD.but(protector=signature_of(service()), extra_certs=(service().der,))
    refused(conversation, said, "no signer is trusted")


def test_a_signature_counts_for_a_client_with_a_secret_that_trusts_its_signer() -> None:
    name = directory_name(service().certificate.subject.public_bytes())
    said = GOOD.but(protector=signature_of(service()), extra_certs=(service().der,), header={"sender": name})
    talking = conversation(said, trust=trusting())
    assert talking.client.send(talking.client.ir([asking()])).state is State.ISSUED


@pytest.mark.parametrize("key", [rsa_key(405), ec_key(405)])
def test_another_key_has_signed(key: Key) -> None:
    forger = Identity(service().certificate, key)
    said = GOOD.but(protector=signature_of(forger), extra_certs=(service().der,))
    refused(signed, said, "no certificate of its sender has signed it")


def test_a_signer_whose_certificate_is_not_there() -> None:
    refused(signed, GOOD.but(extra_certs=()), "no certificate of its sender has signed it")
    pinned = signed(GOOD.but(extra_certs=()), trust=trusting(certificates=(service().der,), authorities=()))
    assert pinned.client.send(pinned.client.ir([asking()])).state is State.ISSUED


def test_a_sender_who_is_not_the_signer() -> None:
    refused(signed, GOOD.but(header={"sender": directory_name(device().certificate.subject.public_bytes())}), "sender")
    refused(signed, GOOD.but(header={"sender": NULL_DN}), "sender")
    refused(signed, GOOD.but(header={"sender_kid": bytes(20)}), "sender")


def test_a_signer_of_another_ca() -> None:
    """With the same names as the right one."""
    other = make_authority("CMP tests CA", ec_key(406)).issue("CMP service", ec_key(407), "digital_signature")
    said = GOOD.but(protector=signature_of(other), extra_certs=(other.der,))
    refused(signed, said, "no chain leads from its certificate to a CA that is trusted")


def test_a_device_of_the_same_ca_does_not_sign_for_it() -> None:
    said = GOOD.but(
        protector=signature_of(device()),
        extra_certs=(device().der,),
        header={"sender": directory_name(device().certificate.subject.public_bytes())},
    )
    refused(signed, said, "its certificate does not let it sign for the CA")


def test_a_signer_whose_certificate_is_not_for_signatures() -> None:
    encrypting = authority().issue("CMP service", ec_key(408), "key_agreement")
    said = GOOD.but(protector=signature_of(encrypting), extra_certs=(encrypting.der,))
    refused(signed, said, "its certificate is not for signatures")


@pytest.mark.parametrize("trusted", ["certificates", "authorities"])
def test_a_signer_whose_certificate_has_ended(trusted: str) -> None:
    trust = trusting(**{"certificates": (), "authorities": (), trusted: (service().der, authority().der)})
    talking = signed(GOOD, trust=trust)
    transaction = talking.client.ir([asking()])
    talking.clock.sleep(timedelta(days=4000).total_seconds())
    assert talking.clock.now() > NOW
    with pytest.raises(UnverifiedAnswer, match="its certificate is not valid now"):
        talking.client.send(transaction)


# ---- errors


@pytest.mark.parametrize("talk", [conversation, signed])
def test_an_unprotected_error_counts_by_a_setting_alone(talk: Talk) -> None:
    said = failed(REFUSED, "the name stands in row 7").but(unprotected=True)
    talking = talk(said)
    with pytest.raises(UnprotectedError, match="proves nothing") as raised:
        talking.client.send(talking.client.ir([asking()]))
    refusal = raised.value.refusal
    assert (refusal.status, refusal.fail_info, refusal.proven) == (*_of(REFUSED), False)
    assert refusal.texts == ("the name is taken", "the name stands in row 7")
    counting = talk(said, unprotected_errors=True)
    ended = counting.client.send(counting.client.ir([asking()]))
    assert (ended.state, ended.refusals) == (State.REFUSED, (refusal,))


def _of(status: StatusInfo) -> tuple[PkiStatus, frozenset[FailInfo]]:
    return status.status, status.fail_info


def test_an_unprotected_error_of_another_transaction_does_not_count() -> None:
    said = failed().but(unprotected=True)
    for wrong in ({"transaction_id": bytes(16)}, {"recip_nonce": bytes(16)}):
        refused(conversation, said.but(header=wrong), "another", unprotected_errors=True)


@pytest.mark.parametrize("unprotected_errors", [False, True])
def test_unavailability_is_never_a_refusal(unprotected_errors: bool) -> None:
    """What the proxy says when its time is over: the same octets bring the answer."""
    said = failed(UNAVAILABLE).but(unprotected=True)
    talking = conversation(said, said, GOOD, unprotected_errors=unprotected_errors)
    transaction = talking.client.ir([asking()])
    with pytest.raises(SendAgain, match=r"systemUnavail\): send it again"):
        talking.client.send(transaction)
    assert issubclass(SendAgain, Unavailable)
    with pytest.raises(SendAgain):
        talking.client.send(transaction)
    assert talking.client.send(transaction).state is State.ISSUED
    assert len(set(talking.ca.requests)) == 1


def test_a_protected_error_is_a_refusal() -> None:
    talking = signed(failed().but(header={"pvno": 3}))
    ended = talking.client.send(talking.client.ir([asking()]))
    assert ended.state is State.REFUSED
    assert str(ended.refusals[0]) == "rejection (badCertTemplate): the name is taken"
    assert ended.refusals[0].proven


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"garbage", bytes(300_000)])
def test_what_is_no_message(octets: bytes) -> None:
    refused(conversation, GOOD.but(changed=lambda _: octets), "cannot be read")
    refused(conversation, GOOD.but(changed=lambda right: right[:-1]), "cannot be read")
