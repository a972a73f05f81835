"""Rules of transactions of protocols: stored, found, counted, and the answers that are kept for their messages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lockgate.errors import Conflict, Defect
from lockgate.ports import Fence, MessageKey, ProtocolTransaction, RegistryTransaction
from lockgate.ports.protocol_transactions import MAX_KEPT_ANSWER
from lockgate_testing.contracts.registry.protocols import (
    HOUR,
    MOMENT,
    begin,
    begun,
    digest,
    found,
    new_key,
    new_protocol,
    transaction,
)
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import fingerprint
from lockgate_testing.contracts.registry.work import run


class ProtocolTransactionRules:
    """Transactions, found by their keys and saved by their revisions."""

    def test_a_transaction_is_found_as_it_was_saved(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            new = replace(
                transaction(work),
                content=bytes(range(256)),
                secret=b"\0 a secret \xff",
                due=work.now() + MOMENT,
                open=False,
            )
            saved = work.protocol_transactions.save(new)
            assert work.protocol_transactions.find(new.key) == saved
        assert (new.revision, saved) == (0, replace(new, revision=1, due=saved.due, expires=saved.expires))
        assert found(subject, fence, new.key) == saved

    def test_times_are_whole_milliseconds(self, subject: RegistrySubject, fence: Fence) -> None:
        odd = timedelta(microseconds=999)
        with subject.ca.transaction(fence) as work:
            new = transaction(work)
            saved = work.protocol_transactions.save(replace(new, due=new.expires + odd, expires=new.expires + odd))
        assert (saved.due, saved.expires) == (new.expires, new.expires)

    def test_nothing_is_found_before_it_is_saved(self, subject: RegistrySubject, fence: Fence) -> None:
        assert found(subject, fence, new_key()) is None

    def test_a_transaction_that_has_expired_is_found_until_it_is_purged(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        saved = begun(subject, fence, expires_in=-MOMENT)
        assert found(subject, fence, saved.key) == saved

    def test_what_is_rolled_back_is_not_found(self, subject: RegistrySubject, fence: Fence) -> None:
        key = new_key()

        def fail(work: RegistryTransaction) -> None:
            begin(work, key=key)
            work.protocol_transactions.keep_answer(key, digest("a message"), b"answer")
            raise RuntimeError

        with pytest.raises(RuntimeError):
            run(subject, fence, fail)
        assert found(subject, fence, key) is None

    @pytest.mark.parametrize("differing", ["protocol", "id"])
    def test_protocol_and_id_tell_transactions_apart(
        self, subject: RegistrySubject, fence: Fence, differing: str
    ) -> None:
        first = begun(subject, fence)
        key = first.key
        other = {
            "protocol": replace(key, protocol=new_protocol()),
            "id": replace(key, id=f"{key.id}00"),
        }[differing]
        assert found(subject, fence, other) is None
        second = begun(subject, fence, key=other, state="another")
        assert (found(subject, fence, key), found(subject, fence, other)) == (first, second)

    def test_the_longest_names_are_stored(self, subject: RegistrySubject, fence: Fence) -> None:
        key = replace(new_key(), protocol=new_protocol().ljust(16, "x"), id="f" * 128)
        saved = begun(subject, fence, key=key, state="s" * 32)
        assert found(subject, fence, key) == saved

    def test_a_change_is_saved_in_whole(self, subject: RegistrySubject, fence: Fence) -> None:
        saved = begun(subject, fence, secret=b"a secret")
        with subject.ca.transaction(fence) as work:
            changed = replace(
                saved,
                authenticator=fingerprint("another"),
                state="ended",
                content=b"other",
                secret=None,
                due=saved.expires,
                expires=saved.expires + HOUR,
                open=False,
            )
            again = work.protocol_transactions.save(changed)
        assert again == replace(changed, revision=2)
        assert found(subject, fence, saved.key) == again

    def test_a_unit_of_work_may_save_several_times(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            saved = begin(work)
            for state in ("second", "third"):
                saved = work.protocol_transactions.save(replace(saved, state=state))
        assert saved.revision == 3
        assert found(subject, fence, saved.key) == saved

    def test_no_transaction_begins_twice(self, subject: RegistrySubject, fence: Fence) -> None:
        saved = begun(subject, fence)
        with subject.ca.transaction(fence) as work:
            new = transaction(work, key=saved.key, state="another")
        _refuse(subject, fence, new)
        assert found(subject, fence, saved.key) == saved

    def test_a_transaction_changes_only_as_it_was_read(self, subject: RegistrySubject, fence: Fence) -> None:
        first = begun(subject, fence)
        with subject.ca.transaction(fence) as work:
            second = work.protocol_transactions.save(replace(first, state="second"))
        _refuse(subject, fence, replace(first, state="third"))
        assert found(subject, fence, first.key) == second

    def test_a_transaction_that_is_gone_does_not_change(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            never_stored = replace(transaction(work), revision=1)
        _refuse(subject, fence, never_stored)
        assert found(subject, fence, never_stored.key) is None

    def test_a_secret_is_not_shown(self, subject: RegistrySubject, fence: Fence) -> None:
        assert "open sesame" not in repr(begun(subject, fence, secret=b"open sesame"))

    def test_what_was_expected_is_found_as_without(self, subject: RegistrySubject, fence: Fence) -> None:
        message, other = digest("a message"), digest("another")
        first, second, absent = begun(subject, fence), begun(subject, fence), new_key()
        with subject.ca.transaction(fence) as work:
            for key in (first.key, second.key):
                work.protocol_transactions.keep_answer(key, other, key.id.encode())
            work.protocol_transactions.keep_answer(second.key, message, b"the second one's")
        expected = [MessageKey(key, told) for key, told in ((first.key, message), (second.key, other), (absent, other))]
        with subject.ca.transaction(fence, messages=expected) as work:
            stored = [work.protocol_transactions.find(key) for key in (first.key, second.key, absent)]
            answers = [work.protocol_transactions.answer(one.transaction, one.digest) for one in expected]
            new = begin(work, key=absent)
            changed = work.protocol_transactions.save(replace(first, state="changed"))
            work.protocol_transactions.keep_answer(first.key, message, b"an answer")
        assert (stored, answers) == ([first, second, None], [None, second.key.id.encode(), None])
        assert [found(subject, fence, one.key) for one in (new, changed)] == [new, changed]
        with subject.ca.transaction(fence) as work:
            assert work.protocol_transactions.answer(first.key, message) == b"an answer"


class OpenTransactionRules:
    """How many are open."""

    def test_open_transactions_are_counted_for_each_authenticator_and_in_all(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        protocol, one, another = new_protocol(), fingerprint("one"), fingerprint("another")
        with subject.ca.transaction(fence) as work:
            for authenticator in (one, one, another):
                begin(work, key=replace(new_key(), protocol=protocol), authenticator=authenticator)
            assert work.protocol_transactions.count_open(protocol) == 3
        with subject.ca.transaction(fence) as work:
            assert work.protocol_transactions.count_open(protocol) == 3
            assert work.protocol_transactions.count_open(protocol, one) == 2
            assert work.protocol_transactions.count_open(protocol, another) == 1
            assert work.protocol_transactions.count_open(protocol, fingerprint("nobody")) == 0
            assert work.protocol_transactions.count_open(new_protocol()) == 0

    def test_neither_closed_nor_expired_ones_are_counted(self, subject: RegistrySubject, fence: Fence) -> None:
        protocol, who = new_protocol(), fingerprint("one")
        key = replace(new_key(), protocol=protocol)
        saved = begun(subject, fence, key=key, authenticator=who)
        begun(subject, fence, key=replace(new_key(), protocol=protocol), authenticator=who, expires_in=-MOMENT)
        with subject.ca.transaction(fence) as work:
            assert work.protocol_transactions.count_open(protocol) == 1
            assert work.protocol_transactions.count_open(protocol, who) == 1
            work.protocol_transactions.save(replace(saved, open=False))
            assert work.protocol_transactions.count_open(protocol) == 0


class KeptAnswerRules:
    """Answers to messages."""

    def test_an_answer_is_kept_for_its_message_and_transaction(self, subject: RegistrySubject, fence: Fence) -> None:
        keys = [begun(subject, fence).key for _ in range(2)]
        messages = [digest("first"), digest("second")]
        with subject.ca.transaction(fence) as work:
            for number, message in enumerate(messages):
                work.protocol_transactions.keep_answer(keys[0], message, bytes([0, number, 255]))
            assert work.protocol_transactions.answer(keys[0], messages[0]) == b"\0\0\xff"
        with subject.ca.transaction(fence) as work:
            kept = [[work.protocol_transactions.answer(key, message) for message in messages] for key in keys]
            counts = [work.protocol_transactions.count_answers(key) for key in (*keys, new_key())]
            assert work.protocol_transactions.answer(new_key(), messages[0]) is None
        assert kept == [[b"\0\0\xff", b"\0\1\xff"], [None, None]]
        assert counts == [2, 0, 0]

    @pytest.mark.parametrize("later", [b"later", b"first", b""])
    def test_a_later_answer_replaces_the_earlier_one(
        self, subject: RegistrySubject, fence: Fence, later: bytes
    ) -> None:
        key, message = begun(subject, fence).key, digest("a message")
        for answer in (b"first", later):
            with subject.ca.transaction(fence) as work:
                work.protocol_transactions.keep_answer(key, message, answer)
        with subject.ca.transaction(fence) as work:
            assert work.protocol_transactions.answer(key, message) == later
            assert work.protocol_transactions.count_answers(key) == 1

    def test_the_largest_answer_is_kept_whole_and_a_larger_one_is_a_defect(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        key, message, largest = begun(subject, fence).key, digest("a message"), b"\x5a" * MAX_KEPT_ANSWER
        with subject.ca.transaction(fence) as work:
            work.protocol_transactions.keep_answer(key, message, largest)
            with pytest.raises(Defect):
                work.protocol_transactions.keep_answer(key, message, largest + b"\0")
        with subject.ca.transaction(fence) as work:
            assert work.protocol_transactions.answer(key, message) == largest

    def test_an_answer_in_no_transaction_is_a_defect(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work, pytest.raises(Defect):
            work.protocol_transactions.keep_answer(new_key(), digest("a message"), b"answer")

    def test_the_answers_of_one_transaction_are_forgotten(self, subject: RegistrySubject, fence: Fence) -> None:
        first, second = (begun(subject, fence) for _ in range(2))
        message = digest("a message")
        with subject.ca.transaction(fence) as work:
            for key in (first.key, second.key):
                work.protocol_transactions.keep_answer(key, message, b"answer")
            work.protocol_transactions.forget_answers(first.key)
        with subject.ca.transaction(fence) as work:
            kept = [work.protocol_transactions.answer(key, message) for key in (first.key, second.key)]
        assert kept == [None, b"answer"]
        assert found(subject, fence, first.key) == first


def _refuse(subject: RegistrySubject, fence: Fence, transaction: ProtocolTransaction) -> None:
    """The registry does not commit it."""
    with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
        work.protocol_transactions.save(transaction)
