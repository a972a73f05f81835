"""Rules of approvals."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lockgate.errors import Conflict
from lockgate.ports import Fence
from lockgate.rights.approval import NOTHING_TO_APPROVE, Requirement
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import NOBODY, OPENED, asked


class ApprovalRules:
    """Approvals, opened and used."""

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

    def test_the_newest_approval_counts(self, subject: RegistrySubject, fence: Fence) -> None:
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

    def test_of_two_that_open_the_same_approval_one_does(self, subject: RegistrySubject, fence: Fence) -> None:
        approval = asked()
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
        with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
