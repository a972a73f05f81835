"""The contract suite of the port ScepTransactions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from lockgate.enrolment.clients import Client, Side
from lockgate.ports import Bounds, MessageStore, NewTransaction, Opening, ScepTransactions, StoredTransaction
from lockgate.queue.message import ClaimedMessage, MessageType, NewMessage, Processed, SetAside, Settlement
from lockgate.reasons import Reason, Rejected

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
MOMENT, HOUR = timedelta(milliseconds=1), timedelta(hours=1)
BOUNDS = Bounds(per_client=2, in_all=3, hourly_per_client=100, hourly_per_holder=100, hourly_in_all=100)
HOURLY = Bounds(per_client=100, in_all=100, hourly_per_client=2, hourly_per_holder=2, hourly_in_all=3)
BOTH = pytest.mark.parametrize(("bounds", "refused"), [(BOUNDS, Opening.FULL), (HOURLY, Opening.SPENT)])
ONE, OTHER, HOLDER = Client("192.0.2.1"), Client("2001:db8::/64"), Client("f" * 64, Side.HOLDERS)
OPENED, TAKEN = Opening.OPENED, Opening.TAKEN


Conclusion = Callable[[ClaimedMessage], Settlement]


def answered(claimed: ClaimedMessage) -> Settlement:
    """The CA answers the message."""
    return Processed(claimed, b"answer")


def set_aside(claimed: ClaimedMessage) -> Settlement:
    """The CA sets the message aside."""
    return SetAside(claimed, Rejected(Reason.INTERNAL_ERROR))


@dataclass(frozen=True)
class ScepTransactionsSubject:
    """An adapter under test, without transactions at first, and the messages beside it."""

    store: ScepTransactions
    messages: MessageStore

    def open(
        self,
        name: str,
        client: Client = ONE,
        now: datetime = NOW,
        *,
        sealed: bytes = b"sealed",
        lifetime: timedelta = HOUR,
        bounds: Bounds = BOUNDS,
        over: StoredTransaction | None = None,
        message_id: str | None = None,
    ) -> Opening:
        new = NewTransaction(
            transaction_id=name,
            message_id=message_id or f"message of {name}",
            client=client,
            opened=now,
            expires=now + lifetime,
            sealed=sealed,
        )
        return self.store.open(new, bounds, over)

    def found(self, name: str) -> StoredTransaction:
        found = self.store.find(name)
        assert found is not None
        return found

    def settle(self, name: str, sealed: bytes = b"settled") -> None:
        assert self.store.settle(name, self.found(name), sealed)

    def conclude(self, *names: str, how: Conclusion = answered, of: MessageType = MessageType.SCEP) -> None:
        """Put the messages of those transactions and settle them."""
        for name in names:
            self.messages.put(NewMessage(f"message of {name}", b"request", of))
        self.messages.settle([how(message) for message in self.messages.claim(len(names), HOUR)])


class ScepTransactionsContract:
    """Every rule of the port ScepTransactions. A subclass supplies the fixture `subject`."""

    @pytest.fixture
    def subject(self) -> ScepTransactionsSubject:
        """The adapter under test."""
        raise NotImplementedError("supply the fixture `subject`: the adapter under test")

    def test_what_is_opened_is_found(self, subject: ScepTransactionsSubject) -> None:
        assert subject.store.find("one") is None
        assert subject.open("one", sealed=b"\x00\xff" * 5000) is OPENED
        found = subject.found("one")
        assert (found.version, found.opened, found.sealed) == (1, 1_777_636_800_000, b"\x00\xff" * 5000)
        assert subject.store.find("ONE") is None
        assert subject.store.find("one ") is None

    def test_an_id_is_taken_once(self, subject: ScepTransactionsSubject) -> None:
        subject.open("one", sealed=b"first")
        assert subject.open("one", sealed=b"second") is TAKEN
        assert subject.found("one").sealed == b"first"

    @BOTH
    def test_they_hold_for_each_client_and_in_all(
        self, subject: ScepTransactionsSubject, bounds: Bounds, refused: Opening
    ) -> None:
        assert [subject.open(name, bounds=bounds) for name in ("one", "two", "three")] == [OPENED, OPENED, refused]
        assert [subject.open(name, OTHER, bounds=bounds) for name in ("four", "five")] == [OPENED, refused]

    @BOTH
    def test_they_hold_for_each_side_apart(
        self, subject: ScepTransactionsSubject, bounds: Bounds, refused: Opening
    ) -> None:
        namesake = Client(ONE.name, Side.HOLDERS)
        for name, client in (("one", ONE), ("two", ONE), ("three", OTHER)):
            assert subject.open(name, client, bounds=bounds) is OPENED
        assert subject.open("four", Client("192.0.2.2"), bounds=bounds) is refused
        assert [subject.open(name, namesake, bounds=bounds) for name in ("five", "six", "seven")] == [
            OPENED,
            OPENED,
            refused,
        ]
        assert [subject.open(name, HOLDER, bounds=bounds) for name in ("eight", "nine")] == [OPENED, refused]
        assert subject.open("ten", Client(HOLDER.name, Side.QUESTIONS), bounds=bounds) is OPENED

    def test_a_network_may_ask_more_in_an_hour_than_a_key(self, subject: ScepTransactionsSubject) -> None:
        bounds = Bounds(per_client=9, in_all=9, hourly_per_client=2, hourly_per_holder=1, hourly_in_all=9)
        clients = ONE, HOLDER, Client(HOLDER.name, Side.QUESTIONS)
        opened = [
            [subject.open(f"{client} {number}", client, bounds=bounds) for number in range(2)] for client in clients
        ]
        assert opened == [[OPENED, OPENED], [OPENED, Opening.SPENT], [OPENED, Opening.SPENT]]

    @BOTH
    def test_who_is_taken_already_is_not_told_of_them(
        self, subject: ScepTransactionsSubject, bounds: Bounds, refused: Opening
    ) -> None:
        for name in ("one", "two"):
            subject.open(name, bounds=bounds)
        assert subject.open("one", bounds=bounds) is TAKEN
        assert subject.open("three", bounds=bounds) is refused

    def test_settled_and_expired_transactions_are_not_open(self, subject: ScepTransactionsSubject) -> None:
        subject.open("one")
        subject.open("two")
        subject.settle("one")
        assert subject.open("three") is OPENED
        assert subject.open("four", now=NOW + HOUR) is OPENED

    def test_whatever_became_of_them_they_count_for_an_hour(self, subject: ScepTransactionsSubject) -> None:
        subject.open("one", bounds=HOURLY)
        subject.open("two", lifetime=timedelta(minutes=10), bounds=HOURLY)
        subject.settle("one")
        subject.store.purge(NOW + HOUR - MOMENT)
        assert subject.open("three", now=NOW + HOUR - MOMENT, bounds=HOURLY) is Opening.SPENT
        assert subject.open("three", now=NOW + HOUR, bounds=HOURLY) is OPENED

    def test_what_the_ca_has_answered_is_not_open_though_nobody_has_looked(
        self, subject: ScepTransactionsSubject
    ) -> None:
        subject.open("one")
        subject.open("two")
        before = subject.found("one")
        subject.conclude("one")
        assert subject.open("three") is Opening.FULL
        subject.store.sweep()
        assert subject.found("one") == before
        assert subject.open("three") is OPENED
        assert subject.open("four") is Opening.FULL

    @pytest.mark.parametrize(("how", "of"), [(set_aside, MessageType.SCEP), (answered, MessageType.API)])
    def test_what_the_ca_has_not_answered_stays_open(
        self, subject: ScepTransactionsSubject, how: Conclusion, of: MessageType
    ) -> None:
        subject.open("one")
        subject.open("two")
        subject.conclude("one", how=how, of=of)
        subject.messages.put(NewMessage("message of two", b"request", MessageType.SCEP))
        subject.store.sweep()
        assert subject.open("three") is Opening.FULL

    def test_the_answer_to_an_earlier_message_does_not_count(self, subject: ScepTransactionsSubject) -> None:
        subject.open("one")
        subject.open("one", over=subject.found("one"), message_id="another message", bounds=HOURLY)
        subject.open("two")
        subject.conclude("one")
        subject.store.sweep()
        assert subject.open("three") is Opening.FULL

    def test_what_was_found_is_replaced_as_a_whole(self, subject: ScepTransactionsSubject) -> None:
        subject.open("one", ONE, sealed=b"first", lifetime=MOMENT)
        found = subject.found("one")
        later = NOW + timedelta(minutes=1)
        assert subject.open("one", OTHER, later, sealed=b"second", over=found) is OPENED
        assert subject.found("one").sealed == b"second"
        assert subject.found("one") != found
        subject.conclude("one")
        subject.store.purge(later + 59 * timedelta(minutes=1))
        assert subject.found("one").sealed == b"second"
        bounds = Bounds(per_client=1, in_all=10, hourly_per_client=10, hourly_per_holder=10, hourly_in_all=10)
        assert subject.open("two", ONE, later, bounds=bounds) is OPENED
        assert subject.open("three", OTHER, later, bounds=bounds) is Opening.FULL

    @BOTH
    def test_it_is_bounded_as_every_opening(
        self, subject: ScepTransactionsSubject, bounds: Bounds, refused: Opening
    ) -> None:
        subject.open("one", lifetime=MOMENT, bounds=bounds)
        found = subject.found("one")
        later = NOW + timedelta(minutes=1)
        for name in ("two", "three")[: 2 if refused is Opening.FULL else 1]:
            assert subject.open(name, now=later, bounds=bounds) is OPENED
        assert subject.open("one", now=later, over=found, bounds=bounds) is refused
        assert subject.found("one") == found

    def test_each_opening_of_an_id_counts_in_its_hour(self, subject: ScepTransactionsSubject) -> None:
        subject.open("one", lifetime=MOMENT, bounds=HOURLY)
        for minutes, outcome in ((1, OPENED), (2, Opening.SPENT), (60, OPENED), (60, Opening.SPENT)):
            subject.settle("one")
            now = NOW + timedelta(minutes=minutes)
            subject.store.purge(now)
            assert subject.open("one", now=now, over=subject.store.find("one"), bounds=HOURLY) is outcome

    def test_what_is_counted_only_is_removed_after_its_hour(self, subject: ScepTransactionsSubject) -> None:
        subject.open("one", lifetime=24 * HOUR, bounds=HOURLY)
        subject.open("one", now=NOW + MOMENT, lifetime=24 * HOUR, over=subject.found("one"), bounds=HOURLY)
        hourly = Bounds(per_client=10, in_all=10, hourly_per_client=2, hourly_per_holder=2, hourly_in_all=10)
        assert subject.open("two", now=NOW + HOUR - MOMENT, bounds=hourly) is Opening.SPENT
        subject.store.purge(NOW + HOUR)
        assert subject.open("two", now=NOW + HOUR - MOMENT, bounds=hourly) is OPENED

    def test_what_is_gone_is_opened_anew(self, subject: ScepTransactionsSubject) -> None:
        subject.open("one", sealed=b"first", lifetime=MOMENT)
        found = subject.found("one")
        subject.store.purge(NOW + HOUR)
        assert subject.open("one", now=NOW + HOUR, sealed=b"second", over=found) is OPENED
        assert subject.found("one").sealed == b"second"

    def test_another_one_is_not_replaced(self, subject: ScepTransactionsSubject) -> None:
        """Not even one that was changed as often as the one that was found."""
        subject.open("one", sealed=b"first", lifetime=MOMENT)
        found = subject.found("one")
        subject.store.purge(NOW + HOUR)
        subject.open("one", now=NOW + HOUR, sealed=b"another's")
        assert subject.found("one").version == found.version
        assert subject.open("one", now=NOW + HOUR, sealed=b"second", over=found) is TAKEN
        assert not subject.store.settle("one", found, b"settled")
        assert subject.found("one").sealed == b"another's"

    def test_only_what_was_found_is_settled(self, subject: ScepTransactionsSubject) -> None:
        subject.open("one")
        found = subject.found("one")
        assert not subject.store.settle("none", found, b"other")
        assert subject.store.settle("one", found, b"other")
        assert not subject.store.settle("one", found, b"again")
        assert (subject.found("one").version, subject.found("one").sealed) == (2, b"other")

    def test_what_has_expired_and_counts_no_more_is_removed(self, subject: ScepTransactionsSubject) -> None:
        subject.open("one", lifetime=MOMENT)
        subject.open("two", lifetime=2 * HOUR)
        subject.open("three", OTHER, now=NOW + MOMENT, lifetime=MOMENT)
        subject.store.purge(NOW + HOUR)
        assert [subject.store.find(name) is None for name in ("one", "two", "three")] == [True, False, False]
