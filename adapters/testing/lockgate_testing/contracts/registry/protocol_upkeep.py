"""Rules of transactions of protocols: due, purged, and used by two units of work at once."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from lockgate.errors import Conflict
from lockgate.ports import Fence, MessageKey, ProtocolTransaction, RegistryTransaction, TransactionKey
from lockgate_testing.contracts.registry.protocols import (
    HOUR,
    MOMENT,
    begin,
    begun,
    beside,
    digest,
    found,
    new_key,
    new_protocol,
    transaction,
)
from lockgate_testing.contracts.registry.subjects import RegistrySubject

ALL = 1000


class DueTransactionRules:
    """When a service must act by itself."""

    def test_the_longest_due_come_first_and_no_more_than_the_limit(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        protocol = new_protocol()
        minutes = {name: timedelta(minutes=number) for name, number in (("new", -1), ("old", -3), ("between", -2))}
        with subject.ca.transaction(fence) as work:
            for name, due_in in minutes.items():
                begin(work, key=replace(new_key(), protocol=protocol), due_in=due_in, state=name)
        with subject.ca.transaction(fence) as work:
            assert [one.state for one in work.protocol_transactions.due(protocol, 2)] == ["old", "between"]
            assert [one.state for one in work.protocol_transactions.due(protocol, 9)] == ["old", "between", "new"]

    def test_a_due_transaction_comes_whole(self, subject: RegistrySubject, fence: Fence) -> None:
        saved = begun(subject, fence, due_in=-MOMENT, secret=b"a secret", open=False, expires_in=-HOUR)
        with subject.ca.transaction(fence) as work:
            assert list(work.protocol_transactions.due(saved.key.protocol, 9)) == [saved]

    def test_only_what_is_due_by_the_databases_clock(self, subject: RegistrySubject, fence: Fence) -> None:
        protocol = new_protocol()
        with subject.ca.transaction(fence) as work:
            for due_in in (None, MOMENT, timedelta()):
                begin(work, key=replace(new_key(), protocol=protocol), due_in=due_in, state=str(due_in))
        with subject.ca.transaction(fence) as work:
            assert [one.state for one in work.protocol_transactions.due(protocol, 9)] == [str(timedelta())]
            assert not work.protocol_transactions.due(new_protocol(), 9)

    def test_what_has_been_acted_on_is_due_no_more(self, subject: RegistrySubject, fence: Fence) -> None:
        saved = begun(subject, fence, due_in=-MOMENT)
        with subject.ca.transaction(fence) as work:
            (due,) = work.protocol_transactions.due(saved.key.protocol, 9)
            work.protocol_transactions.save(replace(due, due=None))
        with subject.ca.transaction(fence) as work:
            assert not work.protocol_transactions.due(saved.key.protocol, 9)


@pytest.mark.usefixtures("swept_transactions")
class PurgedTransactionRules:
    """What is forgotten."""

    @pytest.fixture
    def swept_transactions(self, subject: RegistrySubject, fence: Fence) -> None:
        """Nothing is left to purge of what other tests stored."""
        with subject.ca.transaction(fence) as work:
            work.protocol_transactions.purge(ALL)

    def test_what_has_expired_goes_with_its_answers(self, subject: RegistrySubject, fence: Fence) -> None:
        old, recent = (begun(subject, fence, expires_in=expires) for expires in (-MOMENT, MOMENT))
        message = digest("a message")
        with subject.ca.transaction(fence) as work:
            for key in (old.key, recent.key):
                work.protocol_transactions.keep_answer(key, message, b"answer")
        with subject.ca.transaction(fence) as work:
            assert work.protocol_transactions.purge(10) == 1
        with subject.ca.transaction(fence) as work:
            assert work.protocol_transactions.answer(recent.key, message) == b"answer"
            begin(work, key=old.key)
            assert work.protocol_transactions.answer(old.key, message) is None
            assert work.protocol_transactions.count_answers(old.key) == 0
        assert found(subject, fence, recent.key) == recent

    @pytest.mark.parametrize("due_in", [-MOMENT, MOMENT])
    def test_what_must_be_acted_on_stays(self, subject: RegistrySubject, fence: Fence, due_in: timedelta) -> None:
        saved = begun(subject, fence, expires_in=-MOMENT, due_in=due_in)
        with subject.ca.transaction(fence) as work:
            assert work.protocol_transactions.purge(10) == 0
            work.protocol_transactions.save(replace(saved, due=None))
            assert work.protocol_transactions.purge(10) == 1

    def test_no_more_than_asked_for_and_the_oldest_first(self, subject: RegistrySubject, fence: Fence) -> None:
        keys = [begun(subject, fence, expires_in=-minutes * MOMENT).key for minutes in (2, 3, 1)]
        left: list[list[bool]] = []
        for expected in (1, 1, 1, 0):
            with subject.ca.transaction(fence) as work:
                assert work.protocol_transactions.purge(1) == expected
            left.append([found(subject, fence, key) is not None for key in keys])
        assert left[:3] == [[True, False, True], [False, False, True], [False] * 3]

    def test_what_a_message_still_uses_keeps_its_answers(self, subject: RegistrySubject, fence: Fence) -> None:
        saved, message = begun(subject, fence, expires_in=-MOMENT), digest("a message")
        with subject.ca.transaction(fence) as work:
            work.protocol_transactions.keep_answer(saved.key, message, b"answer")
        purged = beside(
            partial(subject.ca.transaction, fence),
            lambda work: work.protocol_transactions.find(saved.key),
            lambda work: work.protocol_transactions.purge(10),
            lambda work: work.protocol_transactions.save(replace(saved, expires=work.now() + HOUR)),
        )
        assert purged.result == 0
        with subject.ca.transaction(fence) as work:
            assert work.protocol_transactions.answer(saved.key, message) == b"answer"


class TransactionAtOnceRules:
    """Two units of work at the same time."""

    @pytest.mark.parametrize("way", ["find", "due", "expected"])
    def test_a_transaction_is_locked_until_the_unit_of_work_ends(
        self, subject: RegistrySubject, fence: Fence, way: str
    ) -> None:
        saved = begun(subject, fence, due_in=-MOMENT)
        key = saved.key

        messages = [MessageKey(key, digest("a message"))] if way == "expected" else []

        def lock(work: RegistryTransaction) -> None:
            assert _due(work, key) if way == "due" else work.protocol_transactions.find(key)

        second = beside(
            partial(subject.ca.transaction, fence, messages=messages),
            lock,
            lambda work: work.protocol_transactions.find(key),
            lambda work: work.protocol_transactions.save(replace(saved, state="changed")),
        )
        assert not second.overtook
        assert isinstance(second.result, ProtocolTransaction)
        assert (second.result.state, second.result.revision) == ("changed", 2)

    def test_what_was_not_there_may_be_there_when_it_is_asked_for_again(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        """Nothing locks a transaction that has not begun."""
        key, seen = new_key(), list[ProtocolTransaction | None]()
        second = beside(
            partial(subject.ca.transaction, fence, messages=[MessageKey(key, digest("a message"))]),
            lambda work: seen.append(work.protocol_transactions.find(key)),
            lambda work: work.protocol_transactions.find(key) or begin(work, key=key),
            lambda work: seen.append(work.protocol_transactions.find(key)),
        )
        assert seen == [None, second.result if second.overtook else None]

    def test_what_one_works_on_is_not_due_for_another(self, subject: RegistrySubject, fence: Fence) -> None:
        saved = begun(subject, fence, due_in=-MOMENT)
        second = beside(
            partial(subject.ca.transaction, fence),
            lambda work: _due(work, saved.key),
            lambda work: _due(work, saved.key),
            lambda work: work.protocol_transactions.save(replace(saved, due=None)),
        )
        assert second.result == []

    def test_of_two_that_begin_the_same_transaction_one_tries_again(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        """Either of them, or the second one finds the transaction: some databases let nobody read beside a writer."""
        key, first_lost = new_key(), False

        def begin_or_find(work: RegistryTransaction) -> str:
            if stored := work.protocol_transactions.find(key):
                return f"found {stored.state}"
            return begin(work, key=key, state="second").state

        try:
            second = beside(
                partial(subject.ca.transaction, fence),
                lambda work: work.protocol_transactions.save(transaction(work, key=key, state="first")),
                begin_or_find,
                lambda work: work.protocol_transactions.keep_answer(key, digest("a message"), b"answer"),
            )
            assert isinstance(second.result, Conflict) or second.result == "found first"
        except Conflict:
            first_lost = True
        stored = found(subject, fence, key)
        assert stored is not None
        assert stored.state == ("second" if first_lost else "first")


def _due(work: RegistryTransaction, key: TransactionKey) -> list[ProtocolTransaction]:
    return list(work.protocol_transactions.due(key.protocol, 9))
