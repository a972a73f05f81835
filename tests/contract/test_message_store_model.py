"""Random histories: the table and the double must tell the same story. SQLite stands for the shared statements."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from lockgate.errors import LockgateError
from lockgate.queue.message import MessageStatus, NewMessage, Processed, SetAside, Settlement, WaitAgain
from lockgate.reasons import Reason, Rejected
from tests.contract.message_stores import MemorySubject, Subject, current_engine, emptied

IDS = ("a", "b", "c")
LEASE = timedelta(minutes=5)
contents = st.sampled_from([b"1", b"2"])
puts = st.tuples(st.just("put"), st.sampled_from(IDS), contents, st.none() | contents)
claims = st.tuples(st.just("claim"), st.integers(1, 3))
beginnings = st.tuples(st.just("begin"), st.integers(0, 9))
settlements = st.tuples(st.just("settle"), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=3))
renewals = st.tuples(st.just("renew"), st.integers(0, 9))
ages = st.tuples(st.just("age"), st.sampled_from([timedelta(minutes=2), timedelta(minutes=6)]))
retries = st.tuples(st.just("retry"), st.integers(0, 3))
purges = st.tuples(st.just("purge"), st.sampled_from(MessageStatus), st.sampled_from([0, 5]), st.integers(0, 2))
histories = st.lists(st.one_of(puts, claims, beginnings, settlements, renewals, ages, retries, purges), max_size=30)


class Story:
    """One store's history; what the stores may choose freely (keys, claim ids, times) is left out of what it tells."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.claims: list[Any] = []

    def tell(self, step: tuple[Any, ...]) -> object:
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
        return [(its.message_id, its.generation, its.attempts, its.left, its.content) for its in claimed]

    def begin(self, number: int) -> object:
        return number < len(self.claims) and self.subject.store.begin(self.claims[-1 - number])

    def settle(self, choices: list[tuple[int, int]]) -> object:
        chosen: list[Settlement] = []
        for number, kind in choices:
            if number < len(self.claims):
                its = self.claims[-1 - number]
                rejected = Rejected(Reason.TOO_LARGE)
                chosen.append((Processed(its, b"x"), WaitAgain(its, LEASE), SetAside(its, rejected))[kind])
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
        its = self.subject.store.fetch(1, message_id)
        return None if its is None else (its.status, its.generation, its.content, its.reason)


@pytest.fixture(scope="module")
def engine(fresh_database: Callable[[str], str]) -> Iterator[Engine]:
    with current_engine(fresh_database("sqlite")) as engine:
        yield engine


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(history=histories)
def test_every_history_reads_the_same_on_table_and_double(engine: Engine, history: list[tuple[Any, ...]]) -> None:
    table, double = Story(emptied(engine)), Story(MemorySubject())
    for step in history:
        assert table.tell(step) == double.tell(step)
