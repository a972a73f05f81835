"""Enrolments: how often they are tidied up, and what happens where others take and give up the same id."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import cast

import pytest

from lockgate.enrolment.clients import Client
from lockgate.enrolment.enrolments import SWEEP_EVERY, TIDY_EVERY, TRIES, EnrolmentParts, Enrolments, FoundTransaction
from lockgate.enrolment.outcome import Granted, Outcome, Pending, Refused
from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.enrolment.refusals import Refusal
from lockgate.enrolment.rules import EnrolmentRules
from lockgate.enrolment.transactions import HAND_OUT_TIME, Enrolment
from lockgate.errors import Unavailable
from lockgate.ports import Bounds, NewTransaction, Opening, StoredTransaction
from lockgate.ra.client import RaClient
from lockgate.ra.sent import SentMessage
from lockgate.requests.content import Recipient
from lockgate.requests.submessages import GetNextCACertRequest, KeyStoreRetrievalResponse, Request, Response
from lockgate_formats.cms.certs_only import der_certificates_in
from lockgate_formats.sealed_transactions import AesTransactionSealer
from lockgate_formats.sent import JsonSentRecords
from lockgate_formats.validity import end_of
from lockgate_testing.doubles.enrolment_transactions import MemoryEnrolmentTransactions
from lockgate_testing.doubles.host import RepeatableRandom, SteppingClock
from lockgate_testing.doubles.message_store import MemoryMessageStore

ECHO = EnrolmentProtocol("echo", 77)
TOO_MANY = Refused(Refusal.TOO_MANY_OPEN)
CLIENT = Client("192.0.2.1")
ONE_OPEN = Bounds(per_client=1, in_all=1, hourly_per_client=100, hourly_per_holder=100, hourly_in_all=100)


class Plain:
    """An RA client that protects nothing. The CA answers `answer`."""

    answer: tuple[Response, ...] | None = None

    def prepare(
        self, requests: Sequence[Request], *, message_id: str, message_type: int, lifetime: timedelta
    ) -> SentMessage:
        content = f"{requests[0].request_id}".encode()
        return SentMessage(message_id, content, Recipient("", ""), (), False, False, type=message_type)

    def record(self, pending: SentMessage) -> bytes:
        return JsonSentRecords().encode(pending)

    def recorded(self, record: bytes) -> SentMessage:
        return JsonSentRecords().read(record)

    def look(self, pending: SentMessage) -> tuple[Response, ...] | None:
        return self.answer


class Watched(MemoryEnrolmentTransactions):
    """Counts what it is asked for; others hold an id that is asked for as often as `taken` says, and are gone again."""

    def __init__(self, messages: MemoryMessageStore) -> None:
        super().__init__(messages, ECHO)
        self.purges = self.sweeps = self.openings = self.taken = self.overtaken = 0

    def open(self, new: NewTransaction, bounds: Bounds, over: StoredTransaction | None = None) -> Opening:
        self.openings += 1
        return Opening.TAKEN if self.openings <= self.taken else super().open(new, bounds, over)

    def settle(self, transaction_id: str, found: StoredTransaction, sealed: bytes) -> bool:
        """Others settle it first as often as `overtaken` says."""
        self.overtaken -= 1
        return self.overtaken < 0 and super().settle(transaction_id, found, sealed)

    def sweep(self) -> None:
        self.sweeps += 1
        super().sweep()

    def purge(self, now: datetime) -> None:
        self.purges += 1
        super().purge(now)


@dataclass
class Case:
    """Enrolments, and what they work with."""

    clock: SteppingClock = field(default_factory=lambda: SteppingClock(datetime(2026, 5, 1, tzinfo=UTC)))
    messages: MemoryMessageStore = field(default_factory=MemoryMessageStore)
    watched: type[Watched] = Watched
    rules: EnrolmentRules = field(default_factory=lambda: EnrolmentRules(bounds=ONE_OPEN))

    def __post_init__(self) -> None:
        self.ra = Plain()
        self.transactions = self.watched(self.messages)
        parts = EnrolmentParts(
            protocol=ECHO,
            ra=cast("RaClient", self.ra),
            store=self.messages,
            transactions=self.transactions,
            sealer=AesTransactionSealer(ECHO.name, b"k3y of the tests"),
            clock=self.clock,
            random=RepeatableRandom(),
            end_of=end_of,
            certificates_in=der_certificates_in,
        )
        self.enrolments = Enrolments(parts, self.rules)

    def ask(self, name: str, key: str = "a key") -> Outcome:
        enrolment = Enrolment(alias="", signer_key=key, request="a request", subject=b"a subject")
        return self.enrolments.ask(name, enrolment, CLIENT, lambda: GetNextCACertRequest(request_id=1, ca_name="CA"))

    def granted(self) -> FoundTransaction:
        """A transaction whose keystore the CA has made, and this side has seen."""
        self.ask("one")
        self.ra.answer = (
            KeyStoreRetrievalResponse(request_id=1, success=True, keystore_type="P12", keystore_data=b"k"),
        )
        found = self.enrolments.poll("one", "", "a key")
        assert isinstance(found, FoundTransaction)
        assert isinstance(self.enrolments.look(found), Granted)
        return found

    def passes(self, duration: timedelta) -> None:
        self.clock.sleep(duration.total_seconds())


class Crowded(Watched):
    """Lets the first opening last until another one has begun, or surely would have."""

    def __init__(self, messages: MemoryMessageStore) -> None:
        super().__init__(messages)
        self.first, self.second = threading.Event(), threading.Event()
        self.overlapped = False

    def open(self, new: NewTransaction, bounds: Bounds, over: StoredTransaction | None = None) -> Opening:
        if self.first.is_set():
            self.second.set()
        else:
            self.first.set()
            self.overlapped = self.second.wait(0.3)
        return super().open(new, bounds, over)


@pytest.fixture
def case() -> Case:
    return Case()


def test_it_tidies_up_once_a_minute(case: Case) -> None:
    for _ in range(3):
        case.passes(TIDY_EVERY)
        for _ in range(3):
            case.ask("one")
    assert (case.transactions.purges, case.transactions.sweeps) == (3, 3)


def test_where_it_is_full_it_sweeps_first_but_not_for_everybody_who_is_refused(case: Case) -> None:
    case.ask("one")
    for count in (1, 2):
        assert [case.ask(name) for name in ("two", "three", "four")] == [TOO_MANY] * 3
        assert case.transactions.sweeps == count
        case.passes(SWEEP_EVERY)


def test_of_its_requests_one_at_a_time_is_counted_and_opened() -> None:
    case = Case(watched=Crowded)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(case.ask, "one")
        assert isinstance(case.transactions, Crowded)
        assert case.transactions.first.wait(10)
        second = threads.submit(case.ask, "two")
    assert (first.result(), second.result()) == (Pending(), TOO_MANY)
    assert not case.transactions.overlapped


def test_whoever_waits_too_long_for_a_turn_is_refused_for_now() -> None:
    case = Case(watched=Crowded, rules=EnrolmentRules(turn=timedelta(milliseconds=20)))
    with ThreadPoolExecutor() as threads:
        first = threads.submit(case.ask, "one")
        assert isinstance(case.transactions, Crowded)
        assert case.transactions.first.wait(10)
        with pytest.raises(Unavailable):
            case.ask("two")
    assert first.result() == Pending()
    assert case.ask("two") == Pending()


def test_who_meets_one_that_is_gone_again_opens_another(case: Case) -> None:
    case.transactions.taken = TRIES - 1
    assert case.ask("one") == Pending()
    assert case.messages.fetch(ECHO.message_type, "one") is not None


def test_it_does_not_try_for_ever(case: Case) -> None:
    case.transactions.taken = TRIES
    with pytest.raises(Unavailable):
        case.ask("one")
    assert case.transactions.openings == TRIES
    assert case.messages.fetch(ECHO.message_type, "one") is None


def test_one_that_expires_meanwhile_answers_no_other_request(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.ask("one")
    before = case.clock.now()
    moments = chain([before] * 2, repeat(before + case.rules.lifetime))
    monkeypatch.setattr(case.clock, "now", lambda: next(moments))
    assert case.ask("one", key="another key") == Refused(Refusal.TRANSACTION_TAKEN)


def test_a_keystore_is_handed_out_where_others_change_its_transaction_meanwhile(case: Case) -> None:
    found = case.granted()
    case.transactions.overtaken = TRIES - 1
    assert case.enrolments.hand_out(found) is None
    case.passes(HAND_OUT_TIME)
    assert case.enrolments.poll("one", "", "a key") == Refused(Refusal.UNKNOWN_TRANSACTION)


def test_no_keystore_is_handed_out_without_a_note_of_it(case: Case) -> None:
    found = case.granted()
    case.transactions.overtaken = TRIES
    with pytest.raises(Unavailable):
        case.enrolments.hand_out(found)


def test_no_keystore_is_handed_out_once_its_time_is_over(case: Case) -> None:
    found = case.granted()
    case.passes(case.rules.lifetime)
    assert case.enrolments.hand_out(found) == Refused(Refusal.UNKNOWN_TRANSACTION)
