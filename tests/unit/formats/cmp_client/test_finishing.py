"""A whole transaction: sent again, polled for, decided on, kept, and taken up after a crash."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from lockgate.errors import CallerError, NoAnswer, PeerError, Unavailable
from lockgate_formats import der
from lockgate_formats.cmp.confirmations import certificate_hash, read_certificate_confirmations
from lockgate_formats.cmp.general import read_general, write_general
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.polls import read_poll_requests
from lockgate_formats.cmp.vocabulary import BodyType, InfoType, PkiStatus
from lockgate_formats.cmp_client import WHOLE_MESSAGE, CmpTransaction, IssuedCertificate, Revocation, State
from tests.support.pki.identities import ec_key
from tests.support.wire.cmp_clients import Conversation, asking, authority, conversation, device, signed
from tests.support.wire.cmp_scripted_ca import (
    CA_NONCE,
    CONFIRMED,
    GRANTED,
    WAITING,
    Said,
    answered,
    failed,
    granted,
    poll_later,
    replied,
    revoked,
)

GOOD = replied(BodyType.IP, granted(device().der))
WAITS = replied(BodyType.IP, answered(WAITING))
DOWN = Unavailable("the service is down")


def finished(*script: Said | Exception, **options: Any) -> tuple[CmpTransaction, Conversation]:
    talking = conversation(*script, **options)
    return talking.client.finish(talking.client.ir([asking()])), talking


# ---- the same octets again


def test_the_same_octets_are_sent_again() -> None:
    ended, talking = finished(DOWN, GOOD, DOWN, DOWN, CONFIRMED)
    assert ended.state is State.DONE
    first, again, *confirmations = talking.ca.requests
    assert first == again
    assert len(confirmations) == 3
    assert len(set(confirmations)) == 1
    assert talking.clock.slept == [1.0, 1.0, 1.0]


def test_it_is_given_up_after_some_attempts_and_taken_up_later() -> None:
    kept: list[CmpTransaction] = []
    talking = conversation(DOWN, DOWN, GOOD, CONFIRMED, attempts=2)
    with pytest.raises(Unavailable, match="the service is down"):
        talking.client.finish(talking.client.ir([asking()]), keep=kept.append)
    assert [one.state for one in kept] == [State.REQUESTED]
    assert talking.client.finish(kept[-1]).state is State.DONE
    assert len(set(talking.ca.requests[:3])) == 1


def test_what_cannot_be_trusted_is_not_tried_again() -> None:
    talking = conversation(PeerError("no CMP service"), GOOD)
    with pytest.raises(PeerError):
        talking.client.finish(talking.client.ir([asking()]))
    assert len(talking.ca.requests) == 1


# ---- polling


def test_it_polls_until_the_answer_comes() -> None:
    ended, talking = finished(WAITS, poll_later(30), poll_later(40, reasons=("two of three",)), GOOD, CONFIRMED)
    assert ended.state is State.DONE
    assert talking.ca.kinds == ["ir", "pollReq", "pollReq", "pollReq", "certConf"]
    assert talking.clock.slept == [30.0, 40.0]
    polls = talking.ca.sent[1:4]
    assert [read_poll_requests(poll.body) for poll in polls] == [(0,), (0,), (0,)]
    assert {poll.header.recip_nonce for poll in polls} == {CA_NONCE}
    assert len({poll.header.sender_nonce for poll in polls}) == 3
    assert {message.header.transaction_id for message in talking.ca.sent} == {ended.id}


def test_a_pollreq_has_the_time_at_which_it_is_sent() -> None:
    """Servers refuse old ones."""
    _, talking = finished(WAITS, poll_later(3000), GOOD, CONFIRMED)
    first, _, last, _ = (message.header.message_time for message in talking.ca.sent)
    assert first is not None
    assert last is not None
    assert last - first == timedelta(seconds=3000)


@pytest.mark.parametrize(("seconds", "slept"), [(0, 5.0), (7, 7.0), (2_000_000_000, 60.0)])
def test_waiting_is_bounded(seconds: int, slept: float) -> None:
    _, talking = finished(WAITS, poll_later(seconds), GOOD, CONFIRMED, shortest_poll=5.0, longest_poll=60.0)
    assert talking.clock.slept == [slept]


def test_patience_ends_and_polling_goes_on_later() -> None:
    kept: list[CmpTransaction] = []
    talking = conversation(WAITS, poll_later(80), poll_later(80), GOOD, CONFIRMED, patience=100.0)
    with pytest.raises(NoAnswer, match="has not decided within 100 s"):
        talking.client.finish(talking.client.ir([asking()]), keep=kept.append)
    assert (kept[-1].state, talking.clock.slept) == (State.WAITING, [80.0])
    assert talking.client.finish(kept[-1]).state is State.DONE


def test_the_reasons_for_waiting_are_told() -> None:
    talking = conversation(WAITS, poll_later(9, reasons=("one approval is missing",)))
    waits = talking.client.send(talking.client.poll(talking.client.send(talking.client.ir([asking()]))))
    assert (waits.state, waits.reasons) == (State.WAITING, ("one approval is missing",))
    assert waits.due == talking.clock.now() + timedelta(seconds=9)


def test_a_pollrep_about_other_requests_does_not_count() -> None:
    talking = conversation(WAITS, poll_later(1, 1), poll_later(1))
    polling = talking.client.poll(talking.client.send(talking.client.ir([asking()])))
    with pytest.raises(PeerError, match="it tells of other requests"):
        talking.client.send(polling)
    assert talking.client.send(polling).state is State.WAITING


def test_the_last_answer_may_return_the_first_nonce() -> None:
    """RFC 9483, 4.4; a pollRep may not."""
    talking = conversation(WAITS)
    polling = talking.client.poll(talking.client.send(talking.client.ir([asking()])))
    first = {"recip_nonce": talking.ca.sent[0].header.sender_nonce}
    talking.ca.script += [poll_later(1).but(header=first), GOOD.but(header=first)]
    with pytest.raises(PeerError, match="another nonce"):
        talking.client.send(polling)
    assert talking.client.send(polling).state is State.ISSUED


@pytest.mark.parametrize(
    ("begin", "last"),
    [
        (lambda client: client.rr([Revocation(device().der)]), revoked(GRANTED)),
        (lambda client: client.ir([asking()]), replied(BodyType.IP, granted(device().der))),
    ],
)
def test_a_whole_message_waits_as_an_error(begin: Callable[..., CmpTransaction], last: Said) -> None:
    talking = conversation(failed(WAITING), poll_later(2, WHOLE_MESSAGE), last, CONFIRMED)
    ended = talking.client.finish(begin(talking.client))
    assert ended.state is State.DONE
    assert read_poll_requests(talking.ca.sent[1].body) == (WHOLE_MESSAGE,)


def test_a_confirmation_may_have_to_wait() -> None:
    ended, talking = finished(GOOD, failed(WAITING), poll_later(2, WHOLE_MESSAGE), CONFIRMED)
    assert (ended.state, len(ended.usable)) == (State.DONE, 1)
    assert talking.ca.kinds == ["ir", "certConf", "pollReq", "pollReq"]


def test_what_is_ready_is_confirmed_before_the_rest_is_polled_for() -> None:
    second = authority().issue("device", ec_key(411))
    mixed = replied(BodyType.IP, granted(device().der, 0), answered(WAITING, 1))
    rest = replied(BodyType.IP, granted(second.der, 1))
    talking = conversation(mixed, CONFIRMED, poll_later(3, 1), rest, CONFIRMED)
    ended = talking.client.finish(talking.client.ir([asking(), asking(key=second.key)]))
    assert talking.ca.kinds == ["ir", "certConf", "pollReq", "pollReq", "certConf"]
    assert [one.certificate for one in ended.usable] == [device().der, second.der]
    confirmed = [read_certificate_confirmations(talking.ca.sent[number].body) for number in (1, 4)]
    assert [[one.cert_req_id for one in some] for some in confirmed] == [[0], [1]]


def test_an_answer_to_a_poll_may_leave_out_what_still_waits() -> None:
    second = authority().issue("device", ec_key(412))
    waits = replied(BodyType.IP, answered(WAITING, 0), answered(WAITING, 1))
    one, other = replied(BodyType.IP, granted(second.der, 1)), replied(BodyType.IP, granted(device().der, 0))
    talking = conversation(waits, one, CONFIRMED, other, CONFIRMED)
    ended = talking.client.finish(talking.client.ir([asking(), asking(key=second.key)]))
    assert [issued.certificate for issued in ended.usable] == [second.der, device().der]


@pytest.mark.parametrize("ids", [(), (0, 1), (1,)])
def test_an_answer_to_a_poll_is_about_what_waits(ids: tuple[int, ...]) -> None:
    said = replied(BodyType.IP, *(granted(device().der, number) for number in ids))
    talking = conversation(WAITS, said, GOOD)
    polling = talking.client.poll(talking.client.send(talking.client.ir([asking()])))
    with pytest.raises(PeerError, match="it answers the requests"):
        talking.client.send(polling)
    assert talking.client.send(polling).state is State.ISSUED


# ---- decisions


def test_a_certificate_is_accepted_by_its_hash() -> None:
    ended, talking = finished(GOOD, CONFIRMED)
    (confirmation,) = read_certificate_confirmations(talking.ca.sent[1].body)
    assert confirmation.certificate_hash == certificate_hash(device().der)
    assert (confirmation.status, confirmation.hash_algorithm) == (None, None)
    assert ended.usable[0].accepted


def test_a_certificate_is_rejected_by_the_caller() -> None:
    def judge(issued: IssuedCertificate) -> str | None:
        return "the name is not ours" if issued.certificate == device().der else None

    talking = conversation(GOOD, CONFIRMED)
    ended = talking.client.finish(talking.client.ir([asking()]), judge)
    (confirmation,) = read_certificate_confirmations(talking.ca.sent[1].body)
    assert confirmation.status is not None
    assert (confirmation.status.status, confirmation.status.texts) == (PkiStatus.REJECTION, ("the name is not ours",))
    assert (ended.state, ended.usable, ended.certificates[0].accepted) == (State.DONE, (), False)


def test_the_caller_is_not_asked_about_a_certificate_with_a_fault() -> None:
    other = authority().issue("device", ec_key(413))
    asked: list[IssuedCertificate] = []

    def judge(issued: IssuedCertificate) -> None:
        asked.append(issued)

    talking = conversation(replied(BodyType.IP, granted(other.der)), CONFIRMED)
    talking.client.finish(talking.client.ir([asking()]), judge)
    (confirmation,) = read_certificate_confirmations(talking.ca.sent[1].body)
    assert (asked, confirmation.status is not None) == ([], True)


# ---- what is kept


@pytest.mark.parametrize("talk", [conversation, signed])
def test_a_client_that_crashed_goes_on_from_every_record(talk: Callable[..., Conversation]) -> None:
    script = (WAITS, poll_later(5), GOOD, CONFIRMED)
    records: list[tuple[bytes, int]] = []
    whole = talk(*script)
    client = whole.client

    def keep(transaction: CmpTransaction) -> None:
        assert client.recorded(client.record(transaction)) == transaction
        records.append((client.record(transaction), len(whole.ca.requests)))

    ended = client.finish(client.ir([asking()]), keep=keep)
    assert [client.recorded(record).state for record, _ in records] == [
        *(State.REQUESTED, State.WAITING, State.POLLING, State.WAITING),
        *(State.POLLING, State.ISSUED, State.CONFIRMING, State.DONE),
    ]
    for record, answers in records:
        later = talk(*script[answers:])
        assert later.client.finish(later.client.recorded(record)).usable == ended.usable
        if client.recorded(record).state.sends:
            assert later.ca.requests[0] == whole.ca.requests[answers]


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (b"", "damaged"),
        (b"{}", "damaged"),
        (b'{"format":1}', "damaged"),
        (b'{"format":2,"transaction":{}}', "has the format 2; 1 is known"),
        (b"[" * 100_000, "damaged"),
        (b"\xff", "damaged"),
    ],
)
def test_records_are_read_strictly(record: bytes, match: str) -> None:
    with pytest.raises(PeerError, match=match):
        conversation().client.recorded(record)


# ---- steps out of turn


def test_steps_out_of_turn() -> None:
    talking = conversation(GOOD)
    requested = talking.client.ir([asking()])
    for step in (talking.client.poll, talking.client.confirm):
        with pytest.raises(CallerError, match="a transaction that is requested cannot go on"):
            step(requested)
    issued = talking.client.send(requested)
    with pytest.raises(CallerError, match="a transaction that is issued cannot go on"):
        talking.client.send(issued)


def test_nothing_is_asked_for() -> None:
    client = conversation().client
    for begin in (client.ir, client.cr, client.rr):
        with pytest.raises(CallerError, match="at least one certificate"):
            begin([])
    for broken in (client.p10cr, lambda octets: client.rr([Revocation(octets)]), lambda o: client.kur(asking(), o)):
        with pytest.raises(CallerError, match="cannot be read"):
            broken(b"\x30\x00")


def test_general_messages() -> None:
    infos = (InfoValue(InfoType.CA_CERTS, der.sequence(authority().der)), InfoValue("1.2.3.4", der.NULL))
    talking = conversation(Said(BodyType.GENP, write_general(infos)))
    ended = talking.client.finish(talking.client.genm([InfoValue(InfoType.CA_CERTS), InfoValue("1.2.3.4")]))
    assert (ended.state, ended.infos) == (State.DONE, infos)
    assert read_general(talking.ca.sent[0].body) == (InfoValue(InfoType.CA_CERTS), InfoValue("1.2.3.4"))
