"""What a verified answer makes of a transaction, and what an answer may not be about."""

from datetime import UTC, datetime
from functools import cache

import pytest

from lockgate.errors import CallerError, UnverifiedAnswer
from lockgate_formats.cmp.contents import CertificateId
from lockgate_formats.cmp.messages import StatusInfo
from lockgate_formats.cmp.vocabulary import BodyType, PkiStatus
from lockgate_formats.cmp_client import WHOLE_MESSAGE, CmpTransaction, Revocation, State
from lockgate_formats.cmp_client.composing import identified
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import ec_key
from tests.support.wire.cmp_clients import Conversation, asking, authority, conversation, device, holder
from tests.support.wire.cmp_scripted_ca import (
    CONFIRMED,
    GRANTED,
    IMPLICIT,
    REFUSED,
    WAIT_TIME,
    WAITING,
    Said,
    answered,
    failed,
    granted,
    poll_later,
    replied,
    revoked,
)

SECOND_KEY = ec_key(410)
GOOD = replied(BodyType.IP, granted(device().der))
MODIFIED = StatusInfo(PkiStatus.GRANTED_WITH_MODS, texts=("the validity is shorter",))


@cache
def second() -> bytes:
    return authority().issue("device", SECOND_KEY).der


def sent(talking: Conversation, transaction: CmpTransaction) -> CmpTransaction:
    return talking.client.send(transaction)


def unfit(said: Said, match: str, transaction_of: object = None) -> None:
    talking = conversation(said)
    transaction = transaction_of(talking) if callable(transaction_of) else talking.client.ir([asking()])
    with pytest.raises(UnverifiedAnswer, match=match):
        talking.client.send(transaction)


def test_a_certificate_must_be_confirmed() -> None:
    reply = replied(BodyType.IP, granted(device().der), infos=[WAIT_TIME], ca_certificates=(authority().der,))
    talking = conversation(reply)
    came = sent(talking, talking.client.ir([asking()]))
    assert (came.state, came.usable) == (State.ISSUED, ())
    (issued,) = came.undecided
    assert (issued.certificate, issued.status, issued.fault) == (device().der, GRANTED, "")
    assert came.confirm_until == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert came.ca_certificates == (authority().der,)


def test_implicit_confirmation_counts_if_it_was_asked_for_and_granted() -> None:
    implicit = replied(BodyType.IP, granted(device().der), infos=[IMPLICIT])
    both = conversation(implicit, implicit_confirm=True)
    ended = sent(both, both.client.ir([asking()]))
    assert (ended.state, [one.certificate for one in ended.usable]) == (State.DONE, [device().der])
    assert both.ca.sent[0].header.implicit_confirm
    unasked = conversation(implicit)
    assert sent(unasked, unasked.client.ir([asking()])).state is State.ISSUED
    ungranted = conversation(GOOD, implicit_confirm=True)
    assert sent(ungranted, ungranted.client.ir([asking()])).state is State.ISSUED


def test_a_certificate_for_another_key_has_a_fault() -> None:
    other = replied(BodyType.IP, granted(holder().der), infos=[IMPLICIT])
    talking = conversation(other, CONFIRMED)
    came = sent(talking, talking.client.ir([asking()]))
    assert came.undecided[0].fault == "the certificate is for another key"
    ended = talking.client.finish(came)
    assert (ended.state, ended.usable, ended.certificates[0].accepted) == (State.DONE, (), False)
    implicit = conversation(other, implicit_confirm=True)
    taken = sent(implicit, implicit.client.ir([asking()]))
    assert (taken.state, taken.usable) == (State.DONE, ())


@pytest.mark.parametrize(
    ("certificate", "fault"),
    [
        (b"\x30\x03\x02\x01\x00", "the certificate or its key cannot be read"),
        (None, "the CA has granted a certificate and sent none"),
    ],
)
def test_what_is_no_certificate_has_a_fault(certificate: bytes | None, fault: str) -> None:
    response = answered(GRANTED) if certificate is None else granted(certificate)
    talking = conversation(replied(BodyType.IP, response))
    assert sent(talking, talking.client.ir([asking()])).undecided[0].fault == fault


def test_modifications_are_told() -> None:
    talking = conversation(replied(BodyType.IP, granted(device().der, status=MODIFIED)))
    assert sent(talking, talking.client.ir([asking()])).undecided[0].status == MODIFIED


def test_a_refused_certificate() -> None:
    talking = conversation(replied(BodyType.CP, answered(REFUSED)))
    ended = sent(talking, talking.client.cr([asking()]))
    assert (ended.state, ended.certificates) == (State.REFUSED, ())
    (refusal,) = ended.refusals
    assert (refusal.cert_req_id, refusal.status, refusal.texts) == (0, PkiStatus.REJECTION, ("the name is taken",))
    with pytest.raises(CallerError):
        talking.client.send(ended)


@pytest.mark.parametrize("status", [PkiStatus.REVOCATION_WARNING, PkiStatus.KEY_UPDATE_WARNING])
def test_a_status_that_grants_nothing_is_a_refusal(status: PkiStatus) -> None:
    talking = conversation(replied(BodyType.IP, granted(device().der, status=StatusInfo(status))))
    ended = sent(talking, talking.client.ir([asking()]))
    assert (ended.state, ended.refusals[0].status, ended.certificates) == (State.REFUSED, status, ())


