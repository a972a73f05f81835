"""The desk: how often it tidies up, and what it does where others take and give up the same transaction's id."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from lockgate.enrolment.clients import Client
from lockgate.enrolment.scep import Pending
from lockgate.enrolment.transactions import TOO_MANY, Enrolment
from lockgate.errors import Unavailable
from lockgate.ports import Bounds, NewTransaction, Opening, StoredTransaction
from lockgate.queue.message import MessageType
from lockgate.ra.client import RaClient
from lockgate.ra.sent import SentMessage
from lockgate.requests.content import Recipient
from lockgate.requests.submessages import GetNextCACertRequest, Request
from lockgate_formats.sent import JsonSentRecords
from lockgate_testing.doubles.host import RepeatableRandom, SteppingClock
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_testing.doubles.scep_transactions import MemoryScepTransactions
from lockgate_transport.scep.desk import SWEEP_EVERY, TIDY_EVERY, TRIES, Desk, DeskParts, Looked
from lockgate_transport.scep.limits import DeskRules
from lockgate_transport.scep.sealing import TransactionSealer

CLIENT = Client("192.0.2.1")
ONE_OPEN = Bounds(per_client=1, in_all=1, hourly_per_client=100, hourly_per_holder=100, hourly_in_all=100)


class Plain:
    """An RA client that protects nothing."""

    def prepare(self, requests: Sequence[Request], *, message_id: str, message_type: MessageType) -> SentMessage:
        content = f"{requests[0].request_id}".encode()
        return SentMessage(message_id, content, Recipient("", ""), (), False, False, type=message_type)

    def record(self, pending: SentMessage) -> bytes:
        return JsonSentRecords().encode(pending)

    def recorded(self, record: bytes) -> SentMessage:
        return JsonSentRecords().read(record)

    def look(self, pending: SentMessage) -> None:
        return None


class Watched(MemoryScepTransactions):
    """Counts what it is asked for; others hold an id that is asked for as often as `taken` says, and are gone again."""

    def __init__(self, messages: MemoryMessageStore) -> None:
        super().__init__(messages)
        self.purges = self.sweeps = self.openings = self.taken = 0

    def open(self, new: NewTransaction, bounds: Bounds, over: StoredTransaction | None = None) -> Opening:
        self.openings += 1
        return Opening.TAKEN if self.openings <= self.taken else super().open(new, bounds, over)

    def sweep(self) -> None:
        self.sweeps += 1
        super().sweep()

    def purge(self, now: datetime) -> None:
        self.purges += 1
        super().purge(now)


@dataclass
class Case:
    """A desk and what stands on it."""

    clock: SteppingClock = field(default_factory=lambda: SteppingClock(datetime(2026, 5, 1, tzinfo=UTC)))
    messages: MemoryMessageStore = field(default_factory=MemoryMessageStore)
    watched: type[Watched] = Watched
    rules: DeskRules = field(default_factory=lambda: DeskRules(bounds=ONE_OPEN))

    def __post_init__(self) -> None:
        self.transactions = self.watched(self.messages)
        parts = DeskParts(
            ra=cast("RaClient", Plain()),
            store=self.messages,
            transactions=self.transactions,
            sealer=TransactionSealer(bytes(16)),
            clock=self.clock,
            random=RepeatableRandom(),
        )
        self.desk = Desk(parts, self.rules)

    def ask(self, name: str, key: str = "a key") -> Looked:
        enrolment = Enrolment(alias="", signer_key=key, request="a request", subject=b"a subject")
        return self.desk.ask(name, enrolment, CLIENT, lambda: GetNextCACertRequest(request_id=1, ca_name="CA"))

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
        assert [case.ask(name).outcome for name in ("two", "three", "four")] == [TOO_MANY] * 3
        assert case.transactions.sweeps == count
        case.passes(SWEEP_EVERY)


def test_of_its_requests_one_at_a_time_is_counted_and_opened() -> None:
    case = Case(watched=Crowded)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(case.ask, "one")
        assert isinstance(case.transactions, Crowded)
        assert case.transactions.first.wait(10)
        second = threads.submit(case.ask, "two")
    assert (first.result().outcome, second.result().outcome) == (Pending(), TOO_MANY)
    assert not case.transactions.overlapped


def test_whoever_waits_too_long_for_a_turn_is_refused_for_now() -> None:
    case = Case(watched=Crowded, rules=DeskRules(turn=timedelta(milliseconds=20)))
    with ThreadPoolExecutor() as threads:
        first = threads.submit(case.ask, "one")
        assert isinstance(case.transactions, Crowded)
        assert case.transactions.first.wait(10)
        with pytest.raises(Unavailable):
            case.ask("two")
    assert first.result().outcome == Pending()
    assert case.ask("two").outcome == Pending()


def test_who_meets_one_that_is_gone_again_opens_another(case: Case) -> None:
    case.transactions.taken = TRIES - 1
    assert case.ask("one").outcome == Pending()
    assert case.messages.fetch(MessageType.SCEP, "one") is not None


def test_it_does_not_try_for_ever(case: Case) -> None:
    case.transactions.taken = TRIES
    with pytest.raises(Unavailable):
        case.ask("one")
    assert case.transactions.openings == TRIES
    assert case.messages.fetch(MessageType.SCEP, "one") is None
