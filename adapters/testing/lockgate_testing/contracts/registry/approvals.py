"""Rules of approvals."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lockgate.errors import Conflict
from lockgate.ports import Fence
from lockgate.reasons import Reason, Rejected
from lockgate.rights.approval import NOTHING_TO_APPROVE, ApprovalKind, Proposal, Requirement
from lockgate_testing.contracts.registry.subjects import APPROVED, CA, END_ENTITY_PROFILE, PLAIN, RegistrySubject
from lockgate_testing.contracts.registry.values import NOBODY, NUMBERS, OPENED, asked


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

    def test_an_outcome_that_comes_later_is_stored(self, subject: RegistrySubject, fence: Fence) -> None:
        approval, operation = asked(), f"operation {next(NUMBERS)}"
        used = replace(approval, settled=OPENED, succeeded=True, operation=operation)
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
            work.approvals.settle(used)
        with subject.ca.transaction(fence) as work:
            work.approvals.conclude("another operation", b"another outcome", succeeded=True)
            assert work.approvals.get(approval.id) == used
            work.approvals.conclude(operation, b"\0outcome", succeeded=False)
        with subject.ca.transaction(fence) as work:
            assert work.approvals.get(approval.id) == replace(used, outcome=b"\0outcome", succeeded=False)

    def test_open_approvals_of_a_requester_are_counted(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            now, requester, stranger = work.now().replace(microsecond=0), asked().requester, asked().requester
            times = [now - timedelta(minutes=minutes) for minutes in (120, 3, 2, 1, 0)]
            _, used, *_, strangers = approvals = [
                replace(asked(), requester=requester, opened=opened, expires=opened + timedelta(hours=1))
                for opened in times
            ]
            for approval in (*approvals[:-1], replace(strangers, requester=stranger)):
                work.approvals.open(approval)
            work.approvals.settle(replace(used, settled=now, succeeded=True, operation=used.id))
        with subject.ca.transaction(fence) as work:
            assert work.approvals.count_open(requester) == 2
            assert work.approvals.count_open(stranger) == 1

    def test_the_highest_number_of_administrators_is_asked_for(self, subject: RegistrySubject, fence: Fence) -> None:
        kinds, both = frozenset({ApprovalKind.ISSUE}), frozenset({PLAIN, APPROVED})
        anybody = Proposal(kinds=kinds, ca_names=frozenset({CA}), end_entity_profiles=frozenset({END_ENTITY_PROFILE}))
        other = replace(anybody, kinds=frozenset({ApprovalKind.REVOCATION}))
        with subject.ca.transaction(fence) as work:
            required = [
                work.approvals.requirement(replace(proposal, certificate_profiles=profiles))
                for proposal, profiles in ((anybody, frozenset({PLAIN})), (anybody, both), (other, both))
            ]
        assert [said.quorum for said in required if isinstance(said, Requirement)] == [0, 2, 0]

    @pytest.mark.parametrize(
        ("unknown", "reason"),
        [
            ("ca_names", Reason.UNKNOWN_CA),
            ("certificate_profiles", Reason.UNKNOWN_PROFILE),
            ("end_entity_profiles", Reason.UNKNOWN_PROFILE),
        ],
    )
    def test_it_is_not_known_what_an_unknown_object_asks_for(
        self, subject: RegistrySubject, fence: Fence, unknown: str, reason: Reason
    ) -> None:
        proposal = Proposal(kinds=frozenset({ApprovalKind.ISSUE}), **{unknown: frozenset({"nothing of that name"})})
        with subject.ca.transaction(fence) as work:
            refused = work.approvals.requirement(proposal)
        assert isinstance(refused, Rejected)
        assert refused.reason is reason

    def test_of_two_that_open_the_same_approval_one_does(self, subject: RegistrySubject, fence: Fence) -> None:
        approval = asked()
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
        with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
