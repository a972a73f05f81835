"""Random histories: the store under test and the double must return the same."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lockgate.errors import LockgateError
from lockgate.queue.message import MessageStatus, NewMessage, Processed, SetAside, Settlement, WaitAgain
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.message_store.stores import LEASE, MemorySubject, MessageStoreSubject

IDS = ("a", "b", "c")
CONTENTS = st.sampled_from([b"1", b"2"])
STEPS = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(IDS), CONTENTS, st.none() | CONTENTS),
    st.tuples(st.just("claim"), st.integers(1, 3)),
    st.tuples(st.just("begin"), st.integers(0, 9)),
    st.tuples(st.just("settle"), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=3)),
    st.tuples(st.just("renew"), st.integers(0, 9)),
    st.tuples(st.just("age"), st.sampled_from([timedelta(minutes=2), timedelta(minutes=6)])),
    st.tuples(st.just("retry"), st.integers(0, 3)),
    st.tuples(st.just("purge"), st.sampled_from(MessageStatus), st.sampled_from([0, 5]), st.integers(0, 2)),
)
Step = tuple[Any, ...]


class _History:
    """The operations on one store. Keys, claim ids and times, which a store chooses, are left out of its results."""

    def __init__(self, subject: MessageStoreSubject) -> None:
        self.subject = subject
        self.claims: list[Any] = []

    def tell(self, step: Step) -> object:
        try:
            outcome: object = getattr(self, step[0])(*step[1:])
        except LockgateError as error:
            outcome = type(error)
        return outcome, [self.seen(message_id) for message_id in IDS]

    def put(self, message_id: str, content: bytes, replaces: bytes | None) -> None:
        self.subject.store.put(NewMessage(message_id, content), replaces=replaces)

    def claim(self, limit: int) -> object:
        claimed = self.subject.store.claim(limit, LEASE)
        self.claims.extend(claimed)
        return [
            (message.message_id, message.generation, message.attempts, message.left, message.content)
            for message in claimed
        ]

    def begin(self, number: int) -> object:
        return number < len(self.claims) and self.subject.store.begin(self.claims[-1 - number])

    def settle(self, choices: list[tuple[int, int]]) -> object:
        chosen: list[Settlement] = []
        for number, kind in choices:
            if number < len(self.claims):
                message = self.claims[-1 - number]
                rejected = Rejected(Reason.TOO_LARGE)
                chosen.append((Processed(message, b"x"), WaitAgain(message, LEASE), SetAside(message, rejected))[kind])
        return list(self.subject.store.settle(chosen))

    def renew(self, number: int) -> None:
        self.subject.store.renew(self.claims[-1 - number :][:1] if number < len(self.claims) else [], LEASE)

    def retry(self, limit: int) -> int:
        return self.subject.store.retry(self.subject.store.browse(MessageStatus.SET_ASIDE, limit).messages)

    def purge(self, status: MessageStatus, minutes: int, limit: int) -> int:
        return self.subject.store.purge(status, timedelta(minutes=minutes), limit).count

    def age(self, duration: timedelta) -> None:
        self.subject.age(duration)

    def seen(self, message_id: str) -> object:
        message = self.subject.store.fetch(1, message_id)
        return None if message is None else (message.status, message.generation, message.content, message.reason)


class MessageStoreHistoryContract:
    """A store does the same as the double in every history. A subclass supplies the fixture `new_subject`."""

    @pytest.fixture
    def new_subject(self) -> Callable[[], MessageStoreSubject]:
        """Makes a store without messages."""
        raise NotImplementedError("supply the fixture `new_subject`: what makes a store without messages")

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
        derandomize=True,
    )
    @given(history=st.lists(STEPS, max_size=30))
    def test_every_history_reads_the_same_on_the_store_and_on_the_double(
        self, new_subject: Callable[[], MessageStoreSubject], history: list[Step]
    ) -> None:
        store, double = _History(new_subject()), _History(MemorySubject())
        for step in history:
            assert store.tell(step) == double.tell(step)
