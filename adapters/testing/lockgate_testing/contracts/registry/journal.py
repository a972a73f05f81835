"""Rules of the journal and of requests that wait for an approval."""

from dataclasses import replace

import pytest

from lockgate.errors import Conflict
from lockgate.line.journal import JournalKey
from lockgate.ports import Fence, RegistryTransaction
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import NUMBERS, asked, described, entry, pending
from lockgate_testing.contracts.registry.work import run


class JournalRules:
    """Verdicts."""

    def test_an_entry_comes_back_as_it_was(self, subject: RegistrySubject, fence: Fence) -> None:
        recorded, other = entry(), entry()
        with subject.ca.transaction(fence) as work:
            work.journal.record(recorded)
        with subject.ca.transaction(fence, keys=[recorded.key]) as work:
            assert work.journal.recall([recorded.key, other.key]) == {recorded.key: recorded}

    def test_hints_change_no_answer(self, subject: RegistrySubject, fence: Fence) -> None:
        recorded = entry()
        with subject.ca.transaction(fence) as work:
            work.journal.record(recorded)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([recorded.key]) == {recorded.key: recorded}

    def test_an_entry_is_read_in_the_transaction_that_records_it(self, subject: RegistrySubject, fence: Fence) -> None:
        recorded = entry()
        with subject.ca.transaction(fence, keys=[recorded.key]) as work:
            assert work.journal.recall([recorded.key]) == {}
            work.journal.record(recorded)
            assert work.journal.recall([recorded.key]) == {recorded.key: recorded}

    def test_signer_and_nonce_together_are_the_key(self, subject: RegistrySubject, fence: Fence) -> None:
        first = entry()
        second = replace(first, key=JournalKey("", first.key.nonce), digest="e" * 64)
        with subject.ca.transaction(fence) as work:
            work.journal.record(first)
            work.journal.record(second)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([first.key, second.key]) == {first.key: first, second.key: second}

    def test_a_second_entry_fails_the_whole_transaction(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        recorded, bystander = entry(), entry()
        with subject.ca.transaction(fence) as work:
            work.journal.record(recorded)

        def record_again(work: RegistryTransaction) -> None:
            work.end_entities.save(described(username))
            work.journal.record(bystander)
            work.journal.record(replace(recorded, digest="f" * 64))

        with pytest.raises(Conflict):
            run(subject, fence, record_again)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([recorded.key, bystander.key]) == {recorded.key: recorded}
            assert work.end_entities.get(username) is None


class DeferringRules:
    """Requests that wait for an approval."""

    def test_a_request_waits_until_its_entry_is_recorded(self, subject: RegistrySubject, fence: Fence) -> None:
        waiting = pending(asked())
        with subject.ca.transaction(fence, keys=[waiting.key]) as work:
            work.journal.defer(waiting)
            assert work.journal.recall([waiting.key]) == {waiting.key: waiting}
        again = replace(waiting, approval=asked().id, decisions=1)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([waiting.key]) == {waiting.key: waiting}
            work.journal.defer(again)
        final = entry(key=waiting.key)
        with subject.ca.transaction(fence, keys=[waiting.key]) as work:
            assert work.journal.recall([waiting.key]) == {waiting.key: again}
            work.journal.record(final)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([waiting.key]) == {waiting.key: final}

    def test_what_has_a_verdict_waits_no_more(self, subject: RegistrySubject, fence: Fence) -> None:
        final = entry()
        with subject.ca.transaction(fence) as work:
            work.journal.record(final)
        with pytest.raises(Conflict), subject.ca.transaction(fence, keys=[final.key]) as work:
            work.journal.defer(pending(asked(), key=final.key))

    def test_messages_with_decisions_that_nobody_has_looked_at(self, subject: RegistrySubject, fence: Fence) -> None:
        approval, other, source = asked(), asked(), f"source {next(NUMBERS)}"
        deferred = (pending(approval, 1), pending(approval, 0), pending(other, 0))
        seen, unseen, elsewhere = (replace(waiting, data_source=source) for waiting in deferred)
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
            for waiting in (seen, unseen, elsewhere):
                work.journal.defer(waiting)
        subject.put_decision(approval.id, b"a decision")
        with subject.ca.transaction(fence) as work:
            assert list(work.approvals.decisions(approval.id)) == [b"a decision"]
            assert list(work.journal.decided_messages(source, 10)) == [unseen.message_id]
            assert list(work.journal.decided_messages("another source", 10)) == []

    def test_no_more_decided_messages_than_asked_for_and_then_the_next_ones(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        approval, source = asked(), f"source {next(NUMBERS)}"
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
            for message_id in ("c", "B", "a", "é", "a"):
                work.journal.defer(replace(pending(approval, 0), message_id=message_id, data_source=source))
        subject.put_decision(approval.id, b"a decision")
        with subject.ca.transaction(fence) as work:
            assert list(work.journal.decided_messages(source, 2)) == ["B", "a"]
            assert list(work.journal.decided_messages(source, 2, "a")) == ["c", "é"]
            assert list(work.journal.decided_messages(source, 2, "é")) == []