def test_the_body_must_fit_the_message() -> None:
    ip, cp, kup = (replied(kind, granted(device().der)) for kind in (BodyType.IP, BodyType.CP, BodyType.KUP))
    for said in (cp, kup, CONFIRMED, poll_later(1), revoked(GRANTED)):
        unfit(said, "came where ip was awaited")
    for said in (ip, kup):
        unfit(said, "came where cp was awaited", lambda talking: talking.client.cr([asking()]))
        unfit(said, "came where cp was awaited", lambda talking: talking.client.p10cr(pkcs10(device().key)))
    unfit(ip, "came where kup was awaited", lambda talking: talking.client.kur(asking(), holder().der))
    unfit(ip, "came where rp was awaited", lambda talking: talking.client.rr([Revocation(device().der)]))


def test_a_certconf_is_answered_by_pkiconf_alone() -> None:
    talking = conversation(GOOD, GOOD)
    came = sent(talking, talking.client.ir([asking()]))
    with pytest.raises(UnverifiedAnswer, match="ip came where pkiconf was awaited"):
        sent(talking, talking.client.confirm(came))


@pytest.mark.parametrize("ids", [(), (1,), (0, 1), (0, 0), (WHOLE_MESSAGE,)])
def test_other_requests_than_those_that_were_sent(ids: tuple[int, ...]) -> None:
    unfit(replied(BodyType.IP, *(granted(device().der, number) for number in ids)), "it answers the requests")


def test_all_of_several_requests_are_answered() -> None:
    several = [asking(), asking(key=SECOND_KEY)]
    whole = replied(BodyType.IP, granted(second(), 1), granted(device().der, 0))
    talking = conversation(whole, CONFIRMED)
    ended = talking.client.finish(talking.client.ir(several))
    assert [one.certificate for one in ended.usable] == [second(), device().der]
    swapped = replied(BodyType.IP, granted(device().der, 1), granted(second(), 0))
    crossed = conversation(swapped)
    assert all(one.fault for one in sent(crossed, crossed.client.ir(several)).undecided)
    unfit(
        replied(BodyType.IP, granted(device().der, 0)),
        r"it answers the requests \[0\], not \[0, 1\]",
        lambda talking: talking.client.ir(several),
    )


def test_one_of_several_requests_is_refused() -> None:
    talking = conversation(replied(BodyType.IP, answered(REFUSED, 0), granted(second(), 1)), CONFIRMED)
    ended = talking.client.finish(talking.client.ir([asking(), asking(key=SECOND_KEY)]))
    assert (ended.state, [one.cert_req_id for one in ended.usable]) == (State.DONE, [1])
    assert [refusal.cert_req_id for refusal in ended.refusals] == [0]


@pytest.mark.parametrize("number", [WHOLE_MESSAGE, 0])
def test_servers_number_the_request_of_a_p10cr_in_two_ways(number: int) -> None:
    talking = conversation(replied(BodyType.CP, granted(device().der, number)), CONFIRMED)
    ended = talking.client.finish(talking.client.p10cr(pkcs10(device().key)))
    assert [one.cert_req_id for one in ended.usable] == [number]
    unfit(
        replied(BodyType.CP, granted(device().der, 1)),
        "it answers the requests",
        lambda talking: talking.client.p10cr(pkcs10(device().key)),
    )


# ---- revocation


def test_a_revocation() -> None:
    talking = conversation(revoked(GRANTED, certificates=(identified(device().der),)))
    ended = sent(talking, talking.client.rr([Revocation(device().der, 1)]))
    assert (ended.state, ended.refusals) == (State.DONE, ())


def test_refused_revocations() -> None:
    asked = [Revocation(device().der), Revocation(second())]
    mixed = conversation(revoked(GRANTED, REFUSED))
    ended = sent(mixed, mixed.client.rr(asked))
    assert (ended.state, [refusal.cert_req_id for refusal in ended.refusals]) == (State.DONE, [1])
    none = conversation(revoked(REFUSED, REFUSED))
    assert sent(none, none.client.rr(asked)).state is State.REFUSED


def test_an_answer_about_other_revocations() -> None:
    def one(talking: Conversation) -> CmpTransaction:
        return talking.client.rr([Revocation(device().der)])

    unfit(revoked(GRANTED, GRANTED), "it answers 2 revocations, not 1", one)
    other = CertificateId(authority().certificate.subject.public_bytes(), 5)
    unfit(revoked(GRANTED, certificates=(other,)), "it tells of other certificates", one)


# ---- errors


def test_an_error_ends_any_transaction() -> None:
    talking = conversation(failed(), GOOD, failed(REFUSED, "too late"))
    assert sent(talking, talking.client.ir([asking()])).state is State.REFUSED
    confirming = talking.client.confirm(sent(talking, talking.client.ir([asking()])))
    ended = sent(talking, confirming)
    assert (ended.state, ended.usable) == (State.REFUSED, ())
    assert ended.refusals[0].texts == ("the name is taken", "too late")


@pytest.mark.parametrize("kind", [BodyType.IP, BodyType.ERROR])
def test_a_body_that_cannot_be_read(kind: BodyType) -> None:
    unfit(Said(kind, b"\x30\x03\x02\x01\x05"), "cannot be read")


def test_waiting_needs_no_certificate() -> None:
    talking = conversation(replied(BodyType.IP, answered(WAITING)))
    waits = sent(talking, talking.client.ir([asking()]))
    assert (waits.state, waits.waiting, waits.due) == (State.WAITING, (0,), talking.clock.now())
