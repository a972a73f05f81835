"""The registry's rules on approvals and on the requests that wait for them, on every database."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from lockgate.errors import Conflict
from lockgate.ports import Fence
from lockgate.rights.approval import NOTHING_TO_APPROVE, Requirement
from tests.contract.registries import RegistrySubject
from tests.support.issuing import must_issue
from tests.support.registry_values import NOBODY, NUMBERS, OPENED, asked, described, entry, order, pending


class TestApprovals:
    def test_nothing_is_asked_for_what_needs_no_approval(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.approvals.requirement(NOTHING_TO_APPROVE) == Requirement(0)

    def test_an_approval_is_found_by_id_and_by_its_action(self, subject: RegistrySubject, fence: Fence) -> None:
        approval = asked()
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
        with subject.ca.transaction(fence) as work:
            assert work.approvals.get(approval.id) == approval
            assert work.approvals.latest(approval.requester, approval.digest) == approval
            assert work.approvals.latest(NOBODY, approval.digest) is None
            assert work.approvals.latest(approval.requester, NOBODY) is None
            assert work.approvals.get("0" * 32) is None
            assert list(work.approvals.decisions(approval.id)) == []

    def test_the_newest_one_counts(self, subject: RegistrySubject, fence: Fence) -> None:
        first = asked()
        second = replace(first, opened=OPENED + timedelta(hours=2), expires=OPENED + timedelta(hours=3))
        with subject.ca.transaction(fence) as work:
            work.approvals.open(first)
            work.approvals.open(second)
            assert work.approvals.latest(first.requester, first.digest) == second

    def test_an_approval_is_used_once(self, subject: RegistrySubject, fence: Fence) -> None:
        approval = asked()
        used = replace(approval, settled=OPENED, succeeded=True, outcome=b"\0outcome", operation="operation")
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
            work.approvals.settle(used)
        with subject.ca.transaction(fence) as work:
            assert work.approvals.get(approval.id) == used
        with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
            work.approvals.settle(used)

    def test_a_mark_tells_secrets_apart_and_none_of_them(self, subject: RegistrySubject, fence: Fence) -> None:
        said = ("a" * 64, "alice", "password", b"a secret")
        others = [("b" * 64, *said[1:]), ("a" * 64, "alic", "epassword", b"a secret"), (*said[:3], b"another")]
        with subject.ca.transaction(fence) as work:
            marks = [work.secret_mark(*secret) for secret in (said, *others)]
        with subject.ca.transaction(fence) as work:
            assert work.secret_mark(*said) == marks[0]
        assert len(set(marks)) == len(marks)
        assert all(len(bytes.fromhex(mark)) == 32 for mark in marks)
        assert hashlib.sha256(b"a secret").hexdigest() not in marks

    def test_of_two_that_open_the_same_one_does(self, subject: RegistrySubject, fence: Fence) -> None:
        approval = asked()
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
        with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
            work.approvals.open(approval)

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
        approval, other = asked(), asked()
        seen, unseen, elsewhere = pending(approval, 1), pending(approval, 0), pending(other, 0)
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
            for waiting in (seen, unseen, elsewhere):
                work.journal.defer(waiting)
        subject.put_decision(approval.id, b"a decision")
        with subject.ca.transaction(fence) as work:
            assert list(work.approvals.decisions(approval.id)) == [b"a decision"]
            assert list(work.journal.decided_messages("source", 10)) == [unseen.message_id]
            assert list(work.journal.decided_messages("another source", 10)) == []

    def test_no_more_of_them_than_asked_for_and_then_the_next_ones(
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

    def test_whom_a_certificate_was_issued_to(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            issued = must_issue(work, order(described(username)))
        with subject.ca.transaction(fence) as work:
            assert work.certificates.holder(issued.fingerprint) == username
            assert work.certificates.holder(NOBODY) is None
