"""Housekeeping: which ages it asks for, in which order, and what stops it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lockgate.audit import AuditEvent, Event
from lockgate.errors import Conflict, FenceLost
from lockgate.ports import Fence, Registry, RegistryTransaction
from lockgate.queue.due import DUE_BATCH, DueService
from lockgate.queue.housekeeping import Housekeeping, Purged, Retention
from lockgate.queue.message import MessageStatus, NewMessage, Processed, PurgedMessages
from lockgate_testing.contracts.registry.protocols import MOMENT, begun, found
from lockgate_testing.contracts.registry.shared_secrets import SOON, await_expiry, new_password
from lockgate_testing.contracts.registry.values import described
from lockgate_testing.doubles.message_store import MemoryMessageStore
from tests.contract.registries import SqlRegistrySubject, new_engine

AGE = timedelta(days=3)
LEASE = timedelta(minutes=1)
EXPIRED = {"protocol_transactions": 0, "one_time_passwords": 0}
"""What is kept until it has expired, and no longer, whatever the settings are."""
FOR_EVER = Retention(processed=None, set_aside=None, journal=None, approvals=None)


@pytest.fixture
def store() -> MemoryMessageStore:
    store = MemoryMessageStore()
    for number in range(5):
        store.put(NewMessage(f"id{number}", b"request"))
    store.settle([Processed(message, b"answer") for message in store.claim(5, LEASE)])
    return store


@pytest.fixture
def subject(tmp_path: Path) -> Iterator[SqlRegistrySubject]:
    engine = new_engine(f"sqlite:///{tmp_path / 'ca.db'}")
    yield SqlRegistrySubject(engine)
    engine.dispose()


@pytest.fixture
def ca(subject: SqlRegistrySubject) -> Registry:
    return subject.ca


@pytest.fixture
def fence(subject: SqlRegistrySubject) -> Fence:
    return subject.fence()


def left(store: MemoryMessageStore) -> int:
    return len(store.browse(MessageStatus.PROCESSED, 10).messages)


def test_a_round_deletes_a_batch_of_each_kind_and_says_whether_there_may_be_more(
    store: MemoryMessageStore, ca: Registry, fence: Fence
) -> None:
    housekeeping = Housekeeping(store, ca, Retention(processed=AGE), batch=2)
    nothing = {"verdicts": 0, "operations": 0, "approvals": 0} | EXPIRED
    assert housekeeping.round(fence) == Purged(nothing | {"processed": 0, "set_aside": 0}, more=False)
    store.advance(AGE)
    rounds = [housekeeping.round(fence) for _ in range(3)]
    assert rounds == [
        Purged(nothing | {"processed": 2, "set_aside": 0}, more=True),
        Purged(nothing | {"processed": 2}, more=True),
        Purged(nothing | {"processed": 1}, more=False),
    ]


class Walked(MemoryMessageStore):
    """Keeps where each step of a purge began; a step may end before it has deleted all."""

    def __init__(self, *ends: int) -> None:
        super().__init__()
        self._ends = iter(ends)
        self.begun: list[int | None] = []

    def purge(self, status: MessageStatus, age: timedelta, limit: int, after: int | None = None) -> PurgedMessages:
        self.begun.append(after)
        done = super().purge(status, age, limit, after)
        return PurgedMessages(done.count, next(self._ends, done.last))


def test_its_rounds_are_one_walk_through_the_messages_and_then_another(ca: Registry, fence: Fence) -> None:
    store = Walked(7, 9)
    housekeeping = Housekeeping(store, ca, replace(FOR_EVER, processed=AGE))
    assert [housekeeping.round(fence).more for _ in range(4)] == [True, True, False, False]
    assert store.begun == [None, 7, 9, None]


def test_a_walk_that_is_over_does_not_begin_again_before_all_the_rest_is_deleted(ca: Registry, fence: Fence) -> None:
    store, left = Walked(), [2, 2, 1]

    class Full(Registry):
        @contextmanager
        def transaction(self, *arguments: Any, **named: Any) -> Iterator[RegistryTransaction]:
            with ca.transaction(*arguments, **named) as work:
                work.journal.purge = lambda *_: left.pop(0)  # type: ignore[method-assign]
                yield work

    housekeeping = Housekeeping(store, Full(), replace(FOR_EVER, processed=AGE, journal=AGE), batch=2)
    assert [housekeeping.round(fence).more for _ in range(3)] == [True, True, False]
    assert store.begun == [None]


def test_what_is_kept_for_ever_is_not_looked_at(store: MemoryMessageStore, ca: Registry, fence: Fence) -> None:
    store.advance(1000 * AGE)
    assert Housekeeping(store, ca, FOR_EVER).round(fence) == Purged(EXPIRED, more=False)
    assert left(store) == 5


def test_one_whose_lease_was_taken_over_deletes_nothing(
    store: MemoryMessageStore, ca: Registry, subject: SqlRegistrySubject, fence: Fence
) -> None:
    store.advance(1000 * AGE)
    subject.fence("another host")
    with pytest.raises(FenceLost):
        Housekeeping(store, ca, Retention()).round(fence)
    assert left(store) == 5


def test_each_kind_of_the_cas_records_goes_in_a_transaction_of_its_own(
    store: MemoryMessageStore, ca: Registry, fence: Fence
) -> None:
    begun = []

    class Counting(Registry):
        @contextmanager
        def transaction(self, *arguments: Any, **named: Any) -> Iterator[RegistryTransaction]:
            begun.append(arguments)
            with ca.transaction(*arguments, **named) as work:
                yield work

    Housekeeping(store, Counting(), Retention()).round(fence)
    assert begun == [(fence,)] * 3


def test_what_has_expired_goes_whatever_the_settings_are(
    store: MemoryMessageStore, ca: Registry, subject: SqlRegistrySubject, fence: Fence
) -> None:
    subject.prepare()
    for number in range(3):
        begun(subject, fence, expires_in=-MOMENT)
        subject.put_one_time_password(described(f"user {number}"), new_password(), SOON)
    kept = begun(subject, fence)
    await_expiry()
    rounds = [Housekeeping(store, ca, FOR_EVER, batch=2).round(fence) for _ in range(2)]
    assert rounds == [Purged(dict.fromkeys(EXPIRED, count), more=more) for count, more in ((2, True), (1, False))]
    assert found(subject, fence, kept.key) == kept
    assert subject.audited().count(Event.RECORDS_PURGED) == 4


class Acting(DueService):
    """Counts down what is due, and may fail."""

    def __init__(self, due: int, failure: Exception | None = None) -> None:
        self.due = due
        self._failure = failure

    def act(self, work: RegistryTransaction, limit: int) -> int:
        done = min(self.due, limit)
        self.due -= done
        work.audit(AuditEvent(Event.REQUEST_REFUSED, "a service", str(done)))
        if self._failure:
            raise self._failure
        return done


def test_each_service_acts_in_a_transaction_of_its_own_until_nothing_is_due(
    store: MemoryMessageStore, ca: Registry, subject: SqlRegistrySubject, fence: Fence
) -> None:
    services = Acting(DUE_BATCH), Acting(DUE_BATCH + 1)
    housekeeping = Housekeeping(store, ca, FOR_EVER, services=services)
    before = len(subject.audited())
    assert [housekeeping.due_actions(fence) for _ in range(3)] == [Purged({}, more) for more in (True, False, False)]
    assert [service.due for service in services] == [0, 0]
    assert list(subject.audited()[before:]) == [Event.REQUEST_REFUSED] * 6


def test_a_round_lets_services_act_and_comes_again_for_more(
    store: MemoryMessageStore, ca: Registry, fence: Fence
) -> None:
    service = Acting(DUE_BATCH + 1)
    housekeeping = Housekeeping(store, ca, FOR_EVER, services=[service])
    assert [housekeeping.round(fence).more for _ in range(2)] == [True, False]
    assert service.due == 0


def test_a_service_that_fails_undoes_nothing_of_the_ones_before(
    store: MemoryMessageStore, ca: Registry, subject: SqlRegistrySubject, fence: Fence
) -> None:
    before = len(subject.audited())
    housekeeping = Housekeeping(store, ca, FOR_EVER, services=[Acting(1), Acting(1, Conflict("for the test"))])
    with pytest.raises(Conflict):
        housekeeping.due_actions(fence)
    assert list(subject.audited()[before:]) == [Event.REQUEST_REFUSED]


def test_one_whose_lease_was_taken_over_lets_no_service_act(
    store: MemoryMessageStore, ca: Registry, subject: SqlRegistrySubject, fence: Fence
) -> None:
    service = Acting(1)
    subject.fence("another host")
    with pytest.raises(FenceLost):
        Housekeeping(store, ca, FOR_EVER, services=[service]).due_actions(fence)
    assert service.due == 1


def test_without_services_no_database_is_asked(store: MemoryMessageStore, fence: Fence) -> None:
    class Unreachable(Registry):
        def transaction(self, *_: Any, **__: Any) -> Any:
            raise AssertionError("it is asked")

    assert Housekeeping(store, Unreachable(), FOR_EVER).due_actions(fence) == Purged({}, more=False)
